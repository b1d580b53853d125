"""One forward pass over the sample, and what is kept of it: every port, every mask, the states of every step."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.analysis.values import Analysis, Diagnostic
from engine.catalog.ports import reused_block
from engine.catalog.snapshot import load_snapshot
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower, restricted
from engine.protocol.messages import Array, Flags
from engine.protocol.results import PortResult, RunResult, SampleResult, Trace
from engine.protocol.work import Work
from engine.runtime.assemble import Assembler, AssemblyError
from engine.runtime.devices import CPU, Chosen, choose_device, fallback
from engine.runtime.environment import tensorflow
from engine.runtime.forward import Seen, WatchedModel, forward, watched
from engine.runtime.recurrent import traced_parts
from engine.runtime.run_failure import run_failure
from engine.runtime.sample import Fed, Overrides, SampleError, draw_sample
from engine.runtime.trace import KeptStates, kept_states

DIRECTION = "/"


@dataclass(frozen=True)
class RunOptions:
    """How a run is made."""

    device: str = "cpu"
    folder: Path | None = None
    overrides: Overrides = Overrides()

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
        return RunOptions(body.get("device") or "cpu", Path(folder) if folder else None, overrides)


@dataclass(frozen=True)
class KeptRun:
    """What is kept of the last run, until the next."""

    result: RunResult
    seen: Seen
    fed: Mapping[str, Fed]
    states: Mapping[str, KeptStates]


class Runner:
    """Runs documents; keeps the layers between runs and the arrays of the last one."""

    def __init__(self, catalog: Catalog | None = None) -> None:
        self._catalog = catalog or load_snapshot()
        self._assembler = Assembler(self._catalog)
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
        """One forward pass. What is wrong with the model or the sample is in the diagnostics.

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
        try:
            model = self._model(document, seed, analysis)
        except AssemblyError as error:
            failure = run_failure(document, error.block, error)
            said = any(old.severity == "error" for old in known)
            return replace(empty, diagnostics=known if said else (*known, failure))
        inputs = {block: SampleResult(f.values.shape, str(f.values.dtype), f.valid) for block, f in fed.items()}
        if model is None:
            return replace(empty, inputs=inputs)
        chosen, seen, elapsed = _pass(model, fed, choose_device(options.device), work)
        found = tuple(_diagnostics(chosen, seen, document))
        result = replace(
            empty,
            device=chosen.name,
            ms=None if seen.error is not None else elapsed * 1000,
            inputs=inputs,
            ports={port: _port_result(seen, port) for port in seen.values},
            parameters=sum(layer.count_params() for layer in model.assembled.layers.values()),
            diagnostics=(*(old for old in known if not _says_again(old, found)), *found),
        )
        states = _states(model, seen, document)
        result = replace(result, traced={key: kept.units for key, kept in states.items()})
        self._kept = KeptRun(result, seen, fed, states)
        return result

    def _model(self, document: Document, seed: int, analysis: Analysis | None) -> WatchedModel | None:
        """The model of what can be built of a document (None: nothing); layout and sample do not ask for a new one."""
        good = None
        if analysis is not None:
            good = frozenset(block for block, known in analysis.blocks.items() if known.outputs is not None)
        content = (document.graph, document.outputs, seed, good)
        if self._watched is None or self._watched[0] != content:
            plan = lower(document, self._catalog)
            plan = plan if good is None else restricted(plan, good)
            if not plan.outputs:
                return None
            self._watched = (content, watched(self._assembler.assemble(plan, seed)))
        return self._watched[1]

    def trace(self, number: int, key: str, sequence: int, *, gates: bool) -> Trace | None:
        """The states of one sequence of the last run, or None: that run is no longer kept, or has no such states."""
        kept = self._kept
        if kept is None or kept.result.number != number or key not in kept.states:
            return None
        states = kept.states[key]
        if not 0 <= sequence < len(states.valid):
            return None
        arrays: dict[str, Array] = {name: values[sequence] for name, values in states.states.items()}
        if gates:
            arrays |= {name: values[0] for name, values in states.gates([sequence]).items()}
        return Trace(
            run=number,
            key=key,
            sequence=sequence,
            valid=states.valid[sequence],
            real=_real_steps(kept, states, sequence),
            leaves=states.leaves(sequence),
            arrays=arrays,
        )

    def write_traces(self, path: Path, work: Work | None = None) -> None:
        """Writes every port, mask, state and gate of the last run as `.npz`.

        Raises:
            OSError: the file cannot be written.
        """
        from engine.runtime.traces_file import write_traces

        if self._kept is not None:
            write_traces(path, self._kept, work or Work())


def _pass(model: WatchedModel, fed: Mapping[str, Fed], chosen: Chosen, work: Work) -> tuple[Chosen, Seen, float]:
    """The pass on the chosen device, or on the CPU where that one fails or is full."""
    feeds = {block: f.values for block, f in fed.items()}
    seen, elapsed = _timed(model, feeds, chosen, work)
    if seen.error is not None and chosen.name != CPU and not _is_the_models(seen.error):
        chosen = fallback(chosen, seen.error)
        seen, elapsed = _timed(model, feeds, chosen, work)
    return chosen, seen, elapsed


def _timed(model: WatchedModel, feeds: Mapping[str, Array], chosen: Chosen, work: Work) -> tuple[Seen, float]:
    with tensorflow.device(chosen.tensorflow_name):
        start = time.perf_counter()
        seen = forward(model, feeds, work)
        return seen, time.perf_counter() - start


def _is_the_models(error: Exception) -> bool:
    """The error comes from the model's shapes, not from the device."""
    errors = tensorflow.errors
    machine = (errors.ResourceExhaustedError, errors.InternalError, errors.UnavailableError, errors.UnknownError)
    return not isinstance(error, machine)


def _diagnostics(chosen: Chosen, seen: Seen, document: Document) -> list[Diagnostic]:
    found = [chosen.diagnostic] if chosen.diagnostic is not None else []
    if seen.error is not None:
        found.append(run_failure(document, seen.failed, seen.error))
    return found


def _says_again(old: Diagnostic, found: tuple[Diagnostic, ...]) -> bool:
    return any((new.code, new.block) == (old.code, old.block) for new in found)


def _port_result(seen: Seen, port: PortRef) -> PortResult:
    value, mask = seen.values[port], seen.masks.get(port)
    flags = None if mask is None else np.asarray(mask)
    plain = flags is not None and flags.ndim == 2
    return PortResult(
        shape=tuple(value.shape),
        dtype=str(value.dtype.name),
        mask=flags if plain else None,
        mask_shape=None if flags is None else flags.shape,
        valid_lengths=tuple(int(count) for count in flags.sum(axis=1)) if plain and flags is not None else None,
    )


def _states(model: WatchedModel, seen: Seen, document: Document) -> dict[str, KeptStates]:
    states: dict[str, KeptStates] = {}
    for block in (block.id for block in document.graph.blocks if block.id in seen.states):
        parts = seen.states[block]
        owner = reused_block(document.block(block), document.graph)
        if owner is None:
            continue
        layers = traced_parts(model.assembled.layers[owner.id])
        for part, noted in parts.items():
            states[block + (DIRECTION + part if part else "")] = kept_states(layers[part], noted)
    return states


def _real_steps(kept: KeptRun, states: KeptStates, sequence: int) -> Flags:
    """The steps that the sample says are real, where an Input has as many steps as the block; else the valid ones."""
    steps = states.valid.shape[1]
    for fed in kept.fed.values():
        if fed.valid is not None and fed.valid.shape[1] == steps:
            return fed.valid[sequence]
    return states.valid[sequence]
