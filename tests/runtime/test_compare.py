"""Two runs side by side: numbers against plain Keras and plain loops, facts that are really compared, where they part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.analysis.values import Analysis
from engine.analysis.variants import NO_MASK, PADDING, TRAINING, Variant, variant
from engine.catalog.snapshot import load_snapshot
from engine.document.file import decode_document
from engine.document.values import Document
from engine.protocol.comparison import Comparison, Measure, Parting, decode_comparison, encode_comparison
from engine.protocol.work import Work
from engine.runtime.analyse import Analyst
from engine.runtime.compare.comparer import Asked, Comparer
from engine.runtime.compare.curves import aligned, reach_of
from engine.runtime.compare.sizing import nearest
from engine.runtime.environment import keras, tensorflow
from engine.runtime.execute import Runner
from engine.runtime.kept import KeptRun
from engine.runtime.sample import Overrides, draw_sample
from tests.conftest import TENSORFLOW
from tests.documents import chain, with_sample

pytestmark = TENSORFLOW
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
LENGTHS = [5, 2, 4]
Floats = NDArray[np.floating]


def analyse(document: Document, folder: Path | None) -> Analysis:
    """Without a probe run."""
    return ANALYST.analyse(document, probe=False, folder=folder)


RUNNER = Runner(CATALOG)
COMPARER = Comparer(CATALOG, analyse, lambda: Runner(CATALOG))


def model(*layers: tuple[str, dict[str, Any]], **sample: Any) -> Document:
    """A chain whose sequences have several lengths."""
    return with_sample(chain(list(layers), 3), batch=3, **{"lengths": LENGTHS, "timesteps": 6, **sample})


MASKED = model(("Masking", {}), ("LSTM", {"units": 4}), ("Dense", {"units": 2}))
BARE = model(("LSTM", {"units": 4}), ("Dense", {"units": 2}))


def run(document: Document) -> KeptRun:
    """What is kept of a run."""
    result = RUNNER.run(document, analysis=analyse(document, None))
    assert result.ok, result.diagnostics
    kept = RUNNER.kept(result.number)
    assert kept is not None
    return kept


def compared(document: Document, block: str, key: str, sequence: int = 0) -> tuple[KeptRun, Comparison]:
    """A document beside a variant, through the encoding."""
    other = variant(document, block, key, CATALOG)
    assert isinstance(other, Variant)
    kept = run(document)
    asked = Asked(other.document, None, "cpu", other.mode == "training", block, sequence, block, other.units)
    found = COMPARER.compare(kept, asked, Work())
    assert found.missing == ""
    return kept, decode_comparison(*encode_comparison(found))


def told(found: Comparison) -> dict[str, tuple[bool, str]]:
    """What is equal, by respect."""
    return {fact.what: (fact.same, fact.words) for fact in found.equal}


def test_padded_before_and_after_part_in_the_unmasked_lstm_at_its_first_step() -> None:
    """The same sequences, the same weights: the LSTM that reads padding first is elsewhere when the sequence begins."""
    document = model(("LSTM", {"units": 4}), ("Dense", {"units": 2}), pad_value=1.0)
    _, found = compared(document, "b2", PADDING, sequence=1)
    assert told(found)["padding"] == (False, "the same sequences, padded after and padded before")
    assert told(found)["weights"] == (True, "the same weights")
    assert found.by_unit
    assert found.parting is not None
    assert (found.parting.block, found.parting.port, found.parting.step) == ("b2", "h", 0)
    feeds = [
        draw_sample(decode_document(side), None, Overrides())["b1"].values
        for side in ({**found.document, "sample": document.sample}, found.document)
    ]
    np.testing.assert_array_equal(feeds[0][1, :2], feeds[1][1, 4:])
    assert found.this.states is not None
    assert found.other.states is not None
    away = np.abs(cast("Floats", found.this.states) - cast("Floats", found.other.states))
    assert away.shape == (2, 4)
    assert found.parting.by == pytest.approx(float(away[0].max()))


def test_zeros_before_the_sequence_change_nothing_yet_and_zeros_behind_it_do() -> None:
    """An LSTM whose biases are zero stays at zero while it reads zeros: the two part after the sequence's end."""
    _, found = compared(BARE, "b2", PADDING, sequence=1)
    np.testing.assert_allclose(cast("Floats", found.this.states), cast("Floats", found.other.states), atol=1e-6)
    assert found.parting is not None
    assert (found.parting.block, found.parting.port, found.parting.step) == ("b2", "output", None)


def test_a_sequence_without_padding_parts_nowhere_and_a_masked_one_neither() -> None:
    """A mask makes the two ends equal."""
    full = model(("LSTM", {"units": 4}), lengths=[6, 2, 6])
    assert compared(full, "b2", PADDING, sequence=0)[1].parting is None
    for sequence in range(3):
        assert compared(MASKED, "b3", PADDING, sequence)[1].parting is None


def test_without_the_mask_the_last_state_parts() -> None:
    """Steps that are read up to the end of the sequence are the same; what leaves the layer is not."""
    _, found = compared(MASKED, "b3", NO_MASK, sequence=1)
    assert found.parting is not None
    assert found.parting == Parting("b3", "output", None, found.parting.by)
    assert told(found)["masks"][0] is False
    assert told(found)["masks"][1] == f"a mask on one side alone at {MASKED.block('b2').name}"
    assert found.by_unit
    np.testing.assert_allclose(cast("Floats", found.this.states), cast("Floats", found.other.states), atol=1e-6)


def test_training_mode_parts_where_the_dropout_is() -> None:
    """The document is the same, and so are its weights."""
    document = model(
        ("LSTM", {"units": 4, "return_sequences": True}), ("Dropout", {"rate": 0.5}), ("GRU", {"units": 2})
    )
    _, found = compared(document, "b4", TRAINING)
    assert told(found)["mode"] == (False, "inference and training mode")
    assert found.parting is not None
    assert (found.parting.block, found.by_unit) == ("b3", True)


def test_another_layer_has_other_weights_and_no_unit_in_common() -> None:
    """What is equal is said, block by block; the Dense behind starts from the same weights."""
    kept, found = compared(MASKED, "b3", "GRU")
    assert told(found) == {
        "sample": (True, "the same sample"),
        "weights": (False, f"other weights in {kept.document.block('b3').name}"),
        "masks": (True, "the same masks"),
        "mode": (True, "both in inference"),
    }
    assert not found.by_unit
    assert [(side.kind, side.units) for side in (found.this, found.other)] == [("LSTM", 4), ("GRU", 4)]
    assert found.saturation == "gates"
    assert compared(MASKED, "b3", "SimpleRNN")[1].saturation == "states"


@pytest.mark.parametrize(
    "block",
    [
        ("LSTM", {"units": 12}),
        ("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 12}}}),
        ("RNN", {"cell": {"type": "LSTMCell", "arguments": {"units": 12}}}),
    ],
)
def test_a_gru_of_equal_size_has_the_nearest_number_of_parameters(block: tuple[str, dict[str, Any]]) -> None:
    """Against the layers themselves: one unit more or less is further away."""
    _, found = compared(model(("Masking", {}), block, ("Dense", {"units": 2})), "b3", "GRU=")
    both = 2 if block[0] == "Bidirectional" else 1

    def count(units: int) -> int:
        layer = keras.layers.GRU(units)
        layer.build((None, None, 3))
        return both * layer.count_params()

    lstm = keras.layers.LSTM(12)
    lstm.build((None, None, 3))
    target, units = both * lstm.count_params(), found.other.units
    assert (found.this.parameters, found.other.parameters) == (target, count(units))
    assert abs(count(units) - target) <= min(abs(count(units + 1) - target), abs(count(units - 1) - target))


def test_medians_and_bands_are_those_of_plain_loops() -> None:
    """Norm of h, mean |Δh| and saturated gates of every sequence, step by step, with the layer's own cell."""
    kept, found = compared(MASKED, "b3", "GRU")
    layer, values = kept.model.assembled.layers["b3"], kept.fed["b1"].values
    norms, changes, shares = (np.full((3, max(LENGTHS)), np.nan) for _ in range(3))
    kernel, recurrent, bias = (np.asarray(weight) for weight in layer.get_weights())
    for row, length in enumerate(LENGTHS):
        h, c = np.zeros(4), np.zeros(4)
        for step in range(length):
            i, f, g, o = np.split(values[row, step] @ kernel + h @ recurrent + bias, 4)
            i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
            c = f * c + i * np.tanh(g)
            before, h = h, o * np.tanh(c)
            norms[row, step], changes[row, step] = np.linalg.norm(h), np.abs(h - before).mean()
            gates = np.concatenate([i, f, o])
            shares[row, step] = ((gates < 0.05) | (gates > 0.95)).mean()
    expected_of: list[tuple[Measure, Floats]] = [("norm", norms), ("change", changes), ("saturated", shares)]
    for measure, expected in expected_of:
        curve = cast("Floats", found.this.curves[measure])
        np.testing.assert_allclose(curve, np.nanpercentile(expected, (10, 50, 90), axis=0), atol=1e-5)


@pytest.mark.parametrize("key", ["GRU", "SimpleRNN"])
def test_the_gradient_of_all_sequences_is_each_ones_own(key: str) -> None:
    """Against a tape over the plain layer's cell, one sequence at a time, by steps back from its last real step."""
    kept, found = compared(MASKED, "b3", key)
    layer, head = (kept.model.assembled.layers[block] for block in ("b3", "b4"))
    shares = np.full((3, max(LENGTHS)), np.nan)
    for row, length in enumerate(LENGTHS):
        nudges = [tensorflow.Variable(tensorflow.zeros((1, 4))) for _ in range(length)]
        with tensorflow.GradientTape() as tape:
            states = [tensorflow.zeros((1, 4)), tensorflow.zeros((1, 4))]
            for step in range(length):
                _, (h, c) = layer.cell(kept.fed["b1"].values[row : row + 1, step], states)
                states = [h + nudges[step], c]
            scores = head(states[0])[0]
            number = scores[int(np.argmax(np.abs(scores)))]
        norms = np.array([np.linalg.norm(found) for found in tape.gradient(number, nudges)])
        shares[row, :length] = norms[::-1] / norms.max()
    curve = cast("Floats", found.this.curves["gradient"])
    np.testing.assert_allclose(curve, np.nanpercentile(shares, (10, 50, 90), axis=0), atol=1e-4)
    assert found.this.reach == int(np.flatnonzero(curve[1] >= 0.01)[-1])
    assert found.this.near == int(np.flatnonzero(curve[1] >= 0.1)[-1])
    assert found.other.curves["gradient"].shape == curve.shape
    assert found.output == ("b4", "output")


def test_a_layer_that_reads_backwards_counts_as_it_reads() -> None:
    """The gradient of a go_backwards layer is strongest at the step that it reads last."""
    document = model(("LSTM", {"units": 4, "go_backwards": True}), ("Dense", {"units": 2}), lengths=[6, 6, 6])
    _, found = compared(document, "b2", "GRU")
    median = cast("Floats", found.this.curves["gradient"])[1]
    assert median[0] == pytest.approx(1.0)
    assert median[-1] < median[0]


def test_both_sides_have_paths_of_their_own() -> None:
    """In the plane of each one's own directions."""
    _, found = compared(MASKED, "b3", "GRU")
    assert found.this.points is not None
    assert found.other.points is not None
    assert found.this.points.shape == found.other.points.shape == (3, 6, 2)
    assert found.this.explained != found.other.explained


def test_a_side_that_cannot_run_is_a_sentence() -> None:
    """What is wrong with it, and nothing else is shown."""
    kept = run(MASKED)
    broken = replace(MASKED, sample={"batch": "many"})
    found = COMPARER.compare(kept, Asked(broken, None, "cpu", False, "", 0), Work())
    assert found.missing == "The other side cannot run: The sample's batch must be a whole number from 1."


def test_a_model_without_states_has_facts_alone() -> None:
    """No cell to compare: the header is there, curves are not."""
    _, found = compared(
        model(
            ("Dense", {"units": 2}),
        ),
        "b2",
        PADDING,
    )
    assert (found.key, found.keys, found.this.curves) == ("", (), {})
    assert told(found)["weights"][0]


def test_the_other_side_runs_once_for_all_cells_and_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another sequence is asked of the run that is there; another run of the model makes a new one."""
    runs: list[Document] = []

    class Counting(Runner):
        def run(self, document: Document, *args: Any, **kwargs: Any) -> Any:
            runs.append(document)
            return super().run(document, *args, **kwargs)

    comparer = Comparer(CATALOG, analyse, lambda: Counting(CATALOG))
    kept = run(MASKED)
    for sequence in (0, 1, 2):
        comparer.compare(kept, Asked(BARE, None, "cpu", False, "", sequence), Work())
    assert len(runs) == 1
    comparer.compare(run(MASKED), Asked(BARE, None, "cpu", False, "", 0), Work())
    assert len(runs) == 2


def test_values_move_to_the_left_and_the_last_heard_step_counts() -> None:
    """Small cases by hand."""
    real = np.array([[False, True, True], [True, False, False], [False] * 3])
    found = aligned(np.arange(9.0).reshape(3, 3), real)
    np.testing.assert_array_equal(found, [[1, 2], [3, np.nan], [np.nan, np.nan]])
    assert reach_of(np.array([[0, 0, 0], [1, 0.2, 0.05], [1, 1, 1.0]]), 0.1) == 1
    assert reach_of(np.full((3, 2), np.nan), 0.1) is None
    assert nearest(50, lambda units: units * units) == 7
    assert nearest(5, lambda units: 0) == 0
