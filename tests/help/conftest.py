"""The window without an engine, over the question's third example; every page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from engine.catalog.snapshot import load_snapshot
from gui.app.start import open_window
from gui.help.hands import HANDS
from gui.help.pages import Library
from gui.window.files import EXAMPLES
from gui.window.parts import furnish_at_once
from gui.window.window import MainWindow
from tests.steps import at_once


@pytest.fixture(scope="session")
def library() -> Library:
    """Every page that needs no window."""
    return Library(load_snapshot(), HANDS)


@pytest.fixture
def window(qtbot: QtBot, quiet_home: Path) -> Iterator[MainWindow]:
    """The window, its views loaded, no engine."""
    settings = QSettings(str(quiet_home / "s.ini"), QSettings.Format.IniFormat)
    example = str(EXAMPLES / "03_masking_variable_length.seqloom")
    _, made = open_window(example, on_first_paint=lambda: None, settings=settings)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    furnish_at_once(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    at_once(made.inspector, made.session)
    yield made
    made.bridge.close()
