"""Edits as values, and `apply(document, edit) -> Document`, which is pure.

An edit names blocks by id and ports by name. Its JSON form (`encode_edit`, `decode_edit`) is what a fix carries in
`check --json`, in the worker's answers and in a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.document.values import Position
from engine.graph.values import Block, Json, JsonObject, PortRef


@dataclass(frozen=True)
class SetArgument:
    """Sets an argument, by name or by path (`layer.arguments.units`)."""

    block: str
    argument: str
    value: Json


@dataclass(frozen=True)
class UnsetArgument:
    """Takes an argument back to Keras's default."""

    block: str
    argument: str


@dataclass(frozen=True)
class SetCall:
    """Sets a call-time setting (`use_causal_mask`); null takes it away."""

    block: str
    argument: str
    value: Json


@dataclass(frozen=True)
class Connect:
    """Wires an output port to an input port. A growing port appends, or takes the wire at `index`; any other replaces."""

    source: PortRef
    target: PortRef
    index: int | None = None


@dataclass(frozen=True)
class Disconnect:
    """Takes a wire away; `index` counts among wires with these same two ends."""

    source: PortRef
    target: PortRef
    index: int | None = None


@dataclass(frozen=True)
class AddBlock:
    """Adds a block; its id must be new. `position` is where it is drawn."""

    block: Block
    position: Position | None = None


@dataclass(frozen=True)
class RemoveBlock:
    """Removes a block with its wires; `bridge` wires its main input's source to where its output went."""

    block: str
    bridge: bool = False


@dataclass(frozen=True)
class ReplaceBlock:
    """Gives a block another type and other arguments; wires stay."""

    block: str
    type: str
    arguments: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True)
class Insert:
    """Puts a new block into a wire; its id comes from `next_id`, its name from its type."""

    type: str
    arguments: JsonObject
    source: PortRef
    target: PortRef


@dataclass(frozen=True)
class SetOutputs:
    """Chooses the model's outputs; None: derived from the graph."""

    outputs: tuple[PortRef, ...] | None


@dataclass(frozen=True)
class SetSample:
    """Replaces the whole sample."""

    sample: JsonObject


@dataclass(frozen=True)
class SetWeights:
    """Names the file with trained weights, relative to the document; empty: all weights are seeded."""

    path: str


@dataclass(frozen=True)
class Rename:
    """Gives a block another name; an Input's name is rewritten in the sample too."""

    block: str
    name: str


@dataclass(frozen=True)
class Move:
    """Moves a block on the canvas."""

    block: str
    position: Position


@dataclass(frozen=True)
class SetSeed:
    """Sets the seed of weights and data."""

    seed: int


Edit: TypeAlias = (
    SetArgument
    | UnsetArgument
    | SetCall
    | Connect
    | Disconnect
    | AddBlock
    | RemoveBlock
    | ReplaceBlock
    | Insert
    | SetOutputs
    | SetSample
    | Rename
    | Move
    | SetSeed
    | SetWeights
)
EditMap: TypeAlias = Mapping[str, type]


class EditError(ValueError):
    """An edit that cannot be applied to this document; its text is one sentence."""
