"""The examples say what is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.file import load
from engine.graph.values import PortRef
from engine.protocol.results import RunResult
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner, RunOptions

pytestmark = pytest.mark.xdist_group("tensorflow")
EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "resources" / "examples").glob("*.seqloom"))
ANALYST = Analyst(load_snapshot())
KNOWN = {
    "05": [("warning", "padding.read", "mean")],  # MultiHeadAttention takes the mask off the tensor beside it
    "07": [("warning", "padding.read", "unmasked_reader")],  # what the example is there to show
}
"""The warnings that are true of an example."""


def run_of(number: str) -> tuple[Runner, RunResult]:
    """A run of an example."""
    path = next(path for path in EXAMPLES if path.name.startswith(number))
    runner = Runner()
    return runner, runner.run(load(path), RunOptions(folder=path.parent))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_sound_has_a_note_and_room_between_blocks(path: Path) -> None:
    """It builds, its probe run works, its layout is whole."""
    document = load(path)
    analysis = ANALYST.analyse(document, folder=path.parent, probe=True)
    assert [(p.severity, p.code, document.block(p.block).name) for p in analysis.diagnostics] == KNOWN.get(
        path.stem[:2], []
    )
    assert document.notes
    assert len(str(document.notes[0]["text"])) > 100
    assert set(document.layout) == set(document.graph.by_id)
    places = list(document.layout.values())
    assert all(abs(a[0] - b[0]) >= 250 or abs(a[1] - b[1]) >= 110 for n, a in enumerate(places) for b in places[:n])


def test_a_mask_never_shortens_the_output() -> None:
    """15 steps leave, and the state is held through padding."""
    runner, run = run_of("03")
    assert run.ports[PortRef("b3", "output")].shape == (32, 15, 64)
    trace = runner.trace(run.number, "b3", 1, gates=False)
    assert trace is not None
    h = trace.arrays["h"]
    assert trace.valid.sum() == 4
    assert np.array_equal(h[3:], np.broadcast_to(h[3], h[3:].shape))


def test_zeroing_single_elements_masks_almost_nothing() -> None:
    """About 3 % of steps at p = 0.3 with 3 features, not 30 %."""
    from engine.runtime.environment import keras

    random = np.random.default_rng(0)
    data = random.normal(size=(200, 15, 3)) * (random.random((200, 15, 3)) > 0.3)
    masked = 1 - np.asarray(keras.layers.Masking().compute_mask(keras.ops.convert_to_tensor(data))).mean()
    assert 0.015 < masked < 0.045


def test_timedistributed_dense_adds_nothing_to_dense() -> None:
    """Same numbers on the same weights."""
    runner, _ = run_of("02")
    assert runner._kept is not None
    assert runner._watched is not None
    wrapped = runner._watched[1].assembled.layers["b3"].layer
    states = runner._kept.seen.values[PortRef("b2", "output")]
    ours = np.asarray(runner._kept.seen.values[PortRef("b3", "output")])
    assert np.allclose(np.asarray(wrapped(states)), ours, atol=1e-6)


def test_a_decoder_with_initial_states_does_not_use_its_mask() -> None:
    """All its steps are read."""
    runner, run = run_of("04")
    trace = runner.trace(run.number, "b6", 3, gates=True)
    assert trace is not None
    assert trace.valid.all()
    assert run.ports[PortRef("b6", "output")].shape[1] == 9


def test_real_utterances_with_and_without_masking() -> None:
    """The lengths are those of the data set; unmasked, the state moves on through padding."""
    runner, run = run_of("07")
    fed = run.inputs["b1"]
    assert fed.shape == (270, 29, 12)
    assert fed.valid is not None
    lengths = fed.valid.sum(axis=1)
    assert (lengths.min(), lengths.max()) == (7, 26)
    assert run.ports[PortRef("b2", "output")].valid_lengths == tuple(lengths)
    masked, unmasked = (runner.trace(run.number, key, 0, gates=False) for key in ("b3", "b5"))
    assert masked is not None
    assert unmasked is not None
    last = lengths[0]
    assert np.allclose(masked.arrays["h"][last:], masked.arrays["h"][last - 1])
    assert not np.allclose(unmasked.arrays["h"][-1], unmasked.arrays["h"][last - 1], atol=1e-3)
    assert masked.leaves.tolist().index(True) == last - 1
    assert unmasked.leaves.tolist().index(True) == 28
    assert unmasked.real.sum() == last
