"""Measures of the design in pixels at 100 %, and the fonts."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

GRID = 4
DOTS = 20
BLOCK_MIN, BLOCK_MAX = 110, 190
TITLE = 30
PORT_ROW = 21
PREVIEW = 42
BLOCK_RADIUS = 8
PORT_RADIUS = 5
PORT_HIT = 24
BAR = 4
WIRE_TIME, WIRE_PLAIN = 3.4, 1.6
MONO_FAMILIES = ["JetBrains Mono", "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Menlo", "Consolas", "monospace"]


def ui_font(size_px: int, *, semibold: bool = False) -> QFont:
    """The system's UI font."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.DemiBold if semibold else QFont.Weight.Normal)
    return font


def mono_font(size_px: int) -> QFont:
    """The system's monospace font: numbers and shapes."""
    font = QFont()
    font.setFamilies(MONO_FAMILIES)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(size_px)
    return font
