"""A feature axis of unknown size: Keras makes weights for it, and says only that shapes must be fully-defined."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.analysis.values import Diagnostic, Fix, shape_text
from engine.catalog.arguments import nested_layer
from engine.document.sample import DEFAULT_TIMESTEPS, input_shape
from engine.graph.values import INPUT, Block, JsonObject
from engine.runtime.explain.case import Arrival, Case, above, first_input, leaving
from engine.runtime.explain.remedies import given, inserted, replaced, reshaped_input, taken_out

UNKNOWN_SIZE = re.compile(
    r"must be fully-defined|last dimension .* should be defined|channel dimension .* should be defined"
    r"|should be fully[- ]defined|Found `None`|NoneType"
)
ONE_NUMBER = 1


def unknown_features(case: Case) -> Diagnostic | None:
    """Weights are made for the features; a size that is not known has none."""
    if not UNKNOWN_SIZE.search(case.message):
        return None
    cell = _layer_for_a_cell(case) or _recurrent_in_each_step(case)
    if cell is not None:
        return cell
    arrival = next((a for a in case.arrivals if None in a.shape[1:] and a.shape[-1] is None), None)
    if arrival is None:
        return None
    cause = _made_unknown(case, arrival)
    title = f"{case.name} must know the number of features, {case.gives(arrival)}"
    return case.told("shape.unknown", title, _why(cause), list(_known_sizes(case, arrival, cause)), cause)


def _made_unknown(case: Case, arrival: Arrival) -> Block:
    """The nearest block at or above whose last axis is unknown although that of its input is known; else the Input."""
    found = case.source(arrival)
    for block in above(case.document, case.records, found.id, lambda known: known.shape[-1] is None):
        found = block
        wires = case.document.graph.wires_into.get(block.id, ())
        known = [leaving(case.records, wire.source) for wire in wires]
        if any(tensor is not None and tensor.shape[-1] is not None for tensor in known):
            break
    return found


def _why(cause: Block) -> str:
    if cause.type == "Flatten":
        return f"{cause.name} puts a sequence of unknown length into one axis, so its size is unknown too."
    if cause.type == "Permute":
        return f"{cause.name} puts the time axis, whose length is unknown, in the place of the features."
    if cause.type == INPUT:
        return f"{cause.name} leaves its last axis open, and weights need its size."
    return f"{cause.name} gives a last axis of unknown size, and weights need it."


def _known_sizes(case: Case, arrival: Arrival, cause: Block) -> Iterator[Fix]:
    start = first_input(case.document, case.records, cause.id)
    if cause.type == "Flatten":
        yield replaced(cause, "GlobalAveragePooling1D", {}, "Average over time instead (GlobalAveragePooling1D)")
        yield replaced(cause, "LSTM", {"units": 32}, "Read the sequence with an LSTM instead")
    if start is not None and (shape := input_shape(start))[1:2] == (None,):
        if len(shape) == 2 and cause.type == INPUT:
            yield reshaped_input(start, (*shape, ONE_NUMBER), f"Make {start.name} one number a step (B, T, 1)")
        fixed = (shape[0], DEFAULT_TIMESTEPS, *shape[2:])
        yield reshaped_input(
            start, fixed, f"Fix the length of {start.name}, such as {DEFAULT_TIMESTEPS} {shape_text(fixed)}"
        )
    elif start is not None and input_shape(start)[-1] is None:
        shape = input_shape(start)
        if len(shape) == 3 and shape[1] is not None:
            swapped = (shape[0], shape[2], shape[1])
            yield reshaped_input(start, swapped, f"Swap the axes of {start.name} {shape_text(swapped)}")
        known = (*shape[:-1], ONE_NUMBER)
        yield reshaped_input(start, known, f"Give {start.name} a number of features, such as 1 {shape_text(known)}")
    if cause.type != INPUT:
        yield taken_out(cause)
    if len(arrival.shape) == 2:
        target: JsonObject = {"target_shape": [-1, 1]}
        yield inserted(arrival, "Reshape", target, "Read each number as a step (Reshape)")


# --- a layer in the wrong place ---------------------------------------------------------------------------------------


def _layer_for_a_cell(case: Case) -> Diagnostic | None:
    """`RNN(LSTM(…))`: RNN repeats a cell, and an LSTM layer is a loop already."""
    nested = nested_layer(case.layer.arguments.get("cell"))
    kind, arguments = nested if nested is not None else ("", {})
    spec = case.catalog.layers.get(kind)
    if case.layer.type != "RNN" or spec is None or spec.argument("return_sequences") is None:
        return None
    inner: JsonObject = {name: value for name, value in arguments.items() if not name.startswith("return_")}
    outer: JsonObject = {name: value for name, value in case.layer.arguments.items() if name != "cell"}
    arrival = case.main
    gives = f", {case.gives(arrival)}" if arrival is not None else ""
    fixes = [
        given(case.layer, "cell", {"type": f"{kind}Cell", "arguments": inner}, f"Use the cell: RNN({kind}Cell)"),
        replaced(case.layer, kind, {**arguments, **outer}, f"Use {kind} by itself"),
    ]
    detail = f"RNN runs a cell step by step; {kind} is a whole layer, which wants the sequence itself."
    return case.told("argument.cell", f"{case.name} needs a cell such as {kind}Cell{gives}", detail, fixes)


def _recurrent_in_each_step(case: Case) -> Diagnostic | None:
    """`TimeDistributed(LSTM)` on (batch, time, features): each step is a vector, which has no time."""
    arrival, inner = case.main, case.inner
    spec = case.catalog.layers.get(inner[0]) if inner is not None else None
    if case.layer.type != "TimeDistributed" or arrival is None or inner is None or spec is None:
        return None
    if len(arrival.shape) != 3 or spec.category != "recurrent":
        return None
    step = shape_text((arrival.shape[0], *arrival.shape[2:]))
    fixes = [replaced(case.block, inner[0], {**inner[1], "return_sequences": True}, f"Use {inner[0]} by itself, every step"),
             replaced(case.block, inner[0], inner[1], f"Use {inner[0]} by itself")]  # fmt: skip
    title = f"{case.name} hands {inner[0]} {step} of each step, {case.gives(arrival)}"
    detail = f"TimeDistributed applies {inner[0]} to every step alone, and a single step has no time axis."
    return case.told("shape.ndim", title, detail, fixes)
