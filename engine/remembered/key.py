"""What an analysis depends on, as a short key: the model and its sample, the options, the versions, the files it reads."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

from engine.document.file import encode_document
from engine.document.file_options import file_of
from engine.document.values import Document
from engine.graph.values import Json

SEMANTIC = ("blocks", "wires", "outputs", "seed", "sample", "weights")
"""The parts of a document that an analysis depends on: not the layout, notes and groups."""
LIBRARIES = ("tensorflow", "keras", "numpy", "polars")
ENGINE = Path(__file__).resolve().parents[1]


def analysis_key(document: Document, folder: Path | None, *, probe: bool) -> str:
    """The key of an analysis; empty: it must not be kept, since the document has a custom layer."""
    content = encode_document(document)
    if any(custom_layers(content)):
        return ""
    files = file_states(document, folder)
    whole = {
        "document": {name: content.get(name) for name in SEMANTIC},
        "files": files,
        "probe": probe,
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def file_states(document: Document, folder: Path | None) -> list[str]:
    """The files that a document reads, each with its size and time: `x.npz: 120, 17…`."""
    found = set(_files(document.sample, folder))
    if document.weights:
        found.add(f"{document.weights}: {_state(Path(folder or '.') / document.weights)}")
    return sorted(found)


def custom_layers(content: Json) -> Iterator[str]:
    """Types of layers, however deeply nested, whose source we cannot see (`package>Class`)."""
    if isinstance(content, dict):
        kind = content.get("type")
        if isinstance(kind, str) and ">" in kind:
            yield kind
        for member in content.values():
            yield from custom_layers(member)
    elif isinstance(content, list):
        for member in content:
            yield from custom_layers(member)


def _files(content: Any, folder: Path | None) -> Iterator[str]:
    """The files that the sample reads, with their size and time."""
    if isinstance(content, dict):
        fields = cast("dict[str, Any]", content)
        for name in (fields.get("path"), fields.get("valid"), fields.get("labels")):
            if isinstance(name, str):
                yield f"{name}: {_state(Path(folder or '.') / file_of(name))}"
        for member in fields.values():
            yield from _files(member, folder)


def _state(path: Path) -> str:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return "none"
    return f"{found.st_size}, {found.st_mtime_ns}"


@cache
def versions() -> str:
    """The libraries that answer, and this engine: its sources by name, size and time."""
    libraries = [installed for name in LIBRARIES for installed in _installed(name)]
    sources = [f"{path.relative_to(ENGINE)}: {_state(path)}" for path in sorted(ENGINE.rglob("*.py"))]
    return hashlib.sha256("\n".join([*libraries, *sources]).encode()).hexdigest()


def _installed(name: str) -> Iterator[str]:
    """`keras-3.15.1.dist-info` and its like: quicker than `importlib.metadata`, which reads every package."""
    found = importlib.util.find_spec(name)
    for folder in found.submodule_search_locations or () if found is not None else ():
        yield from (path.name for path in Path(folder).parent.glob(f"{name}-*.dist-info"))
