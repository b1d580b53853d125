"""The leak test: does padding change the results? Each sequence alone and unpadded, against the padded batch.

Two looks, block by block. Alone against padded finds the first block that differs and by how much. Noise put into the
padded steps of one block's own inputs, masks kept, finds every block that leaks by itself, whatever comes before it.
Values that start as zero (biases above all) are made random: zero padding, zero bias and zero state give zero and hide
leaks. Nothing of this touches the model that is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.analysis.leaks import Leak, LeakReport
from engine.analysis.values import Analysis, Fix
from engine.catalog.spec import Catalog
from engine.document.apply import apply_all
from engine.document.edits import EditError
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.plan.values import Call, MakeInput, Plan
from engine.protocol.work import Work
from engine.runtime.assemble import AssembledModel, Assembler, AssemblyError, block_seed
from engine.runtime.environment import keras, tensorflow
from engine.runtime.fed import Fed
from engine.runtime.forward import Called, forward, watched
from engine.runtime.graph_call import GraphCalls
from engine.runtime.leak_words import fixes_for, nothing_padded, spoken_reason, spoken_report, spoken_title
from engine.runtime.padded_steps import TOLERANCE, Difference, Steps, alone, largest_difference, noised, scale_of
from engine.runtime.run_failure import run_failure
from engine.runtime.sample import Overrides, SampleError, draw_sample
from engine.runtime.weights.file import weights_path

MOST_FIXED = 3
"""So many leaks get verified fixes."""
TRIAL_SEQUENCES = 4
SPREAD = 0.5


class LeakTester:
    """Answers “does padding change my results?”; keeps graphs between tests."""

    def __init__(self, catalog: Catalog, analyse: Callable[[Document], Analysis]) -> None:
        self._catalog = catalog
        self._analyse = analyse
        self._assembler = Assembler(catalog)
        self._calls = GraphCalls()

    def test(self, document: Document, analysis: Analysis, folder: Path | None, work: Work) -> LeakReport:
        """The report for a document and its sample.

        Raises:
            Cancelled: a stop was asked for.
        """
        report = self._tested(document, analysis, folder, work, None)
        leaks = tuple(
            replace(leak, fixes=self._verified(document, analysis, leak, folder, work)) if at < MOST_FIXED else leak
            for at, leak in enumerate(report.leaks)
        )
        return replace(report, leaks=leaks)

    def _verified(
        self, document: Document, analysis: Analysis, leak: Leak, folder: Path | None, work: Work
    ) -> tuple[Fix, ...]:
        """The candidates after which the block leaks no more, and nothing is broken."""
        kept: list[Fix] = []
        for fix in fixes_for(document, analysis, leak.block, self._catalog):
            try:
                mended = apply_all(document, fix.edits, self._catalog)
            except EditError:
                continue
            known = self._analyse(mended)
            report = self._tested(mended, known, folder, work, TRIAL_SEQUENCES) if known.ok else None
            if report is not None and report.largest is not None and all(o.block != leak.block for o in report.leaks):
                kept.append(fix)
        return tuple(kept)

    def _tested(
        self, document: Document, analysis: Analysis, folder: Path | None, work: Work, most: int | None
    ) -> LeakReport:
        if not analysis.ok:
            return LeakReport("The model has errors: mend them first, then padding can be tested.")
        plan = _unbounded(lower(document, self._catalog))
        if any(isinstance(step, Call) and step.settings.get("training") for step in plan.steps):
            return LeakReport("A block runs in training mode, whose random numbers differ from run to run.")
        try:
            fed = draw_sample(document, folder, Overrides())
        except SampleError as error:
            return LeakReport(f"{error.diagnostic.title}. {error.diagnostic.detail}")
        if all(given.valid is None or given.valid.all() for given in fed.values()):
            return nothing_padded()
        try:
            with tensorflow.device("/CPU:0"):
                assembled = self._assembler.assemble(plan, document.seed, "/CPU:0", weights_path(document, folder))
                spread_zeros(assembled)
                return self._compared(document, analysis, assembled, _some(fed, most), work)
        except AssemblyError as error:
            return LeakReport(f"Sequences cannot be run alone: {run_failure(document, error.block, error).detail}")
        except SampleError as error:
            return LeakReport(f"{error.diagnostic.title}. {error.diagnostic.detail}")

    def _compared(
        self, document: Document, analysis: Analysis, assembled: AssembledModel, fed: Mapping[str, Fed], work: Work
    ) -> LeakReport:
        model, silent = watched(assembled, self._calls), Work(cancelled=work.cancelled)
        feeds = {block: given.values for block, given in fed.items()}
        padded = forward(model, feeds, silent)
        if padded.error is not None:
            return LeakReport(run_failure(document, padded.failed, padded.error).title + ".")
        steps, refused, count = Steps(fed), "", max(len(given.values) for given in fed.values())
        for sequence in range(count):
            work.progress(sequence / count, "")
            feeds = alone(fed, sequence)
            single = forward(model, feeds, silent) if feeds is not None else None
            if single is None or single.error is not None:
                refused = refused or (
                    run_failure(document, single.failed, single.error).detail if single and single.error else ""
                )
                continue
            steps.compare(padded.values, single.values, sequence)
        if not steps.differences:
            return LeakReport(f"No sequence can be run alone: {refused or 'none has a real step.'}")
        noise = _Noise(steps, document.seed)
        forward(model, {block: given.values for block, given in fed.items()}, silent, noise.look)
        return _report(document, analysis, steps, noise.differences, self._catalog)


def _report(
    document: Document, analysis: Analysis, steps: Steps, noise: Mapping[str, Difference], catalog: Catalog
) -> LeakReport:
    """The first block that differs and those that leak by themselves, with words."""
    worst: dict[str, Difference] = {}
    for port, found in steps.differences.items():  # in the order of the pass
        before = worst.get(port.block)
        if before is None or (found.matters, found.value) > (before.matters, before.value):
            worst[port.block] = found
    differing = [block for block, found in worst.items() if found.matters]
    first = differing[0] if differing else ""
    own = [block for block in differing if block == first or (block in noise and noise[block].matters)]
    leaks = tuple(
        Leak(
            block,
            worst[block].value,
            worst[block].sequence,
            spoken_title(document.block(block).name, worst[block]),
            spoken_reason(document, analysis, block, catalog, moved=block not in noise or not noise[block].matters),
        )
        for block in own
    )
    largest = max((found.value for found in worst.values()), default=0.0)
    count = max(len(sizes) for sizes in steps.sizes.values())
    sentence = spoken_report(document.block(first).name if first else "", worst.get(first), largest, count)
    return LeakReport(sentence, first, leaks, largest)


class _Noise:
    """Calls every block again with noise in its padded steps, and compares the real ones."""

    def __init__(self, steps: Steps, seed: int) -> None:
        self._steps, self._random = steps, np.random.default_rng(seed)
        self._ports: dict[int, tuple[PortRef, Any]] = {}
        self.differences: dict[str, Difference] = {}

    def look(self, called: Called) -> None:
        """One call of the pass."""
        changed = False

        def exchanged(leaf: Any) -> Any:
            nonlocal changed
            port, _ = self._ports.get(id(leaf), (None, None))
            real = self._steps.real_steps(port, leaf.shape) if port is not None else self._fed_steps(leaf)
            if real is None:
                return leaf
            changed = True
            return noised(leaf, real, self._random)

        args, kwargs = keras.tree.map_structure(exchanged, (called.args, called.kwargs))
        for ref, tensor in zip(called.refs, called.outputs, strict=True):
            if ref is not None:
                self._ports[id(tensor)] = (ref, tensor)  # the tensor is held, so that its id stays its own
        if changed:
            self._compare(called, keras.tree.flatten(called.again(args, kwargs)))

    def _fed_steps(self, leaf: Any) -> Any:
        """The real steps of what an Input gives, which no call has returned."""
        if not tensorflow.is_tensor(leaf) or leaf.dtype == tensorflow.bool or leaf.shape.rank is None:
            return None
        for block, given in self._steps.fed.items():
            same = given.valid is not None and tuple(leaf.shape) == given.values.shape
            if same and np.array_equal(np.asarray(leaf), given.values.astype(leaf.dtype.as_numpy_dtype)):
                return self._steps.real_steps(PortRef(block, "output"), leaf.shape)
        return None

    def _compare(self, called: Called, again: list[Any]) -> None:
        for ref, before, after in zip(called.refs, called.outputs, again, strict=True):
            if ref is None:
                continue
            one, other = np.asarray(before), np.asarray(after)
            real = self._steps.real_steps(ref, one.shape)
            if real is not None:
                one, other = one[real], other[real]
            value = largest_difference(one, other)
            self.differences.setdefault(called.block, Difference()).take(
                value, 0, matters=value > TOLERANCE * scale_of(one)
            )


def _unbounded(plan: Plan) -> Plan:
    """The plan with batch and time of its Inputs unknown, so that a sequence can be run alone."""
    return replace(plan, steps=tuple(_open(step) if isinstance(step, MakeInput) else step for step in plan.steps))


def _open(step: MakeInput) -> MakeInput:
    arguments = {name: value for name, value in step.arguments.items() if name not in ("batch_shape", "batch_size")}
    shape = step.arguments.get("shape")
    whole = step.arguments.get("batch_shape")
    rest = (
        list(whole[1:]) if isinstance(whole, list | tuple) else list(shape) if isinstance(shape, list | tuple) else []
    )
    return replace(step, arguments={**arguments, "shape": [None, *rest[1:]] if len(rest) else rest})


def spread_zeros(assembled: AssembledModel) -> None:
    """Gives every weight that starts as zero a random value, from a seed of its block."""
    for block, layer in assembled.layers.items():
        random = np.random.default_rng(block_seed(assembled.seed, block))
        for variable in layer.variables:
            values = np.asarray(variable.value).copy()
            zeros = values == 0
            if values.dtype.kind == "f" and zeros.any():
                values[zeros] = random.uniform(-SPREAD, SPREAD, int(zeros.sum()))
                variable.assign(values)


def _some(fed: Mapping[str, Fed], most: int | None) -> dict[str, Fed]:
    """The first sequences that are padded, or all."""
    if most is None:
        return dict(fed)
    flags = [given.valid.all(axis=1) for given in fed.values() if given.valid is not None]
    padded = np.flatnonzero(~np.all(flags, axis=0))[:most]
    return {
        block: Fed(given.values[padded], None if given.valid is None else given.valid[padded])
        for block, given in fed.items()
    }
