"""Examples on pages are live: painted and told from Keras's answers, and from the open document when that is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from gui.app.start import open_window
from gui.canvas.picture import picture
from gui.theme.theme import DARK, LIGHT
from gui.window.files import EXAMPLES
from gui.window.window import MainWindow

pytestmark = pytest.mark.xdist_group("window")
LOAD_MS = 90_000


@pytest.fixture
def window(qtbot: QtBot, quiet_home: Path) -> Iterator[MainWindow]:
    """The window with its engine, over the question's first example."""
    settings = QSettings(str(quiet_home / "s.ini"), QSettings.Format.IniFormat)
    _, made = open_window(str(EXAMPLES / "01_lstm_then_dense.seqloom"), settings=settings)
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    yield made
    made.bridge.close()


def test_the_page_of_the_question_is_live(window: MainWindow, qtbot: QtBot) -> None:
    """First nothing is claimed; then each example's numbers come from its run; an edit of the open one is followed."""
    shown = window.session.shown
    qtbot.waitUntil(lambda: shown.trace is not None, timeout=LOAD_MS)
    window.help.pages.open("page:question")
    reader = window.help.pages.reader
    assert reader.toPlainText().count("Keras has not answered yet") == 2
    qtbot.waitUntil(lambda: "Keras has not answered yet" not in reader.toPlainText(), timeout=LOAD_MS)
    text = reader.toPlainText()
    for fact in (
        "32×64",
        "only the last step leaves",
        "32×10×64",
        "all 10 valid, all leave",
        "3 to 15 valid, all leave, padding under a mask",
        "padding that nothing masks",
    ):
        assert fact in text
    shown.set_clock(sequence=1)  # looking at examples leaves the open document's run alone
    qtbot.waitUntil(lambda: shown.trace is not None and shown.trace.sequence == 1, timeout=LOAD_MS)
    window.session.push(SetArgument("b2", "return_sequences", True), "turn on return_sequences in reader")
    qtbot.waitUntil(lambda: reader.toPlainText().count("all 10 valid, all leave") == 2, timeout=LOAD_MS)
    assert "only the last step leaves" not in reader.toPlainText().split("2. Every step leaves")[0].split("1. ")[1]
    window.session.undo_stack.undo()


def test_a_picture_is_what_the_canvas_would_paint(window: MainWindow, qtbot: QtBot) -> None:
    """In the theme's colours, as sharp as the device, and other once Keras has answered."""
    session = window.session
    before = picture(session, LIGHT, 640, 1.0)
    assert before.deviceIndependentSize().width() == 640
    assert before.pixelColor(1, 1).name() == LIGHT.canvas
    assert picture(session, DARK, 640, 1.0).pixelColor(1, 1).name() == DARK.canvas
    fine = picture(session, LIGHT, 640, 2.0)
    assert (fine.width(), fine.deviceIndependentSize()) == (1280, before.deviceIndependentSize())
    qtbot.waitUntil(lambda: session.run is not None and session.analysis.complete, timeout=LOAD_MS)
    assert picture(session, LIGHT, 640, 1.0) != before
