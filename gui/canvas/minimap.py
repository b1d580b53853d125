"""The minimap: the whole model small, while it exceeds the view; a click or drag goes there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from gui.canvas.geometry import Geometry
from gui.canvas.view import View
from gui.theme.theme import Theme

WIDTH, HEIGHT, MARGIN, PAD = 168.0, 108.0, 12.0, 6.0


class Minimap:
    """Keeps the picture of one geometry; painted at the lower right corner of the canvas."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._picture = QPixmap()
        self._scale = 1.0
        self._origin = (0.0, 0.0)
        self.area = QRectF()

    def lay_out(self, geometry: Geometry, view: View, width: int, height: int) -> bool:
        """Places it for a canvas of this size; False: the model is wholly in view, or there is no room for a map."""
        left, top, wide, high = geometry.bounds()
        seen = view.rect_to_screen(left, top, wide, high)
        inside = QRectF(-1, -1, width + 2, height + 2).contains(seen)
        self.area = QRectF()
        if inside or not geometry.ids or width < 3 * WIDTH or height < 2 * HEIGHT:
            return False
        self._scale = min((WIDTH - 2 * PAD) / max(wide, 1), (HEIGHT - 2 * PAD) / max(high, 1))
        self._origin = (left, top)
        self.area = QRectF(
            width - MARGIN - wide * self._scale - 2 * PAD, height - MARGIN - high * self._scale - 2 * PAD,
            wide * self._scale + 2 * PAD, high * self._scale + 2 * PAD,
        )  # fmt: skip
        return True

    def paint(self, painter: QPainter, geometry: Geometry, view: View, theme: Theme, width: int, height: int) -> None:
        """The map and the frame of what is in view."""
        ratio = painter.device().devicePixelRatio()
        key = (id(geometry.boxes), theme.name, ratio, self._scale)
        if key != self._key:
            self._key, self._picture = key, self._draw(geometry, theme, ratio)
        painter.drawPixmap(self.area.topLeft(), self._picture)
        first, last = view.to_canvas(QPointF(0, 0)), view.to_canvas(QPointF(width, height))
        frame = QRectF(self._to_map(*first), self._to_map(*last)).intersected(self.area.adjusted(1, 1, -1, -1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.drawRect(frame)

    def to_canvas(self, point: QPointF) -> tuple[float, float]:
        """The canvas point under a point of the map."""
        x = (point.x() - self.area.left() - PAD) / self._scale + self._origin[0]
        return x, (point.y() - self.area.top() - PAD) / self._scale + self._origin[1]

    def _to_map(self, x: float, y: float) -> QPointF:
        return QPointF(
            self.area.left() + PAD + (x - self._origin[0]) * self._scale,
            self.area.top() + PAD + (y - self._origin[1]) * self._scale,
        )

    def _draw(self, geometry: Geometry, theme: Theme, ratio: float) -> QPixmap:
        picture = QPixmap((self.area.size() * ratio).toSize())
        picture.setDevicePixelRatio(ratio)
        ground = QColor(theme.panel)
        ground.setAlpha(230)
        picture.fill(ground)
        with QPainter(picture) as painter:
            painter.setPen(QColor(theme.line))
            painter.drawRect(QRectF(0, 0, self.area.width() - 1, self.area.height() - 1))
            painter.translate(PAD, PAD)
            painter.scale(self._scale, self._scale)
            painter.translate(-self._origin[0], -self._origin[1])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.wire))
            painter.drawRects(geometry.rects)
        return picture
