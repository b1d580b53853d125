"""What broke while data ran through the model, as a diagnostic at the block where it broke."""

from __future__ import annotations

import re

from engine.analysis.values import Diagnostic
from engine.document.values import Document

LONGEST = 240
MACHINERY = (  # what TensorFlow puts around its sentence: where in its graph, called from which line of whose code
    (r"Graph execution error:", ""),
    (r"(?m)^Detected at node .*$", ""),
    (r'(?m)^ *File ".*", line \d+, in .*$', ""),
    (r"(?m)^<stack traces unavailable>$", ""),
    (r"\{\{function_node [^}]*\}\} ?", ""),
    (r"\s*\[\[\{\{node [^}]*\}\}\]\]", ""),
    (r" ?\[Op:\w*\](?: name:[ \t]*\S*)?", ""),
    (r"for '\{\{node [^}]*\}\} = (\w+)(?:\[[^\]]*\])?\([^)]*\)' ", r"in \1 "),
)


def run_failure(document: Document, block_id: str, error: Exception) -> Diagnostic:
    """The diagnostic of an exception that a block's operation raised with data."""
    message = with_names(without_machinery(str(error)) or type(error).__name__, document)
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


def without_machinery(message: str) -> str:
    """The sentences of a message of Keras or TensorFlow, without tracebacks and places in graphs."""
    for pattern, kept in MACHINERY:
        message = re.sub(pattern, kept, message)
    return "\n".join(line.rstrip() for line in message.splitlines() if line.strip())


def with_names(message: str, document: Document) -> str:
    """Keras's words with the blocks' names in the place of their ids (the engine names Keras layers by id)."""

    def name(found: re.Match[str]) -> str:
        block = document.graph.by_id.get(found[0])
        return block.name if block is not None else found[0]

    return re.sub(r"\bb\d+\b", name, message)
