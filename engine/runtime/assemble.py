"""A plan as a real Keras model, with weights that depend on nothing but the seed and the block."""

from __future__ import annotations

import hashlib
import random
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.analysis.values import Stage
from engine.catalog.spec import Catalog
from engine.document.outputs import is_mask, without_mask
from engine.graph.values import INPUT, PortRef
from engine.plan.values import Call, Construct, MakeInput, Operand, Operate, Plan
from engine.runtime.construct import construct_argument, construct_layer, construct_operation
from engine.runtime.environment import keras, tensorflow
from engine.runtime.infer import content_key
from engine.runtime.weights.loading import Loaded, WeightsLoader, source_of

FRAMES_PER_BLOCK = 8  # Keras walks a model's graph by recursion, a few frames for each layer of a chain
FRAMES = 10_000


class AssemblyError(Exception):
    """Keras refused a block of the plan; `message` is in its own words and names the layer by `layer_name`."""

    def __init__(self, block: str, stage: Stage, message: str) -> None:
        super().__init__(message)
        self.block = block
        self.stage: Stage = stage
        self.message = message


@dataclass(frozen=True)
class AssembledModel:
    """A Keras model and where everything of the plan is in it.

    Attributes:
        model: the functional `keras.Model`, with the plan's inputs and outputs.
        layers: the Keras layer by the id of the block that owns it.
        tensors: the symbolic tensor by output port, also of blocks that lead to no output of the model.
        loaded: which of the layers have weights from a file.
    """

    plan: Plan
    seed: int
    model: Any
    layers: Mapping[str, Any]
    tensors: Mapping[PortRef, Any]
    loaded: Loaded = Loaded()


class Assembler:
    """Assembles plans; a layer whose arguments and inputs are the same as in the last plan is kept, with its weights."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._kept: dict[str, tuple[Any, Any]] = {}
        self._loader = WeightsLoader()

    def assemble(self, plan: Plan, seed: int, device: str = "", weights: Path | None = None) -> AssembledModel:
        """The model of a plan.

        Args:
            device: where the weights live, as TensorFlow names it (`/CPU:0`); empty: TensorFlow chooses.
            weights: a file with trained weights for the layers that match.

        Raises:
            AssemblyError: a block cannot be built, or there is nothing to build.
            WeightsError: the file of weights cannot be read.
        """
        if not plan.outputs or not plan.inputs:
            raise AssemblyError("", "structure", "The model has no output, or no input.")
        work = _Assembly(plan, seed, device, self._catalog, self._kept)
        with deep_recursion(len(plan.steps)), tensorflow.device(device or None), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Keras warns of is told by the analysis
            work.carry_out()
            model = work.model()
            loaded = self._loader.load(weights, plan, model, work.layers) if weights is not None else Loaded()
        trained = {block for block, layer in work.layers.items() if source_of(layer) is not None}
        self._kept = {block: kept for block, kept in work.kept.items() if block not in trained - set(loaded.taken)}
        if len(self._kept) < len(work.kept):  # weights of a file that no longer match: those layers are made anew
            return self.assemble(plan, seed, device, weights)
        return AssembledModel(plan, seed, model, work.layers, work.tensors, loaded)


class _Assembly:
    """The work on one plan."""

    def __init__(
        self, plan: Plan, seed: int, device: str, catalog: Catalog, before: Mapping[str, tuple[Any, Any]]
    ) -> None:
        self._plan = plan
        self._seed = seed
        self._device = device
        self._catalog = catalog
        self._before = before
        self._pending: dict[str, Construct] = {}
        self.kept: dict[str, tuple[Any, Any]] = {}
        self.layers: dict[str, Any] = {}
        self.tensors: dict[PortRef, Any] = {}

    def carry_out(self) -> None:
        """Makes the inputs and layers, and calls them, in the plan's order."""
        for step in self._plan.steps:
            match step:
                case MakeInput():
                    self._make_input(step)
                case Construct():
                    self._pending[step.block] = step
                case Call():
                    self._call(step)
                case Operate():
                    self._operate(step)

    def model(self) -> Any:
        """The functional model of what was made."""
        inputs = [self.tensors[PortRef(block, "output")] for block in self._plan.inputs]
        outputs = [self._tensor(port) for port in self._plan.outputs]
        with _refusals(self._plan.outputs[0].block, "connect"):
            return keras.Model(inputs, outputs, name="seqloom")

    def _make_input(self, step: MakeInput) -> None:
        spec = self._catalog.layers.get(INPUT)
        with _refusals(step.block, "input"):
            made = {
                name: construct_argument(name, value, spec.argument(name) if spec else None, self._catalog)
                for name, value in step.arguments.items()
                if name != "name"
            }
            self.tensors[PortRef(step.block, "output")] = keras.Input(**made, name=layer_name(step.block))

    def _call(self, call: Call) -> None:
        positional = [self._operand(operand) for operand in call.positional]
        keywords = {name: self._operand(operand) for name, operand in call.keywords.items()}
        step = self._pending.pop(call.layer, None)
        with _seeded(block_seed(self._seed, call.layer)):
            if step is not None:
                self.layers[call.layer] = self._layer(step, positional, keywords)
            with _refusals(call.block, "connect"):
                outputs = keras.tree.flatten(self.layers[call.layer](*positional, **keywords, **call.settings))
        self._note(call, outputs)

    def _operate(self, step: Operate) -> None:
        operands = {name: self._operand(operand) for name, operand in step.operands.items()}
        with _refusals(step.block, "construct"):
            function = construct_operation(step.type, step.arguments, self._catalog)
        with _refusals(step.block, "connect"):
            outputs = keras.tree.flatten(function(**operands))
        self._note(step, outputs)

    def _note(self, step: Call | Operate, outputs: list[Any]) -> None:
        self.tensors.update(
            (PortRef(step.block, name), tensor) for name, tensor in zip(step.outputs, outputs, strict=False)
        )

    def _layer(self, step: Construct, positional: list[Any], keywords: Mapping[str, Any]) -> Any:
        """The layer of the last plan where it is the same, else a new one."""
        fed = keras.tree.map_structure(lambda tensor: (tuple(tensor.shape), tensor.dtype), (positional, dict(keywords)))
        key = (step.type, content_key(step.arguments), self._seed, self._device, repr(fed))
        kept_key, layer = self._before.get(step.block, (None, None))
        if kept_key == key and layer is not None:
            _forget_calls(layer)
        else:
            with _refusals(step.block, "construct"):
                layer = construct_layer(step.type, step.arguments, layer_name(step.block), self._catalog)
        self.kept[step.block] = (key, layer)
        return layer

    def _operand(self, operand: Operand) -> Any:
        if isinstance(operand, PortRef):
            return self._tensor(operand)
        return [self._operand(member) for member in operand]

    def _tensor(self, port: PortRef) -> Any:
        tensor = self.tensors[without_mask(port)]
        if not is_mask(port):
            return tensor
        mask = keras.src.backend.get_keras_mask(tensor)
        if mask is None:
            raise AssemblyError(port.block, "connect", f"{layer_name(port.block)} carries no mask.")
        return mask


def block_seed(seed: int, block_id: str) -> int:
    """The seed of a block's weights: stable, and independent of all other blocks."""
    digest = hashlib.sha256(f"{seed}/{block_id}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def layer_name(block_id: str) -> str:
    """A name that Keras and TensorFlow accept, one for one with the id (ids from files may be any text)."""
    safe = re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", block_id)
    return safe if re.match(r"[A-Za-z0-9]", safe) else f"block{safe}"


@contextmanager
def deep_recursion(num_blocks: int) -> Iterator[None]:
    """Lets Keras recurse through a chain of so many blocks: its graph walk fails at Python's default limit from 700 on."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, FRAMES + FRAMES_PER_BLOCK * num_blocks))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Keras draws the seeds of initializers and dropout from Python's `random`, which is left as it was."""
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


@contextmanager
def _refusals(block: str, stage: Stage) -> Iterator[None]:
    try:
        yield
    except AssemblyError:
        raise
    except Exception as error:
        raise AssemblyError(block, stage, str(error).strip() or type(error).__name__) from error


def _forget_calls(layer: Any) -> None:
    """A kept layer enters the new model as if it had never been called: Keras's nodes of old models would pile up.

    A model made before keeps its own list of nodes and still runs; it can no longer be saved.
    """
    layer._inbound_nodes.clear()
    layer._outbound_nodes.clear()
    if getattr(layer, "stateful", False):
        layer.reset_state()
