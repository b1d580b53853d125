"""What code draws, short enough to compare."""

from __future__ import annotations

import textwrap

from engine.catalog.snapshot import load_snapshot
from engine.importing.reading import read_text
from engine.importing.values import Reading

CATALOG = load_snapshot()


def reading_of(text: str) -> Reading:
    """The reading of a text, without the indent of a test."""
    return read_text(textwrap.dedent(text).strip("\n"), CATALOG)


def blocks_of(reading: Reading) -> list[str]:
    """`name: Type(arguments)` of each block of the first draft."""
    blocks = reading.drafts[0].document.graph.blocks
    return [f"{b.name}: {b.type}({', '.join(f'{k}={v!r}' for k, v in b.arguments.items())})" for b in blocks]


def wires_of(reading: Reading) -> list[str]:
    """`name.port > name.port` of each wire of the first draft."""
    graph = reading.drafts[0].document.graph
    names = {block.id: block.name for block in graph.blocks}
    return [f"{names[w.source.block]}.{w.source.port} > {names[w.target.block]}.{w.target.port}" for w in graph.wires]


def reasons_of(reading: Reading) -> list[str]:
    """Why things were left out."""
    return [left.reason for left in reading.skipped]
