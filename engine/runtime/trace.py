"""States and gates in the order of the input's time, from what the recurrent layers noted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.protocol.messages import Array
from engine.runtime.gates import Floats, gates_of
from engine.runtime.recurrent import CELLS, States

PREVIEW_ROWS, PREVIEW_COLUMNS = 12, 120


@dataclass(frozen=True)
class KeptStates:
    """The states of one recurrent layer in one run, in the order of the input's time.

    Attributes:
        layer: the Keras layer (for its weights, when gates are asked for).
        states: by name (`h`, `c`), (B, T, units), held through padding.
        initial: by name, (B, units).
        inputs: (B, T, F).
        valid: (B, T) bool: the steps under the mask that the layer used; all True without one.
        dropout: of inputs and of states, see `States`.
    """

    layer: Any
    states: dict[str, Floats]
    initial: dict[str, Floats]
    inputs: Floats
    valid: NDArray[np.bool_]
    dropout: tuple[tuple[Floats, ...], tuple[Floats, ...]] = ((), ())

    @property
    def units(self) -> int:
        """Number of units."""
        return self.states["h"].shape[2]

    def leaves(self, sequence: int) -> NDArray[np.bool_]:
        """(T,) bool: the steps that form the output for a sequence: all, or the last valid one that was read."""
        valid = self.valid[sequence]
        if self.layer.return_sequences:
            return np.ones_like(valid)
        leaving = np.zeros_like(valid)
        read = np.flatnonzero(valid)
        if len(read):
            leaving[read[0 if self.layer.go_backwards else -1]] = True
        return leaving

    def gates(self, sequences: slice | list[int]) -> dict[str, Array]:
        """`gate_i`, … (B', T, units) of some sequences, NaN at masked steps."""
        valid = self.valid[sequences]
        inputs, states = self.dropout
        dropout = ([factor[sequences] for factor in inputs], [factor[sequences] for factor in states])
        found = gates_of(self.layer, self.inputs[sequences], self._before(sequences), dropout)
        return {
            f"gate_{name}": np.where(valid[..., None], values, values.dtype.type(np.nan))
            for name, values in found.items()
        }

    def _before(self, sequences: slice | list[int]) -> Floats:
        """The hidden state that each step started from."""
        h, first = self.states["h"][sequences], self.initial["h"][sequences][:, None]
        parts = [h[:, 1:], first] if self.layer.go_backwards else [first, h[:, :-1]]
        return np.concatenate(parts, axis=1)


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
    input_dropout, state_dropout = (
        tuple(np.asarray(factor) for factor in factors) for factors in (noted.input_dropout, noted.state_dropout)
    )
    return KeptStates(layer, states, initial, inputs, valid, (input_dropout, state_dropout))


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


def preview_image(values: Floats, valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A small image of states, see `Preview`.

    Args:
        values: (T, units).
        valid: (T,) the steps that count.
    """
    known = np.where(valid[:, None], values, np.nan).astype(np.float32).T  # (units, T)
    for axis, most in ((0, PREVIEW_ROWS), (1, PREVIEW_COLUMNS)):
        known = _strongest_along(known, axis, most)
    reach = float(np.nanmax(np.abs(known), initial=0.0)) or 1.0
    return np.where(np.isfinite(known), np.rint(np.nan_to_num(known) / reach * 127) + 127, 255).astype(np.uint8)


def _strongest_along(values: Floats, axis: int, most: int) -> Floats:
    """At most `most` places along an axis; where several share one, the value of largest magnitude."""
    size = values.shape[axis]
    share = -(-size // most)
    if share == 1:
        return values
    places = -(-size // share)
    padding = [(0, 0), (0, 0)]
    padding[axis] = (0, places * share - size)
    groups = np.pad(values, padding, constant_values=np.nan)
    groups = groups.reshape(*values.shape[:axis], places, share, *values.shape[axis + 1 :])
    strength = np.where(np.isfinite(groups), np.abs(groups), -1.0)
    chosen = np.expand_dims(strength.argmax(axis=axis + 1), axis + 1)
    return np.take_along_axis(groups, chosen, axis=axis + 1).squeeze(axis + 1)
