"""Keras's refusals as diagnostics that say the cause, in the block's own name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.analysis.values import Diagnostic
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.runtime.infer import THIS_BLOCK, Failure
from engine.runtime.survey import Record


def explain(document: Document, records: Mapping[str, Record], catalog: Catalog) -> tuple[Diagnostic, ...]:
    """A diagnostic for each block that Keras refuses, in block order."""
    found: list[Diagnostic] = []
    for block in document.graph.blocks:
        record = records.get(block.id)
        if record is None:
            continue
        failure = record.outcome.failure if record.outcome is not None else None
        if failure is not None:
            found.append(_in_keras_words(record, failure))
    return tuple(found)


def _in_keras_words(record: Record, failure: Failure) -> Diagnostic:
    name = record.block.name
    message = failure.message.replace(THIS_BLOCK, name)
    return Diagnostic(
        f"keras.{failure.stage}",
        "error",
        failure.stage,
        record.block.id,
        f"{name}: {first_sentence(message)}",
        keras=message,
    )


def first_sentence(message: str) -> str:
    """The first sentence of a message of Keras, on one line."""
    text = " ".join(message.split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", text, maxsplit=1)[0][:300]
