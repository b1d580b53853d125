"""A whole document put beside the blocks of another: one new value, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from engine.catalog.spec import Catalog
from engine.document.names import free_name, id_number
from engine.document.outputs import model_outputs
from engine.document.values import Document, Position
from engine.graph.values import REUSE, Block, Graph, Json, JsonObject, PortRef

GAP = 152.0
"""Air between what is there and what comes below it, in pixels."""


def merged(document: Document, part: Document, catalog: Catalog) -> tuple[Document, int]:
    """The document with all of another below its blocks, and how much the numbers of its ids grew.

    Blocks keep their names where they are free. An empty document takes the other's sample, seed and weights.
    """
    shift = document.next_id - 1
    names = [block.name for block in document.graph.blocks]
    renamed: dict[str, str] = {}
    blocks: list[Block] = []
    for block in part.graph.blocks:
        renamed[block.name] = free_name(block.name, names)
        names.append(renamed[block.name])
        blocks.append(_moved_block(block, renamed[block.name], shift))
    wires = tuple(
        replace(w, source=_moved_port(w.source, shift), target=_moved_port(w.target, shift)) for w in part.graph.wires
    )
    dy = _bottom(document) - min((y for _, y in part.layout.values()), default=0.0)
    empty = not document.graph.blocks
    whole = replace(
        document,
        graph=Graph((*document.graph.blocks, *blocks), (*document.graph.wires, *wires)),
        outputs=_outputs(document, part, shift, catalog),
        layout={**document.layout, **{_moved(key, shift): (x, y + dy) for key, (x, y) in part.layout.items()}},
        notes=(*document.notes, *(_moved_note(note, shift, dy) for note in part.notes)),
        sample=part.sample if empty else _sample(document, part, renamed),
        seed=part.seed if empty else document.seed,
        weights=part.weights if empty else document.weights,
        next_id=part.next_id + shift,
    )
    return whole, shift


def _moved(block_id: str, shift: int) -> str:
    number = id_number(block_id)
    return f"{block_id[: len(block_id) - len(str(number))]}{number + shift}" if number else block_id


def _moved_port(port: PortRef, shift: int) -> PortRef:
    return PortRef(_moved(port.block, shift), port.port)


def _moved_block(block: Block, name: str, shift: int) -> Block:
    arguments, of = block.arguments, block.arguments.get("of")
    if block.type == REUSE and isinstance(of, str):
        arguments = {**arguments, "of": _moved(of, shift)}
    return replace(block, id=_moved(block.id, shift), name=name, arguments=arguments)


def _moved_note(note: JsonObject, shift: int, dy: float) -> JsonObject:
    left, top = cast("Position", note.get("position", (0.0, 0.0)))
    return {**note, "id": _moved(str(note.get("id", "")), shift), "position": [left, top + dy]}


def _bottom(document: Document) -> float:
    if not document.layout:
        return 0.0
    notes = [cast("Position", note["position"])[1] for note in document.notes if "position" in note]
    return max([*(y for _, y in document.layout.values()), *notes]) + GAP


def _outputs(document: Document, part: Document, shift: int, catalog: Catalog) -> tuple[PortRef, ...] | None:
    """Chosen outputs stay chosen; beside them the others' derived ones must be named too."""
    if document.outputs is None and part.outputs is None:
        return None
    if not document.graph.blocks:
        own: tuple[PortRef, ...] = ()
    else:
        own = model_outputs(document, catalog)
    return (*own, *(_moved_port(port, shift) for port in model_outputs(part, catalog)))


def _sample(document: Document, part: Document, renamed: Mapping[str, str]) -> JsonObject:
    mine, others = (cast("JsonObject", d.sample.get("inputs") or {}) for d in (document, part))
    entries: dict[str, Json] = {**mine, **{renamed.get(name, name): entry for name, entry in others.items()}}
    return {**document.sample, "inputs": entries} if entries else document.sample


def moved_json(content: Json, shift: int) -> Json:
    """A diagnostic or a fix in JSON with ids that grew as those of the merged blocks did."""
    if isinstance(content, Mapping):
        return {key: value if key in TEXTS else moved_json(value, shift) for key, value in content.items()}
    if isinstance(content, list):
        return [moved_json(value, shift) for value in content]
    return _moved(content, shift) if isinstance(content, str) and BLOCK_ID.fullmatch(content) else content


BLOCK_ID = re.compile(r"b\d{1,15}")
TEXTS = frozenset({"title", "detail", "keras", "name", "value"})
"""Keys under which no id stands, whatever it looks like."""
