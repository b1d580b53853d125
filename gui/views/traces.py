"""The Traces view: hidden state, cell state and gates of one block and one sequence over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from engine.protocol.results import Trace
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.views.axes import style_plot
from gui.views.heat import MOST_ROWS, HeatMap
from gui.views.heat_plot import cursor_pen, heat_plot, step_cursor
from gui.views.lines import UnitLines
from gui.views.readout import Readout
from gui.views.telling import waiting_sentence

NAMES = {
    "h": "Hidden state h",
    "c": "Cell state c",
    "gate_i": "Input gate i",
    "gate_f": "Forget gate f",
    "gate_g": "Candidate g",
    "gate_o": "Output gate o",
    "gate_z": "Update gate z",
    "gate_r": "Reset gate r",
    "gate_n": "Candidate n",
}
SIGNED = frozenset({"h", "c", "gate_g", "gate_n"})
MOST_UNITS = 6


class TracesView(QWidget):
    """Heat map on the left, chosen units as lines in the middle, their numbers at the clock's step on the right."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._theme = themes.theme
        self._units: list[int] = []
        self._chosen_by_hand = False
        self._key = ""
        self.array = QComboBox()
        self.array.setAccessibleName("What the heat map shows")
        self.caption = QLabel()
        self.caption.setObjectName("secondary")
        self.lines_title = QLabel()
        self.readout = Readout()
        self.heat = HeatMap(self._theme)
        self.heat_plot = heat_plot(self.heat, self._theme, left="unit", name="Heat map of units by steps")
        self.lines = UnitLines(self._theme)
        self.colour_bar = pg.ColorBarItem(interactive=False, width=12, colorMap=pg.colormap.get("viridis"))
        self._cursors = [step_cursor(plot, self._theme) for plot in (self.heat_plot, self.lines)]
        self.message = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.message.setObjectName("secondary")
        self._lay_out()
        self._connect(themes)
        self._show(session.shown.trace)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.array)
        top.addWidget(self.caption, 1)
        left = QVBoxLayout()
        left.addLayout(top)
        left.addWidget(self.heat_plot, 1)
        middle = QVBoxLayout()
        middle.addWidget(self.lines_title)
        middle.addWidget(self.lines, 1)
        plots = QWidget()
        row = QHBoxLayout(plots)
        row.setContentsMargins(16, 8, 16, 4)
        row.setSpacing(16)
        row.addLayout(left, 5)
        row.addLayout(middle, 4)
        row.addWidget(scrolled(self.readout), 1)
        self.readout.setMinimumWidth(156)
        self._plots = plots
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.message)
        self._stack.addWidget(plots)

    def _connect(self, themes: ThemeHolder) -> None:
        session = self._session
        session.shown.trace_changed.connect(self._show)
        session.run_state_changed.connect(lambda _: self._show(session.shown.trace))
        session.selection_changed.connect(lambda _: self._show(session.shown.trace))
        session.shown.clock_changed.connect(lambda _: self._show_step())
        themes.theme_changed.connect(self._set_theme)
        self.array.currentIndexChanged.connect(lambda _: self._draw())
        plots: tuple[Any, ...] = (self.heat_plot, self.lines)
        for plot in plots:
            plot.scene().sigMouseClicked.connect(self._clicked)

    def _show(self, trace: Trace | None) -> None:
        if trace is None:
            self.message.setText(_why_nothing(self._session))
            self._stack.setCurrentWidget(self.message)
            return
        self._offer_arrays(trace)
        if trace.key != self._key or not self._chosen_by_hand or max(self._units) >= trace.arrays["h"].shape[1]:
            self._key, self._chosen_by_hand = trace.key, False
            self._units = strongest_units(trace)
        self._stack.setCurrentWidget(self._plots)
        self._plots.setEnabled(not self._session.run_state.stale)
        self._draw()

    def _offer_arrays(self, trace: Trace) -> None:
        names = [name for name in NAMES if name in trace.arrays]
        if names == [self.array.itemData(place) for place in range(self.array.count())]:
            return
        self.array.blockSignals(True)
        self.array.clear()
        for name in names:
            self.array.addItem(NAMES[name], name)
        self.array.blockSignals(False)

    def _draw(self) -> None:
        trace = self._session.shown.trace
        name = self.array.currentData()
        if trace is None or name not in trace.arrays:
            return
        values = np.asarray(trace.arrays[name], np.float32)  # (T, units)
        low, high = levels(values, np.asarray(trace.valid, bool), signed=name in SIGNED)
        scale = "diverging" if name in SIGNED else "sequential"
        self.heat.set_values(values, trace.valid, trace.leaves, trace.real, scale=scale, low=low, high=high)
        steps, units = values.shape
        self.heat_plot.setLimits(xMin=-0.5, xMax=steps - 0.5, yMin=-0.5, yMax=units - 0.5)
        self.heat_plot.setRange(xRange=(-0.5, steps - 0.5), yRange=(-0.5, units - 0.5), padding=0)
        rows = ", the strongest of each row" if units > MOST_ROWS else ""
        stale = f" · before “{self._session.run_state.stale}”" if self._session.run_state.stale else ""
        self.caption.setText(f"unit by step, {units} by {steps}{rows}, {low:.2g} to {high:.2g}{stale}")
        self._draw_units(trace)
        self._show_step()

    def _draw_units(self, trace: Trace) -> None:
        colours = self._colours()
        self.lines.show_units(trace, self._units, colours)
        numbers = ", ".join(map(str, self._units))
        kinds = "solid h, dashed c" if "c" in trace.arrays else "solid h"
        plural = "" if len(self._units) == 1 else "s"
        self.lines_title.setText(
            f'<b>Unit{plural} {numbers}</b> <span style="color:{self._theme.secondary}">{kinds}</span>'
        )

    def _colours(self) -> dict[int, str]:
        palette = self._theme.units
        return {unit: palette[place % len(palette)] for place, unit in enumerate(self._units)}

    def _show_step(self) -> None:
        trace = self._session.shown.trace
        if trace is None:
            return
        step = min(self._session.shown.clock.step, len(trace.valid) - 1)
        for cursor in self._cursors:
            cursor.setValue(step)
        self.readout.show_step(trace, step, self._units, self._colours(), self._theme)

    def _clicked(self, event: Any) -> None:
        """A click moves the clock; in the heat map it also chooses the unit, with Ctrl it adds or takes it away."""
        trace = self._session.shown.trace
        if trace is None or event.button() != Qt.MouseButton.LeftButton:
            return
        plot: Any = (
            self.heat_plot if event.scenePos and self.heat_plot.scene() is event.currentItem.scene() else self.lines
        )
        place: QPointF = plot.getPlotItem().vb.mapSceneToView(event.scenePos())
        if plot is self.heat_plot:
            self.choose_unit(round(place.y()), add=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        self._session.shown.set_clock(step=int(np.clip(round(place.x()), 0, len(trace.valid) - 1)))

    def choose_unit(self, unit: int, *, add: bool = False) -> None:
        """Draws this unit alone, or with `add` beside the others (again: without it)."""
        trace = self._session.shown.trace
        if trace is None or not 0 <= unit < trace.arrays["h"].shape[1]:
            return
        others = [other for other in self._units if other != unit]
        if not add:
            self._units = [unit]
        elif unit in self._units:
            self._units = others or [unit]
        else:
            self._units = [*others, unit][-MOST_UNITS:]
        self._chosen_by_hand = True
        self._draw_units(trace)
        self._show_step()

    @property
    def shown_units(self) -> Sequence[int]:
        """The units drawn as lines."""
        return tuple(self._units)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.heat.set_theme(theme)
        self.lines.set_theme(theme)
        style_plot(self.heat_plot, theme, bottom="step", left="unit")
        for cursor in self._cursors:
            cursor.setPen(cursor_pen(theme))
        self._draw()


def _why_nothing(session: EditorSession) -> str:
    """Why there is nothing to show, and the first step towards it."""
    waiting = waiting_sentence(
        session, "Hidden states, cell states and gates", "see the states of its recurrent blocks"
    )
    if waiting or session.run is None:
        return waiting
    if session.run_state.phase != "idle":
        return session.run_state.text
    if not session.run.traced:
        return "This model has no LSTM, GRU or SimpleRNN block: only those have states to look at."
    return "Select a recurrent block on the canvas to see its states."


def levels(values: NDArray[np.floating], valid: NDArray[np.bool_], *, signed: bool) -> tuple[float, float]:
    """The range of colours: symmetric about 0 over the valid steps; gates that a sigmoid makes go from 0 to 1."""
    if not signed:
        return 0.0, 1.0
    reach = float(np.nanmax(np.abs(values[valid]), initial=0.0))
    return (-reach, reach) if reach > 0 else (-1.0, 1.0)


def strongest_units(trace: Trace, count: int = 3) -> list[int]:
    """The units whose h moves most over the valid steps, in order of their number."""
    h = np.asarray(trace.arrays["h"])[np.asarray(trace.valid, bool)]
    strength = np.abs(h).max(axis=0, initial=0.0)
    return sorted(int(unit) for unit in np.argsort(-strength, kind="stable")[:count])


def scrolled(widget: QWidget) -> QScrollArea:
    """A widget that scrolls where it is taller than its place."""
    area = QScrollArea()
    area.setWidget(widget)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(170)
    return area
