"""Contrast as it is on the screen: of the text in a widget, of a mark on its ground, from the pixels that were painted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

DENSITY = 2
"""Text is painted this much larger, so that a stroke is wider than its soft edge."""
FRAME = 3
"""A widget's own frame is no text, in pixels."""


def pixels(widget: QWidget, area: QRect | None = None) -> np.ndarray:
    """The RGB values of a part of a widget as it stands in its window, (height, width, 3)."""
    top = widget.window()
    wanted = QRect(widget.mapTo(top, QPoint()), widget.size()) if area is None else area
    if area is not None:
        wanted = QRect(widget.mapTo(top, area.topLeft()), area.size())
    image = _whole(top, top.size())
    inside = wanted.intersected(top.rect())
    return image[
        inside.top() * DENSITY : (inside.bottom() + 1) * DENSITY,
        inside.left() * DENSITY : (inside.right() + 1) * DENSITY,
    ]


@lru_cache(maxsize=2)
def _whole(window: QWidget, size: QSize) -> np.ndarray:
    image = QImage(size * DENSITY, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(DENSITY)
    window.render(image)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def forget() -> None:
    """The window looks otherwise by now."""
    _whole.cache_clear()


def ink(part: np.ndarray) -> float:
    """The contrast of what stands out most against the colour that there is most of."""
    packed = part.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, counts = np.unique(packed, return_counts=True)
    light = _luminance(colours)
    ground = light[counts.argmax()]
    solid = light[counts >= 2]
    return float(((np.maximum(solid, ground) + 0.05) / (np.minimum(solid, ground) + 0.05)).max(initial=1.0))


def _luminance(packed: np.ndarray) -> np.ndarray:
    """By WCAG 2, as `tests.theme.test_contrast.luminance`."""
    parts = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1) / 255
    linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def texts(window: QWidget) -> Iterator[tuple[str, float]]:
    """Every text that is in sight and could be read or pressed, with its contrast."""
    for part in window.findChildren(QWidget):
        if not part.isVisible() or not part.isEnabled() or part.visibleRegion().isEmpty():
            continue
        for words, area in _texts_of(part):
            seen = area.intersected(part.visibleRegion().boundingRect()).adjusted(FRAME, FRAME, -FRAME, -FRAME)
            if words.strip() and seen.height() >= 8 and seen.width() >= 8:
                yield f"{type(part).__name__} {words!r}", ink(pixels(part, seen))


def _texts_of(part: QWidget) -> Iterator[tuple[str, QRect]]:
    if isinstance(part, QLabel) and part.pixmap().isNull() or isinstance(part, QAbstractButton):
        yield part.text(), part.rect()
    elif isinstance(part, QLineEdit):
        yield part.text() or part.placeholderText(), part.rect()
    elif isinstance(part, QTabBar):
        yield from ((part.tabText(at), part.tabRect(at)) for at in range(part.count()))
    elif isinstance(part, QAbstractItemView) and not isinstance(part, QHeaderView):
        yield from _rows_of(part)


def _rows_of(view: QAbstractItemView) -> Iterator[tuple[str, QRect]]:
    """Cells that are wholly in sight; their places are those of the viewport, moved to the view's own."""
    model, moved = view.model(), view.viewport().pos()
    index = view.indexAt(QPoint(4, 4))
    while index.isValid():
        for column in range(model.columnCount() if isinstance(view, QTableView) else 1):
            cell = index.siblingAtColumn(column)
            area = view.visualRect(cell)
            if view.viewport().rect().contains(area):
                yield str(cell.data(Qt.ItemDataRole.DisplayRole) or ""), area.translated(moved)
        index = view.indexBelow(index) if isinstance(view, QTreeView) else index.siblingAtRow(index.row() + 1)
