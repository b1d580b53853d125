"""Padding in plots: hatched in pixels, whatever the plot's scale."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.theme.measures import ui_font
from gui.theme.theme import Theme


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

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._ranges: tuple[tuple[int, int], ...] = ()
        self._words = ""
        self.set_colours(theme)
        self.setZValue(-10)

    def set_ranges(self, ranges: tuple[tuple[int, int], ...], words: str = "") -> None:
        """Half-open ranges of padded steps, and what happens there: written where there is room."""
        self.prepareGeometryChange()
        self._ranges, self._words = ranges, words
        self.update()

    def set_colours(self, theme: Theme) -> None:
        """The colours of a theme."""
        self._colour, self._text, self._ground = map(QColor, (theme.hatch, theme.secondary, theme.panel))
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
        widest = max(self._ranges, key=lambda part: part[1] - part[0], default=None)
        if widest is not None and self._words:
            self._write(painter, QRectF(widest[0] - 0.5, height.top(), widest[1] - widest[0], height.height()))

    def _write(self, painter: QPainter, area: QRectF) -> None:
        """The words at the foot of an area, on a ground of their own, unless it is too narrow."""
        device = painter.transform().mapRect(area)
        painter.save()
        painter.resetTransform()
        painter.setFont(ui_font(11))
        size = painter.boundingRect(QRectF(), 0, self._words).adjusted(-4, -1, 4, 1)
        if size.width() < device.width():
            size.moveCenter(QPointF(device.center().x(), device.bottom() - size.height() / 2 - 4))
            painter.fillRect(size, self._ground)
            painter.setPen(self._text)
            painter.drawText(size, Qt.AlignmentFlag.AlignCenter, self._words)
        painter.restore()
