"""An argument that Keras refuses, in its constructor or where the layer is built."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.analysis.arguments import near_values, spoken
from engine.analysis.values import Diagnostic, Fix
from engine.catalog.arguments import nested_layer
from engine.document.edits import SetArgument, UnsetArgument
from engine.graph.values import INPUT
from engine.runtime.explain.case import Case, first_input
from engine.runtime.explain.remedies import given, replaced
from engine.runtime.infer import NEVER_ENDS

BATCH = 32
HANGS = "block.hangs"


def never_ends(case: Case) -> Diagnostic | None:
    """Building the layer hung, or took the engine's process with it; it is not asked again with these sizes."""
    if case.message != NEVER_ENDS:
        return None
    arrival, inner = case.main, case.inner
    gives = f", {case.gives(arrival)}" if arrival is not None else ""
    fixes: list[Fix] = []
    if case.argument("unroll"):
        fixes.append(given(case.layer, "unroll", False, f"Turn off unroll in {case.layer.name}"))
    if inner is not None and case.layer.type == "TimeDistributed":
        fixes.append(replaced(case.layer, inner[0], inner[1], f"Use {inner[0]} by itself"))
    if case.stage == "run":  # slow is not wrong
        detail = "The probe run was given up there; a real run can be stopped at any moment. Use smaller sizes."
        told = case.told(HANGS, f"{case.name} takes too long, or too much memory, to be run{gives}", detail, fixes)
        return replace(told, severity="warning")
    detail = "Building it took too long or too much memory; the rest of the model is not affected. Use smaller sizes."
    return case.told(HANGS, f"{case.name} cannot be built{gives}", detail, fixes)


def wrapped_layer(case: Case) -> Diagnostic | None:
    """A Bidirectional around a layer that does not read a sequence step by step."""
    inner = case.inner
    if case.layer.type != "Bidirectional" or inner is None:
        return None
    spec = case.catalog.layers.get(inner[0])
    if spec is None or spec.category == "recurrent":
        return None
    title = f"{case.name} cannot read {inner[0]} in both directions"
    detail = f"Bidirectional runs a recurrent layer forwards and backwards; {inner[0]} has no direction."
    return case.told(
        "argument.invalid", title, detail, [replaced(case.layer, inner[0], inner[1], f"Use {inner[0]} by itself")]
    )


def refused_argument(case: Case) -> Diagnostic | None:
    """Candidates: a near value or the default for each set argument, those that Keras's words name first."""
    if case.stage not in ("construct", "input"):
        return None
    block, spec = case.layer, case.catalog.layers.get(case.layer.type)
    fixes: list[Fix] = []
    for name in sorted(block.arguments, key=lambda name: (name not in case.message, name)):
        argument = spec.argument(name) if spec is not None else None
        for near in near_values(argument, block.arguments[name]) if argument is not None else ():
            fixes.append(Fix(f"Set {name} to {spoken(near)}", (SetArgument(block.id, name, near),)))
        if argument is None or not argument.required:
            fixes.append(Fix(f"Take {name} of {block.name} back to its default", (UnsetArgument(block.id, name),)))
    plain = case.in_keras_words()
    return case.told("argument.invalid", plain.title, "Keras refuses an argument of this block.", fixes)


def batch_of_states(case: Case) -> Diagnostic | None:
    """A stateful layer keeps a state for each sequence of the batch, so the Input must say how many there are."""
    if not re.search(r"batch size|batch_shape|batch_input_shape", case.message) or "stateful" not in repr(
        case.layer.arguments
    ):
        return None
    start = first_input(case.document, case.records, case.block.id)
    arrival = case.main
    path = "stateful" if "stateful" in case.layer.arguments else "layer.arguments.stateful"
    fixes = [given(case.layer, path, False, f"Turn off stateful in {case.layer.name}")]
    if start is not None and arrival is not None and "shape" in start.arguments:
        whole = [BATCH, *_sizes(start.arguments["shape"])]
        edits = (UnsetArgument(start.id, "shape"), SetArgument(start.id, "batch_shape", whole))
        fixes.insert(0, Fix(f"Fix the batch of {start.name} to {BATCH}", edits))
    gives = f", {case.gives(arrival)}" if arrival is not None else ""
    title = f"{case.name} is stateful and must know the batch{gives}"
    detail = "A stateful layer keeps one state for each sequence of the batch from call to call."
    return case.told("shape.batch", title, detail, fixes, start if start is not None and start.type == INPUT else None)


def _sizes(shape: object) -> list[int | None]:
    return list(shape) if isinstance(shape, list | tuple) else []


def single_cell_stack(case: Case) -> Diagnostic | None:
    """StackedRNNCells of one cell fails in Keras in many settings; the cell alone does the same."""
    nested = nested_layer(case.layer.arguments.get("cell"))
    cells = (
        nested[1].get("cells")
        if nested is not None and nested[0] == "StackedRNNCells"
        else case.layer.arguments.get("cell")
    )
    if case.layer.type != "RNN" or not isinstance(cells, list) or len(cells) != 1:
        return None
    arrival = case.main
    gives = f", {case.gives(arrival)}" if arrival is not None else ""
    fixes = [given(case.layer, "cell", cells[0], "Use the one cell by itself")]
    detail = "Keras fails with a stack of a single cell; the cell by itself computes the same."
    return case.told("keras.bug", f"{case.name} stacks one cell{gives}", detail, fixes)


def stateful_both_ways(case: Case) -> Diagnostic | None:
    """A bug of Keras: Bidirectional around a stateful layer that returns its states."""
    inner = case.inner
    if "'generator' and 'int'" not in case.message or case.layer.type != "Bidirectional" or inner is None:
        return None
    arrival = case.main
    gives = f", {case.gives(arrival)}" if arrival is not None else ""
    fixes = [
        given(case.layer, "layer.arguments.return_state", False, f"Turn off return_state in {case.layer.name}"),
        given(case.layer, "layer.arguments.stateful", False, f"Turn off stateful in {case.layer.name}"),
    ]
    title = f"{case.name} cannot be stateful and return its states{gives}"
    detail = "Keras fails with a Bidirectional layer that is stateful and returns its states (a fault of Keras)."
    return case.told("keras.bug", title, detail, fixes)
