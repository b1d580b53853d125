"""NaN and infinity that a run showed, as a diagnostic at the block in which they arise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.analysis.values import Diagnostic
from engine.document.values import Document
from engine.graph.values import INPUT, PortRef
from engine.protocol.port_facts import PortFacts, broken_words, place_words, reaches_real_steps

OF_DATA = "Whatever reads them becomes NaN or infinite too. Mend the data, or choose another sample."
OF_BLOCK = (
    "Nothing that it was given holds any: a logarithm or a root of a negative number, a division by 0, or numbers beyond "
    "the range of their type. Values shows what arrives there."
)


def broken_values(document: Document, facts: Mapping[PortRef, PortFacts]) -> Iterator[Diagnostic]:
    """A warning for each block in which they arise and that harms steps that are no padding; others are not blamed."""
    told: set[str] = set()
    for port, known in facts.items():
        found, block = known.non_finite, document.graph.by_id.get(port.block)
        if block is None or block.id in told or found is None or not found.arises:
            continue
        if not found.count and not reaches_real_steps(document.graph, block.id, facts):
            continue
        told.add(block.id)
        title = f"{block.name} gives {broken_words(found)}, first in {place_words(found)}"
        yield Diagnostic("values.nan", "warning", "run", block.id, title, OF_DATA if block.type == INPUT else OF_BLOCK)
