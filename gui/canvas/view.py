"""The view on the canvas: scale and offset."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

SMALLEST, LARGEST = 0.05, 3.0


@dataclass(frozen=True)
class View:
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
    bounds: tuple[float, float, float, float], width: float, height: float, margin: float = 48.0, smallest: float = 0.0
) -> View:
    """The view that shows a canvas rectangle whole, at 100 % at most; below a smallest scale its upper left part."""
    left, top, wide, high = bounds
    scale = min((width - 2 * margin) / max(wide, 1), (height - 2 * margin) / max(high, 1), 1.0)
    scale = max(scale, SMALLEST, smallest)
    x = max((width - wide * scale) / 2, 0.0 if wide * scale <= width else margin) - left * scale
    y = max((height - high * scale) / 2, 0.0 if high * scale <= height else margin) - top * scale
    return View(scale, round(x), round(y))
