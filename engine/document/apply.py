"""`apply(document, edit, catalog) -> Document`: pure, and sharing every block that the edit does not touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, cast

from engine.catalog.arguments import set_argument, unset_argument
from engine.catalog.ports import ports_of
from engine.catalog.spec import Catalog
from engine.document.edits import (
    AddBlock,
    Connect,
    Disconnect,
    Edit,
    EditError,
    Insert,
    Move,
    RemoveBlock,
    Rename,
    ReplaceBlock,
    SetArgument,
    SetCall,
    SetOutputs,
    SetSample,
    SetSeed,
    SetWeights,
    UnsetArgument,
)
from engine.document.names import free_name, id_number, snake_case
from engine.document.values import Document
from engine.graph.values import INPUT, Block, Graph, PortRef, Wire


def apply_all(document: Document, edits: Iterable[Edit], catalog: Catalog) -> Document:
    """The document after all edits, in order.

    Raises:
        EditError: one of them cannot be applied.
    """
    for edit in edits:
        document = apply(document, edit, catalog)
    return document


def apply(document: Document, edit: Edit, catalog: Catalog) -> Document:
    """The document after an edit.

    Raises:
        EditError: the edit names what is not there, or makes two of what must be one.
    """
    return _APPLIERS[type(edit)](document, edit, catalog)


def _block(document: Document, block_id: str) -> Block:
    try:
        return document.graph.by_id[block_id]
    except KeyError:
        raise EditError(f"There is no block {block_id} in this document.") from None


def _with_block(document: Document, changed: Block) -> Document:
    blocks = tuple(changed if block.id == changed.id else block for block in document.graph.blocks)
    return replace(document, graph=Graph(blocks, document.graph.wires))


def _with_wires(document: Document, wires: tuple[Wire, ...]) -> Document:
    return replace(document, graph=Graph(document.graph.blocks, wires))


def _set_argument(document: Document, edit: SetArgument, _: Catalog) -> Document:
    block = _block(document, edit.block)
    try:
        arguments = set_argument(block.arguments, edit.argument, edit.value)
    except ValueError as error:
        raise EditError(f"{block.name}: {error}") from None
    return _with_block(document, replace(block, arguments=arguments))


def _unset_argument(document: Document, edit: UnsetArgument, _: Catalog) -> Document:
    block = _block(document, edit.block)
    return _with_block(document, replace(block, arguments=unset_argument(block.arguments, edit.argument)))


def _set_call(document: Document, edit: SetCall, _: Catalog) -> Document:
    block = _block(document, edit.block)
    call = {name: value for name, value in block.call.items() if name != edit.argument}
    if edit.value is not None:
        call[edit.argument] = edit.value
    return _with_block(document, replace(block, call=call))


def _connect(document: Document, edit: Connect, catalog: Catalog) -> Document:
    _block(document, edit.source.block)
    target = _block(document, edit.target.block)
    port = ports_of(target, document.graph, catalog).input(edit.target.port)
    wires = document.graph.wires
    new = Wire(edit.source, edit.target)
    if port is None or not port.growing:
        place = next((at for at, wire in enumerate(wires) if wire.target == edit.target), len(wires))
        others = tuple(wire for wire in wires if wire.target != edit.target)
        return _with_wires(document, (*others[:place], new, *others[place:]))
    places = [at for at, wire in enumerate(wires) if wire.target == edit.target]
    if edit.index is None or edit.index >= len(places):
        return _with_wires(document, (*wires, new))
    if edit.index < 0:
        raise EditError(f"{target.name} has no input {edit.index}.")
    place = places[edit.index]
    return _with_wires(document, (*wires[:place], new, *wires[place:]))


def _disconnect(document: Document, edit: Disconnect, _: Catalog) -> Document:
    wires = document.graph.wires
    same = [at for at, wire in enumerate(wires) if wire.source == edit.source and wire.target == edit.target]
    which = edit.index or 0
    if not 0 <= which < len(same):
        raise EditError(f"There is no such wire from {edit.source} to {edit.target}.")
    return _with_wires(document, (*wires[: same[which]], *wires[same[which] + 1 :]))


def _add_block(document: Document, edit: AddBlock, _: Catalog) -> Document:
    block = edit.block
    if block.id in document.graph:
        raise EditError(f"There is already a block {block.id}.")
    if block.type == INPUT:
        block = replace(block, name=free_name(block.name, (other.name for other in document.graph.inputs)))
    layout = document.layout if edit.position is None else {**document.layout, block.id: edit.position}
    return replace(
        document,
        graph=Graph((*document.graph.blocks, block), document.graph.wires),
        layout=layout,
        next_id=max(document.next_id, id_number(block.id) + 1),
    )


def _remove_block(document: Document, edit: RemoveBlock, _: Catalog) -> Document:
    _block(document, edit.block)
    graph = document.graph
    into = graph.wires_into.get(edit.block, ())
    source = into[0].source if edit.bridge and into and into[0].source.block != edit.block else None
    wires: list[Wire] = []
    for wire in graph.wires:
        if wire.target.block == edit.block:
            continue
        if wire.source.block != edit.block:
            wires.append(wire)
        elif source is not None and wire.source.port == "output":
            wires.append(replace(wire, source=source))
    blocks = tuple(block for block in graph.blocks if block.id != edit.block)
    outputs = document.outputs
    if outputs is not None:
        outputs = tuple(port for port in outputs if port.block != edit.block)
    layout = {block_id: place for block_id, place in document.layout.items() if block_id != edit.block}
    return replace(document, graph=Graph(blocks, tuple(wires)), outputs=outputs or None, layout=layout)


def _replace_block(document: Document, edit: ReplaceBlock, _: Catalog) -> Document:
    block = _block(document, edit.block)
    return _with_block(document, replace(block, type=edit.type, arguments=edit.arguments, call={}))


def _insert(document: Document, edit: Insert, catalog: Catalog) -> Document:
    wires = document.graph.wires
    place = next(
        (at for at, wire in enumerate(wires) if (wire.source, wire.target) == (edit.source, edit.target)), None
    )
    if place is None:
        raise EditError(f"There is no wire from {edit.source} to {edit.target} to put {edit.type} into.")
    new_id = f"b{document.next_id}"
    name = free_name(snake_case(edit.type), (block.name for block in document.graph.blocks))
    block = Block(new_id, edit.type, name, edit.arguments)
    grown = Graph((*document.graph.blocks, block), wires)
    ports = ports_of(block, grown, catalog)
    if not ports.inputs or not ports.outputs:
        raise EditError(f"{edit.type} has no input and cannot stand in a wire.")
    first, last = PortRef(new_id, ports.inputs[0].name), PortRef(new_id, ports.outputs[0].name)
    wires = (*wires[:place], Wire(edit.source, first), replace(wires[place], source=last), *wires[place + 1 :])
    return replace(
        document,
        graph=Graph(grown.blocks, wires),
        layout=_with_middle(document, new_id, edit),
        next_id=document.next_id + 1,
    )


def _with_middle(document: Document, new_id: str, edit: Insert) -> dict[str, tuple[float, float]]:
    ends = [document.layout[end.block] for end in (edit.source, edit.target) if end.block in document.layout]
    if len(ends) < 2:
        return dict(document.layout)
    (left, top), (right, bottom) = ends
    middle = (round((left + right) / 2), round((top + bottom) / 2) + INSERT_DROP)
    return {**document.layout, new_id: middle}


INSERT_DROP = 96
"""How far below the middle of the wire an inserted block is drawn, in pixels, so that it covers neither end."""


def _set_outputs(document: Document, edit: SetOutputs, _: Catalog) -> Document:
    for port in edit.outputs or ():
        _block(document, port.block)
    return replace(document, outputs=edit.outputs)


def _set_sample(document: Document, edit: SetSample, _: Catalog) -> Document:
    return replace(document, sample=edit.sample)


def _rename(document: Document, edit: Rename, _: Catalog) -> Document:
    block = _block(document, edit.block)
    if not edit.name.strip():
        raise EditError(f"{block.name} needs a name that is not empty.")
    name = edit.name.strip()
    if block.type != INPUT:
        return _with_block(document, replace(block, name=name))
    if any(other.name == name and other.id != block.id for other in document.graph.inputs):
        raise EditError(f"There is already an Input called {name}: the sample needs a name for each.")
    inputs = document.sample.get("inputs")
    sample = document.sample
    if isinstance(inputs, dict) and block.name in inputs:
        renamed = {name if key == block.name else key: value for key, value in inputs.items()}
        sample = {**document.sample, "inputs": renamed}
    return replace(_with_block(document, replace(block, name=name)), sample=sample)


def _move(document: Document, edit: Move, _: Catalog) -> Document:
    _block(document, edit.block)
    return replace(document, layout={**document.layout, edit.block: edit.position})


def _set_seed(document: Document, edit: SetSeed, _: Catalog) -> Document:
    return replace(document, seed=edit.seed)


def _set_weights(document: Document, edit: SetWeights, _: Catalog) -> Document:
    return replace(document, weights=edit.path)


_APPLIERS = cast(
    "dict[type, Callable[[Document, Any, Catalog], Document]]",
    {
        SetArgument: _set_argument,
        UnsetArgument: _unset_argument,
        SetCall: _set_call,
        Connect: _connect,
        Disconnect: _disconnect,
        AddBlock: _add_block,
        RemoveBlock: _remove_block,
        ReplaceBlock: _replace_block,
        Insert: _insert,
        SetOutputs: _set_outputs,
        SetSample: _set_sample,
        Rename: _rename,
        Move: _move,
        SetSeed: _set_seed,
        SetWeights: _set_weights,
    },
)
