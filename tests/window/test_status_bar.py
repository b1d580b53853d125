"""The status bar says what is known of the document that is open, and no more."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis
from gui.session.run_state import RunState
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


def test_seconds_move_while_the_engine_works_on_one_block(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress comes block by block; inside a long one the bar still shows that time goes on, and stops with it."""
    session = EditorSession()
    bar = StatusBar(session, ThemeHolder())
    qtbot.addWidget(bar)
    session.worker_said(RunState("running", "Running 25% …", 0.25))
    assert bar.run.text() == "Running 25% …"
    monkeypatch.setattr(bar._running, "elapsed", lambda: 3400)
    qtbot.waitUntil(lambda: bar.run.text() == "Running 25% … 3 s")
    session.worker_said(RunState("running", "Running 50% …", 0.5))
    assert bar.run.text() == "Running 50% … 3 s"
    session.worker_said(RunState("idle", "Last run 5 ms on CPU."))
    assert bar.run.text() == "Last run 5 ms on CPU."
    assert not bar._ticks.isActive()
