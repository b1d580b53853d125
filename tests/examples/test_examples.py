"""The examples say what is true."""

from __future__ import annotations

import math
import runpy
from pathlib import Path

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply
from engine.document.edits import SetArgument
from engine.document.file import load
from engine.graph.values import PortRef
from engine.protocol.results import RunResult
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.sample import Overrides

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
    wide = 200  # no block is wider than 190; that labels have room is seen in the window, in tests/window/test_look.py
    assert all(abs(a[0] - b[0]) >= wide or abs(a[1] - b[1]) >= 110 for n, a in enumerate(places) for b in places[:n])


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


def test_an_lstm_without_return_sequences_has_no_time_axis_and_with_it_ten_steps() -> None:
    """The question's first example, and what its note asks one to do."""
    _, run = run_of("01")
    assert run.ports[PortRef("b2", "output")].shape == (32, 64)
    path = next(path for path in EXAMPLES if path.name.startswith("01"))
    longer = apply(load(path), SetArgument("b2", "return_sequences", True), load_snapshot())
    analysis = ANALYST.analyse(longer, probe=False)
    outputs = analysis.blocks["b2"].outputs
    assert outputs is not None
    assert outputs["output"].shape == (None, 10, 64)


def test_attention_takes_the_mask_away_in_the_run_and_the_mean_still_uses_it() -> None:
    """Each clause of the note: zeros at padded steps, no mask after residual, an average over valid steps alone."""
    runner, run = run_of("05")
    assert runner._kept is not None
    values = runner._kept.seen.values
    fed = run.inputs["b1"].valid
    assert fed is not None
    assert not fed.all()
    reader, residual, mean = (np.asarray(values[PortRef(block, "output")]) for block in ("b3", "b5", "b6"))
    assert not reader[~fed].any()
    assert reader[fed].any()
    assert run.ports[PortRef("b4", "output")].shape[1] == fed.shape[1]
    assert run.ports[PortRef("b5", "output")].mask_shape is None
    weights = fed[:, :, None] / fed.sum(axis=1)[:, None, None]
    assert np.allclose((residual * weights).sum(axis=1), mean, atol=1e-5)
    assert not np.allclose(residual.mean(axis=1), mean, atol=1e-3)


def test_convolutions_shorten_time_by_formula_and_a_short_sequence_names_the_block() -> None:
    """T-4, then half, then half again; what is too short is an error at the block that cannot."""
    path = next(path for path in EXAMPLES if path.name.startswith("06"))
    analysis = ANALYST.analyse(load(path), probe=False)
    times = {block: (analysis.blocks[block].outputs or {})["output"].time for block in ("b2", "b3", "b4")}
    assert times["b2"] == "T-4"
    for steps in (64, 41):
        run = Runner().run(load(path), RunOptions(overrides=Overrides(timesteps=steps)))
        for block, formula in times.items():
            expected = eval(formula.replace("floor", "math.floor"), {"math": math, "T": steps})
            assert run.ports[PortRef(block, "output")].shape[1] == expected
    short = Runner().run(load(path), RunOptions(overrides=Overrides(timesteps=7)))
    assert not short.ok
    assert short.diagnostics[0].block == "b4"
    assert "shapes" in short.diagnostics[0].title


def test_the_trained_speakers_are_told_apart_as_the_note_says() -> None:
    """On the test part: the shipped weights in our blocks, what plain Keras computes with them, and the note's numbers."""
    from engine.runtime.environment import keras

    path = next(path for path in EXAMPLES if path.name.startswith("08"))
    note = str(load(path).notes[0]["text"])
    script = runpy.run_path(str(path.with_name("train_speakers.py")), run_name="script")
    plain = script["build_model"]()
    plain.load_weights(path.with_name(script["WEIGHTS"]))
    runner = Runner()
    run = runner.run(load(path), RunOptions(folder=path.parent, overrides=Overrides(batch=370)))
    assert run.ok
    assert run.weights == {"b3": "listener", "b5": "speaker"}
    assert runner._kept is not None
    with np.load(path.with_name("japanese_vowels.npz")) as arrays:
        utterances, lengths, speakers = arrays["test_x"], arrays["test_lengths"], arrays["test_y"]
    ours = np.asarray(runner._kept.seen.values[PortRef("b5", "output")])
    assert np.allclose(ours, np.asarray(plain(utterances)), atol=1e-6)

    def right(probabilities: object) -> float:
        return float((np.asarray(probabilities).argmax(axis=1) == speakers).mean())

    assert f"({100 * right(ours):.1f} %)" in note
    assert right(ours) > 0.94
    last = np.asarray(runner._kept.seen.values[PortRef("b3", "output")])[:, 15]
    assert last[:31].min() > 0.4
    assert last[31:64].max() < -0.97
    assert speakers[:64].tolist() == [0] * 31 + [1] * 33
    before, recent = np.zeros_like(utterances), {8: np.zeros_like(utterances), 15: np.zeros_like(utterances)}
    for at, length in enumerate(lengths):
        before[at, 29 - length :] = utterances[at, :length]
        for count, frames in recent.items():
            frames[at, : min(count, length)] = utterances[at, max(0, length - count) : length]
    for count, frames in recent.items():
        assert f"{100 * right(plain(frames)):.0f} %" in note, count
    assert np.allclose(np.asarray(plain(before)), ours, atol=1e-6)  # a mask makes both paddings the same
    unmasked = keras.Sequential([layer for layer in plain.layers if not isinstance(layer, keras.layers.Masking)])
    for padded, where in ((utterances, "after"), (before, "before")):
        assert f"{100 * right(unmasked(padded)):.0f} % padded {where}" in note
