"""What one number depends on: gradients by every state against finite differences of an independent loop, and steps
removed against plain Keras on the shorter sequence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import JsonObject, PortRef
from engine.protocol.readings import (
    READINGS,
    Influence,
    Occlusion,
    Place,
    decode_influence,
    encode_influence,
    encode_reading,
)
from engine.protocol.work import Work
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.forward import forward
from engine.runtime.influence import Differentiator
from engine.runtime.kept import KeptRun
from engine.runtime.looking_back import IN_TRAINING, influence_of, occlusion_of
from tests.conftest import TENSORFLOW
from tests.documents import chain, graph_of, with_sample

pytestmark = TENSORFLOW
Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]
LENGTHS = [5, 3, 1]
STEPS, FEATURES = 6, 3
DIFFERENCE = 1e-4
DIFFERENTIATOR = Differentiator()


def run(document: Document) -> KeptRun:
    """What is kept of a run."""
    runner = Runner()
    result = runner.run(document, analysis=Analyst(load_snapshot()).analyse(document, probe=False))
    assert result.ok, result.diagnostics
    kept = runner.kept(result.number)
    assert kept is not None
    return kept


def look_back(kept: KeptRun, place: Place) -> Influence:
    """By the gradient, with one graph for all questions of a run."""
    return influence_of(kept, place, DIFFERENTIATOR)


def without_steps(kept: KeptRun, place: Place, block: str) -> Occlusion:
    """By removing steps."""
    return occlusion_of(kept, place, block, Work())


def reading(kind: str, arguments: JsonObject, padding: str = "post") -> Document:
    """Masked recurrent block, then a Dense of three units."""
    document = chain([("Masking", {}), (kind, {"units": 4, **arguments}), ("Dense", {"units": 3})], FEATURES)
    return with_sample(document, batch=3, kind="normal", lengths=LENGTHS, timesteps=STEPS, padding=padding)


def sigmoid(values: Floats) -> Floats:
    """Of each."""
    return 1 / (1 + np.exp(-values))


class Loop:
    """A recurrent layer and its Dense as a loop in 64 bits; any state may be pushed after any step."""

    def __init__(self, layer: Any, dense: Any) -> None:
        self.weights = [np.asarray(weight, float) for weight in layer.cell.get_weights()]
        self.kind, self.dense = type(layer).__name__, [np.asarray(weight, float) for weight in dense.get_weights()]

    def __call__(self, x: Floats, valid: Flags, push: dict[tuple[str, int], Floats] | None = None) -> Floats:
        """The Dense's output after the last step; masked steps hold the states."""
        h, c = np.zeros(4), np.zeros(4)
        for step in range(len(x)):
            if not valid[step]:
                continue
            h, c = self._step(x[step], h, c)
            h = h + (push or {}).get(("h", step), 0.0)
            c = c + (push or {}).get(("c", step), 0.0)
        return h @ self.dense[0] + self.dense[1]

    def _step(self, x: Floats, h: Floats, c: Floats) -> tuple[Floats, Floats]:
        kernel, recurrent, bias = self.weights
        if self.kind == "LSTM":
            i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            return sigmoid(o) * np.tanh(c), c
        if self.kind == "SimpleRNN":
            return np.tanh(x @ kernel + h @ recurrent + bias), c
        own, of_state = np.split(x @ kernel + bias[0], 3), np.split(h @ recurrent + bias[1], 3)
        z, r = (sigmoid(own[gate] + of_state[gate]) for gate in (0, 1))
        return z * h + (1 - z) * np.tanh(own[2] + r * of_state[2]), c


def slope(loop: Loop, x: Floats, valid: Flags, unit: int, key: tuple[str, int]) -> float:
    """The norm of the gradient by one state, from finite differences."""
    found: list[float] = []
    for place in range(4):
        push = np.eye(4)[place] * DIFFERENCE
        ahead, behind = (loop(x, valid, {key: sign * push})[unit] for sign in (1, -1))
        found.append(float(ahead - behind) / (2 * DIFFERENCE))
    return float(np.linalg.norm(found))


@pytest.mark.parametrize("padding", ["post", "pre"])
@pytest.mark.parametrize(("kind", "states"), [("LSTM", "hc"), ("GRU", "h"), ("SimpleRNN", "h")])
def test_gradients_by_states_and_inputs_are_finite_differences(kind: str, states: str, padding: str) -> None:
    """Every state and input of every step, of a chosen unit; what is padding has no influence."""
    kept = run(reading(kind, {}, padding))
    layers = kept.model.assembled.layers
    loop, fed = Loop(layers["b3"], layers["b4"]), kept.fed["b1"]
    for sequence in range(3):
        found = look_back(kept, Place(PortRef("b4", "output"), sequence, None, 2))
        assert not found.missing
        assert fed.valid is not None
        x, valid = np.asarray(fed.values[sequence], float), fed.valid[sequence]
        assert found.output == pytest.approx(loop(x, valid)[2], abs=1e-5)
        assert {*found.states} == {f"b3/{state}" for state in states}
        for state in states:
            expected = [slope(loop, x, valid, 2, (state, step)) if valid[step] else 0.0 for step in range(STEPS)]
            assert found.states[f"b3/{state}"].tolist() == pytest.approx(expected, abs=1e-4)
            assert found.real[f"b3/{state}"].tolist() == valid.tolist()
        for step in range(STEPS):
            found_slope = [_input_slope(loop, x, valid, step, feature) for feature in range(FEATURES)]
            expected_norm = np.linalg.norm(found_slope) if valid[step] else 0.0
            assert found.inputs["b1"][step] == pytest.approx(expected_norm, abs=1e-4)


def _input_slope(loop: Loop, x: Floats, valid: Flags, step: int, feature: int) -> float:
    ahead, behind = x.copy(), x.copy()
    ahead[step, feature] += DIFFERENCE
    behind[step, feature] -= DIFFERENCE
    return float((loop(ahead, valid)[2] - loop(behind, valid)[2]) / (2 * DIFFERENCE))


def stacked() -> Document:
    """A stack of two cells inside a Bidirectional that keeps the steps."""
    cells = [{"type": "GRUCell", "arguments": {"units": 3}}, {"type": "LSTMCell", "arguments": {"units": 2}}]
    inner = {"type": "RNN", "arguments": {"cell": cells, "return_sequences": True}}
    blocks: dict[str, tuple[str, JsonObject]] = {
        "b1": ("Input", {"shape": [None, FEATURES]}),
        "b2": ("Bidirectional", {"layer": inner}),
    }
    document = graph_of(blocks, [("b1.output", "b2.inputs")])
    first = replace(document.graph.by_id["b1"], name="series")
    graph = replace(document.graph, blocks=(first, document.graph.by_id["b2"]))
    return with_sample(replace(document, graph=graph), batch=2, kind="normal", timesteps=STEPS)


def test_the_gradient_by_a_lower_level_runs_through_the_upper_one_at_the_same_step() -> None:
    """Against a loop over the cells of both directions, differentiated by finite differences."""
    kept = run(stacked())
    both = kept.model.assembled.layers["b2"]
    found = look_back(kept, Place(PortRef("b2", "output"), 1, 4, 0))
    assert {*found.states} == {
        f"b2/{part}/{name}" for part in ("forward", "backward") for name in ("0/h", "1/h", "1/c")
    }
    x = kept.fed["b1"].values[1]
    for level, width in ((0, 3), (1, 2)):
        for step in range(STEPS):
            expected = _stack_slope(both.forward_layer.cell.cells, x, 4, level, step, width) if step <= 4 else 0.0
            assert found.states[f"b2/forward/{level}/h"][step] == pytest.approx(expected, abs=2e-3)
    assert not found.states["b2/backward/1/h"].any()  # unit 0 is the forward direction's


def _stack_slope(cells: list[Any], x: Floats, stop: int, level: int, at: int, width: int) -> float:
    def last(push: Floats) -> float:
        states = [[np.zeros((1, 3), "float32")], [np.zeros((1, 2), "float32"), np.zeros((1, 2), "float32")]]
        given: Any = None
        for step in range(stop + 1):
            given = x[None, step]
            for place, cell in enumerate(cells):
                _, new = cell(given, states[place])
                new = [np.asarray(state) for state in keras.tree.flatten(new)]
                if (place, step) == (level, at):
                    new[0] = new[0] + push.astype("float32")
                states[place], given = new, new[0]
        return float(given[0, 0])

    size = 1e-2
    slopes = [(last(size * unit) - last(-size * unit)) / (2 * size) for unit in np.eye(width)]
    return float(np.linalg.norm(slopes))


def test_ids_are_told_by_the_vectors_that_stand_for_them_and_the_strongest_unit_is_chosen() -> None:
    """Tokens have no gradient; the embedding's vectors do."""
    embedding = {"input_dim": 9, "output_dim": 4, "mask_zero": True}
    blocks: dict[str, tuple[str, JsonObject]] = {
        "b1": ("Input", {"shape": [None], "dtype": "int32"}),
        "b2": ("Embedding", embedding),
        "b3": ("GRU", {"units": 3}),
    }
    document = graph_of(blocks, [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs")])
    parts = document.graph.by_id
    graph = replace(document.graph, blocks=(replace(parts["b1"], name="series"), parts["b2"], parts["b3"]))
    kept = run(with_sample(replace(document, graph=graph), batch=2, kind="tokens", lengths=[4, 2]))
    found = look_back(kept, Place(PortRef("b3", "output"), 1))
    output = np.asarray(kept.seen.values[PortRef("b3", "output")])[1]
    assert (found.place.step, found.place.unit, found.units) == (None, int(np.abs(output).argmax()), 3)
    assert found.inputs["b1"].astype(bool).tolist() == [True, True, False, False]
    assert decode_influence(*encode_influence(found)).place == found.place


def test_a_model_that_mixes_its_batch_is_differentiated_whole() -> None:
    """Attention over (batch, units): alone, a sequence would give another number."""
    blocks: dict[str, tuple[str, JsonObject]] = {
        "b1": ("Input", {"shape": [None, FEATURES]}),
        "b2": ("LSTM", {"units": 4}),
        "b3": ("Attention", {}),
    }
    document = graph_of(blocks, [("b1.output", "b2.inputs"), ("b2.output", "b3.query"), ("b2.output", "b3.value")])
    parts = document.graph.by_id
    graph = replace(document.graph, blocks=(replace(parts["b1"], name="series"), parts["b2"], parts["b3"]))
    kept = run(with_sample(replace(document, graph=graph), batch=3, kind="normal", timesteps=4))
    found = look_back(kept, Place(PortRef("b2", "output"), 1, None, 0))
    assert found.output == pytest.approx(float(np.asarray(kept.seen.values[PortRef("b2", "output")])[1, 0]), abs=1e-5)


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("padding", ["post", "pre"])
def test_a_removed_step_is_plain_keras_on_the_shorter_sequence(padding: str, fixed: bool) -> None:
    """Every real step of every sequence, by the last state and by a step of the sequence before it."""
    document = reading("LSTM", {"return_sequences": True}, padding)
    if fixed:
        blocks = tuple(
            replace(block, arguments={"shape": [STEPS, FEATURES]}) if block.id == "b1" else block
            for block in document.graph.blocks
        )
        document = replace(document, graph=replace(document.graph, blocks=blocks))
    kept = run(document)
    layers, fed = kept.model.assembled.layers, kept.fed["b1"]
    plain = keras.Sequential([keras.layers.Masking(), layers["b3"], layers["b4"]])
    for sequence, length in enumerate(LENGTHS):
        found = without_steps(kept, Place(PortRef("b4", "output"), sequence, None, 1), "b1")
        if length == 1:
            assert found.without is None
            assert "single step" in found.missing
            continue
        assert fed.valid is not None
        real = np.flatnonzero(fed.valid[sequence])
        assert found.place.step == real[-1]
        assert found.without is not None
        for step in range(STEPS):
            if step not in real or step == real[-1]:
                assert np.isnan(found.without[step])
                continue
            shorter = np.delete(fed.values[sequence], step, axis=0)[None]
            expected = np.asarray(plain(shorter))[0, real[-1] - 1, 1]
            assert found.without[step] == pytest.approx(expected, abs=1e-5)
        assert READINGS["occlusion"](*encode_reading(found)).input == "b1"


def test_what_has_no_gradient_says_why() -> None:
    """A unit that is not there, a port that was not reached, an Input without time."""
    kept = run(reading("GRU", {}))
    port = PortRef("b4", "output")
    assert _missing(look_back(kept, Place(port, 0, None, 9))) == (
        "There are 3 units here, counted from 0: there is no unit 9."
    )
    assert "did not reach" in _missing(look_back(kept, Place(PortRef("b9", "output"), 0)))
    assert "no sequence 7" in _missing(look_back(kept, Place(port, 7)))
    assert "with a time axis" in _missing(without_steps(kept, Place(port, 0), "b9"))


def _missing(found: Influence | Occlusion) -> str:
    return found.missing


def test_in_training_mode_the_gradient_is_that_of_the_run_itself() -> None:
    """With the values that dropout dropped: against differences of passes that draw the same random numbers."""
    layers: list[tuple[str, JsonObject]] = [
        ("LSTM", {"units": 4, "return_sequences": True, "dropout": 0.3, "recurrent_dropout": 0.2}),
        ("Dropout", {"rate": 0.5}),
        ("GRU", {"units": 3, "dropout": 0.4}),
        ("Dense", {"units": 2}),
    ]
    document = with_sample(chain(layers, FEATURES), batch=4, lengths=[5, 3, 2, 5], timesteps=5)
    runner = Runner()
    result = runner.run(document, RunOptions(training=True))
    kept = runner.kept(result.number)
    assert kept is not None
    port, sequence, unit = PortRef("b5", "output"), 3, 1
    found = look_back(kept, Place(port, sequence, None, unit))
    values = {block: fed.values for block, fed in kept.fed.items()}

    def number(feed: Floats) -> float:
        return float(np.asarray(forward(kept.model, {"b1": feed}, Work()).values[port])[sequence, unit])

    assert found.output == pytest.approx(number(values["b1"]), abs=1e-6)
    gradient = np.zeros((5, FEATURES))
    for step in range(5):
        for feature in range(FEATURES):
            up, down = values["b1"].copy(), values["b1"].copy()
            up[sequence, step, feature] += 1e-2
            down[sequence, step, feature] -= 1e-2
            gradient[step, feature] = (number(up) - number(down)) / 2e-2
    np.testing.assert_allclose(np.asarray(found.inputs["b1"]), np.linalg.norm(gradient, axis=1), rtol=2e-2, atol=2e-4)
    assert without_steps(kept, Place(port, sequence, None, unit), "b1").missing == IN_TRAINING
    inference = look_back(run(document), Place(port, sequence, None, unit))
    assert abs(inference.output - found.output) > 1e-3
