"""The whole window over a document, with settings of its own, as several tests want it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from gui.app.start import open_window
from gui.window.window import MainWindow


def opened(file: str | None, qtbot: QtBot, home: Path) -> MainWindow:
    """The window at 1366 by 768; whoever opens it closes its bridge. It is closed without a question."""
    settings = QSettings(str(home / "s.ini"), QSettings.Format.IniFormat)
    _, made = open_window(file, settings=settings)
    made.resize(1366, 768)
    made.arrange(made.size())
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    return made
