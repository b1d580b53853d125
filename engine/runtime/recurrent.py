"""States of recurrent layers at every step of the run that is made, exact and cheap.

`inner_loop` is replaced on the layer *instance* by one whose step returns one concatenated tensor, output and states;
what it returns is split afterwards. The layer's own results stay the same to the bit. `inner_loop` and
`keras.src.backend.rnn` are private: a contract test pins what is used of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from engine.runtime.environment import keras

CELLS = {"LSTM": ("h", "c"), "GRU": ("h",), "SimpleRNN": ("h",)}
SINK = "_seqloom_states"


@dataclass
class States:
    """What one call of a recurrent layer went through, in processing order (go_backwards: last step first).

    Attributes:
        sequence: (B, T, Σ units) outputs of each step: the output, then the states, side by side.
        initial: (B, units) each.
        inputs: (B, T, F) what the cell was given, in the order of time.
        mask: (B, T) in the order of time, or None: none was used.
    """

    sequence: Any
    initial: tuple[Any, ...]
    inputs: Any
    mask: Any

    def tensors(self) -> list[Any]:
        """All tensors, so that they can leave a graph function."""
        return [self.sequence, self.inputs, *self.initial, *([] if self.mask is None else [self.mask])]

    @staticmethod
    def from_tensors(tensors: list[Any], num_states: int) -> States:
        """The inverse of `tensors`."""
        sequence, inputs, *rest = tensors
        mask = rest[num_states] if len(rest) > num_states else None
        return States(sequence, tuple(rest[:num_states]), inputs, mask)


def watch_states(layer: Any) -> None:
    """Makes a layer (or both layers inside a Bidirectional) note its states in every call."""
    for part in traced_parts(layer).values():
        if SINK not in part.__dict__:
            object.__setattr__(part, SINK, [])
            object.__setattr__(part, "inner_loop", _noting_loop(part))


def traced_parts(layer: Any) -> Mapping[str, Any]:
    """The recurrent layers whose states can be seen: `""` the layer itself, or `forward` and `backward`."""
    if isinstance(layer, keras.layers.Bidirectional):
        parts = {"forward": layer.forward_layer, "backward": layer.backward_layer}
        return {name: part for name, part in parts.items() if type(part).__name__ in CELLS}
    return {"": layer} if type(layer).__name__ in CELLS else {}


def take_states(layer: Any) -> dict[str, States]:
    """The states of the last call, by part; they are forgotten."""
    taken: dict[str, States] = {}
    for name, part in traced_parts(layer).items():
        sink = getattr(part, SINK)
        if sink:
            taken[name] = sink[-1]
        sink.clear()
    return taken


def _noting_loop(layer: Any) -> Any:
    from keras.src import backend

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        if keras.tree.is_nested(mask):
            mask = mask[0]
        initial = list(keras.tree.flatten(initial_state))
        settings = {"training": training} if getattr(layer.cell, "_call_has_training_arg", False) else {}

        def step(inputs: Any, states: Any) -> Any:
            output, new_states = layer.cell(inputs, states, **settings)
            new_states = keras.tree.flatten(new_states)
            return keras.ops.concatenate([output, *new_states], axis=-1), new_states

        last, sequence, states = cast(
            "tuple[Any, Any, Any]",
            backend.rnn(
                step,
                sequences,
                initial,
                go_backwards=layer.go_backwards,
                mask=mask,
                unroll=layer.unroll,
                input_length=sequences.shape[1],
                zero_output_for_mask=layer.zero_output_for_mask,
                return_all_outputs=True,
            ),
        )
        getattr(layer, SINK).append(States(sequence, tuple(initial), sequences, mask))
        units = layer.cell.output_size
        return last[..., :units], sequence[..., :units], states

    return inner_loop
