"""What broke while data ran through the model, as a diagnostic at the block where it broke."""

from __future__ import annotations

import re

from engine.analysis.values import Diagnostic
from engine.document.values import Document

LONGEST = 240


def run_failure(document: Document, block_id: str, error: Exception) -> Diagnostic:
    """The diagnostic of an exception that a block's operation raised with data."""
    message = with_names(str(error).strip() or type(error).__name__, document)
    block = document.graph.by_id.get(block_id)
    first = message.splitlines()[0][:LONGEST]
    name = block.name if block is not None else "the model"
    return Diagnostic(
        code="keras.run",
        severity="error",
        stage="run",
        block=block_id,
        title=f"{name} fails when data runs through it",
        detail=first,
        keras=message,
    )


def with_names(message: str, document: Document) -> str:
    """Keras's words with the blocks' names in the place of their ids (the engine names Keras layers by id)."""

    def name(found: re.Match[str]) -> str:
        block = document.graph.by_id.get(found[0])
        return block.name if block is not None else found[0]

    return re.sub(r"\bb\d+\b", name, message)
