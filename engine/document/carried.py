"""A document that goes to another folder still finds the files that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from engine.document.values import Document
from engine.graph.values import Json

FILES = ("path", "valid", "labels")
"""What of an Input's sample may name a file, `FILE` or `FILE#NAME`."""


def carried(document: Document, old: Path, new: Path) -> Document:
    """The document with paths that are true from another folder; those of files that are not there stay as they are."""
    if old == new:
        return document
    weights = _carried(document.weights, old, new) if document.weights else ""
    inputs = document.sample.get("inputs")
    if not isinstance(inputs, Mapping):
        return replace(document, weights=weights)
    entries = {name: _entry(entry, old, new) for name, entry in cast("Mapping[str, Json]", inputs).items()}
    return replace(document, weights=weights, sample={**document.sample, "inputs": entries})


def _entry(entry: Json, old: Path, new: Path) -> Json:
    if not isinstance(entry, Mapping):
        return entry
    given = cast("Mapping[str, Any]", entry)
    named = {key: _carried(given[key], old, new) for key in FILES if isinstance(given.get(key), str)}
    return {**given, **named}


def _carried(name: str, old: Path, new: Path) -> str:
    file, sign, member = name.partition("#")
    if not file or Path(file).is_absolute() or not (old / file).is_file():
        return name
    path = (old / file).resolve()
    below = path.is_relative_to(new.resolve())
    return str(path.relative_to(new.resolve()) if below else path) + sign + member
