"""The curve of a wire."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from gui.canvas.boxes import Box, Span

BEND = 0.5
SAMPLES = 32


def bends(line: Span) -> tuple[float, float]:
    """The x of a wire's two control points."""
    x1, _, x2, _ = line
    reach = max(abs(x2 - x1) * BEND, 30.0) if x2 < x1 else abs(x2 - x1) * BEND
    return x1 + reach, x2 - reach


def curve_point(line: Span, part: float) -> QPointF:
    """The point of a wire's curve at a part of its way."""
    x1, y1, x2, y2 = line
    a, b = bends(line)
    rest = 1 - part
    x = rest**3 * x1 + 3 * rest**2 * part * a + 3 * rest * part**2 * b + part**3 * x2
    y = rest**3 * y1 + 3 * rest**2 * part * y1 + 3 * rest * part**2 * y2 + part**3 * y2
    return QPointF(x, y)


def curve_points(line: Span, count: int = SAMPLES) -> list[tuple[float, float]]:
    """Points of a wire's curve from end to end."""
    return [(point.x(), point.y()) for point in (curve_point(line, part / count) for part in range(count + 1))]


def crosses(points: list[tuple[float, float]], box: Box) -> bool:
    """A line through points passes through a rectangle."""
    left, top, width, height = box
    right, bottom = left + width, top + height
    for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False):
        if min(x1, x2) < right and max(x1, x2) > left and min(y1, y2) < bottom and max(y1, y2) > top:
            return True
    return False


def wire_path(line: Span) -> QPainterPath:
    """A wire's curve."""
    x1, y1, x2, y2 = line
    a, b = bends(line)
    path = QPainterPath(QPointF(x1, y1))
    path.cubicTo(QPointF(a, y1), QPointF(b, y2), QPointF(x2, y2))
    return path
