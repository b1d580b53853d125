"""h, c and all gates, exact to 1e-5 against an independent loop over the cell, whatever the layer's arguments say."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.runtime import graph_call
from engine.runtime.environment import keras, tensorflow
from engine.runtime.graph_call import GraphCalls
from engine.runtime.recurrent import traced_parts
from engine.runtime.trace import KeptStates, kept_states

pytestmark = pytest.mark.xdist_group("tensorflow")
Floats = NDArray[np.float64]
BATCH, STEPS, FEATURES, UNITS = 4, 6, 3, 5
MASKS = {
    "none": None,
    "right": [[1, 1, 1, 0, 0, 0], [1] * 6, [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0]],
    "left": [[0, 0, 0, 1, 1, 1], [1] * 6, [0, 0, 0, 0, 0, 1], [0, 1, 1, 1, 1, 1]],
    "holes": [[1, 0, 1, 0, 1, 1], [0, 1, 0, 1, 0, 0], [0] * 6, [1, 1, 0, 0, 1, 1]],
}


@pytest.fixture(scope="module")
def calls() -> GraphCalls:
    """Layers of the same arguments share their graph."""
    return GraphCalls()


def sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


def cell_step(
    kind: str, weights: list[Floats], x: Floats, states: list[Floats], *, reset_after: bool
) -> tuple[list[Floats], dict[str, Floats]]:
    """One step in float64, written from the papers' equations."""
    kernel, recurrent, bias = weights
    h = states[0]
    if kind == "LSTM":
        z = x @ kernel + h @ recurrent + bias
        i, f, g, o = (z[:, at * UNITS : (at + 1) * UNITS] for at in range(4))
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * states[1] + i * g
        return [o * np.tanh(c), c], {"i": i, "f": f, "g": g, "o": o}
    if kind == "SimpleRNN":
        return [np.tanh(x @ kernel + h @ recurrent + bias)], {}
    from_x = x @ kernel + (bias[0] if reset_after else bias)
    xz, xr, xn = (from_x[:, at * UNITS : (at + 1) * UNITS] for at in range(3))
    uz, ur, un = (recurrent[:, at * UNITS : (at + 1) * UNITS] for at in range(3))
    if reset_after:
        bz, br, bn = (bias[1][at * UNITS : (at + 1) * UNITS] for at in range(3))
        z, r = sigmoid(xz + h @ uz + bz), sigmoid(xr + h @ ur + br)
        n = np.tanh(xn + r * (h @ un + bn))
    else:
        z, r = sigmoid(xz + h @ uz), sigmoid(xr + h @ ur)
        n = np.tanh(xn + (r * h) @ un)
    return [z * h + (1 - z) * n], {"z": z, "r": r, "n": n}


def loop(kind: str, layer: Any, x: Floats, mask: NDArray[np.bool_] | None, start: list[Floats]) -> dict[str, Floats]:
    """States after each step and gates, in the order of time."""
    weights = [np.asarray(weight, np.float64) for weight in layer.cell.get_weights()]
    names = ["h", "c"][: len(start)]
    found: dict[str, Floats] = {name: np.full((BATCH, STEPS, UNITS), np.nan) for name in names}
    states = list(start)
    order = range(STEPS - 1, -1, -1) if layer.go_backwards else range(STEPS)
    for step in order:
        new, gates = cell_step(kind, weights, x[:, step], states, reset_after=getattr(layer.cell, "reset_after", False))
        valid = np.ones((BATCH, 1), bool) if mask is None else mask[:, step, None]
        states = [np.where(valid, after, before) for after, before in zip(new, states, strict=True)]
        for name, state in zip(names, states, strict=True):
            found[name][:, step] = state
        for name, gate in gates.items():
            found.setdefault(f"gate_{name}", np.full((BATCH, STEPS, UNITS), np.nan))[:, step] = np.where(
                valid, gate, np.nan
            )
    return found


def traced(calls: GraphCalls, layer: Any, x: Any, kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, KeptStates]]:
    """What the layer returns, and its states by part."""
    outputs, states = calls.call(layer, (x,), kwargs)
    parts = traced_parts(layer)
    return keras.tree.flatten(outputs), {name: kept_states(parts[name], noted)[""] for name, noted in states.items()}


def check(calls: GraphCalls, kind: str, layer: Any, x: Any, mask: str, start: list[Floats] | None) -> None:
    """States and gates to 1e-5 of the loop; what leaves agrees with the states of the steps that leave."""
    flags = None if MASKS[mask] is None else np.array(MASKS[mask], bool)
    kwargs: dict[str, Any] = {} if flags is None else {"mask": keras.ops.convert_to_tensor(flags)}
    if start is not None:
        kwargs["initial_state"] = [keras.ops.convert_to_tensor(part.astype("float32")) for part in start]
    _, kept = traced(calls, layer, x, kwargs)
    count = 2 if kind == "LSTM" else 1
    begin = start or [np.zeros((BATCH, UNITS))] * count * len(kept)
    for place, (name, part) in enumerate(traced_parts(layer).items()):
        wanted = loop(kind, part, np.asarray(x, np.float64), flags, begin[place * count : (place + 1) * count])
        for key, values in {**kept[name].states, **kept[name].gates(slice(None))}.items():
            assert np.allclose(values, wanted[key], atol=1e-5, equal_nan=True), (kind, name, key, mask)


def series(random: np.random.Generator) -> Any:
    return keras.ops.convert_to_tensor(random.normal(size=(BATCH, STEPS, FEATURES)).astype("float32"))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU before", "SimpleRNN"])
def test_states_and_gates_of_every_variant(kind: str, calls: GraphCalls) -> None:
    """return_sequences and return_state × go_backwards × zeros at padding × mask × initial_state."""
    random = np.random.default_rng(0)
    name, *before = kind.split()
    options = {"reset_after": False} if before else {}
    switches = [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0), (1, 1, 1)]
    for number, (sequences, backwards, zero) in enumerate(switches):
        layer = getattr(keras.layers, name)(
            UNITS, return_sequences=bool(sequences), return_state=number % 2 == 0, go_backwards=bool(backwards),
            zero_output_for_mask=bool(zero), bias_initializer="random_normal", **options,
        )  # fmt: skip
        layer.build((None, None, FEATURES))
        for mask, given in itertools.product(MASKS, [False, True]):
            count = 2 if name == "LSTM" else 1
            start = [random.normal(size=(BATCH, UNITS)) for _ in range(count)] if given else None
            check(calls, name, layer, series(random), mask, start)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_unrolled_layers(kind: str, calls: GraphCalls) -> None:
    """Backwards with zeros at padding too, where Keras zeroes the outputs of the unreversed steps."""
    random = np.random.default_rng(2)
    for backwards, zero in ((False, False), (True, True)):
        layer = getattr(keras.layers, kind)(
            UNITS, return_sequences=True, unroll=True, go_backwards=backwards, zero_output_for_mask=zero
        )
        layer.build((None, STEPS, FEATURES))
        for mask in ("none", "holes"):
            check(calls, kind, layer, series(random), mask, None)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_both_directions_of_a_bidirectional(kind: str, calls: GraphCalls) -> None:
    """The backward direction in the order of the input's time too, whatever the merge mode."""
    random = np.random.default_rng(1)
    for sequences, merge in ((False, "concat"), (True, "sum"), (True, None)):
        inner = getattr(keras.layers, kind)(
            UNITS, return_sequences=sequences, return_state=merge is None, bias_initializer="random_normal"
        )
        layer = keras.layers.Bidirectional(inner, merge_mode=merge)
        layer.build((None, None, FEATURES))
        for mask in MASKS:
            check(calls, kind, layer, series(random), mask, None)
    start = [random.normal(size=(BATCH, UNITS)) for _ in range(4 if kind == "LSTM" else 2)]
    check(calls, kind, layer, series(random), "holes", start)


def test_other_activations_and_no_bias(calls: GraphCalls) -> None:
    """Gates are the layer's own activations of its own sums: h follows from them."""
    random = np.random.default_rng(3)
    options = {"activation": "relu", "recurrent_activation": "hard_sigmoid", "use_bias": False}
    lstm, gru = keras.layers.LSTM(UNITS, **options), keras.layers.GRU(UNITS, **options)
    for layer in (lstm, gru):
        layer.build((None, None, FEATURES))
    _, kept = traced(calls, lstm, series(random), {})
    gates = kept[""].gates(slice(None))
    c = np.cumsum(np.zeros_like(gates["gate_i"]), axis=1)
    state = np.zeros((BATCH, UNITS), np.float32)
    for step in range(STEPS):
        state = gates["gate_f"][:, step] * state + gates["gate_i"][:, step] * gates["gate_g"][:, step]
        c[:, step] = state
    assert np.allclose(c, kept[""].states["c"], atol=1e-5)
    assert np.allclose(gates["gate_o"] * np.maximum(c, 0), kept[""].states["h"], atol=1e-5)
    _, kept = traced(calls, gru, series(random), {})
    gates, h = kept[""].gates(slice(None)), kept[""].states["h"]
    before = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)
    assert np.allclose(gates["gate_z"] * before + (1 - gates["gate_z"]) * gates["gate_n"], h, atol=1e-5)


@pytest.mark.parametrize("rates", [(0.5, 0.0), (0.0, 0.5), (0.4, 0.3)])
def test_gates_under_training_dropout(rates: tuple[float, float], calls: GraphCalls) -> None:
    """What inputs and states were multiplied by counts: h and c follow from the gates, the run changes no seed."""
    random = np.random.default_rng(4)
    lstm = keras.layers.LSTM(UNITS, dropout=rates[0], recurrent_dropout=rates[1], seed=1)
    gru = keras.layers.GRU(UNITS, dropout=rates[0], recurrent_dropout=rates[1], reset_after=False, seed=1)
    x = series(random)
    for layer in (lstm, gru):
        layer.build((None, None, FEATURES))
        first, kept = traced(calls, layer, x, {"training": True})
        again, _ = traced(calls, layer, x, {"training": True})
        assert np.array_equal(first[0], again[0])
        states, gates = kept[""].states, kept[""].gates(slice(None))
        before = {key: np.concatenate([np.zeros_like(v[:, :1]), v[:, :-1]], axis=1) for key, v in states.items()}
        if layer is lstm:
            c = gates["gate_f"] * before["c"] + gates["gate_i"] * gates["gate_g"]
            assert np.allclose(c, states["c"], atol=1e-5)
            assert np.allclose(gates["gate_o"] * np.tanh(c), states["h"], atol=1e-5)
        else:
            h = gates["gate_z"] * before["h"] + (1 - gates["gate_z"]) * gates["gate_n"]
            assert np.allclose(h, states["h"], atol=1e-5)


def test_layers_of_equal_content_share_a_graph_and_keep_their_weights() -> None:
    """A chain of a thousand blocks makes a handful of graphs; another length needs none."""
    calls = GraphCalls()
    x = series(np.random.default_rng(5))
    for _ in range(3):
        layer = keras.layers.LSTM(UNITS)
        layer.build((None, None, FEATURES))
        for steps in (STEPS, 4):
            outputs, _ = traced(calls, layer, x[:, :steps], {})
            plain = tensorflow.function(lambda given, layer=layer: layer(given))(x[:, :steps])
            assert np.array_equal(np.asarray(outputs[0]), np.asarray(plain))
    assert calls.traced == 1


def test_graphs_that_were_forgotten_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first; by number, and by the weights they hold on to."""
    x = series(np.random.default_rng(6))
    layers = [keras.layers.SimpleRNN(units) for units in (2, 3)]
    for layer in layers:
        layer.build((None, None, FEATURES))
    for limit, value in (("MOST_FUNCTIONS", 1), ("MOST_WEIGHT_BYTES", 10)):
        with monkeypatch.context() as patch:
            patch.setattr(graph_call, limit, value)
            calls = GraphCalls()
            values = [np.asarray(traced(calls, layer, x, {})[0][0]) for layer in (*layers, *layers)]
            assert calls.traced == 4
            assert np.array_equal(values[0], values[2])
            assert np.array_equal(values[1], values[3])


def test_the_steps_that_leave(calls: GraphCalls) -> None:
    """All with return_sequences; else the last valid one that was read: backwards that is the first."""
    mask = keras.ops.convert_to_tensor(np.array(MASKS["holes"], bool))
    x = keras.ops.ones((BATCH, STEPS, FEATURES))
    for backwards, expected in ((False, [5, 3, None, 5]), (True, [0, 1, None, 0])):
        layer = keras.layers.LSTM(UNITS, go_backwards=backwards)
        layer.build((None, None, FEATURES))
        outputs, kept = traced(calls, layer, x, {"mask": mask})
        for sequence, step in enumerate(expected):
            assert np.flatnonzero(kept[""].leaves(sequence)).tolist() == ([] if step is None else [step])
            if step is not None:
                assert np.array_equal(kept[""].states["h"][sequence, step], np.asarray(outputs[0])[sequence])
    whole = keras.layers.LSTM(UNITS, return_sequences=True)
    whole.build((None, None, FEATURES))
    assert traced(calls, whole, x, {"mask": mask})[1][""].leaves(2).all()
