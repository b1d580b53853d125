"""What a choice would do: asked ahead when it is quiet, at once when somebody looks, forgotten with the next edit."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from engine.analysis.foreseen import Foreseen
from engine.analysis.values import Analysis
from engine.document.edits import SetArgument
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from tests.documents import chain
from tests.session.test_session import FakeWorker

SEQUENCES = SetArgument("b2", "return_sequences", True)
STATE = SetArgument("b2", "return_state", True)
BIAS = SetArgument("b2", "use_bias", False)
NOTHING, MORE = Foreseen(), Foreseen(more=1)


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A session with a small model and a worker that takes notes; what waits for quiet does not wait long."""
    made = EditorSession()
    made.run_by_itself = False
    made.foresight._quiet.setInterval(1)
    made.attach(FakeWorker())
    made._put(chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3), None)
    return made


def asked(session: EditorSession) -> list[Any]:
    """What the worker was asked to foresee."""
    assert isinstance(session.worker, FakeWorker)
    return [what for name, what in session.worker.asked if name == "foresee"]


def test_choices_are_asked_ahead_and_known_when_one_looks(session: EditorSession, qtbot: QtBot) -> None:
    """All in one question; looking asks nothing more."""
    session.foresight.prepare([SEQUENCES, STATE])
    assert asked(session) == []  # it is not quiet yet
    qtbot.waitUntil(lambda: asked(session) == [(SEQUENCES, STATE)])
    session.foresight.show((SEQUENCES, STATE), (MORE, NOTHING), session.revision)
    assert session.foresight.look([STATE, SEQUENCES]) == (NOTHING, MORE)
    session.foresight._ask_again()
    assert len(asked(session)) == 1


def test_what_is_looked_at_goes_before_what_is_asked_ahead(session: EditorSession, qtbot: QtBot) -> None:
    """It is asked at once, once; then the rest is asked again."""
    known = QSignalSpy(session.foresight.known_changed)
    session.foresight.prepare([SEQUENCES, STATE])
    qtbot.waitUntil(lambda: len(asked(session)) == 1)
    assert session.foresight.look([BIAS]) == (None,)
    assert session.foresight.look([BIAS]) == (None,)
    assert asked(session)[1:] == [(BIAS,)]
    session.foresight.show((BIAS,), (NOTHING,), session.revision)
    assert known.count() == 1
    assert session.foresight.look([BIAS]) == (NOTHING,)
    qtbot.waitUntil(lambda: asked(session)[2:] == [(SEQUENCES, STATE)])


def test_what_gave_way_is_asked_again_when_it_is_quiet(session: EditorSession, qtbot: QtBot) -> None:
    """Not while the model runs."""
    session.foresight.look([SEQUENCES])
    session._set_run_state(RunState("running"))
    session.foresight.show((SEQUENCES,), (), session.revision)
    session.foresight._ask_again()
    assert len(asked(session)) == 1
    session._set_run_state(RunState("idle"))
    qtbot.waitUntil(lambda: asked(session)[1:] == [(SEQUENCES,)])


def test_an_answer_that_never_comes_is_asked_for_again(session: EditorSession, qtbot: QtBot) -> None:
    """The worker was replaced: its next analysis says that it is there."""
    session.foresight.look([SEQUENCES])
    session.show_analysis(Analysis(complete=True), session.revision)
    qtbot.waitUntil(lambda: asked(session)[1:] == [(SEQUENCES,)])


def test_an_edit_of_the_model_forgets_everything(session: EditorSession) -> None:
    """What was known, what was to be asked, and an answer that comes too late; moving a block forgets nothing."""
    before = session.revision
    session.foresight.look([SEQUENCES])
    session.foresight.show((SEQUENCES,), (MORE,), before)
    session.push(BIAS, "turn off use_bias")
    session.foresight.show((STATE,), (MORE,), before)
    assert session.foresight.look([SEQUENCES, STATE]) == (None, None)
    assert asked(session)[-1] == (SEQUENCES, STATE)
