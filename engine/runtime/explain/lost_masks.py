"""A mask that arrives at a block and does not leave: who needed it, and how it can be had there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from engine.analysis.values import Diagnostic, Fix
from engine.catalog.spec import Catalog
from engine.document.edits import AddBlock, Connect, Edit, Insert, RemoveBlock, ReplaceBlock, SetArgument
from engine.document.outputs import without_mask
from engine.document.values import Document
from engine.graph.order import downstream
from engine.graph.values import Block, JsonObject, PortRef
from engine.runtime.explain.case import above, leaving, length_of
from engine.runtime.infer import THIS_BLOCK, Known
from engine.runtime.probe import Probed
from engine.runtime.survey import Record

LOST_MASK = "mask.dropped"
SEQUENCE_RANK = 3
KEEPS_MASK: Mapping[str, tuple[str, JsonObject]] = {
    "GlobalMaxPooling1D": ("GlobalAveragePooling1D", {}),
    "RMSNormalization": ("LayerNormalization", {}),
}
"""Layers that do a similar thing and use the mask."""


def lost_mask(document: Document, record: Record, records: Mapping[str, Record], catalog: Catalog) -> Diagnostic:
    """A warning where a block below would have used the mask, else a remark."""
    block = record.block
    source = _masked_source(record, records)
    needing = _would_use(document, block, records) if source is not None else []
    said = next((words for words in (record.outcome.warnings if record.outcome else ()) if "mask" in words), "")
    loss = f"{block.type} takes no mask and passes none on" + ("." if said else ", and Keras does not say so.")
    fixes: tuple[Fix, ...] = ()
    title = f"{block.name} loses the mask"
    if source is not None:
        maker = _maker(document, records, source)
        title = f"{block.name} loses the mask" + (f" that {maker.name} makes" if maker is not None else "")
        if needing:
            names = " and ".join(other.name for other in needing)
            loss += f" Below it {names} would skip padding with the mask, and now reads padded steps like real ones."
            fixes = tuple(_fixes(document, records, catalog, record, source, needing))
    return Diagnostic(
        code=LOST_MASK,
        severity="warning" if needing else "info",
        stage="connect",
        block=block.id,
        title=title,
        detail=loss,
        port=record.basis.wires[0].target.port if record.basis.wires else "",
        keras=said.replace(THIS_BLOCK, block.name),
        fixes=fixes,
    )


def _masked_source(record: Record, records: Mapping[str, Record]) -> PortRef | None:
    for wire in record.basis.wires:
        known = leaving(records, wire.source)
        if known is not None and known.mask is not None:
            return wire.source
    return None


def _maker(document: Document, records: Mapping[str, Record], source: PortRef) -> Block | None:
    """The block that made the mask."""
    for block in above(document, records, source.block, lambda known: known.mask is not None):
        record = records.get(block.id)
        if record is not None and record.fate == "created":
            return block
    return None


def _would_use(document: Document, block: Block, records: Mapping[str, Record]) -> list[Block]:
    """The blocks below that take a mask of their own, read a sequence and get none."""
    found: list[Block] = []
    below = downstream(document.graph, (block.id,))
    for other in document.graph.blocks:
        record = records.get(other.id)
        if other.id not in below or record is None or record.ports.input("mask") is None:
            continue
        wired = any(wire.target.port == "mask" for wire in record.basis.wires)
        arriving = [known for known in record.inputs.values() if isinstance(known, Known)]
        sequence = any(len(known.shape) >= SEQUENCE_RANK for known in arriving)
        if not wired and sequence and all(known.mask is None for known in arriving):
            found.append(other)
    return found


def _fixes(
    document: Document,
    records: Mapping[str, Record],
    catalog: Catalog,
    record: Record,
    source: PortRef,
    needing: list[Block],
) -> Iterator[Fix]:
    block, names = record.block, " and ".join(other.name for other in needing)
    other = KEEPS_MASK.get(block.type)
    if other is not None:
        yield Fix(f"Use {other[0]} instead, which uses the mask", (ReplaceBlock(block.id, *other),))
    if block.type == "Conv1D" and block.arguments.get("kernel_size") in (1, [1]):
        dense: JsonObject = {"units": block.arguments.get("filters", 1)}
        yield Fix(
            "Use Dense instead: one step at a time it is the same, and passes the mask",
            (ReplaceBlock(block.id, "Dense", dense),),
        )
    mask = PortRef(source.block, f"{source.port}.mask")
    edits: tuple[Edit, ...] = tuple(Connect(mask, PortRef(other.id, "mask")) for other in needing)
    if _same_length(records, source, needing):
        yield Fix(f"Give the mask to {names} explicitly", edits)
    elif "padding" in (argument.name for argument in catalog.layers[block.type].arguments):
        same = SetArgument(block.id, "padding", "same")
        yield Fix(f"Keep the length (padding same) and give the mask to {names}", (same, *edits))
    yield from _earlier(document, records, record, source)
    yield from _again(document, records, record, source)


def _earlier(document: Document, records: Mapping[str, Record], record: Record, source: PortRef) -> Iterator[Fix]:
    """The losing block before the Masking: the mask is made after it."""
    maker = _maker(document, records, source)
    if maker is None or maker.type != "Masking" or maker.id != source.block:
        return
    into = document.graph.wires_into.get(maker.id, ())
    if len(into) != 1 or len(document.graph.wires_from.get(maker.id, ())) != 1:
        return
    block = record.block
    moved = Block(f"b{document.next_id}", block.type, block.name, block.arguments)
    title = f"Put {block.name} before {maker.name}"
    edits: tuple[Edit, ...] = (
        RemoveBlock(block.id, bridge=True),
        AddBlock(moved, document.layout.get(maker.id)),
        Connect(into[0].source, PortRef(moved.id, "inputs")),
        Connect(PortRef(moved.id, "output"), PortRef(maker.id, "inputs")),
    )
    yield Fix(title, edits)


def _again(document: Document, records: Mapping[str, Record], record: Record, source: PortRef) -> Iterator[Fix]:
    """A Masking after the losing block, which finds the padding again where it is still one value."""
    maker = _maker(document, records, source)
    arguments: JsonObject = maker.arguments if maker is not None and maker.type == "Masking" else {}
    wires = [wire for wire in document.graph.wires_from.get(record.block.id, ()) if wire.source.port == "output"]
    if len(wires) == 1:
        title = f"Make the mask again after {record.block.name} (Masking)"
        yield Fix(title, (Insert("Masking", arguments, wires[0].source, wires[0].target),))


def _same_length(records: Mapping[str, Record], source: PortRef, needing: list[Block]) -> bool:
    """The blocks that would use the mask see sequences as long as the mask."""
    given = leaving(records, source)
    length = length_of(records, source)
    for other in needing:
        record = records[other.id]
        wire = next((wire for wire in record.basis.wires if wire.target.port == "inputs"), None)
        known = leaving(records, wire.source) if wire is not None else None
        if wire is None or known is None or given is None or known.shape[1] != given.shape[1]:
            return False
        if known.shape[1] is None and (length is None or length_of(records, wire.source) != length):
            return False
    return True


def needing_it(document: Document, records: Mapping[str, Record], block: str) -> frozenset[str]:
    """The blocks that would have used the mask that a block loses."""
    record = records.get(block)
    return (
        frozenset(other.id for other in _would_use(document, record.block, records))
        if record is not None
        else frozenset()
    )


def mask_is_back(
    document: Document, records: Mapping[str, Record], block: str, mended: Document, probes: tuple[Probed, Probed]
) -> bool:
    """Whether the blocks that need it get the valid steps that were lost, as the run says.

    Args:
        mended: the document after a fix.
        probes: the runs before and after it.
    """
    before, after = probes
    record = records[block]
    source = _masked_source(record, records)
    lost = before.seen.masks.get(source) if before.seen is not None and source is not None else None
    if lost is None or after.seen is None or after.error is not None:
        return False
    wanted = np.asarray(lost).sum(axis=1)
    return all(
        _gets(mended, other.id, after.seen.masks, wanted) for other in _would_use(document, record.block, records)
    )


def _gets(mended: Document, block: str, masks: Mapping[PortRef, Any], wanted: Any) -> bool:
    """A block is given a mask with so many valid steps in each sequence."""
    for wire in mended.graph.wires_into.get(block, ()):
        mask = masks.get(without_mask(wire.source))
        if wire.target.port in ("inputs", "mask") and mask is not None and len(mask.shape) == SEQUENCE_RANK - 1:
            return bool(np.array_equal(np.asarray(mask).sum(axis=1), wanted))
    return False
