"""What is kept of the last run until the next: for traces of single sequences, and to write everything to a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.analysis.values import Diagnostic
from engine.catalog.ports import reused_block
from engine.document.values import Document
from engine.graph.order import upstream
from engine.graph.values import PortRef
from engine.protocol.messages import Array, Flags
from engine.protocol.readings import AttentionScores, SpanStatistics
from engine.protocol.results import PortValues, Preview, RunResult, Trace
from engine.protocol.traced import SEPARATOR, Stretch, TracedCell
from engine.runtime.attention import ScoresMissingError
from engine.runtime.fed import Fed
from engine.runtime.forward import Seen, WatchedModel
from engine.runtime.gates import SINGLE
from engine.runtime.graph_call import has_loop
from engine.runtime.parts import parts, preview_image
from engine.runtime.port_values import NOT_KEPT, bounds_of, port_values, row_of, statistics_of, steps_of
from engine.runtime.recurrent import traced_parts
from engine.runtime.spilled import is_spilled
from engine.runtime.step_labels import labels_of
from engine.runtime.trace import KeptStates, kept_states

KEEP_BYTES = 2 * 1024**3
"""The tensors and states that a run may leave in memory after it."""
SPILL_BYTES = 256 * 1024**2
"""States that take more are put into files, and what is looked at is read from there."""
WHOLE = Stretch()
STRONGEST = 3
"""Of a trace that is too large to be looked at whole, so many units are there unasked."""
NO_STATES = "The states of this run are no longer kept, or there is no such state: run the model again."
NO_SCORES = "The run gave no attention scores of this block."


@dataclass(frozen=True)
class KeptRun:
    """The last run.

    Attributes:
        model: what was run, to be asked further.
        seen: every tensor and mask; empty where they were too large to keep.
        fed: by the id of the Input.
        states: by the key of the cell: `b3`, `b3/forward`, `b3/0`.
    """

    document: Document
    model: WatchedModel
    result: RunResult
    seen: Seen
    fed: Mapping[str, Fed]
    states: Mapping[str, KeptStates]

    @property
    def size(self) -> int:
        """What its tensors and states take in memory, in bytes."""
        states = (array for kept in self.states.values() for array in kept.states.values())
        in_memory = sum(array.nbytes for array in states if not is_spilled(array))
        return in_memory + values_bytes(self.seen)

    def trace(self, key: str, sequence: int, stretch: Stretch = WHOLE, *, gates: bool) -> Trace | None:
        """The states of one sequence, or of a stretch of it, or None: there are no such states."""
        states = self.states.get(key)
        if states is None or not 0 <= sequence < len(states.valid):
            return None
        steps, chosen = stretch.of(states.inputs.shape[1]), None
        arrays: dict[str, Array] = {name: values[sequence, steps] for name, values in states.states.items()}
        initial: dict[str, Array] = dict(
            states.entered(sequence, steps.stop - 1 if states.layer.go_backwards else steps.start)
        )
        if stretch.units is not None:
            count = max(state.count for state in self.result.traced[key].states)
            chosen = tuple(unit for unit in stretch.units if 0 <= unit < count)
            arrays = {name: picked(values.reshape(len(values), -1), chosen) for name, values in arrays.items()}
            initial = {name: picked(values.reshape(-1), chosen) for name, values in initial.items()}
        if gates:
            arrays |= {name: values[0] for name, values in states.gates([sequence], steps, chosen).items()}
        trace = Trace(
            run=self.result.number,
            cell=self.result.traced[key],
            sequence=sequence,
            valid=states.valid[sequence, steps],
            real=self.real_steps(key)[sequence, steps],
            leaves=states.leaves(sequence)[steps],
            arrays=arrays,
            initial=initial,
            backwards=bool(states.layer.go_backwards),
            first=steps.start,
            chosen=chosen,
        )
        whole = chosen is None and len(trace.valid) == len(states.valid[sequence])
        return replace(trace, changes=changing_steps(trace)) if whole else trace

    def looked_at(self, key: str, sequence: int, units: Iterable[int], most: int) -> Trace | None:
        """The whole trace of a sequence; where that takes more than `most` bytes, its strongest units and these."""
        states = self.states.get(key)
        if states is None or not 0 <= sequence < len(states.valid):
            return None
        steps = states.valid.shape[1]
        if SINGLE * steps * sum(signal.count for signal in self.result.traced[key].signals) <= most:
            return self.trace(key, sequence, gates=True)
        count = self.result.traced[key].main.count
        strength, changes = np.zeros(count), list[Flags]()
        for part in parts(slice(0, steps), count):
            h = states.states[states.main][sequence, part].reshape(-1, count)[states.valid[sequence, part]]
            strength = np.maximum(strength, np.where(np.isfinite(h), np.abs(h), 0.0).max(axis=0, initial=0.0))
            stretch = self.trace(key, sequence, Stretch(part.start, part.stop), gates=False)
            changes += [] if stretch is None else [changing_steps(stretch)]
        strongest = (int(unit) for unit in np.argsort(-strength, kind="stable")[:STRONGEST])
        trace = self.trace(key, sequence, Stretch(units=tuple(sorted({*strongest, *units}))), gates=True)
        return None if trace is None else replace(trace, changes=np.concatenate(changes))

    def previews(self, sequence: int) -> tuple[Preview, ...]:
        """Every traced cell's hidden (or first) state for one sequence, in block order."""
        return tuple(
            Preview(
                key,
                preview_image(states.states[states.main][sequence], states.valid[sequence]),
                states.valid[sequence],
                self.real_steps(key)[sequence],
                states.leaves(sequence),
            )
            for key, states in self.states.items()
            if 0 <= sequence < len(states.valid)
        )

    def values(self, port: PortRef, sequence: int) -> PortValues:
        """The values of one sequence at a port, or a sentence that says why there are none."""
        found = port_values(self.document, self.result, self.seen, self.fed, port, sequence)
        return found if found.valid is None else replace(found, labels=self.step_labels(port, sequence))

    def step_labels(self, port: PortRef, sequence: int) -> tuple[str, ...]:
        """(T,) the tokens that were fed, where the steps at a port are still theirs; (): they have numbers alone."""
        return labels_of(self.document, self.seen, self.fed, port, sequence)

    def span_statistics(self, port: PortRef, sequence: int, first: int, last: int) -> SpanStatistics:
        """What the values of one sequence at a port are like at the valid steps from `first` to `last`."""
        tensor = self.seen.values.get(port)
        if tensor is None:
            return SpanStatistics(self.result.number, missing=NOT_KEPT)
        valid, real = steps_of(self.document, self.seen, self.fed, port, sequence)
        if valid is None or real is None:
            return SpanStatistics(self.result.number, missing="These values have no time axis: no steps can be chosen.")
        steps = np.arange(len(valid))
        inside = valid & real & (steps >= first) & (steps <= last)
        found = statistics_of(row_of(tensor, sequence)[inside], bounds_of(self.result, port))
        return SpanStatistics(self.result.number, int(inside.sum()), found)

    def attention(self, block: str, sequence: int) -> AttentionScores:
        """The scores of an attention block for one sequence, or a sentence that says why there are none."""
        empty, call = AttentionScores(self.result.number, block, sequence), self.seen.attention.get(block)
        if call is None:
            return replace(empty, missing=NOT_KEPT if block in self.result.attended else NO_SCORES)
        try:
            scores = call.scores(sequence)
        except ScoresMissingError as missing:
            return replace(empty, missing=str(missing))
        query, value = (self._source(block, port) for port in ("query", "value"))
        return replace(
            empty,
            scores=scores,
            query_real=self._no_padding(query, sequence),
            value_real=self._no_padding(value, sequence),
            query_labels=() if query is None else self.step_labels(query, sequence),
            value_labels=() if value is None else self.step_labels(value, sequence),
        )

    def _source(self, block: str, port: str) -> PortRef | None:
        """The port that an input port is wired to, where the run reached it."""
        graph = self.document.graph
        source = next((wire.source for wire in graph.wires if wire.target == PortRef(block, port)), None)
        return source if source is not None and source in self.seen.values else None

    def _no_padding(self, source: PortRef | None, sequence: int) -> Flags | None:
        """(T,) the steps at a port that are no padding, neither by the sample nor by a mask."""
        if source is None:
            return None
        valid, real = steps_of(self.document, self.seen, self.fed, source, sequence)
        return None if valid is None or real is None else valid & real

    def real_steps(self, key: str) -> Flags:
        """(B, T) the steps that the sample says are real, where an Input above has as many steps; else the valid ones."""
        above, valid = upstream(self.document.graph, [self.result.traced[key].block]), self.states[key].valid
        for block, fed in self.fed.items():
            if block in above and fed.valid is not None and fed.valid.shape == valid.shape:
                return fed.valid
        return valid


def picked(values: Array, units: Sequence[int]) -> Array:
    """Some of the last axis; NaN where it has no such place, as a smaller state of a custom cell."""
    places, last = np.array(units, int), values.shape[-1] - 1
    found = values[..., np.minimum(places, last)]
    return np.where(places > last, found.dtype.type(np.nan), found) if (places > last).any() else found


def changing_steps(trace: Trace) -> Flags:
    """(T,) bool: the steps at which any unit of any state changes, by the numbers of the run."""
    changes = np.zeros(len(trace.valid), bool)
    for state in trace.cell.states:
        after, before = trace.arrays[state.name], trace.before(state.name)
        same = (after == before) | ((after != after) & (before != before))  # NaN stays NaN
        changes |= ~same.reshape(len(changes), -1).all(axis=1)
    return changes


def states_of(
    model: WatchedModel, seen: Seen, document: Document, *, spill: bool = False
) -> dict[TracedCell, KeptStates]:
    """The states of a pass, cell by cell, in block order; of a call that was known they are split already.

    Args:
        spill: they are put into files one after the other, and taken away from `seen`.

    Raises:
        OSError: the disk has too little room.
    """
    found: dict[TracedCell, KeptStates] = {}
    for block in document.graph.blocks:
        owner = reused_block(block, document.graph)
        if owner is None or block.id not in seen.states:
            continue
        layers = traced_parts(model.assembled.layers[owner.id])
        for part, noted in seen.states[block.id].items():
            split = noted.split or kept_states(layers[part], noted)
            noted.split = None if spill else split
            for level, kept in split.items():
                path = SEPARATOR.join(filter(None, (part, level)))
                found[kept.described(block.id, path)] = kept.spilled() if spill else kept
        if spill:
            del seen.states[block.id]
    return found


def states_bytes(seen: Seen) -> int:
    """What the states of a pass take in memory."""
    return sum(_bytes(states.sequence) for parts in seen.states.values() for states in parts.values())


def values_bytes(seen: Seen) -> int:
    """What the tensors of a pass take in memory."""
    return sum(_bytes(value) for value in seen.values.values())


def _bytes(value: object) -> int:
    shape = getattr(value, "shape", None)
    count = shape.num_elements() if shape is not None else None
    return (count or 0) * getattr(value, "dtype").size  # noqa: B009 - a tensor's type, which has no stubs


def too_large(count: int) -> Diagnostic:
    """Says that the states of a run are not kept, since neither memory nor disk has room for them."""
    title = f"The states of this run are not shown: they take {count / 2**30:.1f} GiB"
    detail = "The disk has too little room for them: free some, or use a smaller batch, fewer timesteps or fewer units."
    return Diagnostic("trace.too_large", "warning", "run", "", title, detail)


def untraced(model: WatchedModel, seen: Seen, document: Document) -> list[Diagnostic]:
    """One note for each recurrent block whose states cannot be shown."""
    notes: list[Diagnostic] = []
    reached = {port.block for port in seen.values}
    for block in document.graph.blocks:
        owner = reused_block(block, document.graph)
        layer = None if owner is None else model.assembled.layers.get(owner.id)
        if block.id not in reached or owner is None or layer is None or not has_loop(layer) or block.id in seen.states:
            continue
        detail = (
            "Its recurrent layer runs anew inside TimeDistributed for every step of the outer sequence."
            if owner.type == "TimeDistributed"
            else "States are shown of recurrent layers with Keras's own loop over the steps, alone and inside Bidirectional."
        )
        title = f"The states of {block.name} are not traced"
        notes.append(Diagnostic("trace.none", "info", "run", block.id, title, detail))
    return notes
