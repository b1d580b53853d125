"""Three ways to run one model, which must agree: a direct call, `predict` on batches of different length, and a function
of fixed signature (what SavedModel and ONNX exports use). Keras 3.15.1 can disagree with itself, without an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.analysis.values import Analysis, Diagnostic, Fix
from engine.catalog.arguments import nested_layer
from engine.catalog.spec import Catalog
from engine.document.apply import apply_all
from engine.document.edits import Edit, EditError, ReplaceBlock, SetArgument
from engine.document.values import Document
from engine.graph.order import upstream
from engine.graph.values import Block, PortRef
from engine.plan.lower import lower
from engine.protocol.messages import Array
from engine.protocol.work import Work
from engine.runtime.assemble import AssembledModel, Assembler, AssemblyError, deep_recursion
from engine.runtime.environment import keras, tensorflow
from engine.runtime.forward import forward, watched
from engine.runtime.graph_call import GraphCalls
from engine.runtime.padded_steps import TOLERANCE, largest_difference, scale_of
from engine.runtime.run_failure import run_failure
from engine.runtime.sample import Overrides, SampleError, draw_sample
from engine.runtime.shared_graphs import shared_graphs
from engine.runtime.weights.file import weights_path

CODE = "keras.disagrees"
MOST_BLOCKS, MOST_PARAMETERS = 40, 2_000_000
"""Up to here the test is cheap enough to be made unasked."""
MOST_STEPS, OTHER_STEPS = 24, 2
FIRST, SECOND = slice(0, 2), slice(0, 3)
PREDICT, FUNCTION = "predict", "a function of fixed signature"
Feeds = Mapping[str, Array]
Way = Callable[[Any], Sequence[Any]]


def is_cheap(analysis: Analysis) -> bool:
    """The test of this model may be made unasked."""
    return analysis.ok and len(analysis.blocks) <= MOST_BLOCKS and analysis.parameters <= MOST_PARAMETERS


@dataclass(frozen=True)
class _Models:
    """One assembled model, two batches of different length, and what a direct call gives for the second.

    Attributes:
        ports: in the order of the pass.
    """

    assembled: AssembledModel
    first: Feeds
    second: Feeds
    direct: Mapping[PortRef, Array]

    @property
    def ports(self) -> list[PortRef]:
        """Every port that the model's outputs need, in the order of the pass."""
        return list(self.direct)


class WaysTester:
    """Finds blocks for which Keras's ways to run differ."""

    def __init__(self, catalog: Catalog, analyse: Callable[[Document], Analysis]) -> None:
        self._catalog = catalog
        self._analyse = analyse
        self._assembler = Assembler(catalog)
        self._calls = GraphCalls()

    def test(self, document: Document, analysis: Analysis, folder: Path | None, work: Work) -> tuple[Diagnostic, ...]:
        """A warning for each block where a difference begins, with fixes that were tried; a broken model has none.

        Raises:
            Cancelled: a stop was asked for.
        """
        models = self._models(document, analysis, folder, work)
        if models is None:
            return ()
        return tuple(
            replace(found, fixes=self._verified(document, found.block, models, folder, work))
            for found in _differences(document, models, work)
        )

    def _models(self, document: Document, analysis: Analysis, folder: Path | None, work: Work) -> _Models | None:
        plan = lower(document, self._catalog)
        if not analysis.ok or not plan.outputs or not plan.inputs:
            return None
        try:
            fed = draw_sample(document, folder, Overrides())
            assembled = self._assembler.assemble(plan, document.seed, "/CPU:0", weights_path(document, folder))
        except (SampleError, AssemblyError):
            return None
        values = {block: given.values for block, given in fed.items()}
        shapes = {block: assembled.tensors[PortRef(block, "output")].shape for block in values}
        longest = max((array.shape[1] for array in values.values() if array.ndim > 1), default=0)
        for steps in (min(longest, MOST_STEPS), longest):
            first = {block: _cut(array, shapes[block], FIRST, steps) for block, array in values.items()}
            other = steps - OTHER_STEPS if steps > OTHER_STEPS else steps + OTHER_STEPS
            second = {block: _cut(array, shapes[block], SECOND, other) for block, array in values.items()}
            model = watched(assembled, self._calls)
            with tensorflow.device("/CPU:0"):
                seen = forward(replace(model, rest=None), second, Work(cancelled=work.cancelled))
            if seen.error is None:
                inputs = {PortRef(block, "output") for block in values}
                direct = {port: np.asarray(value) for port, value in seen.values.items() if port not in inputs}
                return _Models(assembled, first, second, direct)
        return None

    def _verified(
        self, document: Document, block_id: str, models: _Models, folder: Path | None, work: Work
    ) -> tuple[Fix, ...]:
        """The candidates with the same numbers in a direct call and no difference at the block."""
        kept: list[Fix] = []
        for fix in _candidates(document.block(block_id)):
            try:
                mended = apply_all(document, fix.edits, self._catalog)
            except EditError:
                continue
            known = self._models(mended, self._analyse(mended), folder, work)
            if known is None or not _same_numbers(models, known, block_id):
                continue
            if all(found.block != block_id for found in _differences(mended, known, work)):
                kept.append(fix)
        return tuple(kept)


def _cut(array: Array, shape: Sequence[int | None], batch: slice, steps: int) -> Array:
    """Some sequences and steps of a sample, where the Input leaves both open; a short sample is repeated."""
    if shape[0] is None:
        array = np.resize(array, (max(batch.stop, len(array)), *array.shape[1:]))[batch]
    if len(shape) > 1 and shape[1] is None:
        times = -(-steps // array.shape[1])
        array = np.concatenate([array] * times, axis=1)[:, :steps]
    return array


def _differences(document: Document, models: _Models, work: Work) -> Iterator[Diagnostic]:
    """One warning for each block that differs while none above it does."""
    found: dict[str, tuple[str, str]] = {}
    for name, way in ((PREDICT, _predict(models)), (FUNCTION, _function(models))):
        work.check()
        for block, title in _where(document, models, way, name):
            found.setdefault(block, (name, title))
    for block, (name, title) in found.items():
        if upstream(document.graph, [block]).isdisjoint(found):
            yield Diagnostic(CODE, "warning", "run", block, title, _detail(models, name))


def _where(document: Document, models: _Models, way: Way, name: str) -> Iterator[tuple[str, str]]:
    """The blocks, with titles, whose tensors differ from a direct call; where the way fails, the first that does."""
    ports = models.ports
    try:
        given = way(_everything(models, ports))
    except Exception as error:  # whatever Keras or TensorFlow raises is its answer
        block = _first_failing(models, way)
        reason = run_failure(document, block, error).detail
        yield block, f"{_name(document, block)} works when called and fails in {name}: {reason}"
        return
    for port, value in zip(ports, given, strict=True):
        ours, theirs = models.direct[port], np.asarray(value)
        block = _name(document, port.block)
        if ours.shape != theirs.shape:
            yield port.block, f"{block} gives {ours.shape} when called and {theirs.shape} in {name}"
        elif (difference := largest_difference(ours, theirs)) > TOLERANCE * scale_of(ours):
            yield port.block, f"{block} differs by {difference:.2g} between a direct call and {name}"


def _first_failing(models: _Models, way: Way) -> str:
    """The block of the first port that a model cannot give by this way, by halving."""
    ports, low, high = models.ports, 0, len(models.ports)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            way(_everything(models, ports[:middle]))
            low = middle
        except Exception:  # noqa: BLE001 the failure is what is looked for
            high = middle
    return ports[high - 1].block


def _everything(models: _Models, ports: Sequence[PortRef]) -> Any:
    """The same layers as a model with these ports as outputs."""
    assembled = models.assembled
    inputs = [assembled.tensors[PortRef(block, "output")] for block in assembled.plan.inputs]
    with deep_recursion(len(assembled.plan.steps)):
        return keras.Model(inputs, [assembled.tensors[port] for port in ports])


def _ordered(models: _Models, feeds: Feeds) -> list[Array]:
    return [feeds[block] for block in models.assembled.plan.inputs]


def _predict(models: _Models) -> Way:
    def way(model: Any) -> Sequence[Any]:
        with shared_graphs(model):
            model.predict(_ordered(models, models.first), verbose=0)
            return keras.tree.flatten(model.predict(_ordered(models, models.second), verbose=0))

    return way


def _function(models: _Models) -> Way:
    def way(model: Any) -> Sequence[Any]:
        signature = [tensorflow.TensorSpec(tensor.shape, tensor.dtype) for tensor in model.inputs]
        function = tensorflow.function(
            lambda *tensors: model(list(tensors), training=False), signature, autograph=False
        )
        given = [
            tensorflow.cast(array, spec.dtype)
            for array, spec in zip(_ordered(models, models.second), signature, strict=True)
        ]
        with shared_graphs(model):
            return keras.tree.flatten(function(*given))

    return way


def _same_numbers(before: _Models, after: _Models, block: str) -> bool:
    pairs = [(value, after.direct.get(port)) for port, value in before.direct.items() if port.block == block]
    return all(
        other is not None and largest_difference(value, other) <= TOLERANCE * scale_of(value) for value, other in pairs
    )


def _candidates(block: Block) -> Iterator[Fix]:
    inner = nested_layer(block.arguments.get("layer"))
    if inner is not None and block.type == "TimeDistributed":
        kind, arguments = inner
        edit: Edit = ReplaceBlock(block.id, kind, arguments)
        yield Fix(f"Use {kind} alone in {block.name}: it works on every step by itself", (edit,))
    if block.arguments.get("unroll"):
        yield Fix(f"Turn off unroll in {block.name}", (SetArgument(block.id, "unroll", False),))
    if inner is not None and inner[1].get("unroll"):
        edit = SetArgument(block.id, "layer.arguments.unroll", False)
        yield Fix(f"Turn off unroll inside {block.name}", (edit,))


def _detail(models: _Models, name: str) -> str:
    first, second = (
        " and ".join(str(tuple(array.shape)) for array in _ordered(models, feeds))
        for feeds in (models.first, models.second)
    )
    if name == PREDICT:
        return f"Keras's predict on a batch of {first} and then on one of {second} gives other steps or numbers than a call."
    return f"A function of fixed signature, as SavedModel and ONNX exports use, gives others than a call for {second}."


def _name(document: Document, block: str) -> str:
    return document.block(block).name
