"""Named lines over time, padding hatched: whatever has one number a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from gui.theme.measures import ui_font
from gui.theme.theme import Theme
from gui.views.finite import reach
from gui.views.hatching import PaddingArea, runs
from gui.views.plot import Plot
from gui.views.step_curve import StepCurve

DECADES = 6
"""How far below the strongest value a logarithmic plot goes."""
MARKED_STEPS = 40
LABEL_ROWS, LABEL_PX = 8, 18
"""So many names stand above one another, each so high."""
MOST_LINES = 16
"""Of more lines a band is drawn."""


@dataclass(frozen=True)
class StepLine:
    """One line: its name at its end, (T,) values with NaN where there is none."""

    name: str
    values: NDArray[np.floating]
    colour: str
    dash: Qt.PenStyle = Qt.PenStyle.SolidLine
    marker: str = "o"


class StepLines(Plot):
    """A few lines; pens are one pixel wide (wider ones cost ten times the time)."""

    def __init__(self, theme: Theme, *, name: str) -> None:
        super().__init__(theme, name=name)
        self._padding = PaddingArea(theme)
        self.add(self._padding)
        self._drawn: list[Any] = []
        self.box.setMouseEnabled(x=True, y=False)

    def set_theme(self, theme: Theme) -> None:
        """Recolours axes and hatching; the lines come with the next `show_lines`."""
        super().set_theme(theme)
        self._padding.set_colours(theme)

    def show_lines(self, lines: Sequence[StepLine], real: NDArray[np.bool_] | None, *, logarithmic: bool) -> None:
        """Draws these lines and no others.

        Args:
            real: (T,) the steps that are no padding.
            logarithmic: values are positive, and each tick is a power of ten.
        """
        lines = as_band(lines)
        for thing in self._drawn:
            self.take_away(thing)
        self._drawn = []
        steps = max((len(line.values) for line in lines), default=1)
        self._padding.set_ranges(() if real is None else runs(~real))
        top = max((reach(line.values) for line in lines), default=0.0) or 1.0
        axis: Any = self.left
        axis.setLogMode(y=logarithmic)
        if logarithmic:
            lines = [replace(line, values=logarithms(line.values, top * 10.0**-DECADES)) for line in lines]
        for line in lines:
            self._draw(line)
        if logarithmic:
            ceiling = float(np.log10(top))
            low, high = ceiling - DECADES, ceiling + DECADES / LABEL_ROWS
        else:
            numbers = [line.values[np.isfinite(line.values)] for line in lines]
            low = min((float(some.min(initial=0.0)) for some in numbers), default=0.0) * 1.15
            high = (top if low == 0 else max(float(some.max(initial=0.0)) for some in numbers)) * 1.15
        self._label(lines, low, high)
        self.show_range(steps, low, high if high > low else low + 1.0)

    def _draw(self, line: StepLine) -> None:
        curve, values = cast("Any", StepCurve()), line.values
        pen = pg.mkPen(line.colour, width=1, style=line.dash)
        curve.setData(np.arange(len(values)), values, pen=pen, connect="finite")
        self._put(curve)
        if len(values) <= MARKED_STEPS:
            known = np.flatnonzero(np.isfinite(values))
            self._put(pg.ScatterPlotItem(known, values[known], size=5, pen=None, symbol=line.marker, brush=line.colour))

    def _put(self, thing: Any) -> None:
        self._drawn.append(thing)
        self.add(thing)

    def _label(self, lines: Sequence[StepLine], low: float, high: float) -> None:
        """The name of each line at its last step, pushed apart where two ends meet."""
        rows = max(min(LABEL_ROWS, self.box.height() / LABEL_PX), 2)
        gap, last = (high - low) / rows, low - (high - low)
        ends: list[tuple[float, StepLine]] = []
        for line in lines:
            known = line.values[np.isfinite(line.values)]
            ends.append((float(known[-1]) if len(known) else low, line))
        for value, line in sorted(ends, key=lambda end: end[0]):
            last = max(value, last + gap)
            name = line.name if np.isfinite(line.values).any() else f"{line.name}: no number"
            label: Any = pg.TextItem(name, color=line.colour, anchor=(1, 1))
            label.setFont(ui_font(11, semibold=True))
            label.setPos(max(len(one.values) for one in lines) - 0.5, min(last, high - gap))
            self._put(label)


def as_band(lines: Sequence[StepLine]) -> Sequence[StepLine]:
    """The lines; of more than can be told apart, and painted within a frame, the lowest and the highest at each step."""
    if len(lines) <= MOST_LINES or len({len(line.values) for line in lines}) > 1:
        return lines
    values, colour = np.stack([line.values for line in lines]), lines[0].colour
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    names = (f"{word} of {len(lines)}" for word in ("lowest", "highest"))
    return [
        StepLine(name, extreme, colour, dash)
        for name, extreme, dash in zip(names, (low, high), (Qt.PenStyle.DashLine, Qt.PenStyle.SolidLine), strict=True)
    ]


def logarithms(values: NDArray[np.floating], lowest: float) -> NDArray[np.floating]:
    """Base 10, nothing lower than the plot goes; NaN stays."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isnan(values), np.nan, np.log10(np.maximum(values, lowest)))
