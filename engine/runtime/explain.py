"""Keras's refusals, and its silences about masks, as diagnostics that name the cause.

The fixes here are candidates: `engine.runtime.fixes` keeps those that work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.analysis.arguments import near_values, spoken
from engine.analysis.values import Diagnostic, Fix, shape_text
from engine.catalog.arguments import effective, nested_layer
from engine.catalog.spec import Catalog
from engine.document.edits import Connect, Edit, Insert, ReplaceBlock, SetArgument, UnsetArgument
from engine.document.values import Document
from engine.graph.order import downstream
from engine.graph.values import Block, PortRef, Wire
from engine.runtime.infer import THIS_BLOCK, Failure, Known
from engine.runtime.survey import Record

NDIM = re.compile(r"expected (?:min_)?ndim=(\d+), found ndim=(\d+)")
AXES = {2: "(batch, features)", 3: "(batch, time, features)", 4: "(batch, time, rows, channels)"}
REPEATS = 10
KEEPS_RANK = 2
"""A tensor of this rank after a recurrent layer has lost its time axis."""


def explain(document: Document, records: Mapping[str, Record], catalog: Catalog) -> tuple[Diagnostic, ...]:
    """A diagnostic for each block that Keras refuses or that loses a mask, in block order."""
    found: list[Diagnostic] = []
    for block in document.graph.blocks:
        record = records.get(block.id)
        if record is None:
            continue
        failure = record.outcome.failure if record.outcome is not None else None
        if failure is not None:
            found.append(_explained(document, record, records, failure, catalog))
        elif record.fate == "dropped":
            found.append(_dropped_mask(document, record, records, catalog))
    return tuple(found)


def _explained(
    document: Document, record: Record, records: Mapping[str, Record], failure: Failure, catalog: Catalog
) -> Diagnostic:
    plain = _in_keras_words(record, failure)
    if failure.stage in ("construct", "input"):
        return _invalid_argument(record, plain, catalog)
    if record.ports.inputs and record.ports.inputs[0].growing:
        return _different_shapes(document, record, records, plain, catalog)
    return _wrong_ndim(document, record, records, plain, catalog)


def _in_keras_words(record: Record, failure: Failure) -> Diagnostic:
    name = record.block.name
    message = failure.message.replace(THIS_BLOCK, name)
    title = f"{name}: {first_sentence(message)}"
    return Diagnostic(f"keras.{failure.stage}", "error", failure.stage, record.block.id, title, keras=message)


def first_sentence(message: str) -> str:
    """The first sentence of a message of Keras, on one line."""
    text = " ".join(message.split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", text, maxsplit=1)[0][:300]


# --- a layer that wants other axes ----------------------------------------------------------------------------------


def _wrong_ndim(
    document: Document, record: Record, records: Mapping[str, Record], plain: Diagnostic, catalog: Catalog
) -> Diagnostic:
    """A tensor without a time axis where a sequence is needed: an earlier recurrent layer gives only its last step."""
    block = record.block
    for wire in record.basis.wires:
        known = _known(records, wire.source)
        if known is None or len(known.shape) != KEEPS_RANK:
            continue
        cause = last_step_only(document, records, wire.source.block, catalog)
        source = document.block(wire.source.block)
        fixes = list(_sequence_fixes(wire, known, cause, catalog))
        wanted = NDIM.search(plain.keras)
        if cause is None and wanted is None:
            continue
        axes = AXES.get(int(wanted[1]), f"{wanted[1]} axes") if wanted else "a sequence"
        gives = shape_text(known.shape)
        title = f"{block.name} needs {axes}, {source.name} gives {gives}"
        detail = (
            f"{cause.name} returns only its last timestep." if cause else f"{source.name} has no time axis to give."
        )
        return replace(
            plain,
            code="shape.ndim",
            title=title,
            detail=detail,
            port=wire.target.port,
            cause=cause.id if cause is not None else source.id,
            fixes=tuple(fixes),
        )
    return plain


def _known(records: Mapping[str, Record], source: PortRef) -> Known | None:
    record = records.get(source.block)
    return record.leaving.tensors.get(source.port) if record is not None and record.leaving is not None else None


def last_step_only(document: Document, records: Mapping[str, Record], start: str, catalog: Catalog) -> Block | None:
    """The nearest block at or above `start`, along tensors without a time axis, that returns only its last timestep."""
    waiting, seen = [start], {start}
    while waiting:
        block = document.block(waiting.pop(0))
        if sequences_path(block, catalog):
            return block
        for wire in document.graph.wires_into.get(block.id, ()):
            known = _known(records, wire.source)
            flat = known is not None and len(known.shape) <= KEEPS_RANK
            if flat and wire.source.block not in seen:
                seen.add(wire.source.block)
                waiting.append(wire.source.block)
    return None


def sequences_path(block: Block, catalog: Catalog) -> str:
    """The path of `return_sequences` where it is off (in a Bidirectional that of the layer inside); empty: there is none."""
    spec = catalog.layers.get(block.type)
    if spec is not None and spec.argument("return_sequences") is not None:
        return "" if effective(block.arguments, spec, "return_sequences") else "return_sequences"
    nested = nested_layer(block.arguments.get("layer"))
    inner = catalog.layers.get(nested[0]) if nested is not None and block.type == "Bidirectional" else None
    if nested is None or inner is None or inner.argument("return_sequences") is None:
        return ""
    return "" if effective(nested[1], inner, "return_sequences") else "layer.arguments.return_sequences"


def _sequence_fixes(wire: Wire, known: Known, cause: Block | None, catalog: Catalog) -> Iterator[Fix]:
    if cause is not None:
        edit = SetArgument(cause.id, sequences_path(cause, catalog), True)
        yield Fix(f"Turn on return_sequences in {cause.name}", (edit,))
    repeated = shape_text((known.shape[0], REPEATS, *known.shape[1:]))
    insert = Insert("RepeatVector", {"n": REPEATS}, wire.source, wire.target)
    yield Fix(f"Repeat it, {REPEATS} times {repeated}", (insert,))


# --- a merge of different shapes ------------------------------------------------------------------------------------


def _different_shapes(
    document: Document, record: Record, records: Mapping[str, Record], plain: Diagnostic, catalog: Catalog
) -> Diagnostic:
    wires = [wire for wire in record.basis.wires if _known(records, wire.source) is not None]
    known = [_known(records, wire.source) for wire in wires]
    shapes = [tensor.shape for tensor in known if tensor is not None]
    if len(shapes) < 2 or len(set(shapes)) < 2:
        return plain
    names = [document.block(wire.source.block).name for wire in wires]
    listed = " and ".join(f"{shape_text(shape)} from {name}" for name, shape in zip(names, shapes, strict=True))
    block = record.block
    odd = min(range(len(shapes)), key=lambda at: (shapes.count(shapes[at]), -at))
    rule = (
        "Concatenate needs the same size on every axis but the joined one."
        if block.type == "Concatenate"
        else f"{block.type} needs the same size, or 1, on every axis."
    )
    return replace(
        plain,
        code="merge.shapes",
        title=f"{block.name} cannot join {listed}",
        detail=rule,
        port=wires[odd].target.port,
        cause=wires[odd].source.block,
        fixes=tuple(_merge_fixes(document, records, block, wires, shapes, catalog)),
    )


def _merge_fixes(
    document: Document,
    records: Mapping[str, Record],
    block: Block,
    wires: list[Wire],
    shapes: list[tuple[int | None, ...]],
    catalog: Catalog,
) -> Iterator[Fix]:
    for wire, shape in zip(wires, shapes, strict=True):
        if len(shape) < max(map(len, shapes)):
            cause = last_step_only(document, records, wire.source.block, catalog)
            if cause is not None:
                edit = SetArgument(cause.id, sequences_path(cause, catalog), True)
                yield Fix(f"Turn on return_sequences in {cause.name}", (edit,))
    sizes = [shape[-1] for shape in shapes]
    for wire, own in zip(reversed(wires), reversed(sizes), strict=True):
        other = next((size for size in sizes if size != own and size is not None), None)
        source = document.block(wire.source.block)
        path = next((name for name in ("units", "filters", "output_dim") if name in source.arguments), "")
        if other is not None and path and source.arguments[path] == own:
            yield Fix(f"Set {path} of {source.name} to {other}", (SetArgument(source.id, path, other),))
    if block.type != "Concatenate":
        yield Fix("Put them side by side instead (Concatenate)", (ReplaceBlock(block.id, "Concatenate", {}),))


# --- an argument that Keras refuses -----------------------------------------------------------------------------------


def _invalid_argument(record: Record, plain: Diagnostic, catalog: Catalog) -> Diagnostic:
    """Candidates: a near value or the default for each set argument, those that Keras's words name first."""
    block = record.block
    spec = catalog.layers.get(block.type)
    fixes: list[Fix] = []
    for name in sorted(block.arguments, key=lambda name: (name not in plain.keras, name)):
        argument = spec.argument(name) if spec is not None else None
        for near in near_values(argument, block.arguments[name]) if argument is not None else ():
            fixes.append(Fix(f"Set {name} to {spoken(near)}", (SetArgument(block.id, name, near),)))
        if argument is None or not argument.required:
            fixes.append(Fix(f"Take {name} of {block.name} back to its default", (UnsetArgument(block.id, name),)))
    return replace(
        plain, code="argument.invalid", fixes=tuple(fixes), detail="Keras refuses an argument of this block."
    )


# --- a mask that is lost ------------------------------------------------------------------------------------------------


def _dropped_mask(document: Document, record: Record, records: Mapping[str, Record], catalog: Catalog) -> Diagnostic:
    """A mask arrives and does not leave: a warning where a block below would have used it, else a remark."""
    block = record.block
    source = next(
        (
            wire.source
            for wire in record.basis.wires
            if (known := _known(records, wire.source)) is not None and known.mask is not None
        ),
        None,
    )
    needing = [other for other in _would_use(document, block, records) if source is not None]
    detail = f"{block.type} takes no mask and passes none on."
    fixes: tuple[Fix, ...] = ()
    if needing and source is not None:
        names = ", ".join(other.name for other in needing)
        detail += f" Below it {names} would skip padding with the mask, and now reads padded steps like real ones."
        mask = PortRef(source.block, f"{source.port}.mask")
        edits: tuple[Edit, ...] = tuple(Connect(mask, PortRef(other.id, "mask")) for other in needing)
        if _same_length(document, records, source, needing):
            fixes = (Fix(f"Give the mask to {names} explicitly", edits),)
        elif "padding" in (argument.name for argument in catalog.layers[block.type].arguments):
            same = SetArgument(block.id, "padding", "same")
            fixes = (Fix(f"Keep the length (padding same) and give the mask to {names}", (same, *edits)),)
    return Diagnostic(
        code="mask.dropped",
        severity="warning" if needing else "info",
        stage="connect",
        block=block.id,
        title=f"{block.name} loses the mask",
        detail=detail,
        port=record.basis.wires[0].target.port if record.basis.wires else "",
        keras=next(
            (said for said in (record.outcome.warnings if record.outcome else ()) if "mask" in said), ""
        ).replace(THIS_BLOCK, block.name),
        fixes=fixes,
    )


def _would_use(document: Document, block: Block, records: Mapping[str, Record]) -> list[Block]:
    """The blocks below that take a mask of their own and get none."""
    found: list[Block] = []
    below = downstream(document.graph, (block.id,))
    for other in document.graph.blocks:
        record = records.get(other.id)
        if other.id not in below or record is None or record.ports.input("mask") is None:
            continue
        wired = any(wire.target.port == "mask" for wire in record.basis.wires)
        arriving = [known for known in record.inputs.values() if isinstance(known, Known)]
        sequence = any(len(known.shape) >= KEEPS_RANK + 1 for known in arriving)
        if not wired and sequence and all(known.mask is None for known in arriving):
            found.append(other)
    return found


def _same_length(document: Document, records: Mapping[str, Record], source: PortRef, needing: list[Block]) -> bool:
    """The blocks that would use the mask see sequences as long as the mask."""
    above = records[source.block].leaving
    length = above.lengths.get(source.port) if above is not None else None
    for other in needing:
        wire = next((w for w in document.graph.wires_into.get(other.id, ()) if w.target.port == "inputs"), None)
        leaving = records[wire.source.block].leaving if wire is not None else None
        if wire is None or leaving is None or length is None or leaving.lengths.get(wire.source.port) != length:
            return False
    return True
