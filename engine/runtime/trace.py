"""States and gates in the order of the input's time, from what the recurrent layers noted.

Gates are one of the places where our own arithmetic stands beside Keras: one matmul for all steps after the run, exact to
3.4e-7 against the cell (contract test).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.protocol.messages import Array
from engine.runtime.environment import keras
from engine.runtime.recurrent import CELLS, States

Floats = NDArray[np.floating[Any]]
GATES = {"LSTM": ("i", "f", "g", "o"), "GRU": ("z", "r", "n"), "SimpleRNN": ()}


@dataclass(frozen=True)
class KeptStates:
    """The states of one recurrent layer in one run, in the order of the input's time.

    Attributes:
        layer: the Keras layer (for its weights, when gates are asked for).
        states: by name (`h`, `c`), (B, T, units), held through padding.
        initial: by name, (B, units).
        inputs: (B, T, F).
        valid: (B, T) bool: the steps under the mask that the layer used; all True without one.
    """

    layer: Any
    states: dict[str, Floats]
    initial: dict[str, Floats]
    inputs: Floats
    valid: NDArray[np.bool_]

    @property
    def units(self) -> int:
        """Number of units."""
        return self.states["h"].shape[2]

    def leaves(self, sequence: int) -> NDArray[np.bool_]:
        """(T,) bool: the steps that form the output for a sequence: all, or the last valid one that was read."""
        valid = self.valid[sequence]
        if self.layer.return_sequences:
            return np.ones_like(valid)
        read = valid[::-1] if not self.layer.go_backwards else valid
        leaving = np.zeros_like(valid)
        if read.any():
            place = int(read.argmax())
            leaving[place if self.layer.go_backwards else len(valid) - 1 - place] = True
        return leaving

    def gates(self, sequences: slice | list[int]) -> dict[str, Array]:
        """`gate_i`, … (B', T, units) of some sequences, NaN at masked steps."""
        valid = self.valid[sequences]
        before = self._before({name: values[sequences] for name, values in self.states.items()}, sequences)
        found = _GATE_RULES[type(self.layer).__name__](self.layer.cell, self.inputs[sequences], before["h"])
        return {f"gate_{name}": np.where(valid[..., None], values, np.nan) for name, values in found.items()}

    def _before(self, states: dict[str, Floats], sequences: slice | list[int]) -> dict[str, Floats]:
        """The states that each step started from."""
        shifted: dict[str, Floats] = {}
        for name, values in states.items():
            first = self.initial[name][sequences][:, None]
            parts = [values[:, 1:], first] if self.layer.go_backwards else [first, values[:, :-1]]
            shifted[name] = np.concatenate(parts, axis=1)
        return shifted


def kept_states(layer: Any, noted: States) -> KeptStates:
    """What a layer noted, brought into the order of time and held through padding."""
    names = CELLS[type(layer).__name__]
    units = layer.cell.output_size
    sequence = np.asarray(noted.sequence)[..., units:]  # (B, T, states) in processing order
    inputs = np.asarray(noted.inputs)
    valid = np.ones(inputs.shape[:2], bool) if noted.mask is None else _as_batch_time(noted.mask, inputs)
    read = valid[:, ::-1] if layer.go_backwards else valid
    states: dict[str, Floats] = {}
    initial: dict[str, Floats] = {}
    for place, name in enumerate(names):
        start = np.broadcast_to(np.asarray(noted.initial[place]), (len(inputs), units))
        values = sequence[..., place * units : (place + 1) * units]
        if noted.mask is not None:
            values = hold(values, start, read)
        initial[name] = start
        states[name] = values[:, ::-1] if layer.go_backwards else values
    return KeptStates(layer, states, initial, inputs, valid)


def _as_batch_time(mask: Any, inputs: Floats) -> NDArray[np.bool_]:
    flags = np.asarray(mask, bool)
    return np.broadcast_to(flags.reshape(*flags.shape[:2]), inputs.shape[:2])


def hold(values: Floats, start: Floats, valid: NDArray[np.bool_]) -> Floats:
    """At steps that are not valid: the value of the last valid step before, else the start.

    Args:
        values: (B, T, units) in processing order.
        start: (B, units).
        valid: (B, T) in processing order.
    """
    steps = np.where(valid, np.arange(1, valid.shape[1] + 1), 0)
    last = np.maximum.accumulate(steps, axis=1)  # 0: none yet
    whole = np.concatenate([start[:, None].astype(values.dtype), values], axis=1)
    return np.take_along_axis(whole, last[..., None], axis=1)


def _lstm(cell: Any, inputs: Floats, h: Floats) -> dict[str, Floats]:
    z = inputs @ np.asarray(cell.kernel) + h @ np.asarray(cell.recurrent_kernel)
    if cell.use_bias:
        z = z + np.asarray(cell.bias)
    i, f, g, o = np.split(z, 4, axis=-1)
    gate, act = _activation(cell.recurrent_activation), _activation(cell.activation)
    return {"i": gate(i), "f": gate(f), "g": act(g), "o": gate(o)}


def _gru(cell: Any, inputs: Floats, h: Floats) -> dict[str, Floats]:
    bias: Any = np.asarray(cell.bias) if cell.use_bias else 0.0
    from_input, from_state = (bias[0], bias[1]) if cell.use_bias and cell.reset_after else (bias, 0.0)
    kernel, units = np.asarray(cell.recurrent_kernel), cell.units
    x_z, x_r, x_n = np.split(inputs @ np.asarray(cell.kernel) + from_input, 3, axis=-1)
    gate, act = _activation(cell.recurrent_activation), _activation(cell.activation)
    if cell.reset_after:
        h_z, h_r, h_n = np.split(h @ kernel + from_state, 3, axis=-1)
        r = gate(x_r + h_r)
        return {"z": gate(x_z + h_z), "r": r, "n": act(x_n + r * h_n)}
    h_z, h_r = np.split(h @ kernel[:, : 2 * units], 2, axis=-1)
    r = gate(x_r + h_r)
    return {"z": gate(x_z + h_z), "r": r, "n": act(x_n + (r * h) @ kernel[:, 2 * units :])}


def _none(cell: Any, inputs: Floats, h: Floats) -> dict[str, Floats]:
    return {}


def _activation(function: Any) -> Any:
    return lambda values: np.asarray(function(keras.ops.convert_to_tensor(values)))


_GATE_RULES = {"LSTM": _lstm, "GRU": _gru, "SimpleRNN": _none}
