"""How far back one number of the output looks: its gradient by every state and every input, in one backward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.graph.values import PortRef
from engine.protocol.messages import Array
from engine.protocol.traced import SEPARATOR
from engine.runtime.environment import keras, tensorflow
from engine.runtime.forward import WatchedModel, executed_nodes
from engine.runtime.graph_call import has_loop
from engine.runtime.nudged import Nudge, nudged
from engine.runtime.tensors import tensors_of


@dataclass(frozen=True)
class Gradients:
    """What one backward pass gave, for one sequence (or with the batch in front).

    Attributes:
        output: the number that was differentiated.
        states: by key of the cell and name of the state (`b3/forward`, `h`), (T, *units).
        inputs: by the id of the Input, (T, …); where it feeds ids, of the vectors that are looked up for them.
    """

    output: float
    states: Mapping[tuple[str, str], Array]
    inputs: Mapping[str, Array]


class Differentiator:
    """Differentiates numbers of models; keeps the last graph, which serves every sequence, step and unit of a run."""

    def __init__(self) -> None:
        self._made: tuple[WatchedModel, PortRef, Any, _Graph] | None = None

    def gradients(
        self, model: WatchedModel, feeds: Mapping[str, Array], port: PortRef, place: tuple[int, ...], row: int
    ) -> Gradients:
        """Differentiates one number at a port of the model.

        Args:
            feeds: arrays by the id of the Input.
            place: of the number in the tensor at the port, without the batch.
            row: of the batch.

        Raises:
            Exception: whatever Keras or TensorFlow raises.
        """
        whole = self.gradients_of_sum(model, feeds, port, [(row, *place)])
        states = {key: found[row] for key, found in whole.states.items()}
        return Gradients(whole.output, states, {block: found[row] for block, found in whole.inputs.items()})

    def gradients_of_sum(
        self, model: WatchedModel, feeds: Mapping[str, Array], port: PortRef, places: Sequence[tuple[int, ...]]
    ) -> Gradients:
        """Differentiates the sum of numbers at a port, all sequences at once; arrays have the batch in front.

        Where sequences do not depend on one another, each one's gradient is that of its own number.

        Args:
            places: of the numbers, the row of the batch in front.

        Raises:
            Exception: whatever Keras or TensorFlow raises.
        """
        arrays = [tensorflow.convert_to_tensor(feeds[block]) for block in model.assembled.plan.inputs]
        where = tensorflow.constant(places, "int32")
        graph = self._graph(model, port, (where.shape, *((array.shape, array.dtype) for array in arrays)))
        output, by_state, by_input = graph.function(arrays, where)
        states = {
            (_key(block, nudge), nudge.state): np.asarray(found)
            for (block, nudge), found in zip(graph.nudges, by_state, strict=True)
        }
        inputs = {block: np.asarray(found) for block, found in zip(graph.looked_at, by_input, strict=True)}
        return Gradients(float(output), states, inputs)

    def _graph(self, model: WatchedModel, port: PortRef, given: Any) -> _Graph:
        made = self._made
        if made is None or made[0] is not model or made[1:3] != (port, given):
            made = self._made = (model, port, given, _Graph(model, port))
        return made[3]


def _key(block: str, nudge: Nudge) -> str:
    return SEPARATOR.join(filter(None, (block, nudge.part)))


class _Graph:
    """One graph of the whole model with zeros at every state; which is which is known once it is made."""

    def __init__(self, model: WatchedModel, port: PortRef) -> None:
        self._model, self._port = model, port
        self.function: Any = tensorflow.function(self._differentiated, autograph=False)
        self.nudges: list[tuple[str, Nudge]] = []
        self.looked_at: list[str] = []
        self._tensors: dict[PortRef, Any] = {}
        self._sources: dict[str, Any] = {}

    def _differentiated(self, arrays: list[Any], where: Any) -> tuple[Any, list[Any], list[Any]]:
        """The number, and its gradients by states and inputs."""
        assembled = self._model.assembled
        target = assembled.tensors[self._port]
        parts = [part for part in (assembled.model, self._model.rest) if part is not None]
        part = next(part for part in parts if any(target is tensor for tensor in _tensors_of(part)))
        given = part._standardize_inputs(arrays)
        self.nudges.clear()
        self._sources = {
            block: tensor
            for block, tensor in zip(assembled.plan.inputs, given, strict=True)
            if tensor.dtype.is_floating
        }
        fed = {id(tensor): block for block, tensor in zip(assembled.plan.inputs, given, strict=True)}
        with keras.StatelessScope(initialize_variables=False):
            part._run_through_graph(given, operation_fn=self._wrapping(part, fed))
        self.looked_at = list(self._sources)
        number = tensorflow.reduce_sum(tensorflow.gather_nd(self._tensors[self._port], where))
        sources = [*(nudge.zeros for _, nudge in self.nudges), *self._sources.values()]
        by = tensorflow.gradients(number, sources, unconnected_gradients=tensorflow.UnconnectedGradients.ZERO)
        return number, by[: len(self.nudges)], by[len(self.nudges) :]

    def _wrapping(self, part: Any, fed: Mapping[int, str]) -> Callable[[Any], Callable[..., Any]]:
        ports = {id(tensor): port for port, tensor in self._model.assembled.tensors.items()}
        nodes, training = executed_nodes(part), self._model.chosen_training

        def wrap(operation: Any) -> Callable[..., Any]:
            node = next(nodes)
            refs = [ports.get(id(tensor)) for tensor in node.outputs]
            block = next((ref.block for ref in refs if ref is not None), "")

            def call(*args: Any, **kwargs: Any) -> Any:
                if "training" in getattr(operation, "_call_context_args", {}) and block not in training:
                    kwargs["training"] = self._model.training
                outputs = self._called(operation, block, args, kwargs)
                tensors = keras.tree.flatten(outputs)
                self._tensors.update((ref, one) for ref, one in zip(refs, tensors, strict=True) if ref is not None)
                self._look_at(fed, args, kwargs, tensors)
                return outputs

            return call

        return wrap

    def _called(self, operation: Any, block: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not has_loop(operation):
            return operation(*args, **kwargs)
        with nudged(operation) as nudges:
            outputs = operation(*args, **kwargs)
        self.nudges += [(block, nudge) for nudge in nudges]
        return outputs

    def _look_at(self, fed: Mapping[int, str], args: Any, kwargs: Any, outputs: list[Any]) -> None:
        """Ids cannot be differentiated: what is looked up for them stands for them."""
        given = tensors_of(args, kwargs)
        block = fed.get(id(given[0]), "") if len(given) == 1 else ""
        if block and block not in self._sources and outputs[0].dtype.is_floating:
            self._sources[block] = outputs[0]


def _tensors_of(model: Any) -> list[Any]:
    return [tensor for nodes in model._nodes_by_depth.values() for node in nodes for tensor in node.outputs]
