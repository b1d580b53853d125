"""Padding in plots: hatched in pixels, whatever the plot's scale."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget


def runs(flags: NDArray[np.bool_]) -> tuple[tuple[int, int], ...]:
    """Where a row of flags is True, as half-open ranges.

    >>> runs(np.array([False, True, True, False, True]))
    ((1, 3), (4, 5))
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return tuple((int(start), int(stop)) for start, stop in edges.reshape(-1, 2))


def paint_hatch(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """Hatches an area given in the painter's coordinates with lines that keep their width and distance on the screen."""
    device = painter.transform().mapRect(area)
    painter.save()
    painter.resetTransform()
    painter.fillRect(device, QBrush(colour, Qt.BrushStyle.BDiagPattern))
    painter.restore()


class PaddingArea(pg.GraphicsObject):
    """Hatched ranges of steps behind the lines of a plot; their height follows the view."""

    def __init__(self, colour: str) -> None:
        super().__init__()
        self._colour = QColor(colour)
        self._ranges: tuple[tuple[int, int], ...] = ()
        self.setZValue(-10)

    def set_ranges(self, ranges: tuple[tuple[int, int], ...]) -> None:
        """Half-open ranges of padded steps."""
        self.prepareGeometryChange()
        self._ranges = ranges
        self.update()

    def set_colour(self, colour: str) -> None:
        """The hatch colour of a theme."""
        self._colour = QColor(colour)
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The view's height over all ranges."""
        view = self.getViewBox()
        if not self._ranges or view is None:
            return QRectF()
        height = view.viewRect()
        first, last = self._ranges[0][0] - 0.5, self._ranges[-1][1] - 0.5
        return QRectF(first, height.top(), last - first, height.height())

    def viewRangeChanged(self) -> None:  # noqa: N802 - pyqtgraph's name
        """The view moved: the height of the area moves with it."""
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Hatches every range."""
        view = self.getViewBox()
        if view is None:
            return
        height = view.viewRect()
        for start, stop in self._ranges:
            paint_hatch(painter, QRectF(start - 0.5, height.top(), stop - start, height.height()), self._colour)
