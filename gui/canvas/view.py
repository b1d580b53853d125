"""The view on the canvas: scale and offset."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF

from gui.canvas.boxes import Box

SMALLEST, LARGEST = 0.05, 3.0
MARGIN = 20.0
"""Pixels round a model that is shown whole."""


class View(NamedTuple):
    """Canvas point p is drawn at `p * scale + offset`."""

    scale: float = 1.0
    x: float = 40.0
    y: float = 40.0

    def to_screen(self, x: float, y: float) -> QPointF:
        """Where a canvas point is drawn."""
        return QPointF(x * self.scale + self.x, y * self.scale + self.y)

    def to_canvas(self, point: QPointF) -> tuple[float, float]:
        """The canvas point under a screen point."""
        return (point.x() - self.x) / self.scale, (point.y() - self.y) / self.scale

    def rect_to_screen(self, left: float, top: float, width: float, height: float) -> QRectF:
        """Where a canvas rectangle is drawn."""
        return QRectF(self.to_screen(left, top), self.to_screen(left + width, top + height))

    def panned(self, dx: float, dy: float) -> View:
        """Moved by screen pixels."""
        return View(self.scale, self.x + dx, self.y + dy)

    def zoomed(self, factor: float, at: QPointF) -> View:
        """Zoomed so that what is under a screen point stays there."""
        scale = min(max(self.scale * factor, SMALLEST), LARGEST)
        x, y = self.to_canvas(at)
        return View(scale, at.x() - x * scale, at.y() - y * scale)


def fitted(
    bounds: Box, width: float, height: float, *, smallest: float = 0.0, part: float = 1.0, lift: float = 0.0
) -> View:
    """The view that shows a canvas rectangle whole, at 100 % at most; below a smallest scale its upper left part.

    Args:
        bounds: left, top, width, height.
        part: of the scale that has room.
        lift: 0 in the middle, 1 at the upper edge.
    """
    left, top, wide, tall = bounds
    scale = min((width - 2 * MARGIN) / max(wide, 1), (height - 2 * MARGIN) / max(tall, 1), 1.0) * part
    scale = max(scale, SMALLEST, smallest)
    x = max((width - wide * scale) / 2, 0.0 if wide * scale <= width else MARGIN) - left * scale
    y = max((height - tall * scale) / 2, 0.0 if tall * scale <= height else MARGIN) - top * scale
    return View(scale, round(x), round(y + lift * (MARGIN - top * scale - y)))


def near(box: Box, scale: float, width: float) -> list[View]:
    """Views of a width in which a block stands at the upper edge: in the middle, at the right, at the left."""
    left, top, wide, _ = box
    places = ((width - wide * scale) / 2, width - wide * scale - 2 * MARGIN, 2 * MARGIN)
    return [View(scale, round(x - left * scale), round(2 * MARGIN - top * scale)) for x in places]
