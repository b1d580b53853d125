"""Recurrent layers called as graph functions: run eagerly, step by step, they cost thirty times as much.

A function belongs to what a layer *is* (its class, arguments and sizes), not to the layer: weights are handed in. So a
chain of a thousand blocks makes a handful of functions, and undoing an edit makes none. Masks go in and states come out
by hand, since neither survives the border of a function.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from keras.src.backend.common.stateless_scope import get_stateless_scope

from engine.runtime.environment import keras, tensorflow
from engine.runtime.recurrent import States, take_states, watch_states
from engine.runtime.tensors import masks_of

MOST_FUNCTIONS = 1024
MOST_WEIGHT_BYTES = 512 * 1024**2
CONTENT = "_seqloom_content"


class GraphCalls:
    """The graph functions that were made, the oldest forgotten first.

    Args:
        exact: a graph is of the very sizes that are given, unknown where those are; else batch and time are unknown.

    Attributes:
        traced: how many graphs were made so far: a pass that makes one is not warm.
    """

    def __init__(self, *, exact: bool = False) -> None:
        self.traced = 0
        self._exact = exact
        self._functions: OrderedDict[Any, _GraphFunction] = OrderedDict()

    def call(self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, States]]:
        """What the layer returns, with its masks, and the states of its recurrent parts."""
        given = _Given(args, kwargs)
        fixed = self._exact or needs_fixed_length(layer)
        key = (content_of(layer), given.key(fixed=fixed))
        if key not in self._functions:
            self._functions[key] = _GraphFunction(self, layer, given, fixed=fixed)
            self._forget()
        self._functions.move_to_end(key)
        return self._functions[key].call(layer, given)

    def _forget(self) -> None:
        while len(self._functions) > MOST_FUNCTIONS or (
            len(self._functions) > 1
            and sum(function.weight_bytes for function in self._functions.values()) > MOST_WEIGHT_BYTES
        ):
            self._functions.popitem(last=False)


class _Given:
    """The arguments of a call, taken apart: tensors, their masks, and the rest."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.structure = (args, kwargs)
        self.leaves = keras.tree.flatten(self.structure)
        self.places = [at for at, leaf in enumerate(self.leaves) if tensorflow.is_tensor(leaf)]
        self.tensors = [self.leaves[at] for at in self.places]
        self.masks = masks_of(self.tensors)

    def key(self, *, fixed: bool) -> Any:
        """All that a graph depends on, but the layer."""
        plain = keras.tree.map_structure(lambda leaf: "tensor" if tensorflow.is_tensor(leaf) else leaf, self.structure)
        masks = tuple(None if mask is None else _spec(mask, fixed=fixed) for mask in self.masks)
        return repr(plain), tuple(self.specs(fixed=fixed)), masks

    def specs(self, *, fixed: bool) -> list[Any]:
        """Of each tensor: the first is the sequences, the others states and masks."""
        return [_spec(tensor, fixed=fixed, sequences=place == 0) for place, tensor in enumerate(self.tensors)]


class _GraphFunction:
    """One graph function; `layer` is the one it was made from, others of the same content hand in their weights."""

    def __init__(self, calls: GraphCalls, layer: Any, given: _Given, *, fixed: bool) -> None:
        self._calls = calls
        self._layer = layer
        # How tensors and masks lie in the arguments; the first call's tensors are not kept.
        self._structure = keras.tree.map_structure(lambda _: 0, given.structure)
        self._leaves = [None if tensorflow.is_tensor(leaf) else leaf for leaf in given.leaves]
        self._places = given.places
        self._masked = [mask is not None for mask in given.masks]
        self._packed: Any = None
        kept = {id(variable) for variable in layer.weights}
        self._seeds = [place for place, variable in enumerate(layer.variables) if id(variable) not in kept]
        self._shapes: dict[str, tuple[tuple[int, ...], ...]] = {}
        self.weight_bytes = sum(
            variable.value.dtype.size * variable.value.shape.num_elements() for variable in layer.variables
        )
        signature = (
            [tensorflow.TensorSpec(variable.shape, variable.value.dtype) for variable in layer.variables],
            given.specs(fixed=fixed),
            [_spec(mask, fixed=fixed) for mask in given.masks if mask is not None],
        )
        self._function = tensorflow.function(
            self._body, input_signature=signature, autograph=False, experimental_attributes={"_noinline": True}
        )

    def call(self, layer: Any, given: _Given) -> tuple[Any, dict[str, States]]:
        """Calls the graph with a layer's weights."""
        weights = [tensorflow.convert_to_tensor(variable.value) for variable in layer.variables]
        masks = [mask for mask in given.masks if mask is not None]
        outputs, output_masks, states, seeds = self._function(weights, given.tensors, masks)
        scope = get_stateless_scope()
        if scope is not None:  # a training pass, in which the same layer may be called again
            for place, seed in zip(self._seeds, seeds, strict=True):
                scope.add_update((layer.variables[place], seed))
        for tensor, mask in zip(outputs, output_masks, strict=True):
            if mask is not None:
                keras.src.backend.set_keras_mask(tensor, mask)
        return (
            keras.tree.pack_sequence_as(self._packed, list(outputs)),
            {name: States(**tensors, shapes=self._shapes[name]) for name, tensors in states.items()},
        )

    def _body(self, weights: list[Any], tensors: list[Any], masks: list[Any]) -> Any:
        self._calls.traced += 1
        layer, waiting = self._layer, iter(masks)
        leaves = list(self._leaves)
        for place, tensor, masked in zip(self._places, tensors, self._masked, strict=True):
            leaves[place] = tensorflow.identity(tensor)  # the mask is put on a tensor of this call alone
            if masked:
                keras.src.backend.set_keras_mask(leaves[place], next(waiting))
        args, kwargs = keras.tree.pack_sequence_as(self._structure, leaves)
        watch_states(layer)
        take_states(layer)  # a call that failed may have left some
        mapping = list(zip(layer.variables, weights, strict=True))
        with keras.StatelessScope(mapping, initialize_variables=False) as scope:  # no weight and no kept state changes
            packed = layer(*args, **kwargs)
        seeds = [scope.get_current_value(layer.variables[place]) for place in self._seeds]
        self._packed = keras.tree.map_structure(lambda _: 0, packed)
        outputs = keras.tree.flatten(packed)
        output_masks = list(masks_of(outputs))
        taken = take_states(layer)
        self._shapes = {name: states.shapes for name, states in taken.items()}
        return outputs, output_masks, {name: states.tensors for name, states in taken.items()}, seeds


def has_loop(operation: Any) -> bool:
    """The layer, or one inside it, is recurrent."""
    return isinstance(operation, keras.layers.Layer) and any(
        isinstance(layer, keras.layers.RNN) for layer in operation._flatten_layers()
    )


def needs_fixed_length(layer: Any) -> bool:
    """Unrolled loops and wrappers that count steps need the real sizes (TimeDistributed loses steps without them)."""
    inside = list(layer._flatten_layers())
    unrolled = any(getattr(part, "unroll", False) or getattr(part, "stateful", False) for part in inside)
    return unrolled or not isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional)


def content_of(layer: Any) -> Any:
    """What a layer is, apart from its name and the values of its weights; worked out once."""
    content = layer.__dict__.get(CONTENT)
    if content is None:
        sizes = tuple((tuple(variable.shape), str(variable.dtype)) for variable in layer.variables)
        content = (type(layer), _plain(layer.get_config()), sizes)
        object.__setattr__(layer, CONTENT, content)
    return content


def _plain(value: Any) -> Any:
    """A configuration without names (but a dtype policy is its name), in a form that can be a key."""
    if isinstance(value, Mapping):
        if "class_name" in value:
            config = value.get("config")
            named = str(value["class_name"])
            return named, repr(config) if named.endswith("Policy") else _plain(config)
        return tuple((key, _plain(value[key])) for key in sorted(value, key=str) if key not in ("name", "build_config"))
    if isinstance(value, list | tuple):
        return tuple(_plain(member) for member in value)
    return repr(value)


def _spec(tensor: Any, *, fixed: bool, sequences: bool = False) -> Any:
    """Batch and time unknown, so that another length needs no new graph; a state (B, *units) keeps its units."""
    if fixed:
        return tensorflow.TensorSpec(tensor.shape, tensor.dtype)
    unknown = 2 if sequences or tensor.dtype == tensorflow.bool else 1
    return tensorflow.TensorSpec([None] * unknown + list(tensor.shape[unknown:]), tensor.dtype)
