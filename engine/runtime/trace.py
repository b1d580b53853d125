"""States and gates in the order of the input's time, from what the recurrent layers noted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.protocol.messages import Array
from engine.protocol.traced import TracedCell, TracedSignal
from engine.runtime.cells import gate_names, kind_of, levels_of, state_names, unit_axes
from engine.runtime.gates import Dropout, Floats, Units, gates_of
from engine.runtime.recurrent import States, split_states
from engine.runtime.spilled import spilled

ALL = slice(None)


@dataclass(frozen=True)
class KeptStates:
    """The states of one cell of a recurrent layer in one run, in the order of the input's time.

    Attributes:
        layer: the Keras layer that calls the cell.
        cell: the Keras cell (for its weights, when gates are asked for).
        states: by name (`h`, `c`), (B, T, *units), held through padding.
        initial: by name, (B, *units): what the first step started from.
        inputs: (B, T, …) what the cell was given.
        mask: (B, T), or (B, T, rows …) where a ConvLSTM's places have masks of their own; None: none was used.
        dropout: of inputs and of states, see `States`.
    """

    layer: Any
    cell: Any
    states: dict[str, Floats]
    initial: dict[str, Floats]
    inputs: Floats
    mask: NDArray[np.bool_] | None
    dropout: tuple[tuple[Floats, ...], tuple[Floats, ...]] = ((), ())

    @property
    def main(self) -> str:
        """The name of the hidden state, or of a custom cell's first state."""
        return next(iter(self.states))

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """(B, T) the steps that are valid, at any place, under the mask that the layer used; all True without one."""
        if self.mask is None:
            return np.ones(self.inputs.shape[:2], bool)
        return np.asarray(self.mask.reshape(*self.mask.shape[:2], -1).any(axis=2), np.bool_)

    def described(self, block: str, path: str) -> TracedCell:
        """What there is to look at, as the cell of a block."""
        sizes = {name: values.shape[2:] for name, values in self.states.items()}
        sizes |= dict.fromkeys(gate_names(self.cell), sizes[self.main])
        signals = tuple(
            TracedSignal(block, path, name, unit_axes(self.cell, size), size) for name, size in sizes.items()
        )
        return TracedCell(block, path, kind_of(self.cell), signals)

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

    def gates(self, sequences: slice | list[int], steps: slice = ALL, units: Units = None) -> dict[str, Array]:
        """`gate_i`, … (B', T', *units) of some sequences and steps, NaN at masked steps; none of a custom cell.

        Args:
            units: (B', T', units) of these alone, counted through all unit axes.
        """
        names = gate_names(self.cell)
        if not names:
            return {}
        inputs, before = self.inputs[sequences, steps], self._before(sequences, steps)
        found = gates_of(self.cell, inputs, before, self.dropout_of(sequences), units)
        if self.mask is None:
            return dict(zip(names, found, strict=True))
        mask = behind(self.mask[sequences, steps], before)
        if units is not None:  # places may have masks of their own
            mask = np.broadcast_to(mask, before.shape).reshape(*before.shape[:2], -1)[..., list(units)]
        return {name: np.where(mask, gate, gate.dtype.type(np.nan)) for name, gate in zip(names, found, strict=True)}

    def dropout_of(self, sequences: slice | list[int]) -> Dropout:
        """What inputs and states of some sequences were multiplied by."""
        inputs, states = self.dropout
        return [factor[sequences] for factor in inputs], [factor[sequences] for factor in states]

    def entered(self, sequence: int, step: int) -> dict[str, Floats]:
        """By name, (*units): the states that a step of a sequence started from."""
        before = step + 1 if self.layer.go_backwards else step - 1
        if not 0 <= before < self.inputs.shape[1]:
            return {name: first[sequence] for name, first in self.initial.items()}
        return {name: values[sequence, before] for name, values in self.states.items()}

    def _before(self, sequences: slice | list[int], steps: slice) -> Floats:
        """The hidden state that each of some steps started from."""
        h, initial = self.states[self.main], self.initial[self.main][sequences][:, None]
        first, stop, _ = steps.indices(h.shape[1])
        if self.layer.go_backwards:
            later = h[sequences, first + 1 : stop + 1]
            return np.concatenate([later, initial], axis=1) if stop == h.shape[1] else later
        earlier = h[sequences, max(first - 1, 0) : stop - 1]
        return earlier if first else np.concatenate([initial, earlier], axis=1)

    def spilled(self) -> KeptStates:
        """The same with everything large in files.

        Raises:
            OSError: the disk has too little room.
        """
        states = {name: cast("Floats", spilled(values)) for name, values in self.states.items()}
        return replace(self, states=states, inputs=cast("Floats", spilled(self.inputs)))


def kept_states(layer: Any, noted: States) -> dict[str, KeptStates]:
    """What a layer noted, by the path of its cells, brought into the order of time and held through padding."""
    inputs = np.asarray(noted.inputs)
    mask = None if noted.mask is None else _flags(noted.mask, inputs)
    flip = slice(None, None, -1) if layer.go_backwards else slice(None)
    levels = levels_of(layer.cell)
    starts = iter(noted.initial)
    kept: dict[str, KeptStates] = {}
    noted = States(np.asarray(noted.sequence), (), None, None, noted.dropout, noted.shapes)
    parts, drops = split_states(noted, levels), noted.dropout or (((), ()),) * len(levels)
    for (path, cell), (output, values), factors in zip(levels.items(), parts, drops, strict=True):
        states: dict[str, Floats] = {}
        initial: dict[str, Floats] = {}
        for name, value in zip(state_names(cell), values, strict=True):
            value = np.asarray(value)
            start = np.broadcast_to(np.asarray(next(starts)), (len(inputs), *value.shape[2:]))
            value = value if mask is None else hold(value, start, mask[:, flip])
            initial[name], states[name] = start, value[:, flip]
        dropout = tuple(tuple(np.asarray(factor) for factor in some) for some in factors)
        kept[path] = KeptStates(layer, cell, states, initial, inputs, mask, (dropout[0], dropout[1]))
        # The next level is given what this one gives. Where a step is masked that is of no use to anybody.
        inputs = next(iter(states.values())) if output is None else np.asarray(output)[:, flip]
    return kept


def _flags(mask: Any, inputs: Floats) -> NDArray[np.bool_]:
    """(B, T), with places behind where a mask has several."""
    flags = np.asarray(mask, bool)
    if flags.size == flags.shape[0] * flags.shape[1]:
        flags = flags.reshape(flags.shape[:2])
    return np.broadcast_to(flags, (*inputs.shape[:2], *flags.shape[2:]))


def behind(flags: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """Flags or counts with as many axes as the values, new ones behind."""
    return flags.reshape(*flags.shape, *(1,) * (values.ndim - flags.ndim))


def hold(values: Floats, start: Floats, valid: NDArray[np.bool_]) -> Floats:
    """At steps that are not valid: the value of the last valid step before, else the start.

    Args:
        values: (B, T, *units) in processing order.
        start: (B, *units).
        valid: (B, T) or (B, T, rows …) in processing order.
    """
    steps = behind(np.arange(1, valid.shape[1] + 1)[None], valid)
    last = np.maximum.accumulate(np.where(valid, steps, 0), axis=1)  # 0: none yet
    whole = np.concatenate([start[:, None].astype(values.dtype), values], axis=1)
    return np.take_along_axis(whole, behind(last, values), axis=1)
