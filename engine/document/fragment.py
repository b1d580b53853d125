"""A part of a document on the clipboard: the same JSON as a file, and the edits that put it into another document."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import cast

from engine.document.edits import AddBlock, Connect, Edit, SetSample
from engine.document.file import decode_text, encode_text
from engine.document.names import free_name
from engine.document.values import Document
from engine.graph.values import INPUT, REUSE, Block, Graph, JsonObject, PortRef


def encode_fragment(document: Document, block_ids: Collection[str]) -> str:
    """Blocks with the wires between them, their places and the sample of their Inputs, as text."""
    blocks = tuple(block for block in document.graph.blocks if block.id in block_ids)
    wires = tuple(w for w in document.graph.wires if w.source.block in block_ids and w.target.block in block_ids)
    inputs = {block.name for block in blocks if block.type == INPUT}
    entries = {name: entry for name, entry in _entries(document).items() if name in inputs}
    part = replace(
        document,
        graph=Graph(blocks, wires),
        layout={block: place for block, place in document.layout.items() if block in block_ids},
        outputs=None,
        notes=(),
        sample={"inputs": entries} if entries else {},
    )
    return encode_text(part)


def paste_edits(document: Document, text: str, dx: float, dy: float) -> tuple[tuple[Edit, ...], tuple[str, ...]]:
    """The edits that add a fragment, moved by (dx, dy), under new ids and free names; and the new ids.

    Raises:
        DocumentError: the text is no document.
    """
    part = decode_text(text)
    taken = [block.name for block in document.graph.blocks]
    ids = {block.id: f"b{document.next_id + place}" for place, block in enumerate(part.graph.blocks)}
    edits: list[Edit] = []
    entries = dict(_entries(document))
    for block in part.graph.blocks:
        name = free_name(block.name, taken)
        taken.append(name)
        x, y = part.layout.get(block.id, (0.0, 0.0))
        edits.append(AddBlock(_renamed(block, name, ids), (x + dx, y + dy)))
        if block.name in _entries(part):
            entries[name] = _entries(part)[block.name]
    for wire in part.graph.wires:
        source, target = wire.source, wire.target
        edits.append(Connect(PortRef(ids[source.block], source.port), PortRef(ids[target.block], target.port)))
    if entries != _entries(document):
        edits.append(SetSample({**document.sample, "inputs": entries}))
    return tuple(edits), tuple(ids.values())


def _renamed(block: Block, name: str, ids: dict[str, str]) -> Block:
    """The copy of a block; a Reuse of a block that came along calls the copy's layer."""
    arguments = block.arguments
    named = arguments.get("of")
    if block.type == REUSE and isinstance(named, str):
        arguments = {**arguments, "of": ids.get(named, named)}
    return replace(block, id=ids[block.id], name=name, arguments=arguments)


def _entries(document: Document) -> JsonObject:
    found = document.sample.get("inputs")
    return cast("JsonObject", found) if isinstance(found, dict) else {}
