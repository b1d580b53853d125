"""Layers that meet another number of features than their weights were made for: shared layers, attention, tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.analysis.values import Diagnostic, Fix
from engine.document.edits import SetArgument
from engine.graph.values import INPUT, REUSE
from engine.runtime.explain.case import Arrival, Case, first_input, last_step_only, written
from engine.runtime.explain.merges import SIZES
from engine.runtime.explain.remedies import given, inserted, replaced, taken_out, turn_on_sequences
from engine.runtime.infer import Known

OUT_OF_VOCABULARY = re.compile(r"indices\[[^\]]*\] = (-?\d+) is not in \[0, (\d+)\)")


def reused_on_other_width(case: Case) -> Diagnostic | None:
    """A Reuse on an input of other width: connecting succeeds where weights are looked at only by data."""
    arrival, first = case.main, case.record.basis.first
    if case.block.type != REUSE or arrival is None or first is None or not first.positional:
        return None
    built = first.positional[0]
    if not isinstance(built, Known) or built.shape[-1] == arrival.shape[-1]:
        return None
    wanted = replace(arrival, known=built)
    title = f"{case.name} shares {case.layer.name}'s weights for {written(wanted)}, {case.gives(arrival)}"
    detail = f"{case.layer.name}'s weights were made for {built.shape[-1]} features, and {arrival.shape[-1]} arrive."
    fixes = [
        *_brought_to(case, arrival, built.shape[-1]),
        replaced(case.block, case.layer.type, case.layer.arguments, f"Give {case.name} weights of its own"),
    ]
    return case.told("reuse.shape", title, detail, fixes, case.source(arrival))


def _brought_to(case: Case, arrival: Arrival, size: int | None) -> Iterator[Fix]:
    source = case.source(arrival)
    path = next((name for name in SIZES if source.arguments.get(name) == arrival.shape[-1]), "")
    if size is not None and path:
        yield given(source, path, size)
    if size is not None:
        yield inserted(arrival, "Dense", {"units": size}, f"Bring {source.name} to {size} features (Dense)")


def attention_widths(case: Case) -> Diagnostic | None:
    """Scores are products of query and key: both need the same number of features."""
    by_port = {arrival.wire.target.port: arrival for arrival in case.arrivals}
    query, key = by_port.get("query"), by_port.get("key") or by_port.get("value")
    if case.layer.type not in ("Attention", "AdditiveAttention") or query is None or key is None:
        return None
    if query.shape[-1] == key.shape[-1]:
        return None
    title = (
        f"{case.name} compares {written(query)} from {case.source(query).name} with "
        f"{written(key)} from {case.source(key).name}"
    )
    detail = "A query is compared with each key, number by number: both need the same number of features."
    fixes = [*_brought_to(case, key, query.shape[-1]), *_brought_to(case, query, key.shape[-1])]
    told = case.told("attention.shape", title, detail, fixes, case.source(key))
    return replace(told, port=key.wire.target.port)


def attention_without_time(case: Case) -> Diagnostic | None:
    """MultiHeadAttention over vectors connects, and fails with data."""
    flat = next((a for a in case.arrivals if len(a.shape) == 2), None)
    if case.layer.type != "MultiHeadAttention" or flat is None:
        return None
    cause = last_step_only(case.document, case.records, flat.wire.source.block, case.catalog)
    title = f"{case.name} needs (batch, time, features), {case.gives(flat)}"
    why = (
        f"{cause.name} returns only its last timestep."
        if cause is not None
        else "There is no time axis to attend over."
    )
    fixes = [turn_on_sequences(cause, case.catalog)] if cause is not None else [taken_out(case.block)]
    return replace(case.told("shape.ndim", title, why, fixes, cause or case.source(flat)), port=flat.wire.target.port)


def unknown_tokens(case: Case) -> Diagnostic | None:
    """Tokens that the Embedding has no row for."""
    said, arrival = OUT_OF_VOCABULARY.search(case.message), case.main
    if case.layer.type != "Embedding" or said is None or arrival is None:
        return None
    token, rows = int(said[1]), int(said[2])
    start = first_input(case.document, case.records, case.block.id)
    title = f"{case.name} has rows 0 to {rows - 1}, token {token} arrives from {case.source(arrival).name} {written(arrival)}"
    detail = "input_dim counts the tokens: it must be larger than the largest of them."
    fixes: list[Fix] = []
    if token >= rows:
        fixes.append(given(case.layer, "input_dim", token + 1))
    return case.told(
        "embedding.token", title, detail, fixes, start if start is not None and start.type == INPUT else None
    )


def wrong_type(case: Case) -> Diagnostic | None:
    """Whole numbers, text or flags where a layer computes with real numbers."""
    arrival = case.main
    if (
        arrival is None
        or arrival.known.dtype.startswith(("float", "bfloat"))
        or not re.search(r"dtype|type|int32|int64|string|bool", case.message)
    ):
        return None
    start = first_input(case.document, case.records, case.block.id)
    title = f"{case.name} computes with real numbers, {case.gives(arrival)} of {arrival.known.dtype}"
    fixes: list[Fix] = []
    if start is not None and start.type == INPUT and "dtype" in start.arguments:
        edit = SetArgument(start.id, "dtype", "float32")
        fixes.append(Fix(f"Make {start.name} float32", (edit,)))
    fixes.append(inserted(arrival, "Rescaling", {"scale": 1.0}, "Turn them into real numbers (Rescaling)"))
    return case.told("shape.dtype", title, "Keras does not turn these numbers into real ones by itself.", fixes, start)
