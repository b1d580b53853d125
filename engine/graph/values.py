"""The values a graph is made of: blocks, ports, wires.

Everything here is frozen. Mappings inside are plain dictionaries that nobody changes after they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"
JsonObject: TypeAlias = "Mapping[str, Json]"

INPUT = "Input"
REUSE = "Reuse"
MASK_SUFFIX = ".mask"


@dataclass(frozen=True, slots=True, order=True)
class PortRef:
    """A port of a block, by names: `PortRef("b3", "output")`; a port's mask is `PortRef("b3", "output.mask")`."""

    block: str
    port: str

    def __str__(self) -> str:
        return f"{self.block}/{self.port}"


@dataclass(frozen=True, slots=True)
class Wire:
    """A connection from an output port to an input port.

    Attributes:
        extra: keys of the file that this version does not know; kept on save.
    """

    source: PortRef
    target: PortRef
    extra: JsonObject = field(default_factory=dict[str, Json], hash=False)


@dataclass(frozen=True)
class Block:
    """One layer on the canvas.

    Attributes:
        id: small and stable, such as `b12`; never reused in a document.
        type: the Keras class name, or `Input`, or `Reuse`; a custom layer's registered name `package>Class`.
        name: free text, shown to people.
        arguments: only what differs from Keras's defaults, under Keras's own names.
        call: settings of the call, such as `use_causal_mask`.
        extra: keys of the file that this version does not know; kept on save.
    """

    id: str
    type: str
    name: str
    arguments: JsonObject = field(default_factory=dict[str, Json])
    call: JsonObject = field(default_factory=dict[str, Json])
    extra: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True)
class Graph:
    """Blocks and wires in the order of the file. It may be wrong; it is never unrepresentable."""

    blocks: tuple[Block, ...] = ()
    wires: tuple[Wire, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Block]:
        """Blocks by id."""
        return {block.id: block for block in self.blocks}

    @cached_property
    def wires_into(self) -> Mapping[str, tuple[Wire, ...]]:
        """Wires that end at each block, in the order of the file."""
        return _grouped(self.wires, lambda wire: wire.target.block)

    @cached_property
    def wires_from(self) -> Mapping[str, tuple[Wire, ...]]:
        """Wires that start at each block, in the order of the file."""
        return _grouped(self.wires, lambda wire: wire.source.block)

    @cached_property
    def inputs(self) -> tuple[Block, ...]:
        """The Input blocks, in block order: the model's inputs."""
        return tuple(block for block in self.blocks if block.type == INPUT)

    def __contains__(self, block_id: str) -> bool:
        return block_id in self.by_id

    def block(self, block_id: str) -> Block:
        """The block of this id.

        Raises:
            KeyError: there is none.
        """
        return self.by_id[block_id]

    def sources(self, target: PortRef) -> tuple[PortRef, ...]:
        """What is wired into a port, in the order of the file (several only at a growing port)."""
        return tuple(wire.source for wire in self.wires_into.get(target.block, ()) if wire.target.port == target.port)


def _grouped(wires: tuple[Wire, ...], key: Callable[[Wire], str]) -> Mapping[str, tuple[Wire, ...]]:
    groups: dict[str, list[Wire]] = {}
    for wire in wires:
        groups.setdefault(key(wire), []).append(wire)
    return {name: tuple(group) for name, group in groups.items()}
