"""States of recurrent layers at every step of the run that is made, exact and cheap.

`inner_loop` is replaced on the layer *instance* by one whose step returns one joined tensor, all that is noted side by
side; what it returns is split afterwards. The layer's own results stay the same to the bit. `inner_loop` and
`keras.src.backend.rnn` are private: a contract test pins what is used of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias, cast

from engine.runtime.cells import is_known, levels_of, state_names
from engine.runtime.environment import keras

SINK = "_seqloom_states"
Shape: TypeAlias = tuple[int, ...]


@dataclass
class States:
    """What one call of a recurrent layer went through, in processing order (go_backwards: last step first).

    Attributes:
        sequence: (B, T, …) of each step what was noted, side by side: level by level the states, of a custom cell its
            output before them.
        initial: (B, *units) each, level by level.
        inputs: (B, T, …) what the layer was given, in the order of time.
        mask: (B, T) or with places behind, in the order of time; None: none was used.
        dropout: by level, what inputs and states were multiplied by before the gates, (B, F) and (B, units) each: one
            for all gates or one for each; empty unless the call was a training one.
        shapes: of what stands side by side, without batch and time.
        split: the same by level, once somebody has asked for it.
    """

    sequence: Any
    initial: tuple[Any, ...]
    inputs: Any
    mask: Any
    dropout: tuple[tuple[tuple[Any, ...], tuple[Any, ...]], ...] = ()
    shapes: tuple[Shape, ...] = ()
    split: dict[str, Any] | None = None

    @property
    def tensors(self) -> dict[str, Any]:
        """All but the shapes, which are known before there are tensors, and what is made of the tensors later."""
        return {name: value for name, value in vars(self).items() if name not in ("shapes", "split")}


def watch_states(layer: Any) -> None:
    """Makes a layer (or both layers inside a Bidirectional) note its states in every call."""
    for part in traced_parts(layer).values():
        if SINK not in part.__dict__:
            object.__setattr__(part, SINK, [])
            object.__setattr__(part, "inner_loop", _noting_loop(part))


def traced_parts(layer: Any) -> Mapping[str, Any]:
    """The recurrent layers whose states can be seen: `""` the layer itself, or `forward` and `backward`."""
    parts = {"": layer}
    if isinstance(layer, keras.layers.Bidirectional):
        parts = {"forward": layer.forward_layer, "backward": layer.backward_layer}
    return {name: part for name, part in parts.items() if _has_keras_loop(part)}


def _has_keras_loop(layer: Any) -> bool:
    """A recurrent layer whose loop is Keras's: a custom layer may have any other."""
    loop = getattr(type(layer), "inner_loop", None)
    return isinstance(layer, keras.layers.RNN) and str(getattr(loop, "__module__", "")).startswith("keras.src.")


def take_states(layer: Any) -> dict[str, States]:
    """The states of the last call, by part; they are forgotten."""
    taken: dict[str, States] = {}
    for name, part in traced_parts(layer).items():
        sink = getattr(part, SINK)
        if sink:
            taken[name] = sink[-1]
        sink.clear()
    return taken


def split_states(noted: States, levels: Mapping[str, Any]) -> Iterator[tuple[Any, list[Any]]]:
    """For each level in order: what a custom cell gave, or None, and its states, (B, T, *units) each."""
    parts = iter(range(len(noted.shapes)))
    for cell in levels.values():
        output = None if is_known(cell) else _part(noted.sequence, noted.shapes, next(parts), axes=2)
        yield output, [_part(noted.sequence, noted.shapes, next(parts), axes=2) for _ in state_names(cell)]


@dataclass(frozen=True)
class Loop:
    """One call of a layer's loop over the steps, made ready for `keras.src.backend.rnn` as Keras's own loop does it.

    Attributes:
        initial: the states that the first step starts from, always in a list.
        settings: of each call of the cell.
    """

    layer: Any
    initial: Any
    mask: Any
    settings: dict[str, Any]

    @staticmethod
    def of(layer: Any, initial: Any, mask: Any, *, training: bool) -> Loop:
        """From the arguments of `inner_loop`."""
        mask = mask[0] if keras.tree.is_nested(mask) else mask
        initial = initial if keras.tree.is_nested(initial) else [initial]
        has_training = getattr(layer.cell, "_call_has_training_arg", False)
        return Loop(layer, initial, mask, {"training": training} if has_training else {})

    def run(self, step: Any, sequences: Any, *, zero_output: bool, all_outputs: bool) -> tuple[Any, Any, Any]:
        """The last output, the outputs and the states; `sequences` may be several that are read side by side."""
        from keras.src import backend

        layer = self.layer
        return cast(
            "tuple[Any, Any, Any]",
            backend.rnn(
                step,
                sequences,
                self.initial,
                go_backwards=layer.go_backwards,
                mask=self.mask,
                unroll=layer.unroll,
                input_length=keras.tree.flatten(sequences)[0].shape[1],
                zero_output_for_mask=zero_output,
                return_all_outputs=all_outputs,
            ),
        )


def _noting_loop(layer: Any) -> Any:
    levels = levels_of(layer.cell)
    between = [cell for cell in list(levels.values())[:-1] if not is_known(cell)]
    last_cell = list(levels.values())[-1]

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        loop = Loop.of(layer, initial_state, mask, training=training)
        shapes: list[Shape] = []

        def step(inputs: Any, states: Any) -> Any:
            with _outputs_of(between) as outputs:
                output, new_states = layer.cell(inputs, states, **loop.settings)
            new_states = new_states if keras.tree.is_nested(new_states) else [new_states]
            parts = _beside(levels, [*outputs, output], keras.tree.flatten(new_states))
            shapes[:] = [tuple(part.shape[1:]) for part in parts]
            if not _can_be_noted(shapes, loop.mask):
                shapes.clear()
                return output, new_states
            return _joined(parts, shapes, output.dtype), new_states

        zero_later = layer.unroll and layer.zero_output_for_mask and loop.mask is not None
        zero_output = layer.zero_output_for_mask and not zero_later
        last, sequence, states = loop.run(step, sequences, zero_output=zero_output, all_outputs=True)
        outputs = sequence
        if shapes:
            drops = tuple(_dropout_of(cell, training=training) for cell in levels.values())
            initial = tuple(keras.tree.flatten(loop.initial))
            getattr(layer, SINK).append(States(sequence, initial, sequences, loop.mask, drops, tuple(shapes)))
            at = len(shapes) - len(state_names(last_cell)) - (not is_known(last_cell))
            last, outputs = _part(last, shapes, at, axes=1), _part(sequence, shapes, at, axes=2)
        if zero_later:
            last, outputs = _zeroed(last, outputs, loop.mask, backwards=layer.go_backwards)
        return last, outputs, states

    return inner_loop


@contextmanager
def _outputs_of(cells: Sequence[Any]) -> Iterator[list[Any]]:
    """What these cells give while they are called inside a stack, in the order of the calls."""
    outputs: list[Any] = []

    def noting(cell: Any) -> Any:
        call = type(cell).call

        def noted(*args: Any, **kwargs: Any) -> Any:
            answer = call(cell, *args, **kwargs)
            outputs.append(answer[0])
            return answer

        return noted

    for cell in cells:
        object.__setattr__(cell, "call", noting(cell))
    try:
        yield outputs
    finally:
        for cell in cells:
            cell.__dict__.pop("call", None)  # a cell may stand twice in a stack


def _beside(levels: Mapping[str, Any], outputs: Sequence[Any], states: Sequence[Any]) -> list[Any]:
    """What is noted of a step. One of Keras's own cells gives its first state: that stands there once."""
    given, left = iter(outputs), iter(states)
    parts: list[Any] = []
    for cell in levels.values():
        parts += [] if is_known(cell) else [next(given)]
        parts += [next(left) for _ in state_names(cell)]
    return parts


def _can_be_noted(shapes: Sequence[Shape], mask: Any) -> bool:
    """All sizes are known, and the mask masks whole steps or places that all parts have."""
    if any(size is None for shape in shapes for size in shape):
        return False
    return _are_alike(shapes) or mask is None or len(mask.shape) == 2 or tuple(mask.shape[2:]) == (1,)


def _are_alike(shapes: Sequence[Shape]) -> bool:
    """They differ in the last axis at most, so that they can stand side by side as they are, places kept."""
    return all(shape and shape[:-1] == shapes[0][:-1] for shape in shapes)


def _joined(parts: Sequence[Any], shapes: Sequence[Shape], dtype: Any) -> Any:
    if not _are_alike(shapes):
        parts = [keras.ops.reshape(part, (-1, prod(shape))) for part, shape in zip(parts, shapes, strict=True)]
    parts = [keras.ops.cast(part, dtype) for part in parts]
    return parts[0] if len(parts) == 1 else keras.ops.concatenate(parts, axis=-1)


def _part(joined: Any, shapes: Sequence[Shape], at: int, *, axes: int) -> Any:
    """One of the parts of a joined tensor, in its own shape behind the first axes (batch, or batch and time)."""
    alike = _are_alike(shapes)
    sizes = [shape[-1] if alike else prod(shape) for shape in shapes]
    part = joined[..., sum(sizes[:at]) : sum(sizes[: at + 1])] if len(sizes) > 1 else joined
    return part if alike else keras.ops.reshape(part, (*keras.ops.shape(part)[:axes], *shapes[at]))


def _zeroed(last: Any, outputs: Any, mask: Any, *, backwards: bool) -> tuple[Any, Any]:
    """Zeros at masked steps as Keras's unrolled loop makes them: backwards at the steps of the *unreversed* mask.

    That loop would zero the states that stand beside the output too, at steps that were not masked.
    """
    flags = keras.ops.cast(mask, "bool")
    while len(flags.shape) < len(outputs.shape):
        flags = flags[..., None]  # (B, T, 1)
    ending = flags[:, 0] if backwards else flags[:, -1]
    return (
        keras.ops.where(ending, last, keras.ops.zeros_like(last)),
        keras.ops.where(flags, outputs, keras.ops.zeros_like(outputs)),
    )


def _dropout_of(cell: Any, *, training: bool) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What the cell multiplies inputs and states by in this call."""
    if not training or not is_known(cell):
        return (), ()
    found = (getattr(cell, "_dropout_mask", None), getattr(cell, "_recurrent_dropout_mask", None))
    first, second = (() if masks is None else tuple(keras.tree.flatten(masks)) for masks in found)
    return first, second if getattr(cell, "implementation", 1) == 1 else ()
