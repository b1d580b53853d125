"""A session with blocks of every kind of argument, and an inspector on the screen."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.document.values import Document
from gui.panels.inspector import Inspector
from gui.panels.sample_form import SampleForm
from gui.session.session import EditorSession
from gui.theme.style import stylesheet
from gui.theme.theme import LIGHT, ThemeHolder, apply_theme
from tests.documents import graph_of
from tests.session.test_session import FakeWorker
from tests.steps import at_once, whole

CELL: dict[str, Any] = {"type": "LSTMCell", "arguments": {"units": 8}}
BLOCKS: dict[str, Any] = {
    "b1": ("Input", {"shape": [None, 3]}),
    "b2": ("LSTM", {"units": 64, "return_sequences": True}),
    "b3": ("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 4, "return_sequences": True}}}),
    "b4": ("RNN", {"cell": [CELL, {"type": "GRUCell", "arguments": {"units": 5}}], "return_sequences": True}),
    "b5": ("Conv1D", {"filters": 4, "kernel_size": 3}),
    "b6": ("Dense", {"units": 2, "kernel_regularizer": "l2"}),
    "b7": ("Reuse", {"of": "b6"}),
    "b8": ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4}),
    "b9": ("Reshape", {"target_shape": [-1, 1]}),
    "b10": ("RNN", {"cell": {"type": "GRUCell", "arguments": {"units": 5}}}),
}


@pytest.fixture
def themes(qtbot: QtBot) -> ThemeHolder:
    """The light theme, applied."""
    application = QApplication.instance()
    if isinstance(application, QApplication) and application.styleSheet() != stylesheet(LIGHT):
        apply_theme(LIGHT)  # slow: not for each test
    return ThemeHolder(LIGHT)


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """One block of each kind; nothing is wired, since a form does not ask for it."""
    made = EditorSession()
    made.run_by_itself = False
    made.attach(FakeWorker())
    made._put(document(), None)
    return made


def document() -> Document:
    """The blocks, b1 and b2 wired."""
    return graph_of(BLOCKS, [("b1.output", "b2.inputs")])


@pytest.fixture
def growing(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> Inspector:
    """The inspector with its sample form, shown and active; its rows come in steps."""
    made = Inspector(session, themes, whole(SampleForm(session, themes)))
    qtbot.addWidget(made)
    made.resize(292, 900)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isVisible)
    return made


@pytest.fixture
def inspector(growing: Inspector, session: EditorSession) -> Inspector:
    """The same with its rows there at once."""
    at_once(growing, session)
    return growing


def field(inspector: Inspector, key: str) -> Any:
    """The editor of an argument by its path."""
    return inspector.form.fields[key].field


def opened(inspector: Inspector) -> None:
    """Unfolds the rest of the arguments, nested ones too."""
    from PySide6.QtWidgets import QToolButton

    for button in inspector.form.findChildren(QToolButton):
        if button.objectName() == "fold" and button.isVisible() and button.text().startswith("▸"):
            button.click()
    inspector.finish()


def named(parent: QWidget, name: str) -> Any:
    """The widget of an accessible name."""
    return next(widget for widget in parent.findChildren(QWidget) if widget.accessibleName() == name)
