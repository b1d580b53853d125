"""How many units give a block as many parameters as it had: Keras is asked for each number that is tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.analysis.values import Analysis, TensorSpec
from engine.catalog.spec import Catalog
from engine.document.apply import apply_all
from engine.document.edits import SetArgument
from engine.document.values import Document
from engine.graph.values import INPUT, Block, Graph, PortRef, Wire

MOST_UNITS = 1 << 20
ALONE, ENTRY = "b2", "b1"


def sized_alike(
    before: Document,
    document: Document,
    block: str,
    path: str,
    catalog: Catalog,
    analyse: Callable[[Document, Path | None], Analysis],
) -> Document | str:
    """The document with so many units in a block that its parameters come closest to those before; else a sentence.

    Args:
        before: the document to be compared with; the block stands in it.
        path: of the argument, `units` or `layer.arguments.units`.
    """
    known = analyse(before, None).blocks.get(block)
    arrives = None if known is None else known.inputs.get("inputs")
    if known is None or not known.parameters or not isinstance(arrives, TensorSpec):
        return "The parameters of this block are not known, so none can be as large."

    def parameters(units: int) -> int:
        changed = apply_all(document, (SetArgument(block, path, units),), catalog).block(block)
        found = analyse(_alone(changed, arrives), None).blocks.get(ALONE)
        return (found.parameters if found is not None else None) or 0

    units = nearest(known.parameters, parameters)
    if not units:
        return "Keras does not say how many parameters the other layer would have."
    return apply_all(document, (SetArgument(block, path, units),), catalog)


def _alone(block: Block, arrives: TensorSpec) -> Document:
    """The block behind an Input of what arrives at it."""
    shape = [size if axis > 1 else None for axis, size in enumerate(arrives.shape)][1:]
    entry = Block(ENTRY, INPUT, "arrives", {"shape": shape, "dtype": arrives.dtype})
    wire = Wire(PortRef(ENTRY, "output"), PortRef(ALONE, "inputs"))
    return Document(Graph((entry, Block(ALONE, block.type, block.name, block.arguments)), (wire,)), next_id=3)


def nearest(target: int, parameters: Callable[[int], int]) -> int:
    """The number of units whose parameters are nearest to a target; parameters grow with them. 0: they are not known.

    >>> nearest(10, lambda units: units * units)
    3
    """
    low, high = 1, 1
    while high < MOST_UNITS:
        found = parameters(high)
        if not found:
            return 0
        if found >= target:
            break
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if parameters(middle) < target:
            low = middle
        else:
            high = middle
    return min((low, high), key=lambda units: abs(parameters(units) - target))
