"""What tests of the whole model found stands with the problems until the next edit."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.analysis.leaks import CODE, Leak, LeakReport
from engine.analysis.values import Analysis, Diagnostic
from engine.document.edits import Move, SetArgument
from engine.protocol.results import RunResult
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from tests.documents import chain
from tests.session.test_session import FakeWorker

LEAK = Leak("b2", 0.12, 4, "Padding changes what leaves block_2: by 0.12 in sequence 4", "No mask reaches it.")
REPORT = LeakReport("Yes, first at block_2: 0.12 in sequence 4.", "b2", (LEAK,), 0.12)
WAYS = (Diagnostic("keras.disagrees", "warning", "run", "b3", "block_3 gives other steps in predict"),)


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A session whose model has been analysed."""
    made = EditorSession()
    made._put(chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3), None)
    made.attach(FakeWorker())
    made.show_analysis(Analysis(complete=True), made.revision)
    return made


def codes(session: EditorSession) -> list[str]:
    """The problems that are shown."""
    return [problem.code for problem in session.analysis.diagnostics]


def test_leaks_are_problems_until_the_model_is_edited(session: EditorSession, qtbot: QtBot) -> None:
    """A moved block changes nothing; an argument does, and undo does not bring an old answer back."""
    session.findings.ask_leaks()
    assert session.findings.testing
    with qtbot.waitSignal(session.told) as said:
        session.findings.show_leaks(REPORT, session.revision)
    assert said.args == ["Does padding change my results? Yes, first at block_2: 0.12 in sequence 4."]
    assert codes(session) == [CODE]
    session.push(Move("b2", (40.0, 40.0)), "move")
    assert codes(session) == [CODE]
    session.push(SetArgument("b2", "units", 5), "change units")
    assert codes(session) == []
    assert session.findings.leaks is None
    session.undo_stack.undo()
    assert codes(session) == []


def test_an_answer_about_an_older_model_is_dropped(session: EditorSession) -> None:
    session.findings.ask_leaks()
    asked = session.revision
    session.push(SetArgument("b2", "units", 5), "change units")
    session.findings.show_leaks(REPORT, asked)
    session.findings.show_ways(WAYS, asked, False)
    assert session.findings.leaks is None
    assert codes(session) == []


def test_what_was_found_outlives_a_further_run(session: EditorSession) -> None:
    """A run brings its own problems; those that were found stay beside them."""
    session.findings.show_leaks(REPORT, session.revision)
    session.findings.show_ways(WAYS, session.revision, True)
    told = Diagnostic("trace.none", "info", "run", "b3", "The states are not traced")
    session.show_run(RunResult(1, session.revision, "cpu", 2.0, 7, diagnostics=(told,)))
    assert codes(session) == ["trace.none", "keras.disagrees", CODE]


def test_ways_are_compared_once_after_a_run_when_nobody_edits(session: EditorSession, qtbot: QtBot) -> None:
    worker = session.worker
    assert isinstance(worker, FakeWorker)
    session.worker_ready()
    session.findings._quiet.setInterval(0)
    session.show_run(RunResult(1, session.revision, "cpu", 2.0, 7))
    qtbot.waitUntil(lambda: ("ways", False) in worker.asked)
    session.show_run(RunResult(2, session.revision, "cpu", 2.0, 7))
    qtbot.wait(20)
    assert worker.asked.count(("ways", False)) == 1


def test_nothing_to_test_is_one_sentence(qtbot: QtBot) -> None:
    empty = EditorSession()
    with qtbot.waitSignal(empty.refused):
        empty.findings.ask_leaks()
    empty.attach(FakeWorker())
    with qtbot.waitSignal(empty.refused) as said:
        empty.findings.ask_leaks()
    assert "drag an Input" in str(said.args)


def test_a_refusal_ends_the_waiting(session: EditorSession, qtbot: QtBot) -> None:
    session.findings.ask_leaks()
    with qtbot.waitSignal(session.refused) as said:
        session.findings.refuse_leaks("Stopped as asked.")
    assert said.args == ["Stopped as asked."]
    assert not session.findings.testing


def test_after_shown_work_the_last_sentence_holds_again(session: EditorSession) -> None:
    """Progress of a test or an export is not the end of what is known of the run."""
    session.show_run(RunResult(1, session.revision, "cpu", 2.0, 7))
    session.worker_said(RunState("running", "Exporting …"))
    session.worker_rests()
    assert (session.run_state.phase, session.run_state.text) == ("idle", "Last run 2 ms on CPU.")
    session.worker_said(RunState("failed", "There is not enough memory for this."))
    session.worker_rests()
    assert session.run_state.phase == "failed"
