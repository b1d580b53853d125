"""Who made the masks that arrive at each block."""

from __future__ import annotations

from collections.abc import Mapping

from engine.document.outputs import is_mask, without_mask
from engine.runtime.survey import Record


def mask_makers(records: Mapping[str, Record]) -> dict[str, tuple[str, ...]]:
    """The blocks whose masks arrive at a block, or the block itself where it makes one; blocks without masks are left out.

    Args:
        records: in topological order.
    """
    makers: dict[str, tuple[str, ...]] = {}
    for block, record in records.items():
        if record.fate == "created":
            makers[block] = (block,)
        elif record.fate != "none":
            makers[block] = tuple(
                dict.fromkeys(maker for source in _sources(record) for maker in makers.get(source, ()))
            )
    return makers


def _sources(record: Record) -> list[str]:
    """The blocks from which a mask arrives, with a tensor or by itself."""
    found: list[str] = []
    for wire, above in zip(record.basis.wires, record.basis.above, strict=True):
        known = above.tensors.get(without_mask(wire.source).port) if above is not None else None
        if known is not None and (known.mask is not None or is_mask(wire.source)):
            found.append(wire.source.block)
    return found
