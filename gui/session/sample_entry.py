"""The sample as a document holds it: the entry of an Input, read, changed, pointed at a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.document.file_options import FILE_KEYS, OF_SUFFIX, suffix_of
from engine.document.values import Document
from engine.graph.values import Block, Json, JsonObject


def entry_of(document: Document, block: Block) -> Mapping[str, Any]:
    """What the sample says of an Input."""
    entries = document.sample.get("inputs", {})
    entry = entries.get(block.name, {}) if isinstance(entries, Mapping) else {}
    return entry if isinstance(entry, Mapping) else {}


def with_entry(document: Document, block: Block, changes: Mapping[str, Json]) -> JsonObject:
    """The sample with other parts of an Input's entry; null takes one away."""
    entry = {**entry_of(document, block), **changes}
    inputs = document.sample.get("inputs")
    others = dict(inputs) if isinstance(inputs, Mapping) else {}
    kept: JsonObject = {name: value for name, value in entry.items() if value is not None}
    return {**document.sample, "inputs": {**others, block.name: kept}}


def fed_from(document: Document, block: Block, path: str) -> JsonObject:
    """The sample with a file as the source of an Input; what was said of a file of another kind goes."""
    kept = OF_SUFFIX.get(suffix_of(path), tuple(FILE_KEYS))
    others = {key: None for key in FILE_KEYS if key not in kept}
    return with_entry(document, block, {"kind": "file", "path": path, **others})


def relative_to(path: Path, folder: Path | None) -> str:
    """A path as the document says it: relative to its folder where it lies below it."""
    if folder is not None and path.is_relative_to(folder):
        return str(path.relative_to(folder))
    return str(path)
