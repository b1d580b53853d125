"""The status bar says what is known of the document that is open, and no more."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.window.status_bar import StatusBar
from tests.documents import chain


def test_problems_are_not_denied_before_anybody_looked(qtbot: QtBot) -> None:
    """Nothing counts as checked until Keras was asked, and what was said of the file before is dropped."""
    session = EditorSession()
    bar = StatusBar(session, ThemeHolder())
    qtbot.addWidget(bar)
    bar.say("Saved before.seqloom.")
    session._put(chain([("Dense", {"units": 1})], 3), None)
    bar.refresh()
    assert (bar.problems.text(), bar.quiet.whole()) == ("not checked yet", "")
    session.analysis = Analysis(complete=True)
    bar.refresh()
    assert bar.problems.text() == "no problems"
