"""What broke while data ran through the model, as a diagnostic at the block where it broke."""

from __future__ import annotations

import re

from engine.analysis.values import Diagnostic
from engine.document.values import Document
from engine.graph.values import Block

LONGEST = 240
NO_ROOM = "ResourceExhaustedError"
REMEDY = "Use a smaller batch, fewer timesteps or fewer units; other programs may hold memory too."
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
    if is_out_of_memory(error):
        return _out_of_memory(block, message)
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


def is_out_of_memory(error: BaseException) -> bool:
    """Python, the C++ below it or TensorFlow's allocator had no room."""
    return isinstance(error, MemoryError) or type(error).__name__ == NO_ROOM or "std::bad_alloc" in str(error)


def _out_of_memory(block: Block | None, message: str) -> Diagnostic:
    """Names the block that had no room, what it wanted, and the remedy."""
    wanted = re.search(r"tensor with shape\[([\d,]+)\]", message)
    what = "" if wanted is None else f" for a tensor ({wanted[1].replace(',', ', ')})"
    name = block.name if block is not None else "the model"
    return Diagnostic(
        code="run.memory",
        severity="error",
        stage="run",
        block=block.id if block is not None else "",
        title=f"There is not enough memory to run {name}{what}",
        detail=REMEDY,
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
