"""Variants of a model to compare it with: another recurrent layer in the place of a block, no mask, padding at the other end.

A variant is a document, made from another one by edits; nothing of the other changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from engine.catalog.arguments import effective, nested_layer, set_argument
from engine.catalog.ports import ports_of
from engine.catalog.spec import Catalog
from engine.document.apply import apply_all
from engine.document.edits import Disconnect, Edit, RemoveBlock, ReplaceBlock, SetSample, UnsetArgument
from engine.document.file_options import is_ragged
from engine.document.outputs import is_mask, without_mask
from engine.document.sample import InputSample, Padding, has_time, read_sample
from engine.document.values import Document
from engine.graph.order import upstream
from engine.graph.values import Block, Graph, Json, JsonObject, PortRef, Wire

RECURRENT = ("LSTM", "GRU", "SimpleRNN")
CELL = "Cell"
SAME_SIZE = "="
PADDED_HERE = "Sequences of their own lengths (CSV, JSON lines) are padded here."
NO_MASK, PADDING, TRAINING = "no mask", "padding", "training"
Mode: TypeAlias = Literal["", "training", "inference"]
STATE_PORTS: Mapping[tuple[str, str], str] = {
    ("GRU", "state_h"): "state",
    ("GRU", "initial_state_h"): "initial_state",
    ("SimpleRNN", "state_h"): "state",
    ("SimpleRNN", "initial_state_h"): "initial_state",
    ("LSTM", "state"): "state_h",
    ("LSTM", "initial_state"): "initial_state_h",
}
"""What a port of a recurrent layer is called where another layer stands in its place."""


@dataclass(frozen=True)
class Variant:
    """Another model of the same task.

    Attributes:
        key: chooses it again from a document that was edited since.
        title: in a menu.
        name: of the variant in a sentence and on a line: `GRU`, `no mask`.
        says: what it changes, as a sentence.
        units: path of the argument that is chosen so that the block has as many parameters as before; empty: none is.
        mode: it is run in this mode; empty: in the same.
    """

    key: str
    title: str
    name: str
    says: str
    document: Document
    units: str = ""
    mode: Mode = ""


def variants(document: Document, block_id: str, catalog: Catalog, *, training: bool = False) -> tuple[Variant, ...]:
    """What a block can be compared with.

    Args:
        training: the document is run in training mode.
    """
    if block_id not in document.graph:
        return ()
    block = document.block(block_id)
    found = [*_other_layers(document, block, catalog)]
    found += _unmasked(document, block, catalog)
    found += _padded_otherwise(document, block, catalog)
    mode: Mode = "inference" if training else "training"
    title = "Inference" if training else "Training mode"
    says = f"The same model in {'inference' if training else 'training mode, with dropout'}."
    return (*found, Variant(TRAINING, title, title.lower(), says, document, mode=mode))


def variant(document: Document, block_id: str, key: str, catalog: Catalog, *, training: bool = False) -> Variant | None:
    """The variant of a key, or None: the document has none such (any more)."""
    return next((one for one in variants(document, block_id, catalog, training=training) if one.key == key), None)


# --- another layer in the place of a block -----------------------------------------------------------------------


def _other_layers(document: Document, block: Block, catalog: Catalog) -> Iterator[Variant]:
    place = recurrent_place(block)
    if place is None:
        return
    path, now = place
    for kind in RECURRENT:
        if kind == now:
            continue
        changed, lost = _replaced(document, block, path, kind, catalog)
        article = "an" if now == "LSTM" else "a"
        says = f"{kind} in place of {article} {now} in {block.name}"
        tail = f"; nothing takes the place of {', '.join(lost)}." if lost else "."
        yield Variant(kind, kind, kind, f"{says}, as many units{tail}", changed)
        yield Variant(
            kind + SAME_SIZE,
            f"{kind} with the same number of parameters",
            f"{kind} of equal size",
            f"{says}, as many parameters{tail}",
            changed,
            units=f"{path}arguments.units" if path else "units",
        )


def recurrent_place(block: Block) -> tuple[str, str] | None:
    """Where a block says which recurrent layer it is, and which: `("", "LSTM")`, `("layer.", "GRU")`; None: it has none."""
    if block.type in RECURRENT:
        return "", block.type
    holder = {"Bidirectional": "layer", "RNN": "cell"}.get(block.type)
    if holder is None or "backward_layer" in block.arguments:
        return None
    nested = nested_layer(block.arguments.get(holder))
    kind = "" if nested is None else nested[0].removesuffix(CELL if holder == "cell" else "")
    return (f"{holder}.", kind) if kind in RECURRENT else None


def _replaced(
    document: Document, block: Block, path: str, kind: str, catalog: Catalog
) -> tuple[Document, tuple[str, ...]]:
    """The document with another layer in a block, and the ports that nothing takes the place of."""
    if path:
        holder = path.removesuffix(".")
        _, inner = nested_layer(block.arguments.get(holder)) or ("", cast("JsonObject", {}))
        type_name = kind + CELL if holder == "cell" else kind
        told: JsonObject = {"type": type_name, "arguments": _taken(inner, type_name, catalog)}
        arguments: JsonObject = set_argument(block.arguments, holder, told)
        edit = ReplaceBlock(block.id, block.type, arguments)
    else:
        edit = ReplaceBlock(block.id, kind, _taken(block.arguments, kind, catalog))
    changed = apply_all(document, (edit,), catalog)
    return _rewired(changed, block.id, kind, catalog)


def _taken(arguments: JsonObject, kind: str, catalog: Catalog) -> JsonObject:
    """The arguments that the other layer takes too."""
    spec = catalog.layers.get(kind)
    return {name: value for name, value in arguments.items() if spec is not None and spec.argument(name) is not None}


def _rewired(document: Document, block_id: str, kind: str, catalog: Catalog) -> tuple[Document, tuple[str, ...]]:
    """Wires and outputs at the ports that the layer in the block has now."""
    ports = ports_of(document.block(block_id), document.graph, catalog)
    outputs, inputs = ({port.name for port in some} for some in (ports.outputs, ports.inputs))
    lost: list[str] = []

    def moved(port: PortRef, there: set[str]) -> PortRef | None:
        if port.block != block_id:
            return port
        plain = without_mask(port).port
        name = plain if plain in there else STATE_PORTS.get((kind, plain), "")
        if name in there:
            return PortRef(block_id, name + port.port.removeprefix(plain))
        lost.append(plain)
        return None

    wires: list[Wire] = []
    for wire in document.graph.wires:
        source, target = moved(wire.source, outputs), moved(wire.target, inputs)
        if source is not None and target is not None:
            wires.append(replace(wire, source=source, target=target))
    chosen = document.outputs
    if chosen is not None:
        kept = tuple(port for port in (moved(one, outputs) for one in chosen) if port is not None)
        chosen = kept or None
    changed = replace(document, graph=Graph(document.graph.blocks, tuple(wires)), outputs=chosen)
    return changed, tuple(dict.fromkeys(lost))


# --- no mask -----------------------------------------------------------------------------------------------------


def _unmasked(document: Document, block: Block, catalog: Catalog) -> Iterator[Variant]:
    """Without whatever masks above a block."""
    graph = document.graph
    concerned = upstream(graph, [block.id]) | {block.id}
    edits: list[Edit] = [
        Disconnect(wire.source, wire.target)
        for wire in graph.wires
        if wire.target.block in concerned and is_mask(wire.source)
    ]
    makers: list[str] = []
    for one in graph.blocks:
        spec = catalog.layers.get(one.type)
        if one.id not in concerned:
            continue
        if one.type == "Masking":
            edits.append(RemoveBlock(one.id, bridge=True))
            makers.append(one.name)
        elif one.type == "Embedding" and effective(one.arguments, spec, "mask_zero"):
            edits.append(UnsetArgument(one.id, "mask_zero"))
            makers.append(one.name)
    if edits and block.type != "Masking":
        whose = f" of {', '.join(makers)}" if makers else ""
        says = f"Without the mask{whose}: padding is read like data."
        yield Variant(NO_MASK, "No mask", "no mask", says, apply_all(document, edits, catalog))


# --- padding at the other end ------------------------------------------------------------------------------------


def _padded_otherwise(document: Document, block: Block, catalog: Catalog) -> Iterator[Variant]:
    """With the padding of the Inputs above at the other end; of files only where the sequences come unpadded."""
    concerned = upstream(document.graph, [block.id]) | {block.id}
    known = read_sample(document).inputs
    inputs = [one for one in document.graph.inputs if one.id in concerned and is_padded(one, known[one.id])]
    if not inputs:
        return
    now = known[inputs[0].id].padding
    wanted: Padding = "post" if now == "pre" else "pre"
    word, other = ("after", "before") if wanted == "post" else ("before", "after")
    sample = document.sample
    for one in inputs:
        sample = _with_padding(sample, one.name, wanted)
    says = f"The same sequences padded {word} instead of {other}."
    changed = apply_all(document, (SetSample(sample),), catalog)
    yield Variant(PADDING, f"Padded {word}", f"padded {word}", says, changed)


def why_no_padding(document: Document, block_id: str) -> str:
    """Why the sequences above a block cannot be padded at the other end, in a sentence; empty: they can, or have no padding."""
    concerned = upstream(document.graph, [block_id]) | {block_id}
    known = read_sample(document).inputs
    inputs = [one for one in document.graph.inputs if one.id in concerned and has_time(one)]
    if any(is_padded(one, known[one.id]) for one in inputs):
        return ""
    named = next((one.name for one in inputs if known[one.id].kind == "file" and known[one.id].valid != "all"), "")
    if not named:
        return ""
    return f"The array of {named} holds its padding: it is fed as it is. {PADDED_HERE}"


def is_padded(block: Block, told: InputSample) -> bool:
    """The sample pads this Input, and can pad it at the other end."""
    if not has_time(block):
        return False
    return is_ragged(told.path) if told.kind == "file" else told.lengths is not None


def _with_padding(sample: JsonObject, name: str, padding: Padding) -> JsonObject:
    inputs = cast("Mapping[str, Json]", sample.get("inputs") or {})
    entry = cast("JsonObject", inputs.get(name) or {})
    return {**sample, "inputs": {**inputs, name: {**entry, "padding": padding}}}
