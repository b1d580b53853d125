"""One look for the axes of every plot, and what the mouse does in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal

from gui.theme.measures import mono_font
from gui.theme.theme import Theme

if TYPE_CHECKING:
    PlotWidget = Any  # pyqtgraph forwards its plot's methods at run time, where no checker sees them
    ViewBox = Any
else:
    PlotWidget = pg.PlotWidget
    ViewBox = pg.ViewBox

TICK_GAP = 4
TOP, RIGHT = 8, 6


class StepBox(ViewBox):
    """The inside of a plot over steps: the left button goes along the steps, the wheel zooms, the middle button pans."""

    pointed = Signal(QPointF, Qt.KeyboardModifier)
    """A click at a place of the plot."""
    dragged = Signal(QPointF)
    """The left button is down over a place of the plot."""

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """A click of the left button."""
        if ev.button() == Qt.MouseButton.LeftButton:
            ev.accept()
            self.pointed.emit(self.mapSceneToView(ev.scenePos()), ev.modifiers())
        else:
            super().mouseClickEvent(ev)

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """The left button down and moved."""
        if ev.button() == Qt.MouseButton.LeftButton and axis is None:
            ev.accept()
            self.dragged.emit(self.mapSceneToView(ev.scenePos()))
        else:
            super().mouseDragEvent(ev, axis)


def style_plot(plot: Any, theme: Theme) -> None:
    """Colours a plot's ground and axes; what the axes are is said above the plot."""
    plot.setBackground(theme.panel)
    plot.hideButtons()
    plot.setMenuEnabled(False)
    plot.getPlotItem().layout.setContentsMargins(0, TOP, RIGHT, 0)  # the outer ticks' numbers reach that far
    for side in ("bottom", "left"):
        axis = plot.getAxis(side)
        axis.setPen(pg.mkPen(theme.line))
        axis.setTextPen(pg.mkPen(theme.secondary))
        axis.setTickFont(mono_font(11))
        axis.setStyle(tickLength=0, tickTextOffset=TICK_GAP)
        axis.enableAutoSIPrefix(False)
    plot.getAxis("left").setWidth(40)
