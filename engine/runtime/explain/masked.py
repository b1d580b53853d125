"""Masks that a layer cannot take: one axis too many, handed on step by step, or of another length. Told by data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.analysis.values import Diagnostic, Fix, shape_text
from engine.document.edits import Disconnect
from engine.runtime.explain.case import Arrival, Case, arrivals_at, written
from engine.runtime.explain.remedies import given, inserted, replaced

SOFTMAX = re.compile(r"The `mask` must be broadcastable to `inputs`")
SEQUENCE_MASK = 2


def softmax_after_a_mask(case: Case) -> Diagnostic | None:
    """The Softmax layer takes a mask for each number, not for each step."""
    arrival = case.main
    if case.stage != "run" or arrival is None or case.layer.type != "Softmax" or arrival.known.mask is None:
        return None
    if not SOFTMAX.search(case.message):
        return None
    axis = case.argument("axis")
    title = f"{case.name} needs a mask of {written(arrival)}, {case.gives(arrival)} with one of {_mask_text(arrival)}"
    detail = "The Softmax layer takes a mask for each number; a sequence carries one for each timestep."
    fixes = [
        *(
            [replaced(case.block, "Activation", {"activation": "softmax"}, "Use Activation softmax instead")]
            if axis in (-1, None)
            else ()
        ),
        _unmasked(case, arrival),
    ]
    return case.told("mask.shape", title, detail, fixes)


def mask_for_each_step(case: Case) -> Diagnostic | None:
    """`TimeDistributed(X)` hands each step's flags (batch,) to an X that takes a mask of its own."""
    arrival, inner = case.main, case.inner
    if case.stage != "run" or case.layer.type != "TimeDistributed" or arrival is None or inner is None:
        return None
    wired = next(arrivals_at(case.record, case.records, masks=True), None)
    mask = wired.shape if wired is not None else arrival.known.mask
    if mask is None or len(mask) != SEQUENCE_MASK:
        return None
    title = f"{case.name} hands {inner[0]} a mask of (B,) at each step, {case.gives(arrival)} with one of {shape_text(mask)}"
    detail = f"{inner[0]} takes a mask, and what it gets for each step is one flag for a whole sequence."
    fixes: list[Fix] = []
    if inner[0] == "Softmax":
        soft = {"type": "Activation", "arguments": {"activation": "softmax"}}
        fixes.append(given(case.layer, "layer", soft, "Use Activation softmax inside"))
    if len(arrival.shape) == 3:
        fixes.append(replaced(case.block, inner[0], inner[1], f"Use {inner[0]} by itself"))
    fixes.append(_without_wire(case, wired) if wired is not None else _unmasked(case, arrival))
    return case.told("mask.shape", title, detail, fixes)


def mask_of_other_rank(case: Case) -> Diagnostic | None:
    """A mask that is not (batch, time), wired or carried along."""
    if case.stage != "run" or case.layer.type == "MultiHeadAttention":
        return None
    for wired in arrivals_at(case.record, case.records, masks=True):
        if wired.wire.target.port == "mask" and len(wired.shape) != SEQUENCE_MASK:
            return _wired_mask(case, wired)
    main = case.main
    if main is not None and main.known.mask is not None and len(main.known.mask) != SEQUENCE_MASK:
        return _carried_mask(case, main)
    return None


def _wired_mask(case: Case, wired: Arrival) -> Diagnostic:
    source = case.source(wired)
    title = f"{case.name} needs a mask of (batch, time), {case.gives(wired)}"
    detail = "A mask has one flag for each timestep of each sequence, and no axis more."
    told = case.told("mask.shape", title, detail, list(_flag_fixes(case, wired)), source)
    return replace(told, port=wired.wire.target.port)


def _flag_fixes(case: Case, wired: Arrival) -> Iterator[Fix]:
    if wired.shape[-1] == 1:
        target = [-1 if size is None else size for size in wired.shape[1:-1]]
        yield inserted(
            wired,
            "Reshape",
            {"target_shape": target},
            f"Take its last axis off {shape_text(wired.shape[:-1])} (Reshape)",
        )
    yield _without_wire(case, wired)


def _carried_mask(case: Case, main: Arrival) -> Diagnostic:
    title = f"{case.name} needs a mask of (batch, time), {case.gives(main)} with one of {_mask_text(main)}"
    detail = "The mask still has the axis that an earlier block took away from the values."
    return case.told("mask.shape", title, detail, [_unmasked(case, main)])


def mask_of_other_length(case: Case) -> Diagnostic | None:
    """A wired mask for a sequence that has become shorter since."""
    main = case.main
    wired = next((a for a in arrivals_at(case.record, case.records, masks=True) if a.wire.target.port == "mask"), None)
    if (
        case.stage != "run"
        or main is None
        or wired is None
        or main.length == wired.length
        and main.shape[1] == wired.shape[1]
    ):
        return None
    title = f"{case.name} reads {written(main)} from {case.source(main).name} with a mask of {written(wired)}"
    detail = "A mask must be as long as the sequence it belongs to."
    fixes = list(_same_length(case, main))
    fixes.append(_without_wire(case, wired))
    return replace(case.told("mask.length", title, detail, fixes, case.source(wired)), port=wired.wire.target.port)


def _same_length(case: Case, main: Arrival) -> Iterator[Fix]:
    source = case.source(main)
    spec = case.catalog.layers.get(source.type)
    if spec is not None and spec.argument("padding") is not None and source.arguments.get("padding") != "same":
        yield given(source, "padding", "same", f"Keep the length in {source.name} (padding same)")


def _without_wire(case: Case, wired: Arrival) -> Fix:
    return Fix(f"Take the mask wire off {case.name}", (Disconnect(wired.wire.source, wired.wire.target),))


def _mask_text(arrival: Arrival) -> str:
    return shape_text(arrival.known.mask or ())


def _unmasked(case: Case, arrival: Arrival) -> Fix:
    """A Reshape to the same shape lets no mask through."""
    target = [-1 if size is None else size for size in arrival.shape[1:]]
    return inserted(arrival, "Reshape", {"target_shape": target}, f"Take the mask off before {case.name} (Reshape)")
