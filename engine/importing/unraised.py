"""Faults of a message, or of the data that code feeds, which this Keras does not raise for the model as it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.analysis.values import Analysis, Diagnostic, Fix, shape_text
from engine.catalog.arguments import nested_layer
from engine.catalog.spec import Catalog
from engine.document.edits import Rename, ReplaceBlock, SetArgument, UnsetArgument
from engine.document.names import free_name
from engine.document.values import Document
from engine.graph.order import upstream
from engine.graph.values import Block, PortRef
from engine.importing.messages import keyword_names
from engine.importing.names import OLD_LAYERS
from engine.importing.objects import is_list
from engine.importing.values import Facts, Shape

Row = Callable[[Facts, Document, Analysis], Diagnostic | None]
NOT_RAISED = "message.not_raised"


def unfit_data(fed: Mapping[str, Shape], document: Document, text: str) -> tuple[Diagnostic, ...]:
    """A warning for every Input that is fed data of another shape.

    Args:
        fed: shapes, with the batch, by id.
        text: of the message, where there is one.
    """
    found = (
        _unfit(document.graph.by_id[block], shape, text) for block, shape in fed.items() if block in document.graph
    )
    return tuple(problem for problem in found if problem is not None)


def _unfit(block: Block, data: Shape, text: str) -> Diagnostic | None:
    told = block.arguments.get("batch_shape") or block.arguments.get("shape")
    if not is_list(told):
        return None
    sizes = told if "batch_shape" in block.arguments else [None, *told]
    wanted: Shape = tuple(size if isinstance(size, int) else None for size in sizes)
    same = len(wanted) == len(data) and all(a is None or b is None or a == b for a, b in zip(wanted, data, strict=True))
    if same:
        return None
    return Diagnostic(
        "input.data",
        "warning",
        "input",
        block.id,
        f"{block.name} takes {shape_text(wanted)}, and the data has {_plain(data)}",
        _difference(wanted, data),
        keras=text,
        fixes=tuple(_input_fixes(block, wanted, data)),
    )


def _plain(shape: Shape) -> str:
    return (
        "("
        + ", ".join("None" if size is None else str(size) for size in shape)
        + ("," if len(shape) == 1 else "")
        + ")"
    )


def _difference(wanted: Shape, data: Shape) -> str:
    if len(data) == len(wanted) - 1:
        if data[1:] == wanted[2:] and data[:1] == wanted[1:2]:
            return "One sequence alone has no batch axis: give it one, x[None, ...]."
        return "The data has one axis too few. Where each step is one number, give it a feature axis: x[..., None]."
    if len(data) == len(wanted) + 1:
        return "The data has one axis too many: reshape it to what the Input takes."
    if len(data) != len(wanted):
        return "The data has another number of axes: reshape it to what the Input takes."
    axes = [axis for axis, (a, b) in enumerate(zip(wanted, data, strict=True)) if a is not None and a != b]
    if axes == [1] and len(wanted) > 2:
        return "The sequences have another length than the Input was given; its length can be left open."
    if axes == [len(wanted) - 1]:
        return "The data has another number of features than the Input was given."
    return "The data has other sizes than the Input was given."


def _input_fixes(block: Block, wanted: Shape, data: Shape) -> list[Fix]:
    if "batch_shape" in block.arguments:
        return []
    fixes: list[Fix] = []
    if len(wanted) == len(data) and len(data) > 2 and wanted[2:] == data[2:]:
        fixes.append(
            Fix(f"Leave the length of {block.name} open", (SetArgument(block.id, "shape", [None, *data[2:]]),))
        )
    if len(data) > 1:
        fixes.append(
            Fix(
                f"Let {block.name} take {shape_text((None, *data[1:]))}",
                (SetArgument(block.id, "shape", list(data[1:])),),
            )
        )
    return fixes


def unraised(facts: Facts, document: Document, analysis: Analysis, catalog: Catalog) -> Diagnostic | None:
    """A warning for what the message says, at the block it means; None: there is nothing to say beside the analysis.

    Without a row of its own a fault is told as one that this Keras does not raise, where the model has no error.
    """
    row = ROWS.get(facts.family)
    problem = row(facts, document, analysis) if row is not None else None
    if problem is not None or not analysis.ok or (row is not None and facts.family in SETTLED):
        return problem
    block = meant_block(facts, document)
    said = " ".join(facts.text.split())
    return Diagnostic(
        NOT_RAISED,
        "warning",
        "run",
        block.id if block is not None else "",
        f"Keras {catalog.keras} does not say: {said[:160]}",
        "It builds and runs this model: the message comes from another version, or from something the text does not show.",
        keras=facts.text,
    )


def meant_block(facts: Facts, document: Document) -> Block | None:
    """The block that a message names: by its name, else the only one of its type."""
    named = [block for block in document.graph.blocks if facts.layer_name and block.name == facts.layer_name]
    if len(named) == 1:
        return named[0]
    same = [block for block in document.graph.blocks if facts.layer_type and block.type == facts.layer_type]
    return same[0] if len(same) == 1 else None


# --- targets ------------------------------------------------------------------------------------------------------------


def _target(facts: Facts, document: Document, analysis: Analysis) -> Diagnostic | None:
    target = facts.named.get("target")
    port = next(iter(analysis.outputs), None)
    spec = analysis.spec(port) if port is not None else None
    if target is None or port is None or spec is None:
        return None
    block = document.block(port.block)
    cause, detail, fixes = _mended_output(block, spec.shape, target, document)
    if not detail:
        return None
    return Diagnostic(
        "output.target",
        "warning",
        "run",
        block.id,
        f"{block.name} gives {shape_text(spec.shape)}, and the targets have {_plain(target)}",
        detail,
        cause=cause.id if cause is not None and cause.id != block.id else "",
        keras=facts.text,
        fixes=fixes,
    )


def _mended_output(
    block: Block, shape: Shape, target: Shape, document: Document
) -> tuple[Block | None, str, tuple[Fix, ...]]:
    if len(shape) == 3 and len(target) < 3:
        cause, path = _last_recurrent(document, block, returns=True)
        if cause is None:
            return None, "The model gives a vector for every timestep, and there is one target for each sequence.", ()
        fix = Fix(f"Turn off return_sequences in {cause.name}", (UnsetArgument(cause.id, path),))
        return cause, f"{cause.name} returns every timestep, and there is one target for each sequence.", (fix,)
    if len(shape) == 2 and len(target) == 3:
        cause, path = _last_recurrent(document, block, returns=False)
        if cause is None:
            return None, "The model gives one vector for each sequence, and there is a target for every timestep.", ()
        fix = Fix(f"Turn on return_sequences in {cause.name}", (SetArgument(cause.id, path, True),))
        return cause, f"{cause.name} returns only its last timestep, and there is a target for each.", (fix,)
    if len(shape) == len(target) and target[-1] and shape[-1] != target[-1]:
        detail = "The last axis must be as large as that of the targets: one unit for each class or value."
        fixes = (Fix(f"Set units of {block.name} to {target[-1]}", (SetArgument(block.id, "units", target[-1]),)),)
        return block, detail, fixes if "units" in block.arguments else ()
    return None, "", ()


def _last_recurrent(document: Document, block: Block, *, returns: bool) -> tuple[Block | None, str]:
    """The last recurrent block at or above a block whose return_sequences is on, or off; and the path to it."""
    above = upstream(document.graph, (block.id,)) | {block.id}
    for other in reversed(document.graph.blocks):
        nested = nested_layer(other.arguments.get("layer"))
        kind, arguments = (
            nested if nested is not None and other.type == "Bidirectional" else (other.type, other.arguments)
        )
        if (
            other.id in above
            and kind in ("LSTM", "GRU", "SimpleRNN", "RNN")
            and bool(arguments.get("return_sequences")) is returns
        ):
            return other, "return_sequences" if kind == other.type else "layer.arguments.return_sequences"
    return None, ""


# --- single faults --------------------------------------------------------------------------------------------------------


def _token(facts: Facts, document: Document, analysis: Analysis) -> Diagnostic | None:
    value, size = facts.numbers["value"], facts.numbers["size"]
    block = next(
        (b for b in document.graph.blocks if b.type == "Embedding" and b.arguments.get("input_dim") == size), None
    )
    if block is None:
        return None
    fix = Fix(f"Set input_dim of {block.name} to {value + 1}", (SetArgument(block.id, "input_dim", value + 1),))
    return Diagnostic(
        "token.range",
        "warning",
        "run",
        block.id,
        f"{block.name} knows the tokens 0 to {size - 1}, and the data has {value}",
        "input_dim must be larger than the largest token: the number of words and one for the padding."
        if value > 0
        else "Tokens count from 0; a negative one is no token.",
        keras=facts.text,
        fixes=(fix,) if value > 0 else (),
    )


def _name_twice(facts: Facts, document: Document, analysis: Analysis) -> Diagnostic | None:
    name = facts.words["name"]
    same = [block for block in document.graph.blocks if block.name == name]
    if len(same) < 2:
        return None
    block = same[-1]
    free = free_name(name, {other.name for other in document.graph.blocks})
    fixes = (Fix(f"Call the last one {free}", (Rename(block.id, free),)),)
    return Diagnostic(
        "name.twice",
        "warning",
        "connect",
        block.id,
        f"Two layers of the model are called {name}",
        "Keras wants a name of its own for each; under a mask a Concatenate called concatenate meets its own mask's name.",
        keras=facts.text,
        fixes=fixes,
    )


def _unroll(facts: Facts, document: Document, analysis: Analysis) -> Diagnostic | None:
    block = next((block for block in document.graph.blocks if block.arguments.get("unroll")), None)
    if block is None:
        return None
    series = next((b for b in document.graph.inputs if b.id in upstream(document.graph, (block.id,))), None)
    told = series.arguments.get("shape") if series is not None else None
    fixes = [Fix(f"Do not unroll {block.name}", (UnsetArgument(block.id, "unroll"),))]
    if series is not None and is_list(told) and told and told[0] is None:
        fixes.append(Fix(f"Give {series.name} a length of 10", (SetArgument(series.id, "shape", [10, *told[1:]]),)))
    elif not is_list(told):
        return None
    else:
        return None
    return Diagnostic(
        "unroll.length",
        "warning",
        "run",
        block.id,
        f"{block.name} unrolls its steps, and their number is not known",
        "predict, fit and exports trace the model with an unknown length, which cannot be unrolled; a direct call can.",
        cause=series.id,
        keras=facts.text,
        fixes=tuple(fixes),
    )


def _absent(facts: Facts, document: Document, analysis: Analysis) -> Diagnostic | None:
    kind = facts.words["type"]
    new = OLD_LAYERS.get(kind)
    block = next((block for block in document.graph.blocks if block.type == kind), None)
    if block is None or new is None:
        return None
    fix = Fix(f"Use {new} for {block.name}", (ReplaceBlock(block.id, new, block.arguments or {"units": 32}),))
    kernel = ": on a GPU it uses the same kernel by itself" if kind.startswith("CuDNN") else ""
    detail = f"{new} does the work of {kind}{kernel}."
    return Diagnostic(
        "layer.old", "warning", "construct", block.id, f"{block.name} is a {kind}, which Keras 3 no longer has", detail,
        keras=facts.text, fixes=(fix,),
    )  # fmt: skip


def _keyword(facts: Facts, document: Document, analysis: Analysis) -> Diagnostic | None:
    """This Keras takes the argument, or it was left out where it is read; the other one does not know it."""
    names = list(keyword_names(facts.words))
    block = meant_block(facts, document)
    if not names or block is None or not analysis.ok:
        return None
    here = [name for name in names if name in block.arguments]
    edits = tuple(UnsetArgument(block.id, name) for name in here)
    fixes = (Fix(f"Remove {', '.join(here)} from {block.name}", edits),) if here else ()
    listed = ", ".join(names)
    detail = (
        "Another version of Keras refuses it; this one takes it."
        if here
        else "This Keras does not need it: the model is drawn without it."
    )
    title = f"{block.name} was given {listed}, which that Keras refuses"
    return Diagnostic(
        "argument.other_version", "warning", "construct", block.id, title, detail, keras=facts.text, fixes=fixes
    )


def _inputs(facts: Facts, document: Document, analysis: Analysis) -> Diagnostic | None:
    wanted, given = facts.numbers["expected"], facts.numbers["found"]
    inputs = document.graph.inputs
    if facts.layer_type not in ("Sequential", "Functional") or len(inputs) != wanted:
        return None
    names = ", ".join(block.name for block in inputs)
    last: PortRef | None = next(iter(analysis.outputs), None)
    return Diagnostic(
        "input.count", "warning", "run", last.block if last is not None else "",
        f"The model has {wanted} Inputs, and {given} {'was' if given == 1 else 'were'} given",
        f"Give it a list or a dictionary with one array for each: {names}.", cause=inputs[-1].id, keras=facts.text,
    )  # fmt: skip


ROWS: Mapping[str, Row] = {
    "target": _target,
    "token": _token,
    "name_twice": _name_twice,
    "unroll": _unroll,
    "absent": _absent,
    "keyword": _keyword,
    "inputs": _inputs,
}
SETTLED = frozenset({"target", "token", "name_twice"})
"""Families whose rows say all there is: where they find nothing, the fault is mended."""
