"""One forward pass over the sample, and what is kept of it: every port, every mask, the states of every step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.analysis.values import Analysis, Diagnostic
from engine.catalog.snapshot import load_snapshot
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.graph.values import Json, PortRef
from engine.plan.lower import lower, restricted
from engine.plan.values import Plan
from engine.protocol.looks import PaddedLook
from engine.protocol.port_facts import PortFacts
from engine.protocol.results import PortResult, PortValues, Preview, RunResult, SampleResult, Trace
from engine.protocol.traced import Stretch, TracedCell
from engine.protocol.work import Work
from engine.runtime.assemble import Assembler, AssemblyError
from engine.runtime.bounds import size_problems
from engine.runtime.broken_values import broken_values
from engine.runtime.devices import Chosen, choose_device, is_gpu
from engine.runtime.fed import Fed
from engine.runtime.forward import Seen, WatchedModel, watched
from engine.runtime.fused_masks import masks_refused
from engine.runtime.graph_call import GraphCalls
from engine.runtime.kept import (
    KEEP_BYTES,
    SPILL_BYTES,
    WHOLE,
    KeptRun,
    states_bytes,
    states_of,
    too_large,
    untraced,
    values_bytes,
)
from engine.runtime.known_calls import KnownCalls
from engine.runtime.padded import masks_of, padded_look
from engine.runtime.passes import NOTHING_KNOWN, Passed, Passes
from engine.runtime.port_survey import PortSurvey
from engine.runtime.run_failure import run_failure
from engine.runtime.sample import Overrides, SampleError, draw_sample
from engine.runtime.spilled import give_back
from engine.runtime.trace import KeptStates
from engine.runtime.traces_file import write_traces
from engine.runtime.weights.file import WeightsError, stamp_of, weights_path

KNOWN_BYTES = 512 * 1024**2
"""The tensors and states of a larger run are not held while the next one is made."""


@dataclass(frozen=True)
class RunOptions:
    """How a run is made.

    Attributes:
        folder: where relative paths of the sample start.
        keep_all: tensors and states are kept in memory however large they are, to be written to a file.
        training: as in training, with dropout; no weight, statistic or seed changes.
        keep_bytes: what tensors and states may take in memory after it; None: what the last run may.
    """

    device: str = "cpu"
    folder: Path | None = None
    overrides: Overrides = Overrides()
    keep_all: bool = False
    training: bool = False
    keep_bytes: int | None = None

    @staticmethod
    def from_body(body: Mapping[str, Any]) -> RunOptions:
        """The options of a `run` request."""
        lengths = body.get("lengths")
        overrides = Overrides(
            batch=body.get("batch"),
            timesteps=body.get("timesteps"),
            lengths=None if lengths is None else tuple(lengths),
            padding=body.get("padding"),
            seed=body.get("seed"),
            files=body.get("inputs") or {},
        )
        folder = body.get("folder")
        return RunOptions(
            device=body.get("device") or "cpu",
            folder=Path(folder) if folder else None,
            overrides=overrides,
            keep_all=bool(body.get("traces")),
            training=bool(body.get("training")),
        )


class Runner:
    """Runs documents; keeps the layers between runs and the arrays of the last one.

    Args:
        calls: the graph functions of recurrent layers, shared with whoever else runs models.
        explained: the diagnostic of what a block raised with data.
    """

    def __init__(
        self,
        catalog: Catalog | None = None,
        calls: GraphCalls | None = None,
        explained: Callable[[Document, str, Exception], Diagnostic] = run_failure,
    ) -> None:
        self._catalog = catalog or load_snapshot()
        self._assembler = Assembler(self._catalog)
        self._calls = calls or GraphCalls()
        self._explained = explained
        self._passes = Passes()
        self._known = NOTHING_KNOWN
        self._survey = PortSurvey()
        self._watched: tuple[object, WatchedModel] | None = None
        self._number = 0
        self._kept: KeptRun | None = None

    def run(
        self,
        document: Document,
        options: RunOptions | None = None,
        analysis: Analysis | None = None,
        *,
        revision: int = 0,
        work: Work | None = None,
    ) -> RunResult:
        """One forward pass; calls whose numbers the last run knows are not made again. What is wrong is a diagnostic.

        Args:
            analysis: its diagnostics are part of the answer.

        Raises:
            Cancelled: a stop was asked for.
        """
        options, work = options or RunOptions(), work or Work()
        known = analysis.diagnostics if analysis is not None else ()
        seed = document.seed if options.overrides.seed is None else options.overrides.seed
        self._number += 1
        empty = RunResult(self._number, revision, "cpu", None, seed, diagnostics=known)
        if any(diagnostic.code == "model.too_large" for diagnostic in known):
            return empty
        try:
            fed = draw_sample(document, options.folder, options.overrides)
        except SampleError as error:
            others = tuple(diagnostic for diagnostic in known if diagnostic.stage != "input")
            return replace(empty, diagnostics=(*others, error.diagnostic))
        inputs = {
            block: SampleResult(f.values.shape, str(f.values.dtype), f.valid, f.labels) for block, f in fed.items()
        }
        empty = replace(empty, inputs=inputs)
        too_large_a_run = () if analysis is None else tuple(size_problems(analysis, as_drawn(document, fed)))
        if too_large_a_run:
            return replace(empty, diagnostics=(*known, *too_large_a_run))
        plan = self._plan(document, analysis)
        if not plan.outputs:
            fed_ports = {PortRef(block, "output"): PortResult(i.shape, i.dtype) for block, i in inputs.items()}
            return replace(empty, ports=fed_ports)
        return self._made(document, plan, fed, options, empty, work)

    def _made(
        self, document: Document, plan: Plan, fed: Mapping[str, Fed], options: RunOptions, empty: RunResult, work: Work
    ) -> RunResult:
        """The result of a plan's pass, for which the last run's tensors are given up, but for calls that are known."""
        known = empty.diagnostics
        self._kept = None
        weights = weights_path(document, options.folder)
        try:
            passed = self._passes.make(
                lambda chosen: self._model(plan, empty.seed, chosen, weights, training=options.training),
                {block: f.values for block, f in fed.items()},
                choose_device(options.device),
                work,
                self._known,
            )
        except WeightsError as error:
            return replace(empty, diagnostics=_with(known, (error.diagnostic,)))
        except AssemblyError as error:
            failure = self._explained(document, error.block, error)
            said = any(old.severity == "error" for old in known)
            return replace(empty, diagnostics=known if said else (*known, failure))
        return self._keep(empty, passed, fed, document, options)

    def _keep(
        self, empty: RunResult, passed: Passed, fed: Mapping[str, Fed], document: Document, options: RunOptions
    ) -> RunResult:
        """The result of a pass; its tensors and states are kept as far as they fit."""
        model, seen, found = passed.model, passed.seen, self._found(passed, document)
        size, most = states_bytes(seen), KEEP_BYTES if options.keep_bytes is None else options.keep_bytes
        spill = not options.keep_all and size > min(SPILL_BYTES, most)
        self._known = NOTHING_KNOWN if spill else known_of(passed, fed, size + values_bytes(seen), most)
        facts = self._survey.facts_of(document, model, seen, fed, keep=self._known is not NOTHING_KNOWN)
        ports = {port: _port_result(seen, port, facts.get(port)) for port in seen.values}
        cells, problems = cells_of(passed, document, spill=spill)
        found += [*problems, *broken_values(document, facts)]
        states = {cell.key: kept for cell, kept in cells.items()}
        if is_gpu(options.device):
            found += masks_refused(document, masks_of(states), self._catalog)
        if not options.keep_all and (0 if spill else size) + values_bytes(seen) > most:
            seen = replace(seen, values={}, masks={}, attention={})
        result = replace(
            empty,
            device=passed.chosen.name,
            ms=passed.ms,
            block_ms=passed.block_ms,
            ports=ports,
            traced={cell.key: cell for cell in cells},
            attended=tuple(seen.attention),
            parameters=sum(layer.count_params() for layer in model.assembled.layers.values()),
            diagnostics=_with(empty.diagnostics, found),
            weights=model.assembled.loaded.taken,
            training=options.training,
        )
        # What the layers noted is dropped: the states that were made of it are kept instead.
        self._kept = KeptRun(document, model, result, replace(seen, states={}, calls={}), fed, states)
        return result

    def _found(self, passed: Passed, document: Document) -> list[Diagnostic]:
        """What a pass showed to be wrong, or not as it was asked for."""
        seen, model = passed.seen, passed.model
        found = [] if passed.chosen.diagnostic is None else [passed.chosen.diagnostic]
        if seen.error is not None:
            found.append(self._explained(document, seen.failed, seen.error))
        return [*found, *untraced(model, seen, document), *model.assembled.loaded.problems]

    def _plan(self, document: Document, analysis: Analysis | None) -> Plan:
        """The plan of what can be built of a document."""
        plan = lower(document, self._catalog)
        if analysis is None:
            return plan
        good = frozenset(block for block, known in analysis.blocks.items() if known.outputs is not None)
        return restricted(plan, good)

    def _model(self, plan: Plan, seed: int, chosen: Chosen, weights: Path | None, *, training: bool) -> WatchedModel:
        """The model of a plan with its weights on a device; layout, sample and names do not ask for a new one.

        But names do where they decide which weights of a file a block takes.
        """
        file = None if weights is None else (stamp_of(weights), plan.names)
        beside = (seed, chosen.tensorflow_name, file, training)
        content = (plan.steps, plan.inputs, plan.outputs, beside)
        if self._watched is None or self._watched[0] != content:
            assembled = self._assembler.assemble(plan, seed, chosen.tensorflow_name, weights)
            self._watched = (content, watched(assembled, self._calls, training=training, content=beside))
        return self._watched[1]

    def trace(self, number: int, key: str, sequence: int, stretch: Stretch = WHOLE, *, gates: bool) -> Trace | None:
        """The states of one sequence of the last run, or None: that run is no longer kept, or has no such states."""
        kept = self.kept(number)
        return None if kept is None else kept.trace(key, sequence, stretch, gates=gates)

    def previews(self, number: int, sequence: int) -> tuple[Preview, ...]:
        """The hidden states of every traced block for one sequence of the last run, small; of another run: none."""
        kept = self.kept(number)
        return () if kept is None else kept.previews(sequence)

    def values(self, number: int, port: PortRef, sequence: int) -> PortValues | None:
        """The values of one sequence at a port of the last run, or None: that run is no longer kept."""
        kept = self.kept(number)
        return None if kept is None else kept.values(port, sequence)

    def kept(self, number: int) -> KeptRun | None:
        """The last run, to be asked further, or None: it was another. Another thread may be making the next one."""
        kept = self._kept
        return kept if kept is not None and kept.result.number == number else None

    def forget(self) -> None:
        """Frees the last run, and what the next one would have known of it."""
        self._kept, self._known, self._watched = None, NOTHING_KNOWN, None
        self._passes, self._survey = Passes(), PortSurvey()

    def padded(self, number: int, block: str) -> PaddedLook | None:
        """What the last run did at the padded steps of a block, or None: that run is no longer kept."""
        kept = self.kept(number)
        return None if kept is None else padded_look(kept, block)

    def write_traces(self, path: Path, work: Work | None = None) -> None:
        """Writes every port, mask, state and gate of the last run as `.npz`.

        Raises:
            OSError: the file cannot be written.
        """
        if self._kept is not None:
            write_traces(path, self._kept, work or Work())


def cells_of(
    passed: Passed, document: Document, *, spill: bool
) -> tuple[Mapping[TracedCell, KeptStates], list[Diagnostic]]:
    """The states of a pass, in files where they are large; where those have no room, a diagnostic in their place."""
    size = states_bytes(passed.seen)
    if spill:
        passed.seen.calls.clear()  # they hold the same states
    try:
        return states_of(passed.model, passed.seen, document, spill=spill), []
    except OSError:
        passed.seen.states.clear()
        return {}, [too_large(size)]
    finally:
        if spill:
            give_back()


def known_of(passed: Passed, fed: Mapping[str, Fed], size: int, most: int) -> KnownCalls:
    """What the next run need not compute again; nothing of a training run, whose random numbers go on from call to call.

    Args:
        size: of the tensors and states of the pass, in bytes; `most` of them may be kept.
    """
    model = passed.model
    if model.training or size > min(KNOWN_BYTES, most):
        return NOTHING_KNOWN
    feeds = {block: given.values for block, given in fed.items()}
    return KnownCalls(model.content, model.assembled.plan, model.assembled.layers, feeds, passed.seen.calls)


def _with(known: tuple[Diagnostic, ...], found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is known, and of what was found that which the analysis did not say before; it has fixes for it."""
    said = {(old.code, old.block) for old in known}
    return (*known, *(new for new in found if (new.code, new.block) not in said))


def _port_result(seen: Seen, port: PortRef, facts: PortFacts | None) -> PortResult:
    value, mask = seen.values[port], seen.masks.get(port)
    flags = None if mask is None else np.asarray(mask)
    plain = flags is not None and flags.ndim == 2
    return PortResult(
        shape=tuple(value.shape),
        dtype=str(value.dtype.name),
        mask=flags if plain else None,
        mask_shape=None if flags is None else flags.shape,
        valid_lengths=tuple(int(count) for count in flags.sum(axis=1)) if plain and flags is not None else None,
        facts=facts,
    )


def as_drawn(document: Document, fed: Mapping[str, Fed]) -> Document:
    """The document with a sample of the sizes that were drawn, from whatever files and command lines they came."""
    names = {block.id: block.name for block in document.graph.inputs}
    inputs: dict[str, Json] = {
        names[block]: {"timesteps": given.values.shape[1]} for block, given in fed.items() if given.values.ndim > 1
    }
    batch = max((len(given.values) for given in fed.values()), default=1)
    return replace(document, sample={"batch": batch, "inputs": inputs})
