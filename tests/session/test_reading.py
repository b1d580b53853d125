"""A reading asks what is looked at, once, and takes no answer that comes too late."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from engine.protocol.readings import AttentionScores
from engine.protocol.results import RunResult, SampleResult
from gui.session.reading import Reading
from gui.session.session import EditorSession
from tests.documents import chain
from tests.session.test_session import FakeWorker


def a_run(number: int) -> RunResult:
    """A run of three sequences of five steps."""
    return RunResult(number, 1, "cpu", 1.0, 0, inputs={"b1": SampleResult((3, 5, 3), "float32", None)})


def watching(session: EditorSession) -> tuple[Reading, FakeWorker]:
    """A reading of the clock's sequence, looked at."""
    worker = FakeWorker()
    session.attach(worker)  # type: ignore[arg-type]
    reading = Reading(
        session, "attention", lambda: {"block": "b2", "sequence": session.shown.clock.sequence}, QObject(session)
    )
    reading.watch(seen=True)
    return reading, worker


def readings(worker: FakeWorker) -> list[object]:
    """What was asked of the run."""
    return [body for verb, body in worker.asked if verb == "attention"]


def test_it_asks_anew_for_another_run_and_another_sequence_and_not_twice(qtbot: QtBot) -> None:
    """One question each."""
    session = EditorSession()
    session._put(chain([("LSTM", {"units": 4})], 3), None)
    reading, worker = watching(session)
    assert readings(worker) == []
    session.show_run(a_run(4))
    session.shown.set_clock(sequence=2)
    session.shown.set_clock(step=1)
    reading.ask()
    assert readings(worker) == [
        {"run": 4, "block": "b2", "sequence": 0},
        {"run": 4, "block": "b2", "sequence": 2},
    ]


def test_late_answers_are_dropped_and_refusals_are_sentences(qtbot: QtBot) -> None:
    """An answer of the sequence before, then the right one; a sentence stands in the place of a value."""
    session = EditorSession()
    session._put(chain([("LSTM", {"units": 4})], 3), None)
    reading, _ = watching(session)
    session.show_run(a_run(4))
    first, right = AttentionScores(4, "b2", 0), AttentionScores(4, "b2", 1)
    session.shown.set_clock(sequence=1)
    session.shown.answered.emit("attention", {"run": 4, "block": "b2", "sequence": 0}, first)
    assert reading.value is None
    session.shown.answered.emit("attention", {"run": 4, "block": "b2", "sequence": 1}, right)
    assert reading.value is right
    session.shown.set_clock(sequence=2)
    assert reading.value is None
    session.shown.answered.emit("attention", {"run": 4, "block": "b2", "sequence": 2}, "No longer kept.")
    assert (reading.value, reading.missing) == (None, "No longer kept.")


def test_a_new_worker_is_asked_what_the_old_one_left_open(qtbot: QtBot) -> None:
    """The answer that is there stays; the one on its way is asked anew."""
    session = EditorSession()
    session._put(chain([("LSTM", {"units": 4})], 3), None)
    reading, worker = watching(session)
    session.show_run(a_run(4))
    session.worker_ready()
    assert len(readings(worker)) == 2
    session.shown.answered.emit("attention", readings(worker)[0], AttentionScores(4, "b2", 0))
    session.worker_ready()
    assert len(readings(worker)) == 2
    assert reading.value is not None


def test_nothing_is_asked_while_nobody_looks(qtbot: QtBot) -> None:
    """A hidden view costs nothing."""
    session = EditorSession()
    session._put(chain([("LSTM", {"units": 4})], 3), None)
    reading, worker = watching(session)
    reading.watch(seen=False)
    session.show_run(a_run(4))
    assert readings(worker) == []
    reading.watch(seen=True)
    assert len(readings(worker)) == 1
