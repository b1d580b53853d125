"""The public entry: what is known of a document, asked from Keras, remembered from edit to edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from engine.analysis.structure import StructureChecker
from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic
from engine.catalog.spec import Catalog
from engine.document.outputs import model_outputs
from engine.document.values import Document
from engine.graph.values import Block, Graph
from engine.runtime.explain import explain
from engine.runtime.infer import Inference
from engine.runtime.survey import Record, Survey

Progress: TypeAlias = Callable[[float | None, str], None]
Cancelled: TypeAlias = Callable[[], bool]


class Analyst:
    """Analyses one document as it is edited; holds what it learned (one per worker).

    Attributes:
        inference: asks Keras and remembers its answers by content.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.inference = Inference(catalog)
        self._catalog = catalog
        self._checker = StructureChecker(catalog)
        self._survey = Survey(self.inference, catalog)
        self._graph = Graph()

    def analyse(
        self,
        document: Document,
        *,
        probe: bool = True,
        folder: Path | None = None,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Analysis:
        """Shapes, masks, parameters and diagnostics of a document; what the user did wrong is in there, never raised."""
        document = self._shared(document)
        structure = self._checker.check(document)
        blocked = frozenset(problem.block for problem in structure if problem.severity == "error")
        records = self._survey.survey(document.graph, blocked)
        diagnostics = structure + explain(document, records, self._catalog)
        return self._analysis(document, records, diagnostics)

    def _shared(self, document: Document) -> Document:
        """The same document with the Block objects of the last one where they are equal: it came over a pipe."""
        before = self._graph.by_id
        blocks = tuple(_same(block, before.get(block.id)) for block in document.graph.blocks)
        wires = self._graph.wires if self._graph.wires == document.graph.wires else document.graph.wires
        self._graph = Graph(blocks, wires)
        return replace(document, graph=self._graph)

    def _analysis(
        self, document: Document, records: Mapping[str, Record], diagnostics: tuple[Diagnostic, ...]
    ) -> Analysis:
        unknown = BlockAnalysis()
        blocks = {
            block.id: record.analysis if (record := records.get(block.id)) is not None else unknown
            for block in document.graph.blocks
        }
        return Analysis(
            complete=True,
            keras=self._catalog.keras,
            parameters=sum(analysis.parameters or 0 for analysis in blocks.values()),
            blocks=blocks,
            outputs=model_outputs(document, self._catalog),
            diagnostics=diagnostics,
        )


def _same(block: Block, before: Block | None) -> Block:
    return before if before is not None and before == block else block
