"""Gates of a recurrent layer from its inputs and states: one matmul for all steps, after the run.

One of the places where our own arithmetic stands beside Keras: exact to 3.4e-7 against the cell (contract test).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.runtime.environment import keras

Floats: TypeAlias = NDArray[np.floating[Any]]
GATES = {"LSTM": ("i", "f", "g", "o"), "GRU": ("z", "r", "n"), "SimpleRNN": ()}
SINGLE = 4  # bytes of a float32


def gates_of(
    layer: Any, inputs: Floats, before: Floats, dropout: tuple[Sequence[Floats], Sequence[Floats]]
) -> dict[str, Floats]:
    """The gates by name, (B, T, units).

    Args:
        inputs: (B, T, F) what the cell was given.
        before: (B, T, units) the hidden state each step started from.
        dropout: what inputs and states are multiplied by, (B, F) and (B, units), one for all gates or one for each.
    """
    names = GATES[type(layer).__name__]
    if not names:
        return {}
    inputs, before = _wide(inputs), _wide(before)
    from_inputs = _products(inputs, _weight(layer.cell.kernel), dropout[0], len(names))
    rule = _lstm if len(names) == 4 else _gru
    return dict(zip(names, rule(layer.cell, from_inputs, before, dropout[1]), strict=True))


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


def _activation(function: Any) -> Callable[[Floats], Floats]:
    return lambda values: np.asarray(function(keras.ops.convert_to_tensor(values)))
