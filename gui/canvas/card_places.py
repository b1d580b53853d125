"""Where a problem card stands: beside the block that complains, covering nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from PySide6.QtCore import QPointF, QRectF, QSizeF

from gui.canvas.boxes import Boxes

Side: TypeAlias = Literal["below", "above", "right", "left"]

EDGE = 8
"""Between a card and the edge of the view."""
AIR = 4.0
"""Between a card and whatever else stands there."""
POINTER, POINTER_HALF = 12.0, 8.0
"""Length and half the width of the pointer to the block."""
AWAY = (22.0, 38.0, 54.0, 70.0, 94.0, 118.0)
SLIDES = (0.5, 0.7, 0.3, 0.85, 0.15, 0.94, 0.06)
"""Which part of the card's length the pointer is at."""
STEP = 24.0


class CardPlace(NamedTuple):
    """Where a card stands, in pixels of the view.

    Attributes:
        side: of the block; None: it stands apart, where there was room.
        pointer: the corners of the triangle that points at the block; empty: none.
        block: the upper left corner of the block.
    """

    area: QRectF
    side: Side | None
    pointer: tuple[QPointF, ...] = ()
    block: QPointF | None = None

    def beside(self, block: QRectF, view: QRectF, others: Boxes) -> CardPlace | None:
        """The same place beside the block where that stands now; None: it is not free any more."""
        if self.block is None:
            return None
        away = block.topLeft() - self.block
        pointer = tuple(corner + away for corner in self.pointer)
        moved = CardPlace(self.area.translated(away), self.side, pointer, block.topLeft())
        inside = view.adjusted(EDGE, EDGE, -EDGE, -EDGE).contains(moved.area)
        return moved if inside and _is_free(moved.area, others) and _pointer_is_free(moved, others) else None


def card_place(size: QSizeF, block: QRectF, view: QRectF, others: Boxes, wires: Boxes) -> CardPlace | None:
    """The best place for a card of a size; None: every place in view covers something.

    Args:
        block: the block that complains.
        others: all that must not be covered, the block itself among it.
        wires: pieces of wires, which should not be covered.
    """
    inner = view.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    free = [
        place
        for place in _beside(size, block)
        if inner.contains(place.area) and _is_free(place.area, others) and _pointer_is_free(place, others)
    ]
    clear = next((place for place in free if _is_free(place.area, wires)), None)
    if clear is not None or free:
        return clear or free[0]
    apart = [area for area in _anywhere(size, inner) if _is_free(area, others)]
    return CardPlace(min(apart, key=lambda area: _distance(area, block)), None) if apart else None


def over(size: QSizeF, block: QRectF, view: QRectF) -> CardPlace:
    """Where a card stands that was asked for although nothing is free: near its block, inside the view."""
    left = min(max(block.center().x() - size.width() / 2, EDGE), max(view.width() - size.width() - EDGE, EDGE))
    top = min(max(block.bottom() + AWAY[0], EDGE), max(view.height() - size.height() - EDGE, EDGE))
    return CardPlace(QRectF(QPointF(left, top), size), None)


def _beside(size: QSizeF, block: QRectF) -> Iterator[CardPlace]:
    """Places at the four sides, near ones first."""
    width, height = size.width(), size.height()
    middle = block.center()
    for side in ("below", "above"):
        for away in AWAY:
            top = block.bottom() + away if side == "below" else block.top() - away - height
            for slide in SLIDES:
                yield _pointing(QRectF(middle.x() - width * slide, top, width, height), side, block)
    for side in ("right", "left"):
        for away in AWAY:
            left = block.right() + away if side == "right" else block.left() - away - width
            for slide in SLIDES[:5]:
                yield _pointing(QRectF(left, middle.y() - height * slide, width, height), side, block)


def _pointing(area: QRectF, side: Side, block: QRectF) -> CardPlace:
    """With the triangle on the side that looks at the block."""
    at = block.center()
    if side in ("below", "above"):
        edge, tip = (area.top(), -POINTER) if side == "below" else (area.bottom(), POINTER)
        corners = [(at.x() - POINTER_HALF, edge), (at.x(), edge + tip), (at.x() + POINTER_HALF, edge)]
    else:
        edge, tip = (area.left(), -POINTER) if side == "right" else (area.right(), POINTER)
        corners = [(edge, at.y() - POINTER_HALF), (edge + tip, at.y()), (edge, at.y() + POINTER_HALF)]
    return CardPlace(area, side, tuple(QPointF(*corner) for corner in corners), block.topLeft())


def _pointer_is_free(place: CardPlace, others: Boxes) -> bool:
    (x1, y1), (x2, y2), (x3, y3) = ((corner.x(), corner.y()) for corner in place.pointer)
    left, top = min(x1, x2, x3), min(y1, y2, y3)
    return not others.touching((left, top, max(x1, x2, x3) - left, max(y1, y2, y3) - top))


def _anywhere(size: QSizeF, inner: QRectF) -> Iterator[QRectF]:
    """Places all over the view."""
    across = int(max(inner.width() - size.width(), -STEP) // STEP) + 1
    down = int(max(inner.height() - size.height(), -STEP) // STEP) + 1
    for column in range(across):
        for row in range(down):
            yield QRectF(QPointF(inner.left() + column * STEP, inner.top() + row * STEP), size)


def _is_free(area: QRectF, others: Boxes) -> bool:
    grown = area.adjusted(-AIR, -AIR, AIR, AIR)
    return not others.touching((grown.x(), grown.y(), grown.width(), grown.height()))


def _distance(area: QRectF, block: QRectF) -> float:
    away = area.center() - block.center()
    return abs(away.x()) + abs(away.y())
