"""Keys that both a field and the window know: who gets them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

CTRL = Qt.KeyboardModifier.ControlModifier
WINDOWS = {QKeyCombination(CTRL, Qt.Key.Key_E)}
"""Qt's fields on X11 take Ctrl+E for the end of the line; here it is Export wherever one is."""
LISTS = {Qt.Key.Key_Home, Qt.Key.Key_End}
"""In a list these go to its ends, elsewhere to steps; in a field to the ends of its line."""


CLOCK = "rows are steps"
"""The property of a table in which these too go to steps: its rows are the clock's."""


class FocusKeys(QObject):
    """Watches only the widget that has the keyboard."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def _follow(self, old: QWidget | None, now: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if now is not None:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Before a shortcut is looked for, Qt asks the widget whether it wants the key."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if event.keyCombination() in WINDOWS:
            event.ignore()
            return True
        if isinstance(watched, QAbstractItemView) and Qt.Key(event.key()) in LISTS:
            event.setAccepted(not watched.property(CLOCK))
            return True
        return False
