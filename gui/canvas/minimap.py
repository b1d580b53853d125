"""The minimap: the whole model small, while it exceeds the view; a click or drag goes there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from gui.canvas.boxes import Boxes
from gui.canvas.geometry import Geometry
from gui.canvas.obstacles import parts_in_view
from gui.canvas.scene import Scene
from gui.canvas.view import View
from gui.theme.theme import Theme

WIDTH, HEIGHT, MARGIN, PAD = 168.0, 108.0, 12.0, 6.0


SMALL = QSize(720, 420)
"""A canvas below this size has no room for a map that covers anything."""


def _covered(area: QRectF, others: Boxes, card: QRectF) -> int:
    """How many things a map would cover."""
    return len(others.touching((area.x(), area.y(), area.width(), area.height()))) + area.intersects(card) * 1000


class Minimap:
    """Keeps the picture of one geometry; painted in a corner of the canvas."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._picture = QPixmap()
        self._scale = 1.0
        self._origin = (0.0, 0.0)
        self.area = QRectF()

    def lay_out(self, scene: Scene, view: View, size: QSize, card: QRectF) -> bool:
        """Places it in the corner where it covers least; False: the model is wholly in view, or there is no room."""
        left, top, wide, high = scene.geometry.bounds()
        seen, inside = view.rect_to_screen(left, top, wide, high), QRectF(QPointF(-1, -1), QSizeF(size) + QSizeF(2, 2))
        self.area = QRectF()
        if inside.contains(seen) or not scene.geometry.ids or size.width() < 3 * WIDTH or size.height() < 2 * HEIGHT:
            return False
        self._scale = min((WIDTH - 2 * PAD) / max(wide, 1), (HEIGHT - 2 * PAD) / max(high, 1))
        self._origin = (left, top)
        others = parts_in_view(scene, view, size)
        covered, area = min(
            ((_covered(area, others, card), area) for area in self._corners(wide, high, size)), key=lambda pair: pair[0]
        )
        small = size.width() < SMALL.width() or size.height() < SMALL.height()
        if covered and (small or area.intersects(card)):
            return False
        self.area = area
        return True

    def _corners(self, wide: float, high: float, size: QSize) -> list[QRectF]:
        """The lower right one first."""
        width, height = wide * self._scale + 2 * PAD, high * self._scale + 2 * PAD
        right, bottom = size.width() - MARGIN - width, size.height() - MARGIN - height
        places = ((right, bottom), (MARGIN, bottom), (right, MARGIN), (MARGIN, MARGIN))
        return [QRectF(x, y, width, height) for x, y in places]

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
