"""The category glyphs, in the colour of a theme."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from engine.catalog.spec import Category

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons" / "categories"
SIZE = 16
FINENESS = 3
"""Drawn this much larger, so that they stay sharp at 200 % and when the canvas is zoomed."""


@lru_cache(maxsize=256)
def glyph(category: Category, colour: str, size: int = SIZE) -> QPixmap:
    """The glyph of a category, `size` pixels at 100 %."""
    from PySide6.QtSvg import QSvgRenderer

    drawing = (FOLDER / f"{category}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    pixmap = QPixmap(size * FINENESS, size * FINENESS)
    pixmap.fill(Qt.GlobalColor.transparent)
    with QPainter(pixmap) as painter:
        QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(pixmap.rect()))
    pixmap.setDevicePixelRatio(FINENESS)
    return pixmap
