"""Colours and text size, chosen in the menu and remembered."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication

from gui.theme.theme import DARK, LIGHT, ThemeHolder, system_theme
from gui.window.memory import Memory

TEXT_STEP = 0.1


class Appearance(QObject):
    """Light or dark, as the system or as chosen, and the size of text in all panels."""

    def __init__(
        self,
        themes: ThemeHolder,
        memory: Memory,
        actions: Mapping[str, QAction],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._themes, self._memory, self._actions = themes, memory, actions
        group = QActionGroup(self)
        for name in ("system", "light", "dark"):
            group.addAction(actions[f"appearance.{name}"])
        actions[f"appearance.{memory.text('theme') or 'system'}"].setChecked(True)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    def system(self) -> None:
        """Follows the system's colours."""
        self._set_theme("system")

    def light(self) -> None:
        """Light, whatever the system says."""
        self._set_theme("light")

    def dark(self) -> None:
        """Dark, whatever the system says."""
        self._set_theme("dark")

    def toggle(self) -> None:
        """Switches between light and dark, and remembers it."""
        self._set_theme("light" if self._themes.theme.dark else "dark")

    def _set_theme(self, name: str) -> None:
        self._memory.settings.setValue("theme", "" if name == "system" else name)
        self._actions[f"appearance.{name}"].setChecked(True)
        self._themes.set_theme({"light": LIGHT, "dark": DARK}.get(name) or system_theme())

    def _system_changed(self, _: object) -> None:
        if not self._memory.text("theme"):
            self._set_theme("system")

    def text_larger(self) -> None:
        """Larger text in all panels."""
        self._set_text(self._themes.text_scale + TEXT_STEP)

    def text_smaller(self) -> None:
        """Smaller text in all panels."""
        self._set_text(self._themes.text_scale - TEXT_STEP)

    def text_normal(self) -> None:
        """Text at its own size."""
        self._set_text(1.0)

    def _set_text(self, scale: float) -> None:
        self._themes.set_text_scale(scale)
        self._memory.settings.setValue("text_scale", self._themes.text_scale)
