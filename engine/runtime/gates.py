"""Gates of a recurrent cell from its inputs and states: one matmul, or one convolution, for all steps, after the run.

One of the places where our own arithmetic stands beside Keras: exact to 3.4e-7 against the cell (contract test).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.runtime.cells import CONV_LSTM_CELL
from engine.runtime.environment import keras

Floats: TypeAlias = NDArray[np.floating[Any]]
Dropout: TypeAlias = tuple[Sequence[Floats], Sequence[Floats]]
SINGLE = 4  # bytes of a float32


@dataclass(frozen=True)
class Summed:
    """What a gate is made of, term by term: (B, T, *units) each, or what broadcasts to it.

    Attributes:
        inputs: W · x.
        state: U · h, or U · (r · h) in the candidate of a GRU that resets before.
        bias: of the gate; state_bias: a second one, beside U · h. None: the cell has none.
        reset: what U · h and its bias are multiplied by, in the candidate of a GRU that resets after; else None.
        function: Keras's activation.
    """

    inputs: Floats
    state: Floats
    bias: Floats | None
    function: Any
    state_bias: Floats | None = None
    reset: Floats | None = None

    @property
    def before(self) -> Floats:
        """What the activation is applied to."""
        held = self.state if self.state_bias is None else self.state + self.state_bias
        held = held if self.reset is None else self.reset * held
        return (self.inputs if self.bias is None else self.inputs + self.bias) + held

    @cached_property
    def value(self) -> Floats:
        """The gate."""
        return np.asarray(self.function(keras.ops.convert_to_tensor(self.before)))


Units: TypeAlias = Sequence[int] | None


def gates_of(cell: Any, inputs: Floats, before: Floats, dropout: Dropout, units: Units = None) -> tuple[Floats, ...]:
    """The gates in the order of their names, (B, T, *units), see `summed_of`; (B, T, units) where some are chosen."""
    if units is not None and not stands_alone(cell):
        found = gates_of(cell, inputs, before, dropout)
        return tuple(gate.reshape(*gate.shape[:2], -1)[..., list(units)] for gate in found)
    return tuple(gate.value for gate in summed_of(cell, inputs, before, dropout, units))


def stands_alone(cell: Any) -> bool:
    """The gates of a unit can be found without those of the others."""
    return not isinstance(cell, CONV_LSTM_CELL) and bool(getattr(cell, "reset_after", True))


def summed_of(cell: Any, inputs: Floats, before: Floats, dropout: Dropout, units: Units = None) -> list[Summed]:
    """What the gates are made of, in the order of their names; of a SimpleRNN, what h is made of.

    Args:
        cell: one of Keras's.
        inputs: (B, T, …) what the cell was given.
        before: (B, T, *units) the hidden state each step started from.
        dropout: what inputs and states are multiplied by, (B, …) each, one for all gates or one for each.
        units: which of those that stand alone; None: all.
    """
    inputs, before = _wide(inputs), _wide(before)
    if isinstance(cell, CONV_LSTM_CELL):
        return _conv_lstm(cell, inputs, before, dropout)
    if isinstance(cell, keras.layers.GRUCell):
        return _gru(cell, _Weights.of(cell, 3, units), inputs, before, dropout)
    functions = _lstm_functions(cell) if isinstance(cell, keras.layers.LSTMCell) else [cell.activation]
    return _dense(_Weights.of(cell, len(functions), units), inputs, before, dropout, functions)


def _lstm_functions(cell: Any) -> list[Any]:
    return [cell.activation if gate == 2 else cell.recurrent_activation for gate in range(4)]


def _wide(values: Floats) -> Floats:
    """At least float32: what half precision rounds away in a run is not rounded again."""
    return values if values.dtype.itemsize >= SINGLE else values.astype(np.float32)


def _weight(variable: Any) -> Floats:
    return _wide(np.asarray(variable))


@dataclass(frozen=True)
class _Weights:
    """Of a cell, for some of its units or all: gate beside gate on the last axis."""

    kernel: Floats
    recurrent: Floats
    bias: Floats | None

    @staticmethod
    def of(cell: Any, count: int, units: Units) -> _Weights:
        """For so many gates."""

        def chosen(variable: Any) -> Floats:
            whole = _weight(variable)
            if units is None:
                return whole
            by_gate = whole.reshape(*whole.shape[:-1], count, -1)
            return by_gate[..., list(units)].reshape(*whole.shape[:-1], -1)

        bias = chosen(cell.bias) if cell.use_bias else None
        return _Weights(chosen(cell.kernel), chosen(cell.recurrent_kernel), bias)


def _products(values: Floats, kernel: Floats, dropout: Sequence[Floats], count: int) -> list[Floats]:
    """values · kernel for each gate."""
    if not dropout:
        return np.split(values @ kernel, count, axis=-1)
    factors = list(dropout) if len(dropout) == count else [dropout[0]] * count
    kernels = np.split(kernel, count, axis=-1)
    return [(values * _wide(factor)[:, None]) @ part for factor, part in zip(factors, kernels, strict=True)]


def _dense(weights: _Weights, inputs: Floats, h: Floats, dropout: Dropout, functions: Sequence[Any]) -> list[Summed]:
    """Of a cell whose gates are all made alike."""
    count = len(functions)
    from_inputs = _products(inputs, weights.kernel, dropout[0], count)
    from_state = _products(h, weights.recurrent, dropout[1], count)
    biases = [None] * count if weights.bias is None else np.split(weights.bias, count)
    return [Summed(*parts) for parts in zip(from_inputs, from_state, biases, functions, strict=True)]


def _gru(cell: Any, weights: _Weights, inputs: Floats, h: Floats, dropout: Dropout) -> list[Summed]:
    kernel = weights.recurrent
    biases: list[Any] = [None] * 3 if weights.bias is None else np.split(weights.bias, 3, axis=-1)
    both = cell.use_bias and cell.reset_after
    first, second = [[bias[row] for bias in biases] for row in (0, 1)] if both else (biases, [None] * 3)
    x = _products(inputs, weights.kernel, dropout[0], 3)
    u = _products(h, kernel, dropout[1], 3)
    gate, act = cell.recurrent_activation, cell.activation
    z, r = (Summed(x[at], u[at], first[at], gate, second[at]) for at in (0, 1))
    if cell.reset_after:
        return [z, r, Summed(x[2], u[2], first[2], act, second[2], reset=r.value)]
    dropped = h * _wide(dropout[1][-1])[:, None] if dropout[1] else h
    return [z, r, Summed(x[2], (r.value * dropped) @ kernel[:, 2 * cell.units :], first[2], act)]


def _conv_lstm(cell: Any, inputs: Floats, before: Floats, dropout: Dropout) -> list[Summed]:
    """By the cell's own convolutions, for all steps of all sequences at once."""
    kernels, recurrent = (np.split(_weight(weight), 4, axis=-1) for weight in (cell.kernel, cell.recurrent_kernel))
    behind = 1 if cell.data_format == "channels_last" else cell.rank + 1
    biases = np.split(_weight(cell.bias).reshape(-1, *(1,) * (behind - 1)), 4) if cell.use_bias else [None] * 4
    given, held = _dropped(inputs, dropout[0]), _dropped(before, dropout[1])
    summed: list[Summed] = []
    for place, function in enumerate(_lstm_functions(cell)):
        x = cell.input_conv(_frames(given[place]), kernels[place], padding=cell.padding)
        h = cell.recurrent_conv(_frames(held[place]), recurrent[place])
        x, h = (np.asarray(part).reshape(before.shape) for part in (x, h))
        summed.append(Summed(x, h, biases[place], function))
    return summed


def _dropped(values: Floats, dropout: Sequence[Floats]) -> list[Floats]:
    """What each of four gates sees of values (B, T, …)."""
    return [values * _wide(factor)[:, None] for factor in dropout] if dropout else [values] * 4


def _frames(values: Floats) -> Any:
    """(B · T, …)."""
    return keras.ops.convert_to_tensor(values.reshape(-1, *values.shape[2:]))
