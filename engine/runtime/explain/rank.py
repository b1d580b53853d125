"""A tensor with too few axes, or too many: an earlier block took the time axis away, or never had one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from engine.analysis.values import Diagnostic, Fix, shape_text
from engine.document.sample import input_shape
from engine.graph.values import INPUT, Block
from engine.runtime.explain.case import Arrival, Case, above, last_step_only, leaving, sequences_path
from engine.runtime.explain.remedies import (
    TOKENS,
    WIDTH,
    inserted,
    repeat,
    replaced,
    reshaped_input,
    taken_out,
    turn_off_sequences,
    turn_on_sequences,
)

NDIM = re.compile(r"expected (?:(min|max)_)?ndim=(\d+), found ndim=(\d+)")
KERNEL = re.compile(r"Kernel shape must have the same length as input, but received kernel of shape \(([^)]*)\)")
AT_LEAST_3 = re.compile(r"at least 3 dimensions")
NO_TIME = re.compile(r"must be fully-defined|tuple index out of range|IndexError|list index out of range")
SEQUENCE_RANK = 3
AXES = {2: "(batch, features)", 3: "(batch, time, features)"}
IMAGES = "(batch, rows, columns, channels)"
AXES_OF = {
    "ConvLSTM1D": "(batch, time, rows, channels)",
    "ConvLSTM2D": "(batch, time, rows, columns, channels)",
    "ConvLSTM3D": "(batch, time, depth, rows, columns, channels)",
    "Conv3D": "(batch, depth, rows, columns, channels)",
}
READS_SEQUENCES = ("RNN", "MultiHeadAttention", "EinsumDense")
POOLS_TIME = ("GlobalAveragePooling1D", "GlobalMaxPooling1D")


def wrong_rank(case: Case) -> Diagnostic | None:
    """Too few or too many axes for what the layer wants."""
    wanted = _wanted_rank(case)
    arrival = _odd_one(case, wanted)
    if wanted is None or arrival is None:
        return None
    found = len(arrival.shape)
    explained = _too_few(case, arrival, wanted) if found < wanted else _too_many(case, arrival, wanted)
    return replace(explained, port=arrival.wire.target.port)


def _wanted_rank(case: Case) -> int | None:
    said = NDIM.search(case.message)
    if said is not None:
        return int(said[2])
    kernel = KERNEL.search(case.message)
    if kernel is not None:
        return len(kernel[1].split(","))
    if AT_LEAST_3.search(case.message):
        return SEQUENCE_RANK
    if case.layer.type in READS_SEQUENCES and NO_TIME.search(case.message):
        return SEQUENCE_RANK
    return None


def _odd_one(case: Case, wanted: int | None) -> Arrival | None:
    """The first tensor of another rank than wanted, initial states apart."""
    ports = {port.name: port.role for port in case.record.ports.inputs}
    return next((a for a in case.arrivals if ports[a.wire.target.port] != "state" and len(a.shape) != wanted), None)


def axes_text(kind: str, rank: int) -> str:
    """What a layer of this kind calls the axes of a tensor of this rank."""
    if rank == len(AXES_OF.get(kind, "").split(",")):
        return AXES_OF[kind]
    return IMAGES if rank == 4 else AXES.get(rank, f"{rank} axes")


# --- too few --------------------------------------------------------------------------------------------------------


def _too_few(case: Case, arrival: Arrival, wanted: int) -> Diagnostic:
    source, rank = case.source(arrival), len(arrival.shape)
    if rank < SEQUENCE_RANK <= wanted or rank == wanted - 1:
        cause = last_step_only(case.document, case.records, source.id, case.catalog, rank)
        if cause is not None:
            fixes = [turn_on_sequences(cause, case.catalog), *_only_repeated(arrival, wanted), *_needless(case)]
            return _told(case, arrival, wanted, f"{cause.name} returns only its last timestep.", fixes, cause)
    loser = _lost_time(case, arrival)
    if loser is not None and loser.type != INPUT:
        fixes = [taken_out(loser), *_shorter(case, loser), *_only_repeated(arrival, wanted), *_needless(case)]
        return _told(case, arrival, wanted, f"{loser.name} ({loser.type}) takes the time axis away.", fixes, loser)
    start = loser or source
    detail = f"{start.name} gives tensors of {len(arrival.shape)} axes, {case.name} reads {wanted}."
    return _told(case, arrival, wanted, detail, _input_fixes(case, arrival, wanted, start), start)


def _told(case: Case, arrival: Arrival, wanted: int, detail: str, fixes: list[Fix], cause: Block) -> Diagnostic:
    title = f"{case.name} needs {axes_text(case.layer.type, wanted)}, {case.gives(arrival)}"
    return case.told("shape.ndim", title, detail, fixes, cause)


def _only_repeated(arrival: Arrival, wanted: int) -> Iterator[Fix]:
    if len(arrival.shape) == SEQUENCE_RANK - 1 and wanted == SEQUENCE_RANK:
        yield repeat(arrival)


def _needless(case: Case) -> Iterator[Fix]:
    """A pooling over time has nothing to do where there is no time."""
    if case.layer.type in POOLS_TIME:
        yield taken_out(case.block)


def _lost_time(case: Case, arrival: Arrival) -> Block | None:
    """The block at or above a tensor without time that reads a sequence and gives none; else the Input it starts at."""
    rank = len(arrival.shape)
    for block in above(case.document, case.records, arrival.wire.source.block, lambda known: len(known.shape) <= rank):
        wires = case.document.graph.wires_into.get(block.id, ())
        known = [leaving(case.records, wire.source) for wire in wires]
        if block.type == INPUT or any(tensor is not None and len(tensor.shape) > rank for tensor in known):
            return block
    return None


def _shorter(case: Case, loser: Block) -> Iterator[Fix]:
    """What keeps the time axis in the place of what takes it away."""
    if loser.type == "Flatten":
        yield replaced(
            loser,
            "TimeDistributed",
            {"layer": {"type": "Flatten", "arguments": {}}},
            f"Flatten each step ({loser.name})",
        )
    if loser.type in POOLS_TIME:
        kind = loser.type.removeprefix("Global")
        yield replaced(loser, kind, {"pool_size": 2}, f"Pool every two steps instead ({kind})")


def _input_fixes(case: Case, arrival: Arrival, wanted: int, start: Block) -> list[Fix]:
    """The Input of a sequence with a missing axis: time, features, channels, or tokens without an Embedding."""
    known = arrival.known
    fixes: list[Fix] = []
    integers = known.dtype.startswith(("int", "uint"))
    if len(known.shape) == 2 and wanted == SEQUENCE_RANK and integers:
        fixes.append(
            inserted(arrival, "Embedding", {"input_dim": TOKENS, "output_dim": WIDTH}, "Look tokens up (Embedding)")
        )
    if start.type == INPUT and len(known.shape) == wanted - 1:
        shape = input_shape(start)
        if known.shape[-1] is None or wanted > SEQUENCE_RANK:
            fixes.append(reshaped_input(start, (*shape, 1)))
        else:
            fixes.append(reshaped_input(start, (shape[0], None, *shape[1:])))
    if len(known.shape) == wanted - 1 and known.shape[-1] is not None:
        inner = [-1 if size is None else size for size in known.shape[1:]]
        target = [*inner, 1]
        each = "each feature as a step" if wanted == SEQUENCE_RANK else "one channel"
        title = f"Read it as {shape_text((*known.shape, 1))}, {each} (Reshape)"
        fixes.append(inserted(arrival, "Reshape", {"target_shape": target}, title))
    fixes += _only_repeated(arrival, wanted)
    return fixes


# --- too many -------------------------------------------------------------------------------------------------------


def _too_many(case: Case, arrival: Arrival, wanted: int) -> Diagnostic:
    source = case.source(arrival)
    if wanted == SEQUENCE_RANK - 1:
        cause = _all_steps(case, source)
        detail = (
            f"{cause.name} returns every timestep, {case.name} takes one vector."
            if cause is not None
            else f"{source.name} gives a sequence, {case.name} takes one vector."
        )
        fixes = [
            *([turn_off_sequences(cause, case.catalog)] if cause is not None else ()),
            taken_out(case.block),
            inserted(arrival, "GlobalAveragePooling1D", {}, "Average over time first (GlobalAveragePooling1D)"),
        ]
        return _told(case, arrival, wanted, detail, fixes, cause or source)
    frames = _all_steps(case, source)
    if frames is not None and frames.type.startswith("ConvLSTM"):
        inside = {"type": case.layer.type, "arguments": case.layer.arguments}
        each = replaced(
            case.block, "TimeDistributed", {"layer": inside}, f"Apply {case.name} to each step (TimeDistributed)"
        )
        detail = f"{frames.name} returns every timestep, {case.name} takes one."
        return _told(case, arrival, wanted, detail, [turn_off_sequences(frames, case.catalog), each], frames)
    start = _grew(case, arrival, wanted) or source
    detail = f"{start.name} gives {len(arrival.shape) - wanted} axis more than a sequence has."
    return _told(case, arrival, wanted, detail, list(_fewer_axes(case, arrival, wanted, start)), start)


def _all_steps(case: Case, source: Block) -> Block | None:
    """The nearest block at or above that returns every timestep because it is told to."""
    for block in above(case.document, case.records, source.id, lambda known: len(known.shape) >= SEQUENCE_RANK):
        if sequences_path(block, case.catalog, on=True):
            return block
    return None


def _grew(case: Case, arrival: Arrival, wanted: int) -> Block | None:
    """The block that made the axis too many: an Embedding of more than tokens, or the Input."""
    for block in above(
        case.document, case.records, arrival.wire.source.block, lambda known: len(known.shape) > wanted - 1
    ):
        if block.type in (INPUT, "Embedding"):
            return block
    return None


def _fewer_axes(case: Case, arrival: Arrival, wanted: int, start: Block) -> Iterator[Fix]:
    shape = arrival.shape
    if start.type == INPUT and len(input_shape(start)) == wanted + 1:
        given = input_shape(start)
        if given[-1] == 1:
            yield reshaped_input(start, given[:-1])
        if given[1] is not None:
            title = (
                f"Take the first axis off {start.name}: Keras adds the batch itself {shape_text((None, *given[2:]))}"
            )
            yield reshaped_input(start, (None, *given[2:]), title)
    if start.type == "Embedding":
        yield from _plain_tokens(case, start)
    rest = shape[wanted - 1 :]
    if all(size is not None for size in rest):
        merged = prod(size for size in rest if size is not None)
        head = [-1 if size is None else size for size in shape[1 : wanted - 1]]
        title = f"Put the last axes together {shape_text((*shape[: wanted - 1], merged))} (Reshape)"
        yield inserted(arrival, "Reshape", {"target_shape": [*head, merged]}, title)
    if len(shape) == wanted + 1 and case.layer.type != "TimeDistributed":
        inside = {"type": case.layer.type, "arguments": case.layer.arguments}
        yield replaced(
            case.block, "TimeDistributed", {"layer": inside}, f"Apply {case.name} to each step (TimeDistributed)"
        )


def _plain_tokens(case: Case, embedding: Block) -> Iterator[Fix]:
    """An Embedding reads tokens (batch, time): the Input has one axis too many, or numbers need no Embedding."""
    start = next((a for a in above(case.document, case.records, embedding.id, lambda _: True) if a.type == INPUT), None)
    if start is not None and len(input_shape(start)) == SEQUENCE_RANK:
        yield reshaped_input(
            start, input_shape(start)[:-1], f"Make {start.name} one token a step {shape_text(input_shape(start)[:-1])}"
        )
    yield taken_out(embedding, f"Take {embedding.name} out: numbers need no Embedding")
