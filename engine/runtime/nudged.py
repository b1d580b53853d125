"""Recurrent layers whose states can be differentiated: zeros are added to every state after every step.

The derivative with respect to such a zero is the total one, through all later steps; a derivative with respect to the
sequence of states that a layer gave would miss the way through its own recurrence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from engine.protocol.traced import SEPARATOR
from engine.runtime.cells import levels_of, state_names
from engine.runtime.environment import keras
from engine.runtime.recurrent import Loop, traced_parts


@dataclass(frozen=True)
class Nudge:
    """Zeros that were added to one state.

    Attributes:
        part: of the layer and its cells: `""`, `forward`, `0`, `forward/0`.
        state: `h`, `c`, `state_0`.
        zeros: (B, T, *units), in the order of the input's time.
    """

    part: str
    state: str
    zeros: Any


@contextmanager
def nudged(layer: Any) -> Iterator[list[Nudge]]:
    """Within it a call of the layer adds zeros to its states, and they are listed."""
    nudges: list[Nudge] = []
    with ExitStack() as undo:
        for name, part in traced_parts(layer).items():
            undo.enter_context(_instead(part, "inner_loop", _nudged_loop(part, name, nudges)))
        yield nudges


@contextmanager
def _instead(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Another attribute of this one object for a while, past Keras's bookkeeping of attributes."""
    missing = object()
    before = owner.__dict__.get(name, missing)
    object.__setattr__(owner, name, value)
    try:
        yield
    finally:
        if before is missing:
            object.__delattr__(owner, name)
        else:
            object.__setattr__(owner, name, before)


def _nudged_loop(layer: Any, part: str, nudges: list[Nudge]) -> Any:
    cells = levels_of(layer.cell)
    names = [
        (SEPARATOR.join(filter(None, (part, level))), state)
        for level, cell in cells.items()
        for state in state_names(cell)
    ]

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        loop = Loop.of(layer, initial_state, mask, training=training)
        steps = keras.ops.shape(sequences)[1]
        zeros = [
            keras.ops.zeros((keras.ops.shape(start)[0], steps, *start.shape[1:]), start.dtype)
            for start in keras.tree.flatten(loop.initial)
        ]
        nudges.extend(Nudge(where, state, zero) for (where, state), zero in zip(names, zeros, strict=True))

        def step(inputs: Any, states: Any) -> Any:
            own, *added = inputs
            with _adding(cells, added):
                return layer.cell(own, states, **loop.settings)

        return loop.run(
            step,
            [sequences, *zeros],
            zero_output=layer.zero_output_for_mask,
            all_outputs=layer.return_sequences,
        )

    return inner_loop


@contextmanager
def _adding(cells: Mapping[str, Any], added: list[Any]) -> Iterator[None]:
    """Within it each cell adds its share to the states it gives, and to its output where that is its first state."""
    waiting = iter(added)
    with ExitStack() as undo:
        for cell in cells.values():
            share = [next(waiting) for _ in state_names(cell)]
            undo.enter_context(_instead(cell, "call", _adding_call(cell.call, share)))
        yield


def _adding_call(call: Any, share: list[Any]) -> Any:
    def nudged_call(*args: Any, **kwargs: Any) -> Any:
        output, states = call(*args, **kwargs)
        flat = keras.tree.flatten(states)
        new = [state + nudge for state, nudge in zip(flat, share, strict=True)]
        return (new[0] if output is flat[0] else output), keras.tree.pack_sequence_as(states, new)

    return nudged_call
