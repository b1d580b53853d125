"""Gates of a recurrent cell from its inputs and states: one matmul, or one convolution, for all steps, after the run.

One of the places where our own arithmetic stands beside Keras: exact to 3.4e-7 against the cell (contract test).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.runtime.cells import CONV_LSTM_CELL
from engine.runtime.environment import keras

Floats: TypeAlias = NDArray[np.floating[Any]]
SINGLE = 4  # bytes of a float32


def gates_of(
    cell: Any, inputs: Floats, before: Floats, dropout: tuple[Sequence[Floats], Sequence[Floats]]
) -> tuple[Floats, ...]:
    """The gates in the order of their names, (B, T, *units).

    Args:
        cell: one of Keras's that has gates.
        inputs: (B, T, …) what the cell was given.
        before: (B, T, *units) the hidden state each step started from.
        dropout: what inputs and states are multiplied by, (B, …) each, one for all gates or one for each.
    """
    inputs, before = _wide(inputs), _wide(before)
    if isinstance(cell, CONV_LSTM_CELL):
        return _conv_lstm(cell, inputs, before, dropout)
    count = 4 if isinstance(cell, keras.layers.LSTMCell) else 3
    from_inputs = _products(inputs, _weight(cell.kernel), dropout[0], count)
    return (_lstm if count == 4 else _gru)(cell, from_inputs, before, dropout[1])


def _wide(values: Floats) -> Floats:
    """At least float32: what half precision rounds away in a run is not rounded again."""
    return values if values.dtype.itemsize >= SINGLE else values.astype(np.float32)


def _weight(variable: Any) -> Floats:
    return _wide(np.asarray(variable))


def _products(values: Floats, kernel: Floats, dropout: Sequence[Floats], count: int) -> list[Floats]:
    """values · kernel for each gate."""
    if not dropout:
        return np.split(values @ kernel, count, axis=-1)
    factors = list(dropout) if len(dropout) == count else [dropout[0]] * count
    kernels = np.split(kernel, count, axis=-1)
    return [(values * _wide(factor)[:, None]) @ part for factor, part in zip(factors, kernels, strict=True)]


def _lstm(cell: Any, from_inputs: list[Floats], h: Floats, dropout: Sequence[Floats]) -> tuple[Floats, ...]:
    from_state = _products(h, _weight(cell.recurrent_kernel), dropout, 4)
    bias = np.split(_weight(cell.bias), 4) if cell.use_bias else [np.zeros(1, np.float32)] * 4
    i, f, g, o = (x + u + b for x, u, b in zip(from_inputs, from_state, bias, strict=True))
    gate, act = _activation(cell.recurrent_activation), _activation(cell.activation)
    return gate(i), gate(f), act(g), gate(o)


def _gru(cell: Any, from_inputs: list[Floats], h: Floats, dropout: Sequence[Floats]) -> tuple[Floats, ...]:
    gate, act = _activation(cell.recurrent_activation), _activation(cell.activation)
    kernel = _weight(cell.recurrent_kernel)
    nothing = [np.zeros(1, np.float32)] * 3
    input_bias = state_bias = nothing
    if cell.use_bias:
        biases = np.split(_weight(cell.bias), 3, axis=-1)
        input_bias = [bias[0] for bias in biases] if cell.reset_after else biases
        state_bias = [bias[1] for bias in biases] if cell.reset_after else nothing
    x_z, x_r, x_n = (x + b for x, b in zip(from_inputs, input_bias, strict=True))
    u_z, u_r, u_n = (u + b for u, b in zip(_products(h, kernel, dropout, 3), state_bias, strict=True))
    z, r = gate(x_z + u_z), gate(x_r + u_r)
    if cell.reset_after:
        return z, r, act(x_n + r * u_n)
    dropped = h * _wide(dropout[-1])[:, None] if dropout else h
    return z, r, act(x_n + (r * dropped) @ kernel[:, 2 * cell.units :])


def _conv_lstm(
    cell: Any, inputs: Floats, before: Floats, dropout: tuple[Sequence[Floats], Sequence[Floats]]
) -> tuple[Floats, ...]:
    """By the cell's own convolutions, for all steps of all sequences at once."""
    gate, act = _activation(cell.recurrent_activation), _activation(cell.activation)
    kernels, recurrent = (np.split(_weight(weight), 4, axis=-1) for weight in (cell.kernel, cell.recurrent_kernel))
    bias = np.split(_weight(cell.bias), 4) if cell.use_bias else [None] * 4
    given, held = _dropped(inputs, dropout[0]), _dropped(before, dropout[1])
    gates: list[Floats] = []
    for place, function in enumerate((gate, gate, act, gate)):
        x = cell.input_conv(_frames(given[place]), kernels[place], bias[place], padding=cell.padding)
        h = cell.recurrent_conv(_frames(held[place]), recurrent[place])
        gates.append(function(np.asarray(x + h)).reshape(before.shape))
    return tuple(gates)


def _dropped(values: Floats, dropout: Sequence[Floats]) -> list[Floats]:
    """What each of four gates sees of values (B, T, …)."""
    return [values * _wide(factor)[:, None] for factor in dropout] if dropout else [values] * 4


def _frames(values: Floats) -> Any:
    """(B · T, …)."""
    return keras.ops.convert_to_tensor(values.reshape(-1, *values.shape[2:]))


def _activation(function: Any) -> Callable[[Floats], Floats]:
    return lambda values: np.asarray(function(keras.ops.convert_to_tensor(values)))
