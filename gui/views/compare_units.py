"""Unit beside unit, where a unit means the same on both sides: the difference of h as a heat map, one unit as two lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from engine.protocol.comparison import Comparison
from gui.session.session import EditorSession
from gui.theme.theme import Theme
from gui.views.finite import odd_text, reach
from gui.views.heat import HeatMap
from gui.views.heat_plot import ColourBar, heat_plot
from gui.views.run_looks import run_colour, run_dash
from gui.views.sheet import titled
from gui.views.step_lines import StepLine, StepLines
from gui.views.telling import joined
from gui.widgets.fields import ElidedLabel


class UnitDifference(QWidget):
    """The other side minus this one at the real steps of the shown sequence; a click chooses a unit."""

    def __init__(self, session: EditorSession, theme: Theme) -> None:
        super().__init__()
        self._session, self._theme = session, theme
        self._unit: int | None = None
        self._found: tuple[Comparison, str] | None = None
        self.difference: NDArray[np.floating] = np.zeros((0, 0), np.float32)
        self.caption, self.unit_caption = ElidedLabel(), ElidedLabel()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    def make(self) -> Iterator[None]:
        """The heat map, then the lines."""
        self.heat = HeatMap(self._theme)
        self.plot = heat_plot(self.heat, self._theme, name="Difference of the states, unit by unit")
        self.colours = ColourBar(self.plot, self._theme)
        self._row.addLayout(titled([QLabel("<b>Difference</b>"), self.caption], self.plot), 1)
        self._row.addWidget(self.colours)
        yield
        self.lines = StepLines(self._theme, name="One unit of both runs")
        self._row.addLayout(titled([QLabel("<b>Unit</b>"), self.unit_caption], self.lines), 1)
        for caption in (self.caption, self.unit_caption):
            caption.setObjectName("secondary")
        self.plot.box.pointed.connect(lambda place, _: self._choose(place))
        yield

    def show_states(self, theme: Theme, found: Comparison, other: str) -> Iterator[None]:
        """Draws the states of both sides; where they have other numbers of steps, those that both have."""
        self._theme, self._found = theme, (found, other)
        this, that = (cast("NDArray[np.floating]", side.states) for side in (found.this, found.other))
        steps = min(len(this), len(that))
        with np.errstate(invalid="ignore", over="ignore"):
            self.difference = that[:steps] - this[:steps]
        high = reach(self.difference) or 1.0
        every = np.ones(steps, bool)
        self.heat.set_values(
            self.difference, every, np.zeros(steps, bool), every, scale="diverging", low=-high, high=high
        )
        self.plot.show_range(max(steps, 1), -0.5, max(self.difference.shape[1], 1) - 0.5)
        self.colours.set_range("diverging", -high, high, "step")
        self.caption.set_whole(self._words(found, other))
        yield
        stays = self._unit is not None and self._unit < self.difference.shape[1]
        if self.difference.size and not stays:
            finite = np.isfinite(self.difference)
            self._unit = int(np.where(finite, np.abs(self.difference), 0.0).max(axis=0).argmax())
        self._show_unit()

    def _words(self, found: Comparison, other: str) -> str:
        if not len(self.difference):
            return f"sequence {found.sequence} has no real step"
        if not self.difference.any():
            return "none at any real step"
        return joined(f"h of {other} minus h, unit by real step", odd_text(self.difference))

    def _choose(self, place: QPointF) -> None:
        if 0 <= round(place.y()) < self.difference.shape[1]:
            self._unit = round(place.y())
            self._show_unit()

    def _show_unit(self) -> None:
        if self._found is None or self._unit is None or not self.difference.size:
            self.lines.show_lines((), None, logarithmic=False)
            self.unit_caption.set_whole("")
            return
        found, other = self._found
        this, that = (cast("NDArray[np.floating]", side.states)[:, self._unit] for side in (found.this, found.other))
        lines = [
            StepLine("this run", this, run_colour(self._theme, "this"), run_dash("this")),
            StepLine(other, that, run_colour(self._theme, "other"), run_dash("other"), "s"),
        ]
        self.lines.show_lines(lines, None, logarithmic=False)
        self.unit_caption.set_whole(f"h {self._unit} by real step; click the map for another")

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme
        self.heat.set_theme(theme)
        for part in (self.plot, self.colours, self.lines):
            part.set_theme(theme)
        self._show_unit()
