"""States and gates of every cell of RNN, of stacks and of ConvLSTM, exact to 1e-5 against independent loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from engine.runtime.cells import kind_of, levels_of, state_names, unit_axes
from engine.runtime.environment import keras, tensorflow
from engine.runtime.graph_call import GraphCalls
from engine.runtime.recurrent import traced_parts
from engine.runtime.trace import KeptStates, kept_states
from tests.conftest import TENSORFLOW
from tests.runtime.test_trace import BATCH, FEATURES, MASKS, STEPS, UNITS, Floats, cell_step, series, sigmoid

pytestmark = TENSORFLOW
ROWS, FILTERS = 5, 2
Loop = Mapping[str, Floats]
Kept = Mapping[str, KeptStates]


@keras.saving.register_keras_serializable("testing")
class Twice(keras.layers.Layer):
    """Two states of different size; what it gives is neither."""

    state_size = (UNITS, 2)
    output_size = 3

    def build(self, shape: tuple[int, ...]) -> None:
        self.kernel = self.add_weight(shape=(shape[-1] + UNITS, UNITS), initializer="orthogonal")

    def call(self, inputs: Any, states: Any) -> Any:
        first = keras.ops.tanh(keras.ops.concatenate([inputs, states[0]], axis=-1) @ self.kernel)
        second = 0.5 * states[1] + first[:, :2]
        return keras.ops.sin(first[:, :3]) + 1.0, [first, second]


@keras.saving.register_keras_serializable("testing")
class Matrix(keras.layers.Layer):
    """A vector and a matrix as states, of any mask's shape at a step."""

    state_size = (UNITS, 4)
    output_size = UNITS

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        return [keras.ops.zeros((batch_size, UNITS)), keras.ops.zeros((batch_size, 2, 2))]

    def call(self, inputs: Any, states: Any) -> Any:
        vector = keras.ops.cos(states[0] + keras.ops.mean(inputs, axis=-1, keepdims=True))
        matrix = states[1] * 0.9 + keras.ops.reshape(vector[:, :4], (-1, 2, 2))
        return vector * 2.0, [vector, matrix]


@keras.saving.register_keras_serializable("testing")
class Counting(keras.layers.LSTMCell):
    """Derived from one of Keras's: it may do anything, so it is a custom one."""


def cells() -> dict[str, Any]:
    """One cell, or a list of cells, by what they are; made anew for each layer."""
    layers = keras.layers
    options = {"bias_initializer": "random_normal"}
    return {
        "LSTM": layers.LSTMCell(UNITS, **options),
        "GRU": layers.GRUCell(UNITS, **options),
        "GRU before": layers.GRUCell(UNITS, reset_after=False, **options),
        "SimpleRNN": layers.SimpleRNNCell(UNITS, **options),
        "stack": [layers.LSTMCell(UNITS, **options), layers.GRUCell(UNITS, **options)],
        "stack of three": [layers.GRUCell(UNITS, **options), layers.SimpleRNNCell(UNITS), layers.LSTMCell(UNITS)],
        "stack in a stack": [layers.StackedRNNCells([layers.GRUCell(UNITS), layers.LSTMCell(UNITS)]), Twice()],
        "custom": Twice(),
        "derived": Counting(UNITS),
        "custom below": [Twice(), layers.LSTMCell(UNITS, **options)],
        "custom above": [layers.GRUCell(UNITS, **options), Twice()],
        "matrix": Matrix(),
    }


PATHS = {
    "stack": ["0", "1"],
    "stack of three": ["0", "1", "2"],
    "stack in a stack": ["0/0", "0/1", "1"],
    "custom below": ["0", "1"],
    "custom above": ["0", "1"],
}


@pytest.fixture(scope="module")
def calls() -> GraphCalls:
    """Layers of the same arguments share their graph."""
    return GraphCalls()


def initial_of(layer: Any, random: np.random.Generator) -> Any:
    """Random states, nested as the layer wants them."""
    zeros = layer.get_initial_state(BATCH)
    return keras.tree.map_structure(lambda t: keras.ops.convert_to_tensor(random.normal(size=t.shape), t.dtype), zeros)


def loop_over(layer: Any, x: Any, mask: Any, start: Any, gates: Callable[..., Loop]) -> dict[str, dict[str, Floats]]:
    """By level: states after each step in the order of time, held where a step is masked; gates there NaN."""
    levels = levels_of(layer.cell)
    left = iter(keras.tree.flatten(start if start is not None else layer.get_initial_state(BATCH)))
    states = {path: [next(left) for _ in state_names(cell)] for path, cell in levels.items()}
    found: dict[str, dict[str, Floats]] = {path: {} for path in levels}
    for step in range(STEPS - 1, -1, -1) if layer.go_backwards else range(STEPS):
        inputs = x[:, step]
        for path, cell in levels.items():
            output, after = cell(inputs, states[path])
            after = keras.tree.flatten(after)
            noted = {name: np.asarray(state) for name, state in zip(state_names(cell), after, strict=True)}
            before = dict(zip(state_names(cell), states[path], strict=True))
            noted |= gates(cell, np.asarray(inputs, np.float64), np.asarray(states[path][0], np.float64))
            if mask is not None:
                for name, value in noted.items():
                    flags = mask[:, step].reshape(*mask[:, step].shape, *(1,) * (value.ndim - mask.ndim + 1))
                    noted[name] = np.where(flags, value, np.asarray(before[name]) if name in before else np.nan)
            states[path] = [keras.ops.convert_to_tensor(noted[name]) for name in before]
            for name, value in noted.items():
                shape = (BATCH, STEPS, *value.shape[1:])
                found[path].setdefault(name, np.full(shape, np.nan))[:, step] = value
            inputs = output
    return found


def dense_gates(cell: Any, x: Floats, h: Floats) -> Loop:
    """Of LSTM and GRU, in float64."""
    kind = kind_of(cell)
    if kind not in ("LSTM", "GRU"):
        return {}
    weights = [np.asarray(weight, np.float64) for weight in cell.get_weights()]
    states = [h, np.zeros_like(h)]
    _, gates = cell_step(kind, weights, x, states, reset_after=getattr(cell, "reset_after", False))
    return {f"gate_{name}": gate for name, gate in gates.items()}


def conv(x: Floats, kernel: Floats, rank: int, *, same: bool, stride: int = 1) -> Floats:
    """A convolution over channels_last frames (B, …, C), by windows."""
    sizes, axes = kernel.shape[:rank], tuple(range(1, rank + 1))
    if same:
        pad = [(0, 0), *(((size - 1) // 2, size // 2) for size in sizes), (0, 0)]
        x = np.pad(x, pad)
    windows = sliding_window_view(x, sizes, axis=axes)[(slice(None), *(slice(None, None, stride),) * rank)]
    places = "uvw"[:rank]
    return np.einsum(f"b{places.upper()}c{places},{places}co->b{places.upper()}o", windows, kernel)


def conv_gates(cell: Any, x: Floats, h: Floats) -> Loop:
    """Of a ConvLSTM, in float64."""
    kernel, recurrent, bias = (np.asarray(weight, np.float64) for weight in cell.get_weights())
    z = conv(x, kernel, cell.rank, same=cell.padding == "same", stride=cell.strides[0])
    z = z + conv(h, recurrent, cell.rank, same=True) + bias
    i, f, g, o = (np.tanh(part) if at == 2 else sigmoid(part) for at, part in enumerate(np.split(z, 4, axis=-1)))
    return {"gate_i": i, "gate_f": f, "gate_g": g, "gate_o": o}


def traced(calls: GraphCalls, layer: Any, x: Any, **kwargs: Any) -> tuple[list[Any], dict[str, Kept]]:
    """What the layer returns, and its states by part and level."""
    outputs, states = calls.call(layer, (x,), kwargs)
    parts = traced_parts(layer)
    return keras.tree.flatten(outputs), {name: kept_states(parts[name], noted) for name, noted in states.items()}


def agree(kept: Kept, wanted: Mapping[str, Mapping[str, Floats]], start: Any, what: object) -> None:
    """Names, values and initial states."""
    assert list(kept) == list(wanted), what
    given = iter(keras.tree.flatten(start))
    for path, level in kept.items():
        values = {**level.states, **level.gates(slice(None))}
        assert set(values) == set(wanted[path]), (what, path)
        for name, found in values.items():
            assert found.shape == wanted[path][name].shape, (what, path, name)
            assert np.allclose(found, wanted[path][name], atol=1e-5, equal_nan=True), (what, path, name)
        for name, first in level.initial.items():
            assert np.array_equal(first, np.asarray(next(given))), (what, path, name)


def unchanged(layer: Any, x: Any, outputs: list[Any], **kwargs: Any) -> None:
    """What the layer gives is to the bit what it gives when nobody looks."""
    fresh = type(layer).from_config(layer.get_config())
    fresh.build(x.shape)
    fresh.set_weights(layer.get_weights())
    size = [None, None, *x.shape[2:]]
    plain = tensorflow.function(lambda given, more: fresh(given, **more), reduce_retracing=True)
    plain = plain.get_concrete_function(
        tensorflow.TensorSpec(size),
        {name: tensorflow.nest.map_structure(spec_of, value) for name, value in kwargs.items()},
    )
    plain = plain(x, kwargs)
    for found, wanted in zip(outputs, keras.tree.flatten(plain), strict=True):
        assert np.array_equal(np.asarray(found), np.asarray(wanted))


def spec_of(tensor: Any) -> Any:
    """Of a mask with batch and time unknown, of a state with the batch unknown."""
    unknown = 2 if tensor.dtype == tensorflow.bool else 1
    return tensorflow.TensorSpec([None] * unknown + list(tensor.shape[unknown:]), tensor.dtype)


VARIANTS = (
    (("holes", True),),
    (("none", False), ("right", False), ("left", True), ("holes", False), ("holes", True)),
)
"""Masks, and whether an initial state is given: few of most switches, more of the first."""
SWITCHES = [(0, 0, 0, 0), (1, 0, 1, 1), (0, 1, 1, 0), (1, 1, 0, 1)]


@pytest.mark.parametrize("kind", cells())
def test_every_cell_and_stack(kind: str, calls: GraphCalls) -> None:
    """return_sequences × go_backwards × zeros at padding × return_state × mask × initial_state."""
    random = np.random.default_rng(0)
    for number, switches in enumerate(SWITCHES):
        names = ("return_sequences", "go_backwards", "zero_output_for_mask", "return_state")
        options = {name: bool(switch) for name, switch in zip(names, switches, strict=True)}
        layer = keras.layers.RNN(cells()[kind], **options)
        layer.build((None, None, FEATURES))
        x = series(random)
        for mask, given in VARIANTS[number == 0]:
            flags = None if MASKS[mask] is None else np.array(MASKS[mask], bool)
            start = initial_of(layer, random) if given else None
            kwargs = {} if flags is None else {"mask": keras.ops.convert_to_tensor(flags)}
            kwargs |= {} if start is None else {"initial_state": start}
            outputs, kept = traced(calls, layer, x, **kwargs)
            first = layer.get_initial_state(BATCH) if start is None else start
            agree(kept[""], loop_over(layer, x, flags, start, dense_gates), first, (kind, switches, mask, given))
            assert list(kept[""]) == PATHS.get(kind, [""])
    unchanged(layer, x, outputs, **kwargs)


@pytest.mark.parametrize("kind", ["GRU before", "stack", "custom", "custom below"])
def test_both_directions_of_any_cell(kind: str, calls: GraphCalls) -> None:
    """Each level of each direction, in the order of the input's time."""
    random = np.random.default_rng(1)
    layer = keras.layers.Bidirectional(keras.layers.RNN(cells()[kind], return_sequences=True, unroll=kind == "custom"))
    x = series(random)
    layer.build(x.shape)
    for mask in ("none", "left", "holes"):
        flags = None if MASKS[mask] is None else np.array(MASKS[mask], bool)
        kwargs = {} if flags is None else {"mask": keras.ops.convert_to_tensor(flags)}
        _, kept = traced(calls, layer, x, **kwargs)
        assert list(kept) == ["forward", "backward"]
        for name, part in traced_parts(layer).items():
            wanted = loop_over(part, x, flags, None, dense_gates)
            agree(kept[name], wanted, part.get_initial_state(BATCH), (kind, name, mask))


CONVS = {
    "1D": {"kernel_size": 3, "padding": "same"},
    "1D valid": {"kernel_size": 2, "strides": 2},
    "2D": {"kernel_size": (3, 2), "padding": "same", "recurrent_activation": "sigmoid"},
    "3D": {"kernel_size": 2},
}


@pytest.mark.parametrize("kind", CONVS)
def test_conv_lstm_keeps_its_places(kind: str, calls: GraphCalls) -> None:
    """h, c and gates (B, T, rows …, channels), whatever the arguments, the mask and the initial state."""
    random = np.random.default_rng(2)
    rank = int(kind[0])
    frames = [ROWS, 4, 3][:rank]
    shape = [*frames, FEATURES]
    x = keras.ops.convert_to_tensor(random.normal(size=(BATCH, STEPS, *shape)).astype("float32"))
    for number, (sequences, backwards, zero, state) in enumerate(SWITCHES[: 2 if rank == 3 else 4]):
        layer = getattr(keras.layers, f"ConvLSTM{rank}D")(
            FILTERS, return_sequences=bool(sequences), go_backwards=bool(backwards), return_state=bool(state),
            zero_output_for_mask=bool(zero), **CONVS[kind],
        )  # fmt: skip
        layer.build((None, None, *shape))
        layer.cell.bias.assign(random.normal(size=layer.cell.bias.shape))
        for mask in MASKS if number == 0 else ("holes",):
            flags = None if MASKS[mask] is None else np.array(MASKS[mask], bool)
            start = initial_of(layer, random) if number % 2 else None
            kwargs = {} if flags is None else {"mask": keras.ops.convert_to_tensor(flags)}
            kwargs |= {} if start is None else {"initial_state": start}
            outputs, kept = traced(calls, layer, x, **kwargs)
            first = layer.get_initial_state(BATCH) if start is None else start
            agree(kept[""], loop_over(layer, x, flags, start, conv_gates), first, (kind, mask, number))
    unchanged(layer, x, outputs, **kwargs)
    described = kept[""][""].described("b2", "")
    assert described.main.axes == (*("row", "column", "depth")[:rank], "channel")
    assert described.main.sizes == kept[""][""].states["h"].shape[2:]


def test_what_the_axes_of_a_state_are_called() -> None:
    """Channels first too, which a CPU cannot run; a custom cell's matrix has numbers."""
    first = keras.layers.ConvLSTM2D(2, 3, data_format="channels_first").cell
    assert unit_axes(first, (2, 5, 4)) == ("channel", "row", "column")
    assert unit_axes(Matrix(), (2, 2)) == ("axis 1", "axis 2")
    assert unit_axes(Matrix(), (5,)) == ("unit",)


def test_a_conv_lstm_whose_places_have_masks_of_their_own(calls: GraphCalls) -> None:
    """Masking over frames masks row by row: each is held for itself, a step with any valid row is valid."""
    random = np.random.default_rng(3)
    x = random.normal(size=(BATCH, STEPS, ROWS, FEATURES)).astype("float32")
    flags = random.random((BATCH, STEPS, ROWS)) > 0.4
    flags[1, 2] = False
    layer = keras.layers.Bidirectional(keras.layers.ConvLSTM1D(FILTERS, 3, padding="same", return_sequences=True))
    layer.build(x.shape)
    outputs, kept = traced(calls, layer, keras.ops.convert_to_tensor(x), mask=keras.ops.convert_to_tensor(flags))
    for name, part in traced_parts(layer).items():
        agree(kept[name], loop_over(part, x, flags, None, conv_gates), part.get_initial_state(BATCH), name)
        assert np.array_equal(kept[name][""].valid, flags.any(axis=2))
    unchanged(layer, keras.ops.convert_to_tensor(x), outputs, mask=keras.ops.convert_to_tensor(flags))


def test_training_dropout_in_stacks_and_convolutions(calls: GraphCalls) -> None:
    """c and h follow from the gates; what multiplied inputs and states is counted, of every level."""
    random = np.random.default_rng(4)
    drop = {"dropout": 0.4, "recurrent_dropout": 0.3}
    stack = keras.layers.RNN([keras.layers.LSTMCell(UNITS, seed=1, **drop), keras.layers.LSTMCell(4, seed=2, **drop)])
    convolved = keras.layers.ConvLSTM1D(FILTERS, 3, seed=3, **drop)
    frames = keras.ops.convert_to_tensor(random.normal(size=(BATCH, STEPS, ROWS, FEATURES)).astype("float32"))
    for layer, x in ((stack, series(random)), (convolved, frames)):
        layer.build(x.shape)
        _, kept = traced(calls, layer, x, training=True)
        for level in kept[""].values():
            gates, states = level.gates(slice(None)), level.states
            before = np.concatenate([np.zeros_like(states["c"][:, :1]), states["c"][:, :-1]], axis=1)
            c = gates["gate_f"] * before + gates["gate_i"] * gates["gate_g"]
            assert np.allclose(c, states["c"], atol=1e-5)
            assert np.allclose(gates["gate_o"] * np.tanh(c), states["h"], atol=1e-5)


@pytest.mark.parametrize("kind", ["stack", "conv"])
def test_a_stateful_layer_starts_from_what_it_keeps_and_keeps_it(kind: str, calls: GraphCalls) -> None:
    """Its states stand as what entered, and a run leaves them as they were."""
    random = np.random.default_rng(5)
    shape = (BATCH, STEPS, ROWS, FEATURES) if kind == "conv" else (BATCH, STEPS, FEATURES)
    layer = keras.layers.ConvLSTM1D(FILTERS, 3, stateful=True) if kind == "conv" else keras.layers.RNN(
        cells()["stack"], stateful=True
    )  # fmt: skip
    layer.build(shape)
    for variable in keras.tree.flatten(layer.states):
        variable.assign(random.normal(size=variable.shape))
    start = keras.tree.map_structure(lambda variable: keras.ops.convert_to_tensor(np.asarray(variable)), layer.states)
    x = keras.ops.convert_to_tensor(random.normal(size=shape).astype("float32"))
    _, kept = traced(calls, layer, x)
    agree(kept[""], loop_over(layer, x, None, start, conv_gates if kind == "conv" else dense_gates), start, kind)
    for variable, before in zip(keras.tree.flatten(layer.states), keras.tree.flatten(start), strict=True):
        assert np.array_equal(np.asarray(variable), np.asarray(before))


def test_a_loop_of_ones_own_is_left_alone(calls: GraphCalls) -> None:
    """A derived layer with another loop runs as it is and has no states to look at."""

    class Own(keras.layers.RNN):
        def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
            return sequences[:, 0], sequences, initial_state

    layer = Own(keras.layers.GRUCell(FEATURES))
    x = series(np.random.default_rng(6))
    layer.build(x.shape)
    outputs, kept = traced(calls, layer, x)
    assert np.array_equal(np.asarray(outputs[0]), np.asarray(x)[:, 0])
    assert kept == {}
