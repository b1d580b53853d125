"""The pictogram beside a wire's label: solid = valid, hatched = padding under a mask, outline = padding nothing masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.session.lengths import WireLengths
from gui.theme.theme import Theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROWS = 3


def chosen_rows(valid: NDArray[np.bool_], count: int = ROWS) -> NDArray[np.bool_]:
    """A few rows that stand for a batch: the longest, the middle and the shortest."""
    import numpy as np

    order = np.argsort(-valid.sum(axis=1), kind="stable")
    places = np.unique(np.linspace(0, len(order) - 1, count).round().astype(int))
    return valid[order[places]]


def spans(row: NDArray[np.bool_]) -> list[tuple[int, int, bool]]:
    """Runs of equal steps as (start, stop, valid)."""
    import numpy as np

    cuts = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
    return [(start, stop, bool(row[start])) for start, stop in zip(cuts, cuts[1:], strict=False) if stop > start]


def paint_pictogram(painter: QPainter, area: QRectF, lengths: WireLengths, theme: Theme) -> None:
    """Paints bars for a few sequences into an area."""
    rows = chosen_rows(lengths.valid)
    height = area.height() / ROWS
    solid = QColor(theme.wire)
    for place, row in enumerate(rows):
        step = area.width() / len(row)
        for start, stop, valid in spans(row):
            bar = QRectF(area.left() + start * step, area.top() + place * height, (stop - start) * step, height - 1.5)
            if valid:
                painter.fillRect(bar, solid)
            elif lengths.masked:
                painter.fillRect(bar, QColor(theme.canvas))
                _hatch(painter, bar, QColor(theme.hatch))
            else:
                painter.setPen(QPen(QColor(theme.warning), 0.9))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(bar.adjusted(0.5, 0.3, -0.5, -0.3))


def _hatch(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """A few slanted strokes; a brush pattern is too coarse at this size."""
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(colour, 0.9))
    x = area.left() - area.height()
    while x < area.right():
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x + area.height(), area.top()))
        x += 3.0
    painter.restore()
