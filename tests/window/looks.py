"""What must be true of a window at rest, as lists of what is not: overlaps, frames touched, text cut off, names missing."""

from __future__ import annotations

from itertools import combinations

from PySide6.QtCore import QModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QScrollArea,
    QTabBar,
    QTreeView,
    QWidget,
)

from gui.canvas.canvas import Canvas
from gui.canvas.painter import DETAILS_FROM

FRAME_AIR = 6
"""Pixels between the texts of a card and its frame, at least."""


def overlaps(canvas: Canvas) -> list[str]:
    """Pairs of blocks, outputs, notes, labels, captions, tags and the card that cover each other."""
    scene, geometry = canvas.scene, canvas.scene.geometry
    parts = [(f"block {block.name}", box) for block, box in zip(geometry.blocks, geometry.boxes.rows, strict=True)]
    parts += [(f"output {at}", box) for at, box in enumerate(geometry.output_boxes.rows)]
    parts += [(f"note {at}", box) for at, box in enumerate(geometry.note_boxes.rows)]
    if canvas.view.scale >= DETAILS_FROM:
        parts += [(f"label {at} {look.text}", label.box) for at, (look, label) in enumerate(scene.wires) if label]
        parts += [(f"caption {block}", box) for block, box in scene.reserved.captions.items()]
        parts += [(f"tag {block}", box) for block, box in scene.reserved.tags.items()]
    shown = [(name, canvas.view.rect_to_screen(*box)) for name, box in parts]
    if canvas.card.isVisible():
        shown.append(("card", QRectF(canvas.card.geometry())))
    return [
        f"{one} covers {other}"
        for (one, first), (other, second) in combinations(shown, 2)
        if first.adjusted(0.5, 0.5, -0.5, -0.5).intersects(second.adjusted(0.5, 0.5, -0.5, -0.5))
        and not _is_tag_of(one, other, canvas)
    ]


def _is_tag_of(one: str, other: str, canvas: Canvas) -> bool:
    """A tag straddles the edge of its own block."""
    names = {f"tag {block.id}": f"block {block.name}" for block in canvas.scene.geometry.blocks}
    return names.get(other) == one or names.get(one) == other


def card_faults(canvas: Canvas) -> list[str]:
    """The card is wholly in view and its texts keep off its frame."""
    card = canvas.card
    if not card.isVisible():
        return []
    faults = [] if canvas.rect().contains(card.geometry()) else ["the card is cut off by the canvas"]
    inner = card.rect().adjusted(FRAME_AIR, FRAME_AIR, -FRAME_AIR, -FRAME_AIR)
    for part in (card.title, card.detail, card.keras, *card.buttons):
        area = QRect(part.mapTo(card, part.rect().topLeft()), part.size())
        if part.isVisible() and not inner.contains(area):
            faults.append(f"{part.text()} touches the frame of the card")
    for label in (card.title, card.detail):
        if label.isVisible() and label.heightForWidth(label.width()) > label.height():
            faults.append(f"{label.text()} is cut off in the card")
    return faults


def cut_off(window: QWidget) -> list[str]:
    """Texts that lack room and have no tooltip that tells them."""
    found: list[str] = []
    for part in window.findChildren(QWidget):
        if not part.isVisible() or part.visibleRegion().isEmpty() or part.toolTip():
            continue
        if isinstance(part, QLabel):
            found += _label_faults(part)
        elif isinstance(part, QAbstractButton) and part.text() and part.sizeHint().width() > part.width() + 1:
            found.append(f"button {part.text()!r} lacks {part.sizeHint().width() - part.width()} px")
        elif isinstance(part, QTreeView | QListView):
            found += _row_faults(part)
    return found


def _label_faults(label: QLabel) -> list[str]:
    if label.text().endswith("…") and not label.text().endswith(" …"):
        return [f"label {label.text()!r} ends in an ellipsis without a tooltip"]
    if label.wordWrap():
        lacks = label.heightForWidth(label.width()) > label.height() + 1 and not _scrolls(label)
        return [f"label {label.text()!r} lacks height"] if lacks else []
    lacks = label.pixmap().isNull() and label.sizeHint().width() > label.width() + 1
    return [f"label {label.text()!r} lacks width"] if lacks else []


def _scrolls(part: QWidget) -> bool:
    above = part.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            return True
        above = above.parentWidget()
    return False


def _row_faults(view: QAbstractItemView) -> list[str]:
    model, faults = view.model(), list[str]()
    index = view.indexAt(view.viewport().rect().topLeft())
    while index.isValid():
        area = view.visualRect(index)
        told = model.data(index, Qt.ItemDataRole.ToolTipRole)
        if view.sizeHintForIndex(index).width() > area.width() + 1 and not told and area.width() > 0:
            faults.append(f"row {model.data(index)!r} lacks room")
        index = view.indexBelow(index) if isinstance(view, QTreeView) else QModelIndex()
    return faults


def nameless(window: QWidget) -> list[str]:
    """What the keyboard can reach and a screen reader cannot name."""
    inside = (QTabBar, QAbstractSpinBox, QComboBox)
    return [
        f"{type(part).__name__} {part.objectName()} in {type(part.parent()).__name__}"
        for part in window.findChildren(QWidget)
        if part.isVisible()
        and part.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(part.parent(), inside)
        and not isinstance(part, QTabBar)
        and not _is_viewport(part)
        and not _spoken(part)
    ]


def _is_viewport(part: QWidget) -> bool:
    """The inside of something that scrolls, which has the name."""
    above = part.parentWidget()
    return isinstance(above, QAbstractScrollArea) and above.viewport() is part


def _spoken(part: QWidget) -> str:
    if isinstance(part, QLineEdit) and part.placeholderText():
        return part.placeholderText()
    interface = QAccessible.queryAccessibleInterface(part)
    return part.accessibleName() or (interface.text(QAccessible.Text.Name) if interface is not None else "")
