"""How a model that people ask about is written down, and how it becomes a document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import Block, Graph, JsonObject, PortRef, Wire

Named = tuple[str, str, JsonObject]
"""Name, type and arguments of a block."""


@dataclass(frozen=True)
class Asked:
    """A model that somebody asked about.

    Attributes:
        title: what it is.
        where: where such a model is asked about: `OWNER/REPOSITORY#THREAD`, or the kind of place.
        blocks: in order; each is wired to the one before unless `wires` says otherwise.
        wires: such as `encoder.state_h>decoder.initial_state_h`; ports default to output and inputs.
        code, block, cause: of the one problem, by the blocks' names; an empty cause: the block itself.
        first: the title of the fix that must be first; empty: there is none to offer.
        sample: the document's.
        call: call-time settings by the block's name.
    """

    title: str
    where: str
    blocks: tuple[Named, ...]
    code: str
    block: str
    cause: str
    first: str
    wires: tuple[str, ...] = ()
    sample: JsonObject = field(default_factory=dict[str, Any])

    def document(self) -> Document:
        """The model as a document."""
        ids = {name: f"b{at}" for at, (name, *_) in enumerate(self.blocks, 1)}
        made = tuple(Block(ids[name], kind, name, arguments) for name, kind, arguments in self.blocks)
        chain = tuple(f"{a[0]}>{b[0]}" for a, b in zip(self.blocks, self.blocks[1:], strict=False))
        wires = tuple(_wire(text, ids) for text in self.wires or chain)
        catalog = load_snapshot()
        return Document(Graph(made, wires), keras=catalog.keras, seed=5, next_id=len(made) + 1, sample=self.sample)


def _wire(text: str, ids: dict[str, str]) -> Wire:
    source, _, target = text.partition(">")
    return Wire(_port(source, "output", ids), _port(target, "inputs", ids))


def _port(text: str, usual: str, ids: dict[str, str]) -> PortRef:
    name, _, port = text.partition(".")
    return PortRef(ids[name], port or usual)


def layer(kind: str, **arguments: Any) -> JsonObject:
    """A nested layer."""
    return {"type": kind, "arguments": arguments}


def series(features: int = 3, length: int | None = None) -> Named:
    """An Input of sequences."""
    return ("series", "Input", {"shape": [length, features]})


def tokens(length: int | None = None) -> Named:
    """An Input of tokens."""
    return ("tokens", "Input", {"shape": [length], "dtype": "int32"})


def padded(name: str = "series", lengths: tuple[int, ...] = (10, 4, 7), **entry: Any) -> JsonObject:
    """A sample with padding after the valid steps."""
    return {"batch": 6, "inputs": {name: {"lengths": list(lengths), **entry}}}


SEQUENCES = {"return_sequences": True}
STATES = {"return_state": True}
EMBEDDING: Named = ("embedding", "Embedding", {"input_dim": 50, "output_dim": 8, "mask_zero": True})
