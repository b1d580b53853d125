"""One look for the axes of every plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg

from gui.theme.measures import ui_font
from gui.theme.theme import Theme

if TYPE_CHECKING:
    PlotWidget = Any  # pyqtgraph forwards its plot's methods at run time, where no checker sees them
else:
    PlotWidget = pg.PlotWidget


def style_plot(plot: Any, theme: Theme, *, bottom: str, left: str) -> None:
    """Colours a plot's ground and axes, and names the axes."""
    plot.setBackground(theme.panel)
    for side, name in (("bottom", bottom), ("left", left)):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(theme.line))
        axis.setTextPen(pg.mkPen(theme.secondary))
        axis.setTickFont(ui_font(11))
        axis.setLabel(name or None, color=theme.secondary)
        axis.enableAutoSIPrefix(False)
