"""A range of steps in whatever is drawn over steps: what lies outside stands back, an edge at either end."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from gui.theme.theme import Theme

VEIL = 150
"""How much of what lies outside is hidden, of 255."""


def paint_span(
    painter: QPainter, area: QRectF, ends: tuple[float, float], theme: Theme, *, downwards: bool = False
) -> None:
    """Paints a range over an area.

    Args:
        ends: where the range begins and ends, from left to right or downwards; they may lie beyond the area.
    """
    low, high = (area.top(), area.bottom()) if downwards else (area.left(), area.right())

    def part(start: float, stop: float) -> QRectF:
        if downwards:
            return QRectF(area.left(), start, area.width(), stop - start)
        return QRectF(start, area.top(), stop - start, area.height())

    veil = QColor(theme.panel)
    veil.setAlpha(VEIL)
    for start, stop in ((low, min(ends[0], high)), (max(ends[1], low), high)):
        if stop > start:
            painter.fillRect(part(start, stop), veil)
    painter.setPen(QPen(QColor(theme.accent), 1))
    for end in ends:
        if low <= end <= high:
            edge = part(end, end)
            painter.drawLine(QLineF(edge.topLeft(), edge.bottomRight()))
