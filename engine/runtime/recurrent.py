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
        sequence: (B, T, Σ units) of each step: the output, then the states, side by side.
        initial: (B, units) each.
        inputs: (B, T, F) what the cell was given, in the order of time.
        mask: (B, T) in the order of time, or None: none was used.
        input_dropout, state_dropout: what inputs and states were multiplied by before the gates, (B, F) and (B, units):
            one for all gates or one for each; empty unless the call was a training one.
    """

    sequence: Any
    initial: tuple[Any, ...]
    inputs: Any
    mask: Any
    input_dropout: tuple[Any, ...] = ()
    state_dropout: tuple[Any, ...] = ()


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

        zero_later = layer.unroll and layer.zero_output_for_mask and mask is not None
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
                zero_output_for_mask=layer.zero_output_for_mask and not zero_later,
                return_all_outputs=True,
            ),
        )
        drops = _dropout_of(layer.cell) if training else ((), ())
        getattr(layer, SINK).append(States(sequence, tuple(initial), sequences, mask, *drops))
        units = layer.cell.output_size
        last, outputs = last[..., :units], sequence[..., :units]
        if zero_later:
            last, outputs = _zeroed(last, outputs, mask, backwards=layer.go_backwards)
        return last, outputs, states

    return inner_loop


def _zeroed(last: Any, outputs: Any, mask: Any, *, backwards: bool) -> tuple[Any, Any]:
    """Zeros at masked steps as Keras's unrolled loop makes them: backwards at the steps of the *unreversed* mask.

    That loop would zero the states that stand beside the output too, at steps that were not masked.
    """
    flags = keras.ops.cast(mask, "bool")
    flags = flags[..., None] if len(flags.shape) == 2 else flags  # (B, T, 1)
    ending = flags[:, 0] if backwards else flags[:, -1]
    return (
        keras.ops.where(ending, last, keras.ops.zeros_like(last)),
        keras.ops.where(flags, outputs, keras.ops.zeros_like(outputs)),
    )


def _dropout_of(cell: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What the cell multiplies inputs and states by in this call."""
    found = (getattr(cell, "_dropout_mask", None), getattr(cell, "_recurrent_dropout_mask", None))
    first, second = (() if masks is None else tuple(keras.tree.flatten(masks)) for masks in found)
    return first, second if getattr(cell, "implementation", 1) == 1 else ()
