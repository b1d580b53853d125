"""A forward pass through the real functional model, everything seen, nothing changed.

The model's own `_run_through_graph` runs, with each operation wrapped: recurrent layers as graph functions (run eagerly
they cost thirty times as much), all else eagerly. Values and masks are read *when the operation returns*, since
MultiHeadAttention deletes its inputs' run-time masks. A functional `predict` is never used: it can lose steps.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter
from typing import Any

from engine.graph.values import PortRef
from engine.plan.values import Call
from engine.protocol.work import Work
from engine.runtime.assemble import AssembledModel, deep_recursion
from engine.runtime.attention import AttentionCall, attention_call
from engine.runtime.environment import keras
from engine.runtime.graph_call import GraphCalls, has_loop
from engine.runtime.known_calls import Calls, KnownCall, Recall
from engine.runtime.recurrent import States
from engine.runtime.tensors import masked, masks_of, tensors_of


@dataclass
class Seen:
    """What a pass showed.

    Attributes:
        values, masks: tensors by output port.
        states: by block and part of it (`""`, or `forward` and `backward`).
        attention: what each attention block was given.
        seconds: what each block's call took, in this pass or in the one that it is known of.
        calls: every call, to be known in the next pass; empty where none was asked for.
        spared: the seconds of the calls that were not made, since they were known.
        warm: no graph was made during the pass.
        failed, error: the block that failed, and what it raised.
    """

    values: dict[PortRef, Any] = field(default_factory=dict[PortRef, Any])
    masks: dict[PortRef, Any] = field(default_factory=dict[PortRef, Any])
    states: dict[str, dict[str, States]] = field(default_factory=dict[str, dict[str, States]])
    attention: dict[str, AttentionCall] = field(default_factory=dict[str, AttentionCall])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    calls: dict[PortRef, KnownCall] = field(default_factory=dict[PortRef, KnownCall])
    spared: float = 0.0
    warm: bool = True
    failed: str = ""
    error: Exception | None = None


@dataclass(frozen=True)
class WatchedModel:
    """An assembled model made ready to be watched.

    Attributes:
        rest: a second model of what the outputs do not need, or None: they need everything.
        calls: the graph functions of recurrent layers, kept from model to model.
        training: passes are made as in training (dropout, batch statistics), where a block does not say itself.
        content: what decides on its numbers beside plan and sample, see `KnownCalls`.
    """

    assembled: AssembledModel
    rest: Any
    calls: GraphCalls
    training: bool = False
    content: Any = None

    @cached_property
    def chosen_training(self) -> frozenset[str]:
        """The blocks whose call says itself whether it is a training one; Keras notes defaults of layers there too."""
        steps = self.assembled.plan.steps
        return frozenset(step.block for step in steps if isinstance(step, Call) and "training" in step.settings)


def watched(
    assembled: AssembledModel, calls: GraphCalls | None = None, *, training: bool = False, content: Any = None
) -> WatchedModel:
    """Finds what no output needs, so that it is run too."""
    calls = calls or GraphCalls()
    reached = {
        id(tensor) for nodes in assembled.model._nodes_by_depth.values() for node in nodes for tensor in node.outputs
    }
    inputs = assembled.plan.inputs
    unreached = [t for port, t in assembled.tensors.items() if id(t) not in reached and port.block not in inputs]
    if not unreached:
        return WatchedModel(assembled, None, calls, training, content)
    with deep_recursion(len(assembled.plan.steps)):
        rest = keras.Model([assembled.tensors[PortRef(block, "output")] for block in inputs], unreached)
    return WatchedModel(assembled, rest, calls, training, content)


@dataclass(frozen=True)
class Called:
    """One call of a pass, at the moment when it has returned.

    Attributes:
        refs: the output ports of what it gave.
        again: calls the same operation with other arguments.
    """

    block: str
    refs: list[PortRef | None]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: list[Any]
    again: Callable[[tuple[Any, ...], dict[str, Any]], Any]


def forward(
    model: WatchedModel,
    feeds: Mapping[str, Any],
    work: Work,
    beside: Callable[[Called], None] | None = None,
    known: Calls | None = None,
) -> Seen:
    """Runs the model, then on fresh tensors what no output needs.

    A training pass leaves seeds and statistics as they were: the next one draws the same random numbers.

    Args:
        feeds: arrays by the id of the Input.
        beside: looks at each call, in the order of the pass.
        known: calls that give the same again; None: the calls are not kept for another pass.

    Raises:
        Cancelled: a stop was asked for.
    """
    ports = {id(tensor): port for port, tensor in model.assembled.tensors.items()}
    inputs = model.assembled.plan.inputs
    seen = Seen()
    traced = model.calls.traced
    with keras.StatelessScope(initialize_variables=False) if model.training else nullcontext():
        for part in (model.assembled.model, model.rest):
            if part is None or seen.error is not None:
                continue
            fresh = Seen()
            tensors = _given(part, [feeds[block] for block in inputs], fresh)
            if fresh.error is None:
                fresh.values.update(
                    (PortRef(block, "output"), tensor) for block, tensor in zip(inputs, tensors, strict=True)
                )
                recall = None if known is None else Recall(model.assembled.plan, known)
                _run(part, tensors, _Walk(part, ports, fresh, model, work, (beside, recall)))
            _add(seen, fresh)
    seen.warm = model.calls.traced == traced
    return seen


def _add(seen: Seen, fresh: Seen) -> None:
    """What a further pass showed of ports that no pass before reached; there alone, also their masks."""
    new = [port for port in fresh.values if port not in seen.values]
    seen.masks.update((port, fresh.masks[port]) for port in new if port in fresh.masks)
    seen.values.update((port, fresh.values[port]) for port in new)
    seen.states = {**fresh.states, **seen.states}
    seen.attention = {**fresh.attention, **seen.attention}
    seen.seconds = {**fresh.seconds, **seen.seconds}
    seen.calls = {**fresh.calls, **seen.calls}
    seen.spared += fresh.spared
    seen.failed, seen.error = fresh.failed, fresh.error


def _given(model: Any, arrays: list[Any], seen: Seen) -> list[Any]:
    """The arrays as the model takes them: on the device, in the type of its Inputs."""
    try:
        return model._standardize_inputs([keras.ops.convert_to_tensor(array) for array in arrays])
    except Exception as error:  # a device without room, a shape that the model refuses
        seen.error = error
        return []


def _run(model: Any, tensors: list[Any], walk: _Walk) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Keras warns of is told by the analysis
            model._run_through_graph(tensors, operation_fn=walk.wrap)
    except _Stopped as stopped:
        walk.seen.failed, walk.seen.error = stopped.block, stopped.error


class _Stopped(Exception):  # noqa: N818 - carries an error, is none
    def __init__(self, block: str, error: Exception) -> None:
        super().__init__(block)
        self.block, self.error = block, error


class _Walk:
    """Wraps the operations of one pass, in the order in which the model calls them."""

    def __init__(
        self,
        model: Any,
        ports: Mapping[int, PortRef],
        seen: Seen,
        watched: WatchedModel,
        work: Work,
        watching: tuple[Callable[[Called], None] | None, Recall | None],
    ) -> None:
        self._nodes = executed_nodes(model)
        self._count = sum(1 for _ in executed_nodes(model))
        self._done = 0
        self._ports, self._calls, self._work = ports, watched.calls, work
        self._beside, self._recall = watching
        self._training, self._chosen_training = watched.training, watched.chosen_training
        self.seen = seen

    def wrap(self, operation: Any) -> Callable[..., Any]:
        """The operation with everything it gives noted under its block's ports."""
        node = next(self._nodes)
        refs = [self._ports.get(id(tensor)) for tensor in node.outputs]
        block = next((ref.block for ref in refs if ref is not None), "")

        def call(*args: Any, **kwargs: Any) -> Any:
            self._work.check()
            self._work.progress(self._done / self._count, block)
            self._done += 1
            if self._recall is None:
                return made(args, kwargs).packed
            port = next(filter(None, refs), None)
            given = tensors_of(args, kwargs)
            known = self._recall.find(port, given)
            if known is None:
                before = masked(given)
                known = replace(made(args, kwargs), masked=before, left=masked(given))
            else:
                known.again(given)
                self._note(block, refs, known)
                self.seen.spared += known.seconds
            if port is not None:
                self.seen.calls[port] = known
            return known.packed

        def made(args: tuple[Any, ...], kwargs: dict[str, Any]) -> KnownCall:
            if "training" in getattr(operation, "_call_context_args", {}) and block not in self._chosen_training:
                kwargs["training"] = self._training
            attention = attention_call(operation, args, kwargs)
            start = perf_counter()
            try:
                outputs, states = self._call(operation, args, kwargs)
            except Exception as error:  # whatever Keras or TensorFlow raises is an answer
                raise _Stopped(block, error) from error
            tensors = keras.tree.flatten(outputs)
            one = KnownCall(outputs, masks_of(tensors), states, attention, perf_counter() - start)
            self._note(block, refs, one)
            if self._beside is not None:
                self._beside(Called(block, refs, args, kwargs, tensors, lambda a, k: self._call(operation, a, k)[0]))
            return one

        return call

    def _call(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, States]]:
        if has_loop(operation):
            return self._calls.call(operation, args, kwargs)
        if kwargs.get("training") and not self._training:
            with keras.StatelessScope(initialize_variables=False):  # a run changes no statistics and no seeds
                return operation(*args, **kwargs), {}
        return operation(*args, **kwargs), {}

    def _note(self, block: str, refs: list[PortRef | None], call: KnownCall) -> None:
        seen = self.seen
        for ref, tensor, mask in zip(refs, keras.tree.flatten(call.packed), call.masks, strict=True):
            if ref is None:
                continue
            seen.values[ref] = tensor
            if mask is not None:
                seen.masks[ref] = mask
        if call.states:
            seen.states[block] = dict(call.states)
        if call.attention is not None:
            seen.attention[block] = call.attention
        seen.seconds[block] = seen.seconds.get(block, 0.0) + call.seconds


def executed_nodes(model: Any) -> Iterator[Any]:
    """The nodes in the order in which `_run_through_graph` calls them (the same loop; a contract test compares)."""
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            if node.operation and not node.is_input:
                yield node
