"""Chosen units as lines over time: h solid, c dashed, padding hatched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from engine.protocol.results import Trace
from gui.theme.measures import ui_font
from gui.theme.theme import Theme
from gui.views.axes import PlotWidget, StepBox, style_plot
from gui.views.hatching import PaddingArea, runs

LABEL_ROWS = 8
"""How many labels fit above one another in a plot of usual height."""
MARKED_STEPS = 40
"""Up to so many steps each has a marker."""
DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)
HELD, READ = "padding: state held", "padding: read like data"


class UnitLines(PlotWidget):
    """h and c of a few units; pens are one pixel wide (wider ones cost ten times the time)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(viewBox=StepBox())
        self._padding = PaddingArea(theme)
        self.addItem(self._padding, ignoreBounds=True)
        self._curves: list[Any] = []
        self._labels: list[Any] = []
        style_plot(self, theme)
        self.setMouseEnabled(x=True, y=False)
        self.setAccessibleName("States of the chosen units over time")

    def set_theme(self, theme: Theme) -> None:
        """Recolours axes and hatching; the lines come with the next `show_units`."""
        self._padding.set_colours(theme)
        style_plot(self, theme)

    def _clear_labels(self) -> None:
        for label in self._labels:
            self.removeItem(label)
        self._labels = []

    def _keep_curves(self, count: int) -> None:
        """A curve costs milliseconds to make: those that are there take other values."""
        for curve in self._curves[count:]:
            self.removeItem(curve)
        del self._curves[count:]
        while len(self._curves) < count:
            curve: Any = pg.PlotDataItem()
            self.addItem(curve)
            self._curves.append(curve)

    def set_faint(self, opacity: float) -> None:
        """How much is left of the lines of an old run."""
        for thing in (*self._curves, *self._labels):
            thing.setOpacity(opacity)

    def show_units(self, trace: Trace, units: Sequence[int], colours: Mapping[int, str]) -> None:
        """Draws the units of a trace."""
        self._clear_labels()
        steps = len(trace.valid)
        padding = runs(~trace.valid | ~trace.real)
        widest = max(padding, key=lambda part: part[1] - part[0], default=(0, 0))[0]
        self._padding.set_ranges(padding, READ if trace.valid[widest] else HELD)
        drawn = [name for name in ("h", "c") if name in trace.arrays]
        time = np.arange(steps)
        wanted = [(name, dash, unit) for name, dash in zip(drawn, DASHES, strict=False) for unit in units]
        self._keep_curves(len(wanted))
        for curve, (name, dash, unit) in zip(self._curves, wanted, strict=True):
            _show_line(curve, time, trace.arrays[name][:, unit], colours[unit], dash)
        values = np.concatenate([trace.arrays[name][:, list(units)].ravel() for name in drawn])
        reach = max(float(np.nanmax(np.abs(values), initial=0.0)) * 1.15, 1e-6)
        self._add_labels(trace, units, colours, reach)
        self.setLimits(xMin=-0.5, xMax=steps - 0.5)
        self.setRange(xRange=(-0.5, steps - 0.5), yRange=(-reach, reach), padding=0)

    def _add_labels(self, trace: Trace, units: Sequence[int], colours: Mapping[int, str], reach: float) -> None:
        """`h 26` above the end of each line of h, pushed apart where two ends meet."""
        ends = sorted((float(trace.arrays["h"][-1, unit]), unit) for unit in units)
        gap, last = 2 * reach / LABEL_ROWS, -2 * reach
        for value, unit in ends:
            last = max(value, last + gap)
            text: Any = pg.TextItem(f"h {unit}", color=colours[unit], anchor=(1, 1))
            text.setFont(ui_font(11, semibold=True))
            text.setPos(len(trace.valid) - 0.5, last)
            self.addItem(text, ignoreBounds=True)
            self._labels.append(text)


def _show_line(curve: Any, time: np.ndarray, values: np.ndarray, colour: str, dash: Qt.PenStyle) -> None:
    pen = pg.mkPen(colour, width=1, style=dash)
    marker = "o" if dash == Qt.PenStyle.SolidLine and len(time) <= MARKED_STEPS else None
    curve.setData(time, values, pen=pen, symbol=marker, symbolSize=4, symbolBrush=colour, symbolPen=None)
