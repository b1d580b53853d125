"""The live preview in a recurrent block: its hidden state by step, padding hatched, what leaves bracketed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from gui.theme.colours import diverging_table
from gui.theme.theme import Theme

if TYPE_CHECKING:
    from engine.protocol.messages import Flags
    from engine.protocol.results import Preview

STALE = 0.4
GAP = 2.0


def paint_preview(
    painter: QPainter, area: QRectF, parts: tuple[Preview, ...], step: int, theme: Theme, *, stale: bool
) -> None:
    """Paints one part, or the two directions of a Bidirectional block above each other."""
    painter.save()
    painter.setOpacity(STALE if stale else 1.0)
    height = (area.height() - GAP * (len(parts) - 1)) / len(parts)
    for place, part in enumerate(parts):
        _paint_part(
            painter, QRectF(area.left(), area.top() + place * (height + GAP), area.width(), height), part, theme
        )
    steps = len(parts[0].valid)
    if 0 <= step < steps > 1:
        x = area.left() + (step + 0.5) * area.width() / steps
        painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
    painter.restore()


def leaves_one(preview: Preview) -> bool:
    """Of several steps only one forms the block's output."""
    return int(preview.leaves.sum()) == 1 and len(preview.leaves) > 1


def _paint_part(painter: QPainter, area: QRectF, preview: Preview, theme: Theme) -> None:
    from PySide6.QtGui import QImage  # with its many formats: not before the first paint

    rows, columns = preview.image.shape
    image = QImage(preview.image.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(diverging_table(theme))
    step = area.width() / max(len(preview.valid), 1)
    hatch = QBrush(QColor(theme.hatch), Qt.BrushStyle.BDiagPattern)
    painter.setPen(Qt.PenStyle.NoPen)
    for start, stop in _runs(preview.valid, wanted=False):
        painter.fillRect(QRectF(area.left() + start * step, area.top(), (stop - start) * step, area.height()), hatch)
    painter.drawImage(area, image)
    for start, stop in _runs(preview.real | ~preview.valid, wanted=False):  # padding that is read: its values stay
        painter.fillRect(QRectF(area.left() + start * step, area.top(), (stop - start) * step, area.height()), hatch)
    painter.setPen(QPen(QColor(theme.text), 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for start, stop in _runs(preview.leaves, wanted=True):
        _paint_bracket(painter, QRectF(area.left() + start * step, area.top(), (stop - start) * step, area.height()))


def _paint_bracket(painter: QPainter, area: QRectF) -> None:
    """Both sides whole, top and bottom only a short way in; a single step is framed."""
    if area.width() < 14:
        painter.drawRoundedRect(area.adjusted(-1.5, -1.5, 1.5, 1.5), 2, 2)
        return
    reach = 5.0
    for x, inward in ((area.left(), reach), (area.right(), -reach)):
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        for y in (area.top(), area.bottom()):
            painter.drawLine(QLineF(x, y, x + inward, y))


def _runs(flags: Flags, *, wanted: bool) -> list[tuple[int, int]]:
    """Where a row of flags has the wanted value, as half-open ranges."""
    found: list[tuple[int, int]] = []
    start = -1
    for at, flag in enumerate((*flags.tolist(), not wanted)):
        if bool(flag) is wanted and start < 0:
            start = at
        elif bool(flag) is not wanted and start >= 0:
            found.append((start, at))
            start = -1
    return found
