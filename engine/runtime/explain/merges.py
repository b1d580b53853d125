"""Tensors that a merge cannot join: told while connecting, or hidden behind an unknown length until data run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.analysis.values import Diagnostic, Fix
from engine.graph.values import Block
from engine.runtime.explain.case import Arrival, Case, above, last_step_only, sequences_path, written
from engine.runtime.explain.remedies import (
    given,
    inserted,
    replaced,
    taken_out,
    turn_off_sequences,
    turn_on_sequences,
)

TOO_FEW = re.compile(r"at least (\w+) input|should be called on a list")
SIZES = ("units", "filters", "output_dim")


def is_merge(case: Case) -> bool:
    """The layer takes any number of tensors."""
    return bool(case.record.ports.inputs) and case.record.ports.inputs[0].growing


def lonely_merge(case: Case) -> Diagnostic | None:
    """One tensor alone has nothing to be merged with."""
    arrivals = case.arrivals
    if not is_merge(case) or len(arrivals) != 1 or not TOO_FEW.search(case.message):
        return None
    title = f"{case.name} needs two tensors or more, {case.gives(arrivals[0])} and nothing else arrives"
    return case.told("merge.single", title, f"{case.layer.type} joins tensors.", [taken_out(case.block)])


def different_shapes(case: Case) -> Diagnostic | None:
    """Sizes that must agree do not, as far as shapes tell."""
    arrivals = case.arrivals
    if not is_merge(case) or len(arrivals) < 2 or len({arrival.shape for arrival in arrivals}) < 2:
        return None
    shapes = [arrival.shape for arrival in arrivals]
    odd = min(range(len(shapes)), key=lambda at: (shapes.count(shapes[at]), -at))
    rule = (
        "Concatenate needs the same size on every axis but the joined one."
        if case.layer.type == "Concatenate"
        else f"{case.layer.type} needs the same size, or 1, on every axis."
    )
    fixes = [*_rank_fixes(case), *_joined_over_time(case), *_size_fixes(case), *_other_merge(case)]
    return case.told("merge.shapes", _title(case), rule, fixes, _rank_cause(case) or case.source(arrivals[odd]))


def different_lengths(case: Case) -> Diagnostic | None:
    """Branches whose lengths differ behind an unknown T: connecting succeeds, data fail."""
    arrivals = case.arrivals
    formulas = {arrival.length.formula for arrival in arrivals if arrival.length is not None}
    if case.stage != "run" or not is_merge(case) or len(formulas) < 2:
        return None
    short, long = _shortest_and_longest(arrivals)
    cause = _shortener(case, short)
    detail = "Both lengths read as unknown while connecting, so Keras notices only when data run."
    if cause is not None:
        detail = f"{cause.name} changes the length; {detail[0].lower()}{detail[1:]}"
    fixes = list(_length_fixes(case, short, long, cause))
    return case.told("merge.lengths", _title(case), detail, fixes, cause or case.source(short))


def _title(case: Case) -> str:
    listed = " and ".join(f"{written(arrival)} from {case.source(arrival).name}" for arrival in case.arrivals)
    return f"{case.name} cannot join {listed}"


# --- fixes ------------------------------------------------------------------------------------------------------------


def _rank_cause(case: Case) -> Block | None:
    """The recurrent block whose last step stands beside a sequence."""
    most = max(len(arrival.shape) for arrival in case.arrivals)
    for arrival in case.arrivals:
        if len(arrival.shape) < most:
            return last_step_only(case.document, case.records, arrival.wire.source.block, case.catalog)
    return None


def _rank_fixes(case: Case) -> Iterator[Fix]:
    cause = _rank_cause(case)
    if cause is not None:
        yield turn_on_sequences(cause, case.catalog)
    ranks = {len(arrival.shape) for arrival in case.arrivals}
    if len(ranks) < 2:
        return
    for arrival in case.arrivals:
        if len(arrival.shape) == max(ranks) == 3:
            source = case.source(arrival)
            if sequences_path(source, case.catalog, on=True):
                yield turn_off_sequences(source, case.catalog)
            yield inserted(
                arrival, "GlobalAveragePooling1D", {}, f"Average {source.name} over time first (GlobalAveragePooling1D)"
            )


def _joined_over_time(case: Case) -> Iterator[Fix]:
    shapes = [arrival.shape for arrival in case.arrivals]
    if (
        case.layer.type == "Concatenate"
        and case.argument("axis") in (-1, 2)
        and all(len(shape) == 3 for shape in shapes)
    ):
        yield given(case.layer, "axis", 1, "Join them along time (axis 1)")


def _size_fixes(case: Case) -> Iterator[Fix]:
    """The same number of features on all: by the size of a block, or a Dense in the wire."""
    arrivals = case.arrivals
    sizes = [arrival.shape[-1] for arrival in arrivals]
    later: list[Fix] = []
    for arrival, own in zip(reversed(arrivals), reversed(sizes), strict=True):
        other = next((size for size in sizes if size != own and size is not None), None)
        if other is None or own is None:
            continue
        source = case.source(arrival)
        path = next((name for name in SIZES if source.arguments.get(name) == own), "")
        if path:
            yield given(source, path, other)
        later.append(inserted(arrival, "Dense", {"units": other}, f"Bring {source.name} to {other} features (Dense)"))
    yield from later


def _other_merge(case: Case) -> Iterator[Fix]:
    if case.layer.type != "Concatenate":
        yield replaced(case.layer, "Concatenate", {}, "Put them side by side instead (Concatenate)")


# --- lengths ----------------------------------------------------------------------------------------------------------


def _shortest_and_longest(arrivals: tuple[Arrival, ...]) -> tuple[Arrival, Arrival]:
    known = [arrival for arrival in arrivals if arrival.length is not None]
    order = sorted(known, key=lambda arrival: arrival.length.values if arrival.length is not None else ())
    return order[0], order[-1]


def _shortener(case: Case, short: Arrival) -> Block | None:
    """The nearest block at or above whose output is shorter than its input."""
    blocks = list(above(case.document, case.records, short.wire.source.block, lambda known: len(known.shape) > 1))
    for block in blocks:
        record = case.records[block.id]
        if record.leaving is None:
            continue
        wires = case.document.graph.wires_into.get(block.id, ())
        for wire in wires:
            source = case.records.get(wire.source.block)
            came = source.leaving.lengths.get(wire.source.port) if source is not None and source.leaving else None
            left = next(iter(record.leaving.lengths.values()), None)
            if came is not None and left is not None and came.values != left.values:
                return block
    return None


def _length_fixes(case: Case, short: Arrival, long: Arrival, cause: Block | None) -> Iterator[Fix]:
    spec = case.catalog.layers.get(cause.type) if cause is not None else None
    if cause is not None and spec is not None and spec.argument("padding") is not None:
        yield given(cause, "padding", "same", f"Keep the length in {cause.name} (padding same)")
        if "strides" in cause.arguments:
            yield given(cause, "strides", 1, f"Keep every step in {cause.name} (strides 1)")
    missing = _constant_difference(short, long)
    if missing:
        yield inserted(
            short,
            "ZeroPadding1D",
            {"padding": [0, missing]},
            f"Add {_steps(missing, 'zero ')} to the shorter one (ZeroPadding1D)",
        )
        yield inserted(
            long, "Cropping1D", {"cropping": [0, missing]}, f"Cut {_steps(missing)} off the longer one (Cropping1D)"
        )
    ratio = _constant_ratio(short, long)
    if ratio > 1:
        yield inserted(
            long,
            "AveragePooling1D",
            {"pool_size": ratio},
            f"Average every {ratio} steps of the longer one (AveragePooling1D)",
        )
    if cause is not None:
        yield taken_out(cause)


def _constant_difference(short: Arrival, long: Arrival) -> int:
    """How many steps the shorter one lacks, at every length; 0: it depends on the length."""
    if short.length is None or long.length is None or short.length.variable != long.length.variable:
        return 0
    differences = {b - a for a, b in zip(short.length.values, long.length.values, strict=True)}
    return differences.pop() if len(differences) == 1 else 0


def _constant_ratio(short: Arrival, long: Arrival) -> int:
    """How many steps of the longer one come to one of the shorter; 0: none that holds."""
    if short.length is None or long.length is None:
        return 0
    slopes = [length.values[-1] - length.values[0] for length in (short.length, long.length)]
    return slopes[1] // slopes[0] if slopes[0] and slopes[1] % slopes[0] == 0 else 0


def _steps(count: int, kind: str = "") -> str:
    return f"{count} {kind}step" + ("s" if count > 1 else "")
