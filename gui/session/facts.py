"""What the session reads off a document and a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.analysis.values import BlockAnalysis
from engine.document.values import Document
from engine.graph.values import PortRef

if TYPE_CHECKING:
    from engine.protocol.results import RunResult


def model_of(document: Document) -> tuple[object, ...]:
    """What answers of the worker depend on: not where blocks stand, nor notes."""
    return document.graph, document.sample, document.outputs, document.seed, document.weights


def with_masks(block: str, known: BlockAnalysis, run: RunResult) -> BlockAnalysis:
    """What is known of a block, with the masks of a run."""
    outputs = {
        name: replace(spec, mask=port.mask_shape is not None) if (port := run.ports.get(PortRef(block, name))) else spec
        for name, spec in (known.outputs or {}).items()
    }
    return replace(known, outputs=outputs) if known.outputs is not None else known
