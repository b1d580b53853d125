"""A plot over steps as every view draws it: its axes, its look, and what the mouse does in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsWidget

from gui.theme.measures import mono_font
from gui.theme.theme import Theme

if TYPE_CHECKING:
    GraphicsView = Any  # pyqtgraph says nothing of its types
    ViewBox = Any
else:
    GraphicsView = pg.GraphicsView
    ViewBox = pg.ViewBox

TICK_GAP = 4
TOP, RIGHT = 8, 6
LEFT_WIDTH = 40


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


class Plot(GraphicsView):
    """A box between an axis at its left and the steps below it; what the axes are is said above the plot.

    Of pyqtgraph's parts only those that a view shows: its PlotWidget makes menus, buttons, a title and four axes, which
    takes 30 ms where this takes 5, and as much longer to paint.

    Attributes:
        box: holds what is drawn, in steps and whatever the left axis counts.
    """

    def __init__(self, theme: Theme, *, name: str, downwards: bool = False) -> None:
        super().__init__()
        self.box: Any = StepBox(enableMenu=False, invertY=downwards)
        self.box.disableAutoRange()
        self.left, self.bottom = (pg.AxisItem(side, linkView=self.box) for side in ("left", "bottom"))
        self._grid = QGraphicsGridLayout()
        self._grid.setSpacing(0)
        self._grid.setContentsMargins(0, TOP, RIGHT, 0)  # the outer ticks' numbers reach that far
        for part, row, column in ((self.left, 0, 0), (self.box, 0, 1), (self.bottom, 1, 1)):
            self._grid.addItem(part, row, column)
        whole = QGraphicsWidget()
        whole.setLayout(self._grid)
        self.setCentralItem(whole)
        self.setAccessibleName(name)
        self._colour(theme)

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._colour(theme)

    def _colour(self, theme: Theme) -> None:
        self.setBackground(theme.panel)
        font = mono_font(11)
        for axis in (self.left, self.bottom):
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.secondary))
            axis.setTickFont(font)
            axis.setStyle(tickLength=0, tickTextOffset=TICK_GAP)
            axis.enableAutoSIPrefix(False)
        self.left.setWidth(LEFT_WIDTH)
        self.bottom.setHeight(QFontMetrics(font).height() + 2 * TICK_GAP)  # known before the first paint: nothing moves

    def add(self, item: Any) -> None:
        """Puts something into the box."""
        self.box.addItem(item, ignoreBounds=True)

    def take_away(self, item: Any) -> None:
        """Takes something out of the box."""
        self.box.removeItem(item)

    def show_range(self, steps: int, low: float, high: float) -> None:
        """Shows all steps, from 0 on, and the left axis between two values; nothing lies beyond them."""
        self.box.setLimits(xMin=-0.5, xMax=steps - 0.5, yMin=low, yMax=high)
        self.box.setRange(xRange=(-0.5, steps - 0.5), yRange=(low, high), padding=0)
