"""Candidates of fixes that several families share; `engine.runtime.fixes` keeps those that work."""

from __future__ import annotations

from engine.analysis.arguments import spoken
from engine.analysis.values import Fix, shape_text
from engine.catalog.spec import Catalog
from engine.document.edits import Insert, RemoveBlock, ReplaceBlock, SetArgument
from engine.graph.values import Block, Json, JsonObject
from engine.runtime.explain.case import Arrival, sequences_path
from engine.runtime.infer import Shape

REPEATS = 10
FEATURES = 3
TOKENS, WIDTH = 1000, 32


def turn_on_sequences(block: Block, catalog: Catalog) -> Fix:
    """A recurrent block gives every step."""
    return Fix(
        f"Turn on return_sequences in {block.name}", (SetArgument(block.id, sequences_path(block, catalog), True),)
    )


def turn_off_sequences(block: Block, catalog: Catalog) -> Fix:
    """A recurrent block gives its last step alone."""
    path = sequences_path(block, catalog, on=True)
    return Fix(f"Turn off return_sequences in {block.name}", (SetArgument(block.id, path, False),))


def repeat(arrival: Arrival) -> Fix:
    """A vector becomes a sequence of equal steps."""
    shape = arrival.shape
    repeated = shape_text((shape[0], REPEATS, *shape[1:]))
    return inserted(arrival, "RepeatVector", {"n": REPEATS}, f"Repeat it, {REPEATS} times {repeated}")


def inserted(arrival: Arrival, kind: str, arguments: JsonObject, title: str) -> Fix:
    """A new block in the wire over which something arrives."""
    return Fix(title, (Insert(kind, arguments, arrival.wire.source, arrival.wire.target),))


def given(block: Block, argument: str, value: Json, title: str = "") -> Fix:
    """Another value of an argument."""
    named = argument.rsplit(".", 1)[-1]
    return Fix(title or f"Set {named} of {block.name} to {spoken(value)}", (SetArgument(block.id, argument, value),))


def replaced(block: Block, kind: str, arguments: JsonObject, title: str) -> Fix:
    """Another layer in the block's place."""
    return Fix(title, (ReplaceBlock(block.id, kind, arguments),))


def taken_out(block: Block, title: str = "") -> Fix:
    """The block's source is wired to where its output went."""
    return Fix(title or f"Take {block.name} out", (RemoveBlock(block.id, bridge=True),))


def reshaped_input(block: Block, shape: Shape, title: str = "") -> Fix:
    """An Input of another shape.

    Args:
        shape: with the batch.
    """
    text = shape_text(shape)
    if "batch_shape" in block.arguments:
        return given(block, "batch_shape", list(shape), title or f"Make {block.name} {text}")
    return given(block, "shape", list(shape[1:]), title or f"Make {block.name} {text}")
