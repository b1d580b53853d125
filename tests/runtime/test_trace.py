"""h, c and all gates, exact to 1e-5 against an independent loop over the cell, whatever the layer's arguments say."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.runtime.environment import keras
from engine.runtime.forward import _as_function
from engine.runtime.recurrent import take_states, traced_parts, watch_states
from engine.runtime.trace import kept_states

pytestmark = pytest.mark.xdist_group("tensorflow")
Floats = NDArray[np.float64]
BATCH, STEPS, FEATURES, UNITS = 4, 6, 3, 5
MASKS = {
    "none": None,
    "right": [[1, 1, 1, 0, 0, 0], [1] * 6, [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0]],
    "left": [[0, 0, 0, 1, 1, 1], [1] * 6, [0, 0, 0, 0, 0, 1], [0, 1, 1, 1, 1, 1]],
    "holes": [[1, 0, 1, 0, 1, 1], [0, 1, 0, 1, 0, 0], [0] * 6, [1, 1, 0, 0, 1, 1]],
}


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


def compared(layer: Any, kind: str, kwargs: dict[str, Any], plain: Any, x: Any, mask: Any, start: list[Floats]) -> None:
    """Runs the layer watched, and checks outputs to the bit and traces to 1e-5."""
    watch_states(layer)
    outputs = keras.tree.flatten(_as_function(layer, (x,), kwargs))
    expected = keras.tree.flatten(plain)
    for ours, theirs in zip(outputs, expected, strict=True):
        assert np.allclose(np.asarray(ours), np.asarray(theirs), atol=2e-6)
    for name, part in traced_parts(layer).items():
        kept = kept_states(part, take_states_once(layer)[name])
        half = start if not name else start[: len(start) // 2] if name == "forward" else start[len(start) // 2 :]
        wanted = loop(kind, part, np.asarray(x, np.float64), mask, half)
        for key, values in {**kept.states, **kept.gates(slice(None))}.items():
            assert np.allclose(values, wanted[key], atol=1e-5, equal_nan=True), (kind, name, key)


_TAKEN: dict[int, Any] = {}


def take_states_once(layer: Any) -> Any:
    """Both directions are taken together."""
    if id(layer) not in _TAKEN:
        _TAKEN[id(layer)] = take_states(layer)
    return _TAKEN[id(layer)]


VARIANTS = list(itertools.product([False, True], [False, True], [False, True], list(MASKS), [False, True]))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "GRU before", "SimpleRNN"])
def test_states_and_gates_of_every_variant(kind: str) -> None:
    """return_sequences × return_state × go_backwards × mask × initial_state, and an unrolled one each."""
    random = np.random.default_rng(0)
    for number, (sequences, state, backwards, mask_name, given) in enumerate(VARIANTS):
        name = kind.split()[0]
        options = {"reset_after": False} if kind == "GRU before" else {}
        layer = getattr(keras.layers, name)(
            UNITS, return_sequences=sequences, return_state=state, go_backwards=backwards, unroll=number % 7 == 0,
            bias_initializer="random_normal", **options,
        )  # fmt: skip
        x = keras.ops.convert_to_tensor(random.normal(size=(BATCH, STEPS, FEATURES)).astype("float32"))
        mask = None if MASKS[mask_name] is None else np.array(MASKS[mask_name], bool)
        count = 2 if name == "LSTM" else 1
        start = [random.normal(size=(BATCH, UNITS)) if given else np.zeros((BATCH, UNITS)) for _ in range(count)]
        kwargs: dict[str, Any] = {} if mask is None else {"mask": keras.ops.convert_to_tensor(mask)}
        if given:
            kwargs["initial_state"] = [keras.ops.convert_to_tensor(part.astype("float32")) for part in start]
        plain = layer(x, **kwargs)
        _TAKEN.clear()
        compared(layer, name, kwargs, plain, x, mask, start)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_both_directions_of_a_bidirectional(kind: str) -> None:
    """The backward direction in the order of the input's time too."""
    random = np.random.default_rng(1)
    for sequences, mask_name, merge in itertools.product([False, True], MASKS, ["concat", "sum", None]):
        inner = getattr(keras.layers, kind)(UNITS, return_sequences=sequences, bias_initializer="random_normal")
        layer = keras.layers.Bidirectional(inner, merge_mode=merge)
        x = keras.ops.convert_to_tensor(random.normal(size=(BATCH, STEPS, FEATURES)).astype("float32"))
        mask = None if MASKS[mask_name] is None else np.array(MASKS[mask_name], bool)
        kwargs: dict[str, Any] = {} if mask is None else {"mask": keras.ops.convert_to_tensor(mask)}
        plain = layer(x, **kwargs)
        count = 4 if kind == "LSTM" else 2
        _TAKEN.clear()
        compared(layer, kind, kwargs, plain, x, mask, [np.zeros((BATCH, UNITS))] * count)


def test_the_steps_that_leave() -> None:
    """All with return_sequences; else the last valid one that was read: backwards that is the first."""
    x = keras.ops.ones((BATCH, STEPS, FEATURES))
    mask = keras.ops.convert_to_tensor(np.array(MASKS["holes"], bool))
    for backwards, expected in ((False, [5, 3, None, 5]), (True, [0, 1, None, 0])):
        layer = keras.layers.LSTM(UNITS, go_backwards=backwards)
        watch_states(layer)
        _as_function(layer, (x,), {"mask": mask})
        kept = kept_states(layer, take_states(layer)[""])
        for sequence, step in enumerate(expected):
            assert np.flatnonzero(kept.leaves(sequence)).tolist() == ([] if step is None else [step])
