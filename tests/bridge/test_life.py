"""The worker's life as the window sees it: it hangs, it dies, it is stopped, it talks nonsense."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from pytestqt.qtbot import QtBot

from engine.analysis.foreseen import Foreseen
from engine.analysis.values import Analysis
from engine.document.edit_encoding import encode_edit
from engine.document.edits import SetArgument
from engine.document.values import Document
from engine.protocol.messages import Verb
from engine.protocol.results import RunResult
from gui.bridge import bridge as module
from gui.bridge import codec
from gui.bridge.bridge import MANY_DEATHS, WorkerBridge
from gui.bridge.codec import CODEC
from gui.session.run_state import RunState

FAKE = [sys.executable, str(Path(__file__).resolve().parents[1] / "fakes" / "slow_worker.py")]
PATIENCE_MS = 30_000


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[WorkerBridge]:
    """A bridge to the fake worker, ready."""
    made = WorkerBridge(FAKE)
    with qtbot.waitSignal(made.ready, timeout=PATIENCE_MS):
        made.start()
    yield made
    made.close()


def states(bridge: WorkerBridge) -> list[RunState]:
    """Everything the bridge says from now on."""
    said: list[RunState] = []
    bridge.state.connect(said.append)
    return said


def test_a_run_that_does_not_yield_is_cancelled_by_replacing_the_process(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """However often: a stop that was asked for is no death."""
    said = states(bridge)
    for _ in range(MANY_DEATHS + 1):
        first = bridge.process_id
        said.clear()
        bridge._ask("run", {"do": "hang"}, 0)
        qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE_MS)  # it has begun
        bridge._grace.setInterval(1)
        with qtbot.waitSignal(bridge.ready, timeout=PATIENCE_MS):
            bridge.cancel()
        assert bridge.process_id not in (0, first)
        assert not bridge._book.unanswered
        assert [state.phase for state in said] == ["running", "lost"]
        assert said[-1].text.startswith("Stopped as asked")


def test_a_stop_is_done_within_half_a_second(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """What never yields, as a long call inside TensorFlow: from the click to a window that says so. The best of three."""
    said, taken = states(bridge), list[float]()
    for _ in range(MANY_DEATHS):
        said.clear()
        bridge._ask("run", {"do": "hang"}, 0)
        qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE_MS)
        with qtbot.waitSignal(bridge.ready, timeout=PATIENCE_MS):
            start = time.monotonic()
            bridge.cancel()
            with qtbot.waitSignal(bridge.lost, timeout=PATIENCE_MS):
                pass
            taken.append(time.monotonic() - start)
    assert min(taken) < 0.5, taken


def test_a_run_that_yields_is_cancelled_in_the_same_process(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """Progress comes first; the worker stays."""
    first, said = bridge.process_id, states(bridge)
    bridge._ask("run", {"do": "steps"}, 0)
    qtbot.waitUntil(lambda: any(state.phase == "running" for state in said), timeout=PATIENCE_MS)
    bridge.cancel()
    qtbot.waitUntil(lambda: said[-1].phase == "idle", timeout=PATIENCE_MS)
    assert bridge.process_id == first
    assert not bridge._grace.isActive()


def test_a_worker_without_a_sign_of_life_is_replaced(
    bridge: WorkerBridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It beats every second, however busy; one that is stopped beats no more."""
    first = bridge.process_id
    seen = bridge._last_sign
    bridge._ask("run", {"do": "hang"}, 0)
    qtbot.waitUntil(lambda: bridge._last_sign > seen, timeout=PATIENCE_MS)
    bridge._look()
    assert bridge.process_id == first
    os.kill(first, signal.SIGSTOP)
    monkeypatch.setattr(module, "HEARTBEAT_LIMIT_S", 0.0)
    with qtbot.waitSignal(bridge.ready, timeout=PATIENCE_MS):
        bridge._look()
        monkeypatch.undo()
    assert bridge.process_id not in (0, first)


def test_what_may_have_killed_it_is_not_asked_again_and_the_rest_is(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """The run is given up, the question is asked of the new worker."""
    bridge._ask("run", {"do": "hang"}, 0)
    bridge._ask("versions", {}, 0)
    with qtbot.waitSignal(bridge.lost, timeout=PATIENCE_MS):
        os.kill(bridge.process_id, signal.SIGKILL)
    assert [request.verb for request in bridge._book.unanswered] == ["versions"]
    qtbot.waitUntil(lambda: not bridge._book.unanswered, timeout=PATIENCE_MS)


def test_one_that_dies_again_and_again_is_left_alone_until_run_starts_it(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """Three times within a minute; a sentence; no endless loop."""
    from engine.document.values import Document

    said = states(bridge)
    for number in range(MANY_DEATHS):
        if number:
            qtbot.waitUntil(lambda: bridge._is_ready and bridge.process_id != 0, timeout=PATIENCE_MS)
        with qtbot.waitSignal(bridge.state, timeout=PATIENCE_MS):
            os.kill(bridge.process_id, signal.SIGKILL)
    assert [state.phase for state in said] == ["lost", "lost", "failed"]
    assert "three times" in said[-1].text
    assert bridge.process_id == 0
    with qtbot.waitSignal(bridge.ready, timeout=PATIENCE_MS):
        bridge.run(Document(), 1, None, "cpu")
        bridge._book.forget(bridge._book.unanswered[0].id)  # the fake has no answer to a run


def test_a_worker_that_cannot_be_started_is_a_sentence(qtbot: QtBot) -> None:
    """The interpreter is gone."""
    bridge = WorkerBridge(["/nonexistent/python"])
    with qtbot.waitSignal(bridge.state, timeout=PATIENCE_MS) as said:
        bridge.start()
    assert said.args == [RunState("failed", "The engine's process could not be started; see `doctor`.")]
    bridge.close()


def test_a_worker_that_speaks_another_language_is_replaced(qtbot: QtBot) -> None:
    """Something that prints into the pipe is no worker; it ends in a sentence, not in a loop."""
    bridge = WorkerBridge([sys.executable, "-c", "print('hello'); input()"])
    said = states(bridge)
    bridge.start()
    qtbot.waitUntil(lambda: bool(said) and said[-1].phase == "failed", timeout=PATIENCE_MS)
    assert [state.phase for state in said] == ["lost"] * (MANY_DEATHS - 1) + ["failed"]
    bridge.close()


@pytest.mark.parametrize("deadly", [False, True])
def test_a_call_that_hangs_or_kills_is_refused_and_a_second_answer_follows(
    bridge: WorkerBridge, qtbot: QtBot, deadly: bool
) -> None:
    """The analysis is asked again by itself, and what a probe run shows comes after it."""
    answers: list[int] = []

    def note(_: Analysis, revision: int) -> None:
        answers.append(revision)

    bridge.analysed.connect(note)
    bridge._suspects.hang_s = 0.5
    bridge._watch.setInterval(200)
    bridge._ask("analyse", {"document": {}, "do": "ask", "deadly": deadly}, 4)
    qtbot.waitUntil(lambda: len(answers) == 2, timeout=PATIENCE_MS)
    assert answers == [4, 4]
    assert bridge._suspects.refused == {"bad"}
    assert not bridge._suspects.careful
    assert not bridge._book.unanswered


def test_looking_ahead_gives_way_to_any_other_question(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """It stops in the same process, says for which edits, and the other is answered; a failure refuses every edit."""
    first, edits = bridge.process_id, [SetArgument("b2", "units", size) for size in (1, 2)]
    encoded = [encode_edit(edit) for edit in edits]
    said: list[tuple[object, ...]] = []
    bridge.foreseen.connect(lambda *what: said.append(what))
    bridge._ask("foresee", {"do": "steps", "edits": encoded}, 3)
    with qtbot.waitSignal(bridge.fitted, timeout=PATIENCE_MS):
        bridge._ask("fitting", {"do": "fits"}, 0)
    assert said == [(tuple(edits), (), 3)]
    with qtbot.waitSignal(bridge.foreseen, timeout=PATIENCE_MS):
        bridge._ask("foresee", {"do": "user", "edits": encoded}, 4)
    assert said[1] == (tuple(edits), (Foreseen(refused="Do it differently."),) * 2, 4)
    assert bridge.process_id == first


def test_nothing_is_read_before_the_codec_is_there(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread imports it: until then the pipe keeps what came, and the window's thread imports nothing itself."""
    there: list[bool] = []
    looked: list[bool] = []

    def is_imported() -> bool:
        looked.append(bool(there))
        return bool(there)

    monkeypatch.setattr(module, "is_imported", is_imported)
    made = WorkerBridge(FAKE)
    made.codec_comes = True
    heard: list[object] = []
    made.ready.connect(heard.append)
    made.start()
    qtbot.waitUntil(lambda: len(looked) > 3, timeout=PATIENCE_MS)  # it has answered, and is asked after again
    assert not heard
    assert made._decoder is None
    there.append(True)
    qtbot.waitUntil(lambda: bool(heard), timeout=PATIENCE_MS)
    assert len(heard) == 1
    made.close()


def test_a_codec_counts_as_there_when_its_import_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module is in the table of modules from the beginning of its import on."""
    half, whole = ModuleType(CODEC), ModuleType(CODEC)
    for module_, initializing in ((half, True), (whole, False)):
        module_.__spec__ = ModuleSpec(CODEC, None)
        module_.__spec__._initializing = initializing  # type: ignore[attr-defined]
    monkeypatch.delitem(sys.modules, CODEC, raising=False)
    assert not codec.is_imported()
    monkeypatch.setitem(sys.modules, CODEC, half)
    assert not codec.is_imported()
    monkeypatch.setitem(sys.modules, CODEC, whole)
    assert codec.is_imported()


@pytest.mark.parametrize(
    ("verb", "what"), [("run", "the run"), ("compare", "the run of the other side"), ("influence", "the gradient")]
)
def test_one_that_the_system_ends_during_heavy_work_ran_out_of_memory(
    bridge: WorkerBridge, qtbot: QtBot, verb: Verb, what: str
) -> None:
    """What it did, why it ended most likely, what to do; it is back, and that work is not asked again."""
    first, said = bridge.process_id, states(bridge)
    with qtbot.waitSignal(bridge.ready, timeout=PATIENCE_MS):
        bridge._ask(verb, {"do": "killed"}, 0)
    (lost,) = [state for state in said if state.phase == "lost"]
    assert lost.text == lost.after
    assert lost.text.startswith(f"The system ended the engine during {what}, as it does when memory runs out. Use a")
    assert not bridge._book.unanswered
    assert bridge.process_id not in (0, first)


def test_one_that_is_ended_while_it_rests_is_no_matter_of_memory(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """Nor one that hangs, which is replaced by the window."""
    said = states(bridge)
    with qtbot.waitSignal(bridge.ready, timeout=PATIENCE_MS):
        os.kill(bridge.process_id, signal.SIGKILL)
    bridge._ask("run", {"do": "hang"}, 0)
    qtbot.waitUntil(lambda: said[-1].phase == "running", timeout=PATIENCE_MS)
    with qtbot.waitSignal(bridge.ready, timeout=PATIENCE_MS):
        bridge._replace()
    assert [state.after for state in said] == [""] * len(said)


def test_after_memory_ran_out_the_next_run_has_a_new_process(
    bridge: WorkerBridge, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before may be in pieces; what is read meanwhile is still asked of it."""
    monkeypatch.setattr(module, "decode_run", lambda *_: RunResult(1, 3, "cpu", None, 0))
    first, said = bridge.process_id, states(bridge)
    with qtbot.waitSignal(bridge.state, timeout=PATIENCE_MS, check_params_cb=lambda state: state.phase == "failed"):
        bridge._ask("run", {"do": "memory"}, 0)
    assert "not enough memory" in said[-1].text
    assert bridge.process_id == first
    with qtbot.waitSignal(bridge.ran, timeout=PATIENCE_MS):
        bridge.run(Document(), 3, None, "cpu")
    assert bridge.process_id not in (0, first)
    assert not bridge._book.unanswered
    assert not [state for state in said if state.phase == "lost"]
