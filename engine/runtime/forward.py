"""A forward pass through the real functional model, everything seen, nothing changed.

The model's own `_run_through_graph` runs, with each operation wrapped: recurrent layers as graph functions (run eagerly
they cost thirty times as much), all else eagerly. Values and masks are read *when the operation returns*, since
MultiHeadAttention deletes its inputs' run-time masks. A functional `predict` is never used: it can lose steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from engine.graph.values import PortRef
from engine.protocol.work import Work
from engine.runtime.assemble import AssembledModel, deep_recursion
from engine.runtime.environment import keras, tensorflow
from engine.runtime.recurrent import CELLS, SINK, States, take_states, traced_parts, watch_states

FUNCTIONS = "_seqloom_functions"


@dataclass
class Seen:
    """What a pass showed: tensors and masks by output port, states by block and part, and the block that failed."""

    values: dict[PortRef, Any] = field(default_factory=dict[PortRef, Any])
    masks: dict[PortRef, Any] = field(default_factory=dict[PortRef, Any])
    states: dict[str, dict[str, States]] = field(default_factory=dict[str, dict[str, States]])
    failed: str = ""
    error: Exception | None = None


@dataclass(frozen=True)
class WatchedModel:
    """An assembled model made ready to be watched.

    Attributes:
        rest: a second model of what the outputs do not need, or None: they need everything.
    """

    assembled: AssembledModel
    rest: Any


def watched(assembled: AssembledModel) -> WatchedModel:
    """Makes the recurrent layers note their states, and finds what no output needs."""
    for layer in assembled.layers.values():
        watch_states(layer)
    reached = {
        id(tensor) for nodes in assembled.model._nodes_by_depth.values() for node in nodes for tensor in node.outputs
    }
    inputs = assembled.plan.inputs
    unreached = [t for port, t in assembled.tensors.items() if id(t) not in reached and port.block not in inputs]
    if not unreached:
        return WatchedModel(assembled, None)
    with deep_recursion(len(assembled.plan.steps)):
        return WatchedModel(
            assembled, keras.Model([assembled.tensors[PortRef(b, "output")] for b in inputs], unreached)
        )


def forward(model: WatchedModel, feeds: Mapping[str, Any], work: Work) -> Seen:
    """Runs the model, then on fresh tensors what no output needs.

    Args:
        feeds: arrays by the id of the Input.

    Raises:
        Cancelled: a stop was asked for.
    """
    ports = {id(tensor): port for port, tensor in model.assembled.tensors.items()}
    inputs = model.assembled.plan.inputs
    seen = Seen()
    for part in (model.assembled.model, model.rest):
        if part is None or seen.error is not None:
            continue
        fresh = Seen()
        tensors = [keras.ops.convert_to_tensor(feeds[block]) for block in inputs]
        for block, tensor in zip(inputs, tensors, strict=True):
            fresh.values[PortRef(block, "output")] = tensor
        _run(part, tensors, ports, fresh, work)
        seen.values = {**fresh.values, **seen.values}
        seen.masks = {**fresh.masks, **seen.masks}
        seen.states = {**fresh.states, **seen.states}
        seen.failed, seen.error = fresh.failed, fresh.error
    return seen


def _run(model: Any, tensors: list[Any], ports: Mapping[int, PortRef], seen: Seen, work: Work) -> None:
    walk = _Walk(model, ports, seen, work)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Keras warns of is told by the analysis
            model._run_through_graph(model._standardize_inputs(tensors), operation_fn=walk.wrap)
    except _Stopped as stopped:
        seen.failed, seen.error = stopped.block, stopped.error


class _Stopped(Exception):  # noqa: N818 - carries an error, is none
    def __init__(self, block: str, error: Exception) -> None:
        super().__init__(block)
        self.block, self.error = block, error


class _Walk:
    """Wraps the operations of one pass, in the order in which the model calls them."""

    def __init__(self, model: Any, ports: Mapping[int, PortRef], seen: Seen, work: Work) -> None:
        self._nodes = _executed(model)
        self._count = sum(1 for _ in _executed(model))
        self._done = 0
        self._ports, self._seen, self._work = ports, seen, work

    def wrap(self, operation: Any) -> Callable[..., Any]:
        """The operation with everything it gives noted under its block's ports."""
        node = next(self._nodes)
        refs = [self._ports.get(id(tensor)) for tensor in node.outputs]
        block = next((ref.block for ref in refs if ref is not None), "")

        def call(*args: Any, **kwargs: Any) -> Any:
            self._work.check()
            self._work.progress(self._done / self._count, block)
            self._done += 1
            if "training" in getattr(operation, "_call_context_args", {}) and "training" not in kwargs:
                kwargs["training"] = False
            try:
                outputs = _call_operation(operation, args, kwargs)
            except Exception as error:  # whatever Keras or TensorFlow raises is an answer
                raise _Stopped(block, error) from error
            self._note(operation, block, refs, keras.tree.flatten(outputs))
            return outputs

        return call

    def _note(self, operation: Any, block: str, refs: list[PortRef | None], tensors: list[Any]) -> None:
        for ref, tensor in zip(refs, tensors, strict=True):
            if ref is None:
                continue
            self._seen.values[ref] = tensor
            mask = keras.src.backend.get_keras_mask(tensor)
            if mask is not None:
                self._seen.masks[ref] = mask
        if block and traced_parts(operation):
            self._seen.states[block] = take_states(operation)


def _executed(model: Any) -> Iterator[Any]:
    """The nodes in the order in which `_run_through_graph` calls them (the same loop; a contract test compares)."""
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            if node.operation and not node.is_input:
                yield node


def _call_operation(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if not _has_loop(operation):
        return operation(*args, **kwargs)
    return _as_function(operation, args, kwargs)


def _has_loop(operation: Any) -> bool:
    """The layer, or one inside it, is recurrent."""
    layers = operation._flatten_layers() if isinstance(operation, keras.layers.Layer) else ()
    return any(isinstance(layer, keras.layers.RNN) for layer in layers)


def _as_function(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Calls a layer as a graph function, with masks and states carried in and out by hand."""
    leaves = keras.tree.flatten((args, kwargs))
    places = [at for at, leaf in enumerate(leaves) if tensorflow.is_tensor(leaf)]
    tensors = [leaves[at] for at in places]
    masks = [keras.src.backend.get_keras_mask(tensor) for tensor in tensors]
    plain = tuple(None if at in places else str(leaf) for at, leaf in enumerate(leaves))
    key = (plain, tuple(mask is not None for mask in masks), tuple((t.dtype, t.shape[2:]) for t in tensors))
    functions = operation.__dict__.get(FUNCTIONS)
    if functions is None:
        functions = {}
        object.__setattr__(operation, FUNCTIONS, functions)
    if key not in functions:
        functions[key] = _graph_function(operation, (args, kwargs), places, tensors, masks)
    function, shape = functions[key]
    given = [mask for mask in masks if mask is not None]
    outputs, output_masks, states = function(tensors, given)
    for tensor, mask in zip(outputs, output_masks, strict=True):
        if mask is not None:
            keras.src.backend.set_keras_mask(tensor, mask)
    _put_states(operation, states)
    return keras.tree.pack_sequence_as(shape[0], list(outputs))


def _graph_function(operation: Any, structure: Any, places: list[int], tensors: list[Any], masks: list[Any]) -> Any:
    shape: list[Any] = []
    leaves = keras.tree.flatten(structure)

    def body(given: list[Any], given_masks: list[Any]) -> Any:
        waiting = iter(given_masks)
        filled = list(leaves)
        for place, tensor, mask in zip(places, given, masks, strict=True):
            copy = tensorflow.identity(tensor)  # the mask is put on a tensor of this call alone
            if mask is not None:
                keras.src.backend.set_keras_mask(copy, next(waiting))
            filled[place] = copy
        args, kwargs = keras.tree.pack_sequence_as(structure, filled)
        with keras.StatelessScope() if _is_stateful(operation) else nullcontext():
            packed = operation(*args, **kwargs)
        shape[:] = [keras.tree.map_structure(lambda _: 0, packed)]
        outputs = keras.tree.flatten(packed)
        out_masks = [keras.src.backend.get_keras_mask(tensor) for tensor in outputs]
        states = {name: state.tensors() for name, state in take_states(operation).items()}
        return outputs, out_masks, states

    fixed = _needs_fixed_length(operation)
    specs = [_spec(tensor, fixed=fixed) for tensor in tensors]
    mask_specs = [_spec(mask, fixed=fixed) for mask in masks if mask is not None]
    if fixed:
        return tensorflow.function(body, autograph=False), shape
    return tensorflow.function(body, input_signature=[specs, mask_specs], autograph=False), shape


def _spec(tensor: Any, *, fixed: bool) -> Any:
    """Batch and time unknown, so that another length needs no new graph; a state (B, units) keeps its units."""
    if fixed:
        return tensorflow.TensorSpec(tensor.shape, tensor.dtype)
    unknown = 2 if tensor.shape.rank >= 3 or tensor.dtype == tensorflow.bool else 1
    return tensorflow.TensorSpec([None] * unknown + list(tensor.shape[unknown:]), tensor.dtype)


def _needs_fixed_length(operation: Any) -> bool:
    """Unrolled loops and wrappers that count steps need the real sizes (TimeDistributed loses steps without them)."""
    layers = operation._flatten_layers()
    return (
        any(getattr(layer, "unroll", False) for layer in layers)
        or not (traced_parts(operation) or isinstance(operation, keras.layers.RNN))
        or _is_stateful(operation)
    )


def _is_stateful(operation: Any) -> bool:
    return any(getattr(layer, "stateful", False) for layer in operation._flatten_layers())


def _put_states(operation: Any, states: Mapping[str, list[Any]]) -> None:
    for name, part in traced_parts(operation).items():
        if name in states:
            found = States.from_tensors(states[name], len(CELLS[type(part).__name__]))
            getattr(part, SINK)[:] = [found]
