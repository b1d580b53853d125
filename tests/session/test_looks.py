"""What is asked about the selected block: an Input's sample, any other's padded steps; late answers are dropped."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.document.edits import SetSample
from engine.protocol.looks import PaddedLook, SampleLook
from engine.protocol.results import RunResult
from gui.session.session import EditorSession
from tests.documents import chain
from tests.session.test_session import FakeWorker


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A session with a small model and a worker that takes notes."""
    made = EditorSession()
    made.run_by_itself = False
    made.attach(FakeWorker())
    made._put(chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3), None)
    return made


def asked(session: EditorSession, verb: str) -> list[Any]:
    """What the worker was asked for by a verb."""
    worker = session.worker
    assert isinstance(worker, FakeWorker)
    return [what for name, what in worker.asked if name == verb]


def run(session: EditorSession, number: int = 1) -> RunResult:
    """A run of what is there now."""
    return RunResult(number, session.revision, "cpu", 5.0, 7)


def test_the_selected_inputs_sample_is_asked_when_it_may_have_changed(session: EditorSession, qtbot: QtBot) -> None:
    """Once for each state of the sample, not for every edit."""
    session.select(["b1"])
    qtbot.waitUntil(lambda: asked(session, "sample") == [("b1", 0)])
    session.push(SetSample({"batch": 4}), "change the batch")
    qtbot.waitUntil(lambda: len(asked(session, "sample")) == 2)
    session.select(["b2"])
    session.select(["b1"])
    session.looks._ask()
    assert len(asked(session, "sample")) == 2


def test_an_answer_for_another_block_is_dropped(session: EditorSession, qtbot: QtBot) -> None:
    """And what is shown goes when another block is selected."""
    session.select(["b1"])
    session.looks.show_sample(SampleLook("b1", 0))
    assert session.looks.sample is not None
    session.select(["b2"])
    assert session.looks.sample is None
    session.looks.show_sample(SampleLook("b1", 0))
    assert session.looks.sample is None


def test_padded_steps_are_those_of_the_run_that_is_shown(session: EditorSession, qtbot: QtBot) -> None:
    """A new run asks anew; the old answer stands until then, as an old one; another document has none."""
    session.select(["b2"])
    session.show_run(run(session))
    qtbot.waitUntil(lambda: asked(session, "padded") == [(1, "b2")])
    first, second = PaddedLook(1, "b2", padding=False), PaddedLook(2, "b2", padding=True)
    session.looks.show_padded(first)
    assert (session.looks.padded, session.looks.padded_is_old) == (first, False)
    session.show_run(run(session, 2))
    assert (session.looks.padded, session.looks.padded_is_old) == (first, True)
    qtbot.waitUntil(lambda: asked(session, "padded")[-1] == (2, "b2"))
    session.looks.show_padded(PaddedLook(1, "b2", padding=False))
    assert session.looks.padded_is_old
    session.looks.show_padded(second)
    assert (session.looks.padded, session.looks.padded_is_old) == (second, False)
    session.new()
    assert session.looks.padded is None


def test_padded_steps_that_were_read_are_not_asked_again(session: EditorSession, qtbot: QtBot) -> None:
    """Going back to a block shows them at once, while the run is the same; an answer that came late waits for its block."""
    session.show_run(run(session))
    first, second = PaddedLook(1, "b2", padding=False), PaddedLook(1, "b3", padding=False)
    session.select(["b2"])
    qtbot.waitUntil(lambda: asked(session, "padded") == [(1, "b2")])
    session.select(["b3"])
    qtbot.waitUntil(lambda: len(asked(session, "padded")) == 2)
    session.looks.show_padded(first)
    assert session.looks.padded is None
    session.looks.show_padded(second)
    session.select(["b2"])
    assert session.looks.padded is first
    session.select(["b3"])
    assert session.looks.padded is second
    session.looks._ask()
    assert len(asked(session, "padded")) == 2


def test_a_worker_that_came_back_is_asked_again(session: EditorSession, qtbot: QtBot) -> None:
    """It knows nothing of what the last one was asked."""
    session.select(["b1"])
    qtbot.waitUntil(lambda: len(asked(session, "sample")) == 1)
    session.worker_ready()
    qtbot.waitUntil(lambda: len(asked(session, "sample")) == 2)
