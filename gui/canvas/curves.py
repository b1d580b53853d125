"""The curve of a wire."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from gui.canvas.boxes import Box, Span

Points: TypeAlias = tuple[tuple[float, float], ...]
Weights: TypeAlias = tuple[float, float, float, float]
BEND = 0.5
SAMPLES = 32


def bends(line: Span) -> tuple[float, float]:
    """The x of a wire's two control points."""
    x1, _, x2, _ = line
    reach = max(abs(x2 - x1) * BEND, 30.0) if x2 < x1 else abs(x2 - x1) * BEND
    return x1 + reach, x2 - reach


def curve_point(line: Span, part: float) -> QPointF:
    """The point of a wire's curve at a part of its way."""
    return QPointF(*_at(line, (_weights(part),))[0])


@lru_cache(maxsize=4096)
def curve_points(line: Span, count: int = SAMPLES) -> Points:
    """Points of a wire's curve from end to end."""
    return _at(line, _steps(count))


def _at(line: Span, weights: tuple[Weights, ...]) -> Points:
    x1, y1, x2, y2 = line
    a, b = bends(line)
    return tuple((p * x1 + q * a + r * b + s * x2, p * y1 + q * y1 + r * y2 + s * y2) for p, q, r, s in weights)


@lru_cache(maxsize=8)
def _steps(count: int) -> tuple[Weights, ...]:
    return tuple(_weights(part / count) for part in range(count + 1))


def _weights(part: float) -> Weights:
    """How much each of the four points of a curve counts at a part of its way."""
    rest = 1 - part
    return rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3


def crosses(points: Points, box: Box) -> bool:
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
