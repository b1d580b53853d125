"""Colours by role, light and dark; the style sheet and palette made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from engine.catalog.spec import Category
from gui.theme.measures import ui_font
from gui.theme.style import stylesheet


@dataclass(frozen=True)
class Theme:
    """Every colour by its role, as `#rrggbb`.

    Attributes:
        category: of a block's bar, glyph and type name.
        units: of the lines of chosen units, in order.
    """

    name: str
    dark: bool
    window: str
    panel: str
    canvas: str
    block: str
    line: str
    dot: str
    text: str
    secondary: str
    faint: str
    accent: str
    accent_text: str
    error: str
    warning: str
    good: str
    wire: str
    hatch: str
    category: Mapping[Category, str]
    units: tuple[str, ...]


def _categories(input_: str, recurrent: str, timestep: str, length: str, *rest: str) -> dict[Category, str]:
    attention, merge, regularise, reuse = rest
    return {
        "input": input_, "recurrent": recurrent, "timestep": timestep, "length": length, "attention": attention,
        "merge": merge, "regularise": regularise, "reuse": reuse, "image": regularise, "preprocessing": merge,
        "operation": regularise,
    }  # fmt: skip


LIGHT = Theme(
    name="light", dark=False,
    window="#f4f5f7", panel="#ffffff", canvas="#eef0f3", block="#ffffff", line="#d9dde4", dot="#d5d9e0",
    text="#1b2330", secondary="#5d6879", faint="#646e7e", accent="#2563eb", accent_text="#ffffff",
    error="#c62828", warning="#945200", good="#17714a", wire="#5b6b82", hatch="#7d8694",
    category=_categories(
        "#3f6b8c", "#7a4fb5", "#24755a", "#955410", "#b03a66", "#4c6a89", "#656a74", "#1f6f85"
    ),
    units=("#0b6fae", "#b4530a", "#12805c", "#8a3fa8", "#a3324d", "#5c6670"),
)  # fmt: skip
DARK = Theme(
    name="dark", dark=True,
    window="#15181d", panel="#1c2027", canvas="#12151a", block="#222831", line="#2d333d", dot="#262c35",
    text="#e6eaf0", secondary="#a2adbb", faint="#8a96a6", accent="#6ea8ff", accent_text="#0d1420",
    error="#ff7b74", warning="#f0b45a", good="#5fd39a", wire="#8796ab", hatch="#75818f",
    category=_categories(
        "#79add2", "#b592ec", "#62c7a2", "#e2a25c", "#ec85ae", "#93b1d0", "#a9aeb8", "#67c3dc"
    ),
    units=("#62b5f0", "#f2a35a", "#4fd0a5", "#c79af0", "#f08aa0", "#b0bac6"),
)  # fmt: skip

STYLE = "Fusion"  # said to Qt in words: its style as a Python object costs 20 ms
SMALLEST_TEXT, LARGEST_TEXT = 0.8, 1.6


class ThemeHolder(QObject):
    """The theme in use, for whoever paints."""

    theme_changed = Signal(object)

    def __init__(self, theme: Theme = LIGHT, text_scale: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.text_scale = text_scale

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._theme

    def set_theme(self, theme: Theme) -> None:
        """Puts another theme in place, in the whole application."""
        self._theme = theme
        apply_theme(theme, self.text_scale)
        self.theme_changed.emit(theme)

    def set_text_scale(self, scale: float) -> None:
        """Makes the text of all panels larger or smaller; the canvas has its zoom."""
        self.text_scale = min(max(scale, SMALLEST_TEXT), LARGEST_TEXT)
        self.set_theme(self._theme)


def system_theme() -> Theme:
    """What the system asks for; light where it does not say."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def palette_of(theme: Theme) -> QPalette:
    """Qt's palette, for whatever the style sheet leaves alone."""
    role = QPalette.ColorRole
    palette = QPalette()
    for where, colour in (
        (role.Window, theme.window), (role.Base, theme.panel), (role.AlternateBase, theme.window),
        (role.Button, theme.panel), (role.Text, theme.text), (role.WindowText, theme.text),
        (role.ButtonText, theme.text), (role.PlaceholderText, theme.faint), (role.ToolTipBase, theme.panel),
        (role.ToolTipText, theme.text), (role.Highlight, theme.accent), (role.HighlightedText, theme.accent_text),
        (role.Link, theme.accent), (role.Mid, theme.line), (role.Light, theme.panel), (role.Dark, theme.line),
    ):  # fmt: skip
        palette.setColor(where, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for where in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(disabled, where, QColor(theme.faint))
    return palette


def apply_theme(theme: Theme, text_scale: float = 1.0) -> None:
    """Colours and font of the whole application."""
    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.setPalette(palette_of(theme))
        application.setFont(ui_font(round(13 * text_scale)))
        application.setStyleSheet(stylesheet(theme, text_scale))
