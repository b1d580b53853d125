"""What a leak is called, why it happens, and which edits may mend it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.analysis.leaks import LeakReport
from engine.analysis.values import Analysis, Fix, TensorSpec
from engine.catalog.arguments import effective
from engine.catalog.ports import ports_of
from engine.catalog.spec import Catalog
from engine.document.edits import Connect, Insert, ReplaceBlock, SetArgument
from engine.document.sample import read_sample
from engine.document.values import Document
from engine.graph.order import upstream
from engine.graph.values import INPUT, PortRef
from engine.runtime.padded_steps import Difference

MASKED_POOLING = {"GlobalMaxPooling1D": "GlobalAveragePooling1D"}
"""Layers that count padding, and one of their kind that uses a mask (a test asks Keras)."""


def nothing_padded() -> LeakReport:
    """No sequence of the sample has padding."""
    return LeakReport("Nothing is padded in this sample: give its sequences different lengths, then test again.")


def spoken_report(first: str, found: Difference | None, largest: float, count: int) -> str:
    """The answer in one sentence."""
    if not first or found is None:
        sequences = f"{count} sequence{'' if count == 1 else 's'}"
        return f"No: largest difference {_number(largest)} over {sequences}."
    return f"Yes, first at {first}: {_number(found.value)} in sequence {found.sequence}."


def spoken_title(name: str, found: Difference) -> str:
    """Names the block, how much, and where."""
    return f"Padding changes what leaves {name}: by {_number(found.value)} in sequence {found.sequence}"


def spoken_reason(document: Document, analysis: Analysis, block_id: str, catalog: Catalog, *, moved: bool) -> str:
    """Why a block leaks, from what is known of its mask."""
    block, known = document.block(block_id), analysis.blocks[block_id]
    kind = block.type
    if moved:
        return f"{kind} moves the steps: its real steps stand elsewhere than those of an unpadded sequence."
    if _arrives_masked(analysis, block_id):
        if known.mask == "dropped":
            return f"A mask arrives, and {kind} does not use it: padded steps count like real ones."
        return f"A mask arrives, and {kind} computes with padded steps all the same."
    if ports_of(block, document.graph, catalog).input("mask") is not None:
        return "No mask reaches it, so it reads padded steps like real ones."
    return f"{kind} lets padded steps into the results of real ones, and takes no mask."


def _arrives_masked(analysis: Analysis, block_id: str) -> bool:
    specs = analysis.blocks[block_id].inputs.values()
    return any(one.mask for spec in specs for one in ((spec,) if isinstance(spec, TensorSpec) else spec))


def fixes_for(document: Document, analysis: Analysis, block_id: str, catalog: Catalog) -> Iterator[Fix]:
    """Candidates, best first; the leak test keeps those that work."""
    block = document.block(block_id)
    ports = ports_of(block, document.graph, catalog)
    if ports.input("mask") is not None and not _arrives_masked(analysis, block_id):
        yield from _masks_from_inputs(document, block_id, catalog)
        yield from _masks_from_above(document, analysis, block_id)
    if block.type in MASKED_POOLING:
        other = MASKED_POOLING[block.type]
        yield Fix(f"Average over real steps instead ({other})", (ReplaceBlock(block_id, other, {}),))
    spec = catalog.layers.get(block.type)
    padding = spec.argument("padding") if spec is not None else None
    if padding is None or "causal" not in padding.choices:
        return
    if effective(block.arguments, spec, "padding") == "same":
        yield Fix(f"Look back only (padding causal in {block.name})", (SetArgument(block_id, "padding", "causal"),))


def _masks_from_inputs(document: Document, block_id: str, catalog: Catalog) -> Iterator[Fix]:
    """A mask made where the padding comes from: an Embedding's zeros, or a Masking after the Input."""
    above = upstream(document.graph, [block_id])
    sample = read_sample(document)
    for block in document.graph.blocks:
        if block.id not in above:
            continue
        if block.type == "Embedding" and not block.arguments.get("mask_zero"):
            yield Fix(f"Turn on mask_zero in {block.name}", (SetArgument(block.id, "mask_zero", True),))
        if block.type == INPUT and block.id in sample.inputs:
            value = sample.inputs[block.id].pad_value
            arguments = {"mask_value": value} if value else {}
            edits = tuple(
                Insert("Masking", arguments, wire.source, wire.target)
                for wire in document.graph.wires_from.get(block.id, ())
                if wire.target.block in above | {block_id}
            )
            if edits:
                yield Fix(f"Mask the padding after {block.name} (Masking)", edits)


def _masks_from_above(document: Document, analysis: Analysis, block_id: str) -> Iterator[Fix]:
    """A mask that an earlier block still has, given explicitly."""
    for other in sorted(upstream(document.graph, [block_id]), reverse=True):
        for port, spec in (analysis.blocks[other].outputs or {}).items() if other in analysis.blocks else ():
            if spec.mask and other != block_id:
                edit = Connect(PortRef(other, f"{port}.mask"), PortRef(block_id, "mask"))
                yield Fix(f"Give {document.block(block_id).name} the mask of {document.block(other).name}", (edit,))
                return


def _number(value: float) -> str:
    return f"{value:.2g}"
