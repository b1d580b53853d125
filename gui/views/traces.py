"""The Traces view: hidden state, cell state and gates of one block and one sequence over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QWidget

from engine.graph.values import JsonObject
from engine.protocol.readings import OrderRule, UnitOrder
from engine.protocol.results import Trace
from gui.session.reading import Reading
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.views.finite import odd_columns, odd_text, reach
from gui.views.heat import HeatMap
from gui.views.heat_plot import ColourBar, cursor_pen, heat_plot, shares_rows, step_cursor
from gui.views.lines import UnitLines, drawn_states
from gui.views.plot import Plot
from gui.views.plot_data import Named, flags
from gui.views.readout import Readout, scrolled_readout
from gui.views.sheet import Sheet, fill, side_by_side, titled
from gui.views.stretches import Stretches
from gui.views.telling import OLD, joined, run_note
from gui.views.trace_words import signal_words, still_text, why_nothing
from gui.views.unit_field import MOST_UNITS, UnitField
from gui.views.unit_grid import MOST_PLOTS, UnitGrid, arrangement_choice
from gui.views.when_seen import WhenSeen
from gui.widgets.fields import Choice, ElidedLabel
from gui.widgets.gradually import PAINTED

SQUASHED = frozenset({"gate_i", "gate_f", "gate_o", "gate_z", "gate_r"})
"""What a sigmoid makes, from 0 to 1; all else has two signs."""
ORDERS: dict[str, OrderRule | None] = {"in order": None, "by activity": "activity", "clustered": "cluster"}


class TracesView(QWidget):
    """Heat map on the left, chosen units as lines in the middle, their numbers at the clock's step on the right."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes = session, themes
        self._theme = themes.theme
        self._units: list[int] = []
        self._rows: NDArray[np.intp] = np.arange(0)
        self._chosen_by_hand = False
        self._key = self._odd = ""
        self.array = Choice()
        self.array.setObjectName("heading")
        self.array.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.array.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.array.setAccessibleName("What the heat map shows")
        self.array.setToolTip("What the heat map shows: a state or a gate")
        self.order = Choice()
        self.order.addItems(list(ORDERS))
        self.order.fit_contents(56)
        self.order.setAccessibleName("Order of the units")
        self.order.setToolTip("Units in their order, those that move most first, or beside those they move with")
        self.ordering = Reading(session, "unit_order", self._order_subject, self)
        self.stretches = Stretches(session, lambda: str(self.array.currentData()), self)
        self.caption = ElidedLabel()
        self.caption.setObjectName("secondary")
        self.units = UnitField()
        self.arrangement = arrangement_choice()
        self.lines_caption = ElidedLabel()
        self.lines_caption.setObjectName("secondary")
        self.readout_title = QLabel()
        self.readout = Readout()
        plots, self._row = side_by_side()
        self.sheet = Sheet(plots, headed=False)
        fill(self, self.sheet)

    def make(self) -> Iterator[None]:
        """A plot at each step, each put into its place at once: what moves is styled anew."""
        self.heat = HeatMap(self._theme)
        self.heat_plot = heat_plot(self.heat, self._theme, name="Heat map of units by steps")
        axis: Any = self.heat_plot.left
        axis.tickStrings = self._unit_numbers
        self.colours = ColourBar(self.heat_plot, self._theme, self.heat)
        heat = QHBoxLayout()
        heat.setSpacing(0)
        heat.addWidget(self.heat_plot, 1)
        heat.addWidget(self.colours)
        self._row.addLayout(titled([self.array, self.order, self.caption], heat), 5)
        yield
        self.lines = UnitLines(self._theme)
        self.grid = UnitGrid(self._theme, self._tie)
        self.pages = QStackedWidget()
        for page in (self.lines, self.grid):
            self.pages.addWidget(page)
        self._row.addLayout(titled([self.units, self.arrangement, self.lines_caption], self.pages), 4)
        yield
        self._row.addLayout(titled([self.readout_title], scrolled_readout(self.readout)))
        self._cursors = [step_cursor(plot, self._theme) for plot in (self.heat_plot, self.lines)]
        yield
        self._seen = WhenSeen(self, self._refresh, self._watch)
        self._connect()

    def _watch(self, seen: bool) -> None:  # noqa: FBT001 - see WhenSeen
        self.ordering.watch(seen=seen)
        self.stretches.reading.watch(seen=seen)

    def _connect(self) -> None:
        session = self._session
        self._seen.follow(session, session.shown.trace_changed)
        session.shown.clock_changed.connect(lambda _: self._show_step())
        self._themes.theme_changed.connect(self._set_theme)
        self.array.currentIndexChanged.connect(self._seen.ask)
        self.array.currentIndexChanged.connect(self.ordering.ask)
        self.order.activated.connect(self.ordering.ask)
        session.shown.trace_changed.connect(self.ordering.ask)
        self.ordering.changed.connect(self._seen.ask)
        self.array.currentIndexChanged.connect(self.stretches.reading.ask)
        session.shown.trace_changed.connect(self.stretches.reading.ask)
        self.stretches.changed.connect(self._seen.ask)
        self.heat_plot.box.sigXRangeChanged.connect(lambda _, span: self.stretches.look(*span))
        self.units.chosen.connect(self.choose_units)
        session.shown.unit_changed.connect(self._follow_unit)
        session.shown.span_changed.connect(lambda _: self._tell())
        self.arrangement.currentIndexChanged.connect(self.pages.setCurrentIndex)
        self.arrangement.currentIndexChanged.connect(self._seen.ask)
        for plot in self._plots:
            self._tie(plot)
        self.heat_plot.box.sigResized.connect(lambda _: self._tell())

    def _tie(self, plot: Plot) -> None:
        plot.follow_span(self._session.shown)
        plot.box.dragged.connect(lambda place: self._set_step(place.x()))
        plot.box.pointed.connect(lambda place, keys: self._pointed(plot, place, keys))

    @property
    def _plots(self) -> tuple[Plot, Plot]:
        return self.heat_plot, self.lines

    @property
    def _is_grid(self) -> bool:
        return self.pages.currentWidget() is self.grid

    @property
    def _most(self) -> int:
        """How many units are drawn at once."""
        return MOST_PLOTS if self._is_grid else MOST_UNITS

    @property
    def trace(self) -> Trace | None:
        """The states that are shown, of the run that is there."""
        return self._session.shown.trace

    # --- contents ------------------------------------------------------------------------------------------------

    def _refresh(self) -> Iterator[object]:
        """A plot at each step."""
        trace = self.trace
        if trace is None:
            self.sheet.say(why_nothing(self._session))
            return
        self._offer_arrays(trace)
        self.stretches.reading.ask()
        count = max(state.count for state in trace.cell.states)
        if trace.key != self._key or not self._chosen_by_hand or max(self._units) >= count:
            self._key, self._chosen_by_hand = trace.key, False
            self._units = strongest_units(trace, MOST_UNITS if self._is_grid else 3)
        self._units = self._units[-self._most :]
        self._session.shown.want_units(self._units)
        self.units.set_count(count, trace.cell.main.unit_word, most=self._most)
        self._draw(trace)
        yield
        self._draw_part()
        yield
        if trace is self.trace:  # else a refresh with the new one comes next
            self._draw_units(trace)
            self._tell()
            yield
            yield from self._open()

    def _open(self) -> Iterator[object]:
        """Plots that come into sight together are painted one after the other."""
        self.lines.setUpdatesEnabled(self.sheet.is_open)
        self.sheet.show_contents("")
        self._show_step()
        yield PAINTED
        self.lines.setUpdatesEnabled(True)

    def _offer_arrays(self, trace: Trace) -> None:
        names = [signal.name for signal in trace.cell.signals if signal.name in trace.arrays]
        if names == [self.array.itemData(place) for place in range(self.array.count())]:
            return
        self.array.blockSignals(True)
        self.array.clear()
        for name in names:
            self.array.addItem(signal_words(name), name)
        self.array.blockSignals(False)

    def _draw(self, trace: Trace) -> None:
        name = str(self.array.currentData())
        values, share = self.stretches.values_of(trace, name)  # (columns, units)
        signed = name not in SQUASHED
        counted = np.asarray(trace.valid, bool) if share == 1 else np.ones(len(values), bool)
        low, high = levels(values, counted, signed=signed)
        self._odd = (
            odd_text(values, trace.valid) if trace.chosen is None else odd_columns(values, share, len(trace.valid))
        )
        scale = "diverging" if signed else "sequential"
        self._rows = self._order_of(values.shape[1])
        values = values[:, self._rows]
        self.heat_plot.left.picture = None  # the numbers at the left may be others
        self.heat_plot.left.update()
        steps = trace.valid, trace.leaves, trace.real
        self.heat.set_values(values, *steps, scale=scale, low=low, high=high, share=share)
        self.heat.setOpacity(OLD if self._session.run_state.stale else 1.0)
        self.colours.set_range(scale, low, high)
        self.heat_plot.show_range(len(trace.valid), -0.5, values.shape[1] - 0.5)

    def _draw_part(self) -> None:
        """The steps in sight, over the others."""
        part = self.stretches.part
        if part is not None and part.values is not None and part.values.shape[1] == len(self._rows):
            self.heat.set_part(np.asarray(part.values, np.float32)[:, self._rows], part.first, part.share)

    def _order_subject(self) -> JsonObject | None:
        """Of a gate too the units stand in the order of the state."""
        trace, rule = self.trace, ORDERS[self.order.currentText()]
        if trace is None or not rule:
            return None
        name = str(self.array.currentData())
        known = name in [state.name for state in trace.cell.states]
        return {"key": trace.key, "signal": name if known else trace.cell.main.name, "rule": rule}

    def _order_of(self, count: int) -> NDArray[np.intp]:
        """The unit in each row."""
        found = cast("UnitOrder | None", self.ordering.value)
        if found is None or found.order is None or len(found.order) != count:
            return np.arange(count)
        return np.asarray(found.order, np.intp)

    def _unit_numbers(self, places: Sequence[float], scale: float, spacing: float) -> list[str]:
        """The real number of the unit in each row."""
        rows = [round(place) for place in places]
        return [str(self._rows[row]) if 0 <= row < len(self._rows) and spacing >= 1 else "" for row in rows]

    def _tell(self) -> None:
        """What the heat map shows, and how old it is."""
        trace, name = self.trace, self.array.currentData()
        if trace is None or name not in trace.arrays:  # another kind of cell by now: it is drawn soon
            return
        signal = trace.cell.signal(name)
        rows = ", the strongest of each pixel row" if shares_rows(self.heat_plot, signal.count) else ""
        sizes = " × ".join(map(str, signal.sizes))
        size = f"{signal.unit_word} by step, {sizes} by {len(trace.valid)}{self.stretches.note(trace)}{rows}"
        self.caption.set_whole(joined(self._odd or still_text(trace), size, run_note(self._session)))
        span = self._session.shown.span
        kinds = zip(("solid", "dashed"), drawn_states(trace), strict=False)
        lines = ", ".join(f"{dash} {name}" for dash, name in kinds) + ", by step"
        self.lines_caption.set_whole(joined(f"{span.text} selected" if span is not None else "", lines))

    def _at_hand(self, trace: Trace) -> list[int]:
        """The units that are drawn; numbers of others are on their way."""
        return [unit for unit in self._units if trace.has(unit)]

    def _draw_units(self, trace: Trace) -> None:
        opacity, units = OLD if self._session.run_state.stale else 1.0, self._at_hand(trace)
        if self._is_grid:
            self.grid.show_units(trace, units, self._colours(), opacity)
        else:
            self.lines.show_units(trace, units, self._colours())
            self.lines.set_faint(opacity)
        self.units.show_units(self._units)

    def _colours(self) -> dict[int, str]:
        palette = self._theme.units
        return {unit: palette[place % len(palette)] for place, unit in enumerate(self._units)}

    def _show_step(self) -> None:
        trace = self.trace
        if trace is None or not self.isVisible() or not self.sheet.is_open:
            return
        step = min(self._session.shown.clock.step, len(trace.valid) - 1)
        for cursor in self._cursors:
            cursor.setValue(step)
        self.grid.set_step(step)
        self.readout_title.setText(f"<b>At step {step}</b>")
        self.readout.show_step(trace, step, self._at_hand(trace), self._colours(), self._theme)

    def data(self) -> list[Named]:
        """The states and gates that are shown, and which steps are padding."""
        return [] if self.trace is None else trace_data(self.trace)

    # --- hands ---------------------------------------------------------------------------------------------------

    def _pointed(self, plot: object, place: QPointF, keys: Qt.KeyboardModifier) -> None:
        """A click moves the clock; in the heat map it also chooses the unit, with Ctrl it adds or takes it away."""
        if plot is self.heat_plot:
            unit = int(self._rows[int(np.clip(round(place.y()), 0, len(self._rows) - 1))])
            self._session.shown.choose_unit(unit)
            self.choose_unit(unit, add=bool(keys & Qt.KeyboardModifier.ControlModifier))
        self._set_step(place.x())

    def _set_step(self, place: float) -> None:
        if self.trace is not None:
            self._session.shown.set_clock(step=int(np.clip(round(place), 0, len(self.trace.valid) - 1)))

    def _follow_unit(self, unit: int) -> None:
        """A unit that was chosen in another view is drawn here."""
        if not self.isVisible() and unit not in self._units:
            self.choose_units([unit])

    def choose_unit(self, unit: int, *, add: bool = False) -> None:
        """Draws this unit alone, or with `add` beside the others (again: without it)."""
        others = [other for other in self._units if other != unit]
        if not add:
            self.choose_units([unit])
        elif unit in self._units:
            self.choose_units(others or [unit])
        else:
            self.choose_units([*others, unit])

    def choose_units(self, units: Sequence[int]) -> None:
        """Draws these units, the last few where they are many."""
        trace = self.trace
        if trace is None or not units:
            return
        if not all(0 <= unit < max(state.count for state in trace.cell.states) for unit in units):
            return
        self._units = list(units)[-self._most :]
        self._chosen_by_hand = True
        self._session.shown.want_units(self._units)
        self._draw_units(trace)
        self._show_step()

    @property
    def shown_units(self) -> Sequence[int]:
        """The units drawn as lines."""
        return tuple(self._units)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.heat.set_theme(theme)
        self.colours.set_theme(theme)
        self.lines.set_theme(theme)
        self.grid.set_theme(theme)
        self.heat_plot.set_theme(theme)
        for cursor in self._cursors:
            cursor.setPen(cursor_pen(theme))
        self._seen.ask()


def levels(values: NDArray[np.floating], valid: NDArray[np.bool_], *, signed: bool) -> tuple[float, float]:
    """The range of colours: symmetric about 0 over the valid steps; gates that a sigmoid makes go from 0 to 1."""
    if not signed:
        return 0.0, 1.0
    high = reach(values[valid])
    return (-high, high) if high > 0 else (-1.0, 1.0)


def strongest_units(trace: Trace, count: int = 3) -> list[int]:
    """The units whose hidden (or first) state is strongest over the valid steps, in order of their number."""
    h = np.asarray(trace.units(trace.cell.main.name))[np.asarray(trace.valid, bool)]
    strength = np.where(np.isfinite(h), np.abs(h), 0.0).max(axis=0, initial=0.0)
    units = range(h.shape[1]) if trace.chosen is None else trace.chosen
    return sorted(units[place] for place in np.argsort(-strength, kind="stable")[:count])


def trace_data(trace: Trace) -> list[Named]:
    """Every state and gate of a trace, and what its steps are."""
    few = trace.chosen
    arrays = [
        Named(signal.name, ("step", *(signal.axes if few is None else ("unit",))), trace.arrays[signal.name])
        for signal in trace.cell.signals
        if signal.name in trace.arrays
    ]
    arrays += [] if few is None else [Named("units", ("unit",), np.array(few, np.int32))]
    return [*arrays, *flags("valid", trace.valid), *flags("real", trace.real), *flags("leaves", trace.leaves)]
