"""Small documents for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.edits import Connect
from engine.document.values import Document
from engine.graph.values import Block, Graph, JsonObject, PortRef, Wire
from engine.protocol.traced import TracedCell, TracedSignal
from tests.benchmarks.models import chain

__all__ = ["chain", "connected", "graph_of", "traced_cell", "with_sample"]


def with_sample(document: Document, batch: int = 4, **entry: Any) -> Document:
    """The document with a sample for its Input `series`."""
    return replace(document, sample={"batch": batch, "inputs": {"series": entry}})


def graph_of(blocks: dict[str, tuple[str, JsonObject]], wires: list[tuple[str, str]], **parts: Any) -> Document:
    """A document of `{id: (type, arguments)}` and wires such as `("b1.output", "b2.inputs")`; names are ids' types."""
    made = tuple(Block(key, kind, f"{kind.lower()}_{key}", arguments) for key, (kind, arguments) in blocks.items())
    ends = tuple(Wire(_port(source), _port(target)) for source, target in wires)
    return Document(Graph(made, ends), keras=load_snapshot().keras, next_id=len(made) + 1, seed=3, **parts)


def connected(document: Document, *wires: tuple[str, str]) -> Document:
    """The document with further wires."""
    return apply_all(document, [Connect(_port(a), _port(b)) for a, b in wires], load_snapshot())


def traced_cell(key: str, units: int, *names: str, kind: str = "LSTM") -> TracedCell:
    """A cell that can be looked at; its signals, `h` and `c` unless others are named, have equally many units."""
    block, _, path = key.partition("/")
    return TracedCell(
        block, path, kind, tuple(TracedSignal(block, path, name, ("unit",), (units,)) for name in names or ("h", "c"))
    )


def _port(text: str) -> PortRef:
    block, _, port = text.partition(".")
    return PortRef(block, port)
