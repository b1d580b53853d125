"""A plot that holds one heat map, and the line that marks the clock's step in it."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt

from gui.theme.theme import Theme
from gui.views.axes import style_plot
from gui.views.heat import HeatMap


def heat_plot(heat: HeatMap, theme: Theme, *, left: str, name: str) -> Any:
    """A plot over steps with row 0 at the top."""
    plot: Any = pg.PlotWidget()
    plot.addItem(heat)
    plot.invertY(True)
    plot.hideButtons()
    plot.getPlotItem().layout.setContentsMargins(0, 8, 4, 0)  # the first tick's number is as high as that
    plot.setMenuEnabled(False)
    style_plot(plot, theme, bottom="step", left=left)
    plot.setAccessibleName(name)
    return plot


def cursor_pen(theme: Theme) -> object:
    """The pen of the clock's line."""
    return pg.mkPen(theme.text, width=1, style=Qt.PenStyle.DashLine)


def step_cursor(plot: Any, theme: Theme) -> pg.InfiniteLine:
    """The clock's line in a plot."""
    line = pg.InfiniteLine(angle=90, movable=False, pen=cursor_pen(theme))
    plot.addItem(line, ignoreBounds=True)
    return line
