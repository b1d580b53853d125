"""The public entry: what is known of a document, asked from Keras, remembered from edit to edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from engine.analysis.structure import StructureChecker
from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic
from engine.catalog.ports import ports_of
from engine.catalog.spec import Catalog
from engine.document.outputs import model_outputs
from engine.document.sample import read_sample
from engine.document.values import Document
from engine.graph.values import INPUT, Block, Graph, JsonObject, PortRef, Wire
from engine.protocol.work import Work
from engine.runtime.bounds import size_problems
from engine.runtime.explain import explain
from engine.runtime.fixes import with_verified_fixes
from engine.runtime.infer import Inference
from engine.runtime.probe import Probed, Prober
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
        self._trial_checker = StructureChecker(catalog)
        self._trial_survey = Survey(self.inference, catalog)
        self._prober = Prober(catalog)
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
        records, found = self._look(document, self._checker, self._survey)
        if any(problem.fixes for problem in found):
            found = with_verified_fixes(document, found, self._catalog, self._look_at_copy)
        found += tuple(sample_diagnostics(document))
        analysis = self._analysis(document, records, found)
        too_large = tuple(size_problems(analysis, document))
        if too_large:
            return replace(analysis, diagnostics=analysis.diagnostics + too_large)
        if not probe or not analysis.ok:
            return analysis
        work = Work(progress or Work().progress, cancelled or Work().cancelled)
        return with_probe(analysis, self._prober.probe(document, folder, work))

    def _look(
        self, document: Document, checker: StructureChecker, survey: Survey
    ) -> tuple[Mapping[str, Record], tuple[Diagnostic, ...]]:
        structure = checker.check(document)
        blocked = frozenset(problem.block for problem in structure if problem.severity == "error")
        records = survey.survey(document.graph, blocked)
        return records, structure + explain(document, records, self._catalog)

    def _look_at_copy(self, document: Document) -> tuple[Diagnostic, ...]:
        return self._look(document, self._trial_checker, self._trial_survey)[1]

    def fitting(
        self, shape: Sequence[int | None], dtype: str, layers: Mapping[str, JsonObject], work: Work
    ) -> dict[str, str]:
        """Which layers take a tensor, and the shape that each makes of it.

        Args:
            shape: with the batch.
            layers: arguments to try, by type.

        Returns:
            Shapes as people read them, by type; a layer that refuses the tensor is left out.
        """
        fits: dict[str, str] = {}
        for type_name, arguments in layers.items():
            work.check()
            records, problems = self._look_at_fit(shape, dtype, Block("b2", type_name, "fitting", arguments))
            known = records.get("b2")
            if known is not None and known.analysis.outputs and not any(p.severity == "error" for p in problems):
                fits[type_name] = next(iter(known.analysis.outputs.values())).text()
        return fits

    def _look_at_fit(
        self, shape: Sequence[int | None], dtype: str, block: Block
    ) -> tuple[Mapping[str, Record], tuple[Diagnostic, ...]]:
        """The block with the tensor at each input that it needs, twice where it takes any number."""
        feed = Block("b1", INPUT, "given", {"batch_shape": list(shape), "dtype": dtype})
        ports = ports_of(block, Graph((feed, block)), self._catalog)
        wanted = [port.name for port in ports.inputs if port.required for _ in range(2 if port.growing else 1)]
        wires = tuple(Wire(PortRef("b1", "output"), PortRef("b2", name)) for name in wanted)
        return self._look(Document(Graph((feed, block), wires)), self._trial_checker, self._trial_survey)

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


def sample_diagnostics(document: Document) -> Iterator[Diagnostic]:
    """What is wrong with the sample as it is written."""
    for problem in read_sample(document).problems:
        yield Diagnostic(problem.code, "error", "input", problem.block, problem.title, problem.detail)


def with_probe(analysis: Analysis, probed: Probed) -> Analysis:
    """The analysis with the masks of the run and the errors that only data showed."""
    blocks = {block: _with_masks(block, known, probed) for block, known in analysis.blocks.items()}
    return replace(analysis, blocks=blocks, diagnostics=analysis.diagnostics + probed.diagnostics)


def _with_masks(block: str, known: BlockAnalysis, probed: Probed) -> BlockAnalysis:
    outputs = dict(known.outputs or {})
    for port, spec in outputs.items():
        ref = PortRef(block, port)
        if ref in probed.reached and spec.mask is not (ref in probed.masked):
            outputs[port] = replace(spec, mask=ref in probed.masked)
    return known if outputs == (known.outputs or {}) else replace(known, outputs=outputs)
