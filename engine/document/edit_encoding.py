"""Edits as JSON, as a fix in `check --json` carries them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

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
from engine.document.file import decode_block, decode_port, encode_block, encode_port
from engine.graph.values import Json, JsonObject


def encode_edit(edit: Edit) -> dict[str, Json]:
    """The JSON form of an edit."""
    match edit:
        case SetArgument():
            return {"edit": "set_argument", "block": edit.block, "argument": edit.argument, "value": edit.value}
        case UnsetArgument():
            return {"edit": "unset_argument", "block": edit.block, "argument": edit.argument}
        case SetCall():
            return {"edit": "set_call", "block": edit.block, "argument": edit.argument, "value": edit.value}
        case Connect():
            return _with_index("connect", edit)
        case Disconnect():
            return _with_index("disconnect", edit)
        case AddBlock():
            position = {} if edit.position is None else {"position": list(edit.position)}
            return {"edit": "add_block", "block": encode_block(edit.block), **position}
        case RemoveBlock():
            return {"edit": "remove_block", "block": edit.block, "bridge": edit.bridge}
        case ReplaceBlock():
            return {"edit": "replace_block", "block": edit.block, "type": edit.type, "arguments": edit.arguments}
        case Insert():
            new: dict[str, Json] = {"type": edit.type, "arguments": edit.arguments}
            return {"edit": "insert", "new": new, "from": encode_port(edit.source), "to": encode_port(edit.target)}
        case SetOutputs():
            ports = None if edit.outputs is None else [encode_port(port) for port in edit.outputs]
            return {"edit": "set_outputs", "outputs": ports}
        case SetSample():
            return {"edit": "set_sample", "sample": edit.sample}
        case Rename():
            return {"edit": "rename", "block": edit.block, "name": edit.name}
        case Move():
            return {"edit": "move", "block": edit.block, "position": list(edit.position)}
        case SetSeed():
            return {"edit": "set_seed", "seed": edit.seed}
        case SetWeights():
            return {"edit": "set_weights", "weights": edit.path or None}


def _with_index(kind: str, edit: Connect | Disconnect) -> dict[str, Json]:
    index = {} if edit.index is None else {"index": edit.index}
    return {"edit": kind, "from": encode_port(edit.source), "to": encode_port(edit.target), **index}


def decode_edit(content: JsonObject) -> Edit:
    """The edit of a JSON form.

    Raises:
        EditError: it is none.
    """
    decoder = _DECODERS.get(str(content.get("edit")))
    if decoder is None:
        raise EditError(f"There is no edit called {content.get('edit')}.")
    try:
        return decoder(cast("Mapping[str, Any]", content))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EditError(f"The edit {content.get('edit')} is incomplete: {error}.") from None


def _position(value: Any) -> tuple[float, float]:
    left, top = value
    return left, top


_DECODERS: dict[str, Callable[[Mapping[str, Any]], Edit]] = {
    "set_argument": lambda e: SetArgument(e["block"], e["argument"], e["value"]),
    "unset_argument": lambda e: UnsetArgument(e["block"], e["argument"]),
    "set_call": lambda e: SetCall(e["block"], e["argument"], e["value"]),
    "connect": lambda e: Connect(decode_port(e["from"]), decode_port(e["to"]), e.get("index")),
    "disconnect": lambda e: Disconnect(decode_port(e["from"]), decode_port(e["to"]), e.get("index")),
    "add_block": lambda e: AddBlock(decode_block(e["block"]), _position(e["position"]) if "position" in e else None),
    "remove_block": lambda e: RemoveBlock(e["block"], bool(e.get("bridge", False))),
    "replace_block": lambda e: ReplaceBlock(e["block"], e["type"], e.get("arguments", {})),
    "insert": lambda e: Insert(
        e["new"]["type"], e["new"].get("arguments", {}), decode_port(e["from"]), decode_port(e["to"])
    ),
    "set_outputs": lambda e: SetOutputs(
        None if e["outputs"] is None else tuple(decode_port(port) for port in e["outputs"])
    ),
    "set_sample": lambda e: SetSample(e["sample"]),
    "rename": lambda e: Rename(e["block"], e["name"]),
    "move": lambda e: Move(e["block"], _position(e["position"])),
    "set_seed": lambda e: SetSeed(e["seed"]),
    "set_weights": lambda e: SetWeights(e["weights"] or ""),
}
