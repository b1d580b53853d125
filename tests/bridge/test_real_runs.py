"""Long runs in a real worker: progress moves from block to block, and a stop counts inside TensorFlow's work as well."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine.document.values import Document
from gui.bridge.bridge import WorkerBridge
from gui.session.run_state import RunState
from tests.conftest import TENSORFLOW
from tests.documents import chain, with_sample

pytestmark = TENSORFLOW
PATIENCE_MS = 120_000
BLOCKS = 4


@pytest.fixture
def bridge(qtbot: QtBot) -> Iterator[WorkerBridge]:
    """A bridge to a real worker, ready."""
    made = WorkerBridge()
    with qtbot.waitSignal(made.ready, timeout=PATIENCE_MS):
        made.start()
    yield made
    made.close()


def recurrent(blocks: int, units: int, steps: int) -> Document:
    """Recurrent blocks one after the other, each reading many steps."""
    layers = [("SimpleRNN", {"units": units + at, "return_sequences": True}) for at in range(blocks)]
    return with_sample(chain(layers, 4), batch=4, timesteps=steps)


def run(bridge: WorkerBridge, document: Document) -> None:
    """As the session asks for it."""
    bridge.run(document, 1, None, "cpu")


def test_progress_goes_from_block_to_block(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """The first run of a model is made twice, cold and warm: both halves move, none goes back."""
    said: list[RunState] = []
    bridge.state.connect(said.append)
    with qtbot.waitSignal(bridge.ran, timeout=PATIENCE_MS):
        run(bridge, recurrent(BLOCKS, 32, 500))
    running = [state.fraction for state in said if state.phase == "running"]
    assert running == [at / (2 * BLOCKS) for at in range(2 * BLOCKS)]


def test_a_stop_inside_tensorflow_leaves_the_window_ready(bridge: WorkerBridge, qtbot: QtBot) -> None:
    """One block that takes long never yields: its process is stopped, and the next run is made by another.

    The bound is generous, since the machine may be busy; `test_life` has half a second, for a worker that hangs.
    """
    said: list[RunState] = []
    bridge.state.connect(said.append)
    answers: list[object] = []
    bridge.ran.connect(answers.append)
    first = bridge.process_id
    run(bridge, recurrent(1, 1200, 20_000))
    qtbot.waitUntil(lambda: bool(said) and said[-1].phase == "running", timeout=PATIENCE_MS)
    qtbot.wait(1000)  # inside the block's call by now
    assert said[-1].phase == "running"
    with qtbot.waitSignal(bridge.lost, timeout=PATIENCE_MS):
        start = time.monotonic()
        bridge.cancel()
    assert time.monotonic() - start < 2
    assert said[-1].phase == "lost"
    assert said[-1].text.startswith("Stopped as asked")
    with qtbot.waitSignal(bridge.ran, timeout=PATIENCE_MS):
        run(bridge, recurrent(1, 3, 5))
    assert bridge.process_id not in (0, first)
    assert len(answers) == 1


def test_a_trace_that_is_too_large_crosses_in_part_and_a_closed_document_is_forgotten(
    bridge: WorkerBridge, qtbot: QtBot
) -> None:
    """400 units × 3,000 steps, 29 MB of six signals: four units, one heat map in few columns; then nothing is kept."""
    units, steps = 400, 3000
    layers = [("LSTM", {"units": units, "return_sequences": True})]
    with qtbot.waitSignal(bridge.ran, timeout=PATIENCE_MS) as ran:
        run(bridge, with_sample(chain(layers, 4), batch=1, timesteps=steps))
    number = ran.args[0].number
    with qtbot.waitSignal(bridge.traced, timeout=PATIENCE_MS) as traced:
        bridge.trace(number, "b2", 0, [7])
    trace = traced.args[0]
    assert len(trace.chosen) in (3, 4)
    assert trace.has(7)
    assert {values.shape for values in trace.arrays.values()} == {(steps, len(trace.chosen))}
    body = {"run": number, "key": "b2", "signal": "h", "sequence": 0, "steps": None}
    with qtbot.waitSignal(bridge.answered, timeout=PATIENCE_MS) as answered:
        bridge.read("overview", body)
    verb, asked, found = answered.args
    assert (verb, asked, found.share, found.values.shape) == ("overview", body, 2, (steps // 2, units))
    pairs = trace.of_unit("h", 7).reshape(-1, 2)
    strongest = pairs[range(len(pairs)), abs(pairs).argmax(axis=1)]
    assert (found.values[:, 7] == strongest).all()
    bridge.forget()
    with qtbot.waitSignal(bridge.answered, timeout=PATIENCE_MS) as answered:
        bridge.read("terms", {"run": number, "key": "b2", "sequence": 0, "step": 0, "unit": 0})
    assert answered.args[2] == "That run is no longer kept: run the model again."
