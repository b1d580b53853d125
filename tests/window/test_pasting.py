"""Pasted code and errors in the window, with the real worker: two actions to the cause."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.app.start import open_window
from gui.window.pasting import TextDialog
from gui.window.window import MainWindow
from tests.importing.corpus import CORPUS, STACKED

pytestmark = pytest.mark.xdist_group("window")
LOAD_MS = 90_000


@pytest.fixture
def window(qtbot: QtBot, quiet_home: Path) -> Iterator[MainWindow]:
    """The window over an empty document."""
    settings = QSettings(str(quiet_home / "s.ini"), QSettings.Format.IniFormat)
    _, made = open_window(None, settings=settings)
    made.session.new()
    made.resize(1366, 768)
    made.arrange(made.size())
    made.show()
    qtbot.addWidget(made, before_close_func=lambda w: w.session.undo_stack.setClean())
    yield made
    made.bridge.close()


def names_of(window: MainWindow) -> list[str]:
    """Of the blocks of the open document."""
    return [block.name for block in window.session.document.graph.blocks]


def test_code_and_errors_are_pasted_drawn_and_explained(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    """Ctrl+V on the canvas: the cause on the card, one undo step; a second text beside the first; Help's field; a lost worker."""
    session = window.session
    canary = tmp_path / "written"
    QGuiApplication.clipboard().setText(STACKED.text.replace("model = Seq", f"open('{canary}', 'w')\nmodel = Seq"))
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    if not session.pasting.asking:  # offscreen, the shortcut is the menu's
        window.actions_by_id["editing.paste"].trigger()
    assert session.pasting.asking
    with qtbot.waitSignal(session.pasting.pasted, timeout=LOAD_MS):
        pass
    assert names_of(window) == ["input_layer", "lstm", "lstm_1", "dense"]
    assert session.undo_stack.count() == 1
    assert session.undo_stack.undoText() == "paste 4 blocks from code and its error"
    assert session.document.sample == {} or session.document.sample.get("inputs", {}) == {}
    assert window.notice.isVisible()
    assert window.notice.label.text() == "The code was drawn; nothing of it was run. Keras 3.15.1 says the same of it."
    qtbot.waitUntil(lambda: session.analysis.complete and not session.analysis.ok, timeout=LOAD_MS)
    card = window.canvas.problems.card
    qtbot.waitUntil(card.isVisible, timeout=LOAD_MS)
    assert "lstm_1 needs (batch, time, features), lstm gives (B, 64)" in card.title.text()
    assert not canary.exists()
    assert [str(note["text"]) for note in session.document.notes][0].startswith("Line 12 was left out, training")

    token = next(paste for paste in CORPUS if paste.code == "token.range")
    session.pasting.ask(token.text)
    with qtbot.waitSignal(session.pasting.pasted, timeout=LOAD_MS):
        pass
    assert names_of(window) == ["input_layer", "lstm", "lstm_1", "dense", "series", "embedding"]
    found = [problem for problem in session.analysis.diagnostics if problem.code == "token.range"]
    assert [problem.block for problem in found] == [session.document.graph.blocks[5].id]
    assert session.apply_fix(found[0].fixes[0])
    assert session.document.graph.blocks[5].arguments["input_dim"] == 5002
    qtbot.waitUntil(lambda: session.analysis.complete, timeout=LOAD_MS)
    assert not [problem for problem in session.analysis.diagnostics if problem.code == "token.range"]
    for _ in range(3):
        session.undo_stack.undo()
    assert names_of(window) == []

    QGuiApplication.clipboard().setText("Input 0 is incompatible with layer lstm_2: expected ndim=3, found ndim=2")
    window.actions_by_id["pasting.ask"].trigger()
    dialog = window.pasting.dialog
    assert isinstance(dialog, TextDialog)
    assert dialog.text.toPlainText() == QGuiApplication.clipboard().text()
    explain = next(button for button in dialog.findChildren(QPushButton) if button.text() == "Explain")
    with qtbot.waitSignal(session.pasting.pasted, timeout=LOAD_MS):
        QTest.mouseClick(explain, Qt.MouseButton.LeftButton)
    assert names_of(window) == ["series", "lstm", "lstm_2"]
    assert "Assumed: series, lstm, units of lstm_2." in window.notice.label.text()
    window.notice.buttons[0].click()
    assert isinstance(window.pasting.dialog, TextDialog)
    assert "Assumed: series, the whole block" in window.pasting.dialog.text.toPlainText()
    window.pasting.dialog.close()

    refused: list[str] = []
    session.refused.connect(refused.append)
    session.pasting.ask("good morning")
    qtbot.waitUntil(lambda: bool(refused), timeout=LOAD_MS)
    session.pasting.ask(STACKED.text)
    os.kill(window.bridge.process_id, signal.SIGKILL)
    qtbot.waitUntil(lambda: len(refused) == 2, timeout=LOAD_MS)
    assert refused[0] == "Nothing was pasted: it holds neither Python that builds a model nor an error of Keras."
    assert refused[1].startswith("The engine stopped while it read the pasted text")
    assert names_of(window) == ["series", "lstm", "lstm_2"]
