"""The Gates view: how one unit came by its state at the clock's step, its own equation filled with the run's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QTextDocumentFragment
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.graph.values import JsonObject
from engine.protocol.results import Trace
from engine.protocol.terms import CellTerms
from engine.protocol.traced import GATE
from gui.session.reading import Reading
from gui.session.session import EditorSession
from gui.theme.measures import mono_font
from gui.theme.theme import Theme, ThemeHolder
from gui.views.equations import ROWS, Equation, equations
from gui.views.finite import odd_text
from gui.views.heat_plot import cursor_pen, step_cursor
from gui.views.plot_data import Named, flags
from gui.views.readout import describe_step
from gui.views.sheet import Sheet, fill
from gui.views.step_lines import StepLine, StepLines
from gui.views.telling import joined, run_note, stopped_sentence, waiting_sentence
from gui.views.trace_words import signal_words
from gui.views.traces import strongest_units
from gui.views.when_seen import WhenSeen
from gui.widgets.fields import Number
from gui.widgets.gradually import PAINTED

SUBJECT = "Gates"
NARROWEST, LOWEST_PLOT, GAP = 336, 72, 14
COLOURED = {"i": 0, "z": 0, "f": 1, "r": 1, "g": 2, "n": 2, "o": 3, "c": 4, "h": 5}
"""Which of the line colours a gate or state has, in equations and plots alike."""
TERMS = (
    "W·x: the step's inputs times the weights of this unit, summed. U·h: the same with all units of the step before. "
    "b: the bias."
)


class GateLine(QWidget):
    """One gate or state: its equation, and below it its values over time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.name = ""
        self.equation = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        self.equation.setFont(mono_font(12))
        self.equation.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.equation.setToolTip(TERMS)
        self.plot = StepLines(theme, name="")
        self.plot.setMinimumHeight(LOWEST_PLOT)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.cursor_line = step_cursor(self.plot, theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.equation)
        layout.addWidget(self.plot, 1)

    def set_equation(self, equation: Equation) -> None:
        """In symbols, and below with the numbers."""
        self.equation.setText(f"{equation.symbols}<br>{equation.numbers}")
        self.equation.setAccessibleName(QTextDocumentFragment.fromHtml(self.equation.text()).toPlainText())

    def draw(self, trace: Trace, name: str, unit: int, colour: str) -> None:
        """The values of one unit at every step."""
        signal = name if name in trace.arrays else f"{GATE}{name}"
        self.name = name
        self.plot.setAccessibleName(f"{signal_words(signal)} of unit {unit} over time")
        values = np.asarray(trace.of_unit(signal, unit), float)
        self.plot.show_lines([StepLine(name, values, colour)], np.asarray(trace.valid & trace.real), logarithmic=False)


class Columns(QWidget):
    """Widgets of one width in as many columns as have room."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[QWidget] = []
        self._shown = self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP // 2)

    def add(self, part: QWidget) -> None:
        """One more, not yet shown."""
        part.setParent(self)
        part.hide()
        self._parts.append(part)

    def show_first(self, count: int) -> None:
        """Shows so many of them."""
        if count != self._shown:
            self._shown, self._columns = count, 0
            self._arrange()
            for place, part in enumerate(self._parts):
                part.setVisible(place < count)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """As many side by side as have room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = columns_for(self._shown, self.width())
        if columns == self._columns:
            return
        self._columns = columns
        for part in self._parts:
            self._grid.removeWidget(part)
        for place, part in enumerate(self._parts[: self._shown]):
            self._grid.addWidget(part, *divmod(place, columns))
        for place in range(len(self._parts)):
            self._grid.setColumnStretch(place, int(place < columns))


class GatesView(QWidget):
    """All that a unit's cell computes at a step, line by line, side by side where there is room."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes, self._theme = session, themes, themes.theme
        self._key = ""
        self._told: CellTerms | None = None
        self.unit = Number(0, 0)
        self.unit.setPrefix("unit ")
        self.unit.setMinimumWidth(110)
        self.unit.setAccessibleName("Unit whose gates are shown")
        self.unit.setToolTip("The unit whose gates are shown, from 0; a click in the heat map of Traces chooses it too")
        self.reading = Reading(session, "terms", self._subject, self)
        self.lines: list[GateLine] = []
        self._area = QScrollArea(widgetResizable=True)
        self._area.setAccessibleName("Gates")
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._columns = Columns()
        self._columns.setObjectName("view")
        self._columns.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._area.setWidget(self._columns)
        self.sheet = Sheet(self._area, self.unit)
        fill(self, self.sheet)

    def make(self) -> Iterator[None]:
        """A line at each step."""
        for _ in range(max(map(len, ROWS.values()))):
            line = GateLine(self._theme)
            self.lines.append(line)
            self._columns.add(line)
            yield
        self._seen = WhenSeen(self, self._refresh, lambda seen: self.reading.watch(seen=seen))
        self._connect()

    def _connect(self) -> None:
        session, shown = self._session, self._session.shown
        self._seen.follow(session, shown.trace_changed)
        shown.trace_changed.connect(self.reading.ask)
        shown.clock_changed.connect(lambda _: self._show_step())
        shown.unit_changed.connect(self._follow_unit)
        self.reading.changed.connect(self._tell)
        self.unit.valueChanged.connect(shown.choose_unit)
        self._themes.theme_changed.connect(self._set_theme)
        for line in self.lines:
            line.plot.follow_span(shown)
            line.plot.box.dragged.connect(lambda place: shown.set_clock(step=round(place.x())))
            line.plot.box.pointed.connect(lambda place, _: shown.set_clock(step=round(place.x())))

    # --- what is asked -------------------------------------------------------------------------------------------

    @property
    def trace(self) -> Trace | None:
        """The states that are shown, of the run that is there."""
        return self._session.shown.trace

    def _subject(self) -> JsonObject | None:
        trace = self.trace
        if trace is None or trace.cell.kind not in ROWS:
            return None
        self._choose(trace)
        return {"key": trace.key, "sequence": trace.sequence, "step": self._step(trace), "unit": self.unit.value()}

    def _step(self, trace: Trace) -> int:
        return min(self._session.shown.clock.step, len(trace.valid) - 1)

    def _choose(self, trace: Trace) -> None:
        """The unit that somebody chose; of another cell the strongest."""
        count, chosen = trace.cell.main.count, self._session.shown.unit
        chosen = chosen if chosen is not None and chosen < count else None
        if (trace.key, count - 1) == (self._key, self.unit.maximum()) and chosen in (None, self.unit.value()):
            return
        self._key = trace.key
        unit = strongest_units(trace, 1)[0] if chosen is None else chosen
        self.unit.blockSignals(True)
        self.unit.setMaximum(count - 1)
        self.unit.setValue(unit)
        self.unit.blockSignals(False)

    def _follow_unit(self, _: object) -> None:
        self.reading.ask()
        self._seen.ask()

    # --- contents ------------------------------------------------------------------------------------------------

    def _refresh(self) -> Iterator[object]:
        """A plot at each step."""
        trace = self.trace
        waiting = waiting_sentence(self._session, SUBJECT, "see how its recurrent blocks compute")
        if waiting or trace is None or trace.cell.kind not in ROWS:
            self.sheet.say(waiting or _why_none(self._session, trace))
            return
        self._choose(trace)
        unit = self.unit.value()
        if not trace.has(unit):  # it comes with another trace
            self._session.shown.want_units([unit])
            return
        names = ROWS[trace.cell.kind]
        colours = self._colours()
        self._columns.show_first(len(names))
        for name, line in zip(names, self.lines, strict=False):
            line.plot.setUpdatesEnabled(self.sheet.is_open)
            line.draw(trace, name, unit, colours[name])
            yield
        self.sheet.show_contents("")
        self._tell()
        self._show_step()
        for line in self.lines:
            line.plot.setUpdatesEnabled(True)
            yield PAINTED

    def _tell(self) -> None:
        """The equations with the newest numbers; until they come the last ones stand."""
        trace, found = self.trace, cast("CellTerms | None", self.reading.value)
        if trace is None or trace.cell.kind not in ROWS:
            return
        unit = self.unit.value()
        text = trace.cell.main.unit_text(unit) if len(trace.cell.main.axes) > 1 else ""
        if found is not None and found.kind == trace.cell.kind:
            self._told = found
            for equation, line in zip(equations(found, self._colours()), self.lines, strict=False):
                line.set_equation(equation)
        step = self._step(trace)
        at = f"{trace.cell.kind}, step {step}: {describe_step(trace, step)}"
        odd = odd_text(trace.of_unit(trace.cell.main.name, unit), trace.valid) if trace.has(unit) else ""
        self.sheet.caption.set_whole(joined(self.reading.missing or at, text, odd, run_note(self._session)))

    def _show_step(self) -> None:
        trace = self.trace
        if trace is None or not self.isVisible() or not self.sheet.is_open:
            return
        for line in self.lines:
            line.cursor_line.setValue(self._step(trace))
        self._tell()

    def _colours(self) -> Mapping[str, str]:
        return {name: self._theme.units[place] for name, place in COLOURED.items()}

    def data(self) -> list[Named]:
        """The gates and states of the unit, and which steps are padding."""
        trace = self.trace
        if trace is None or trace.cell.kind not in ROWS:
            return []
        names, unit = [signal.name for signal in trace.cell.signals if signal.name in trace.arrays], self.unit.value()
        arrays = [Named(name, ("step",), trace.of_unit(name, unit)) for name in names if trace.has(unit)]
        return [*arrays, *flags("valid", trace.valid), *flags("real", trace.real)]

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for line in self.lines:
            line.plot.set_theme(theme)
            line.cursor_line.setPen(cursor_pen(theme))
        if self._told is not None:
            for equation, line in zip(equations(self._told, self._colours()), self.lines, strict=False):
                line.set_equation(equation)
        self._seen.ask()


def _why_none(session: EditorSession, trace: Trace | None) -> str:
    """Why there are no equations, where there was a run."""
    if trace is not None:
        return f"{trace.cell.kind} is a cell of its own: what it computes is known to its code alone. Traces shows its states."
    if session.shown.untraced is not None:
        return f"{session.shown.untraced.title}. {session.shown.untraced.detail}"
    if session.run is not None and session.run.traced:
        return "Reading the states …"
    return stopped_sentence(session, SUBJECT) or "This model has no recurrent block: only those have gates."


def columns_for(count: int, width: int) -> int:
    """How many lines stand side by side, so that the last row is not lonely where that can be.

    >>> columns_for(6, 1500), columns_for(6, 800), columns_for(4, 1100), columns_for(6, 300)
    (3, 2, 2, 1)
    """
    most = max(1, min(count, (width + GAP) // (NARROWEST + GAP)))
    return next((columns for columns in range(most, 0, -1) if count % columns == 0), 1)
