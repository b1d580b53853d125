"""The public entry: what is known of a document, asked from Keras, remembered from edit to edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from engine.analysis.foreseen import Foreseen, foreseen
from engine.analysis.structure import StructureChecker
from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic
from engine.catalog.ports import ports_of
from engine.catalog.spec import Catalog
from engine.document.apply import apply
from engine.document.edits import Edit, EditError
from engine.document.file_options import file_of
from engine.document.outputs import model_outputs
from engine.document.sample import read_sample
from engine.document.values import Document
from engine.graph.values import INPUT, Block, Graph, JsonObject, PortRef, Wire
from engine.protocol.work import Work
from engine.runtime.bounds import size_problems
from engine.runtime.explain.case import Records
from engine.runtime.explain.lost_masks import LOST_MASK, mask_is_back, needing_it
from engine.runtime.explain.table import explain, explain_run
from engine.runtime.fixes import FixTrials, Looked, deadline, one_per_root
from engine.runtime.graph_call import GraphCalls
from engine.runtime.infer import Inference
from engine.runtime.mask_makers import mask_makers
from engine.runtime.probe import Probed, Prober
from engine.runtime.silent.padding import READ_PADDING
from engine.runtime.silent.table import silent_wrongs
from engine.runtime.survey import Record, Survey

Progress: TypeAlias = Callable[[float | None, str], None]
Cancelled: TypeAlias = Callable[[], bool]
PROBES_KEPT = 16
MOST_PROBED_UNASKED = 300
"""Larger models are probed when somebody asks; what data show of them is told by the run."""


class Analyst:
    """Analyses one document as it is edited; holds what it learned (one per worker).

    Args:
        calls: the graph functions of recurrent layers, shared with whoever else runs models.

    Attributes:
        inference: asks Keras and remembers its answers by content.
    """

    def __init__(self, catalog: Catalog, calls: GraphCalls | None = None) -> None:
        self.inference = Inference(catalog)
        self._catalog = catalog
        self._checker = StructureChecker(catalog)
        self._survey = Survey(self.inference, catalog)
        self._trial_checker = StructureChecker(catalog)
        self._trial_survey = Survey(self.inference, catalog)
        self._prober = Prober(catalog, calls or GraphCalls())
        self._probes = Probes()
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
        """Shapes, masks, parameters and diagnostics of a document; what the user did wrong is in there, never raised.

        Args:
            probe: also what a tiny run shows, and every fix tried; else what is known at once, which includes what an
                earlier probe run of the same document showed.
        """
        document = self._shared(document)
        records, found = self._look(document, self._checker, self._survey)
        before = Looked(found, _known(records))
        found = one_per_root(document, found)
        work = Work(progress or Work().progress, cancelled or Work().cancelled)
        trials = FixTrials(document, before, self._catalog, self._look_at_copy, None if probe else deadline())
        found = trials.verified(found) + tuple(sample_diagnostics(document))
        analysis = self._analysis(document, records, found)
        too_large = tuple(size_problems(analysis, document))
        if too_large:
            return replace(analysis, diagnostics=analysis.diagnostics + too_large)
        if not analysis.ok:
            return analysis
        files = _files(document, folder)
        shown = self._probes.find(document, files)
        if shown is None and probe:
            shown = self._shown(document, records, before, folder, work)
            self._probes.keep(document, files, shown)
        return with_shown(analysis, shown) if shown is not None else analysis

    @property
    def asking(self) -> str:
        """Names the call of Keras that is being made at the moment, empty: none. May be read from another thread."""
        return self.inference.asking or self._prober.asking

    def refuse(self, calls: frozenset[str]) -> None:
        """Calls in which an earlier worker hung or died, by name: they are not made."""
        self.inference.refused = self._prober.refused = calls

    def has_more(self, document: Document, analysis: Analysis, folder: Path | None) -> bool:
        """An analysis with the probe run would say more: fixes are still unchecked, or no run of this model was seen yet."""
        if any(problem.checking for problem in analysis.diagnostics):
            return True
        small = len(document.graph.blocks) <= MOST_PROBED_UNASKED
        return analysis.ok and small and self._probes.find(document, _files(document, folder)) is None

    def run_failure(self, document: Document, block: str, error: Exception) -> Diagnostic:
        """What a block's operation raised with data, explained; fixes are left to the analysis."""
        records, _ = self._look(document, self._checker, self._survey)
        return replace(explain_run(document, records, self._catalog, block, error), fixes=())

    # --- what a run shows ------------------------------------------------------------------------------------------

    def _shown(self, document: Document, records: Records, before: Looked, folder: Path | None, work: Work) -> Shown:
        """What a probe run of a document without errors shows, with fixes that work in a run too."""
        probed = self._prober.probe(document, folder, work)
        found = self._told_by_data(document, records, probed)
        lost, found = _with_consequence(document, records, before.found, found)
        look = partial(self._look_and_run, folder=folder, work=work)
        trials = FixTrials(document, Looked(before.found + found, before.known), self._catalog, look)

        def keeps(problem: Diagnostic, mended: Document) -> bool:
            """A mask that is given again must be the one that was lost."""
            again = self._prober.probe(mended, folder, work)
            return mask_is_back(document, records, problem.block, mended, (probed, again))

        return Shown(
            frozenset(probed.masked), frozenset(probed.reached), trials.verified(found), trials.verified(lost, keeps)
        )

    def _told_by_data(self, document: Document, records: Records, probed: Probed) -> tuple[Diagnostic, ...]:
        if probed.sample is not None:
            return (probed.sample,)
        if probed.error is not None:
            return (explain_run(document, records, self._catalog, probed.failed, probed.error),)
        loaded = probed.model.loaded.problems if probed.model is not None else ()
        silent = silent_wrongs(document, records, self._catalog, probed, self._prober.call)
        return (*one_per_root(document, silent), *loaded)

    def _look_and_run(self, document: Document, *, folder: Path | None, work: Work) -> Looked:
        work.check()
        records, found = self._look(document, self._trial_checker, self._trial_survey)
        looked = Looked(found, _known(records))
        if looked.errors:
            return looked
        return replace(
            looked, found=found + self._told_by_data(document, records, self._prober.probe(document, folder, work))
        )

    def _look(
        self, document: Document, checker: StructureChecker, survey: Survey, work: Work | None = None
    ) -> tuple[Records, tuple[Diagnostic, ...]]:
        structure = checker.check(document)
        blocked = frozenset(problem.block for problem in structure if problem.severity == "error")
        records = survey.survey(document.graph, blocked, work or Work())
        return records, structure + explain(document, records, self._catalog)

    def _look_at_copy(self, document: Document) -> Looked:
        records, found = self._look(document, self._trial_checker, self._trial_survey)
        return Looked(found, _known(records))

    # --- what would be ---------------------------------------------------------------------------------------------

    def foresee(self, document: Document, edits: Sequence[Edit], work: Work) -> tuple[Foreseen, ...]:
        """What each of these edits alone would do, from inference and what earlier probe runs showed: nothing is run."""
        document = self._shared(document)
        before = self._inferred(document, self._checker, self._survey, work)
        return tuple(self._foreseen(document, before, edit, work) for edit in edits)

    def _foreseen(self, document: Document, before: Analysis, edit: Edit, work: Work) -> Foreseen:
        try:
            edited = apply(document, edit, self._catalog)
        except EditError as error:
            return Foreseen(refused=str(error))
        after = self._inferred(edited, self._trial_checker, self._trial_survey, work)
        shown, then = (self._probes.find(known, _files(known, None)) if analysis.ok else None
                       for known, analysis in ((document, before), (edited, after)))  # fmt: skip
        if shown is not None and then is not None:
            return replace(foreseen(document, with_shown(before, shown), with_shown(after, then)), run=True)
        open_ = shown.found if shown is not None and after.ok else ()
        return replace(
            foreseen(document, before, after), unsure=tuple(dict.fromkeys(problem.title for problem in open_))
        )

    def _inferred(self, document: Document, checker: StructureChecker, survey: Survey, work: Work) -> Analysis:
        work.check()
        records, found = self._look(document, checker, survey, work)
        analysis = self._analysis(document, records, one_per_root(document, found))
        return replace(analysis, diagnostics=analysis.diagnostics + tuple(size_problems(analysis, document)))

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
        makers = mask_makers(records)
        blocks = {
            block.id: _with_makers(record, makers) if (record := records.get(block.id)) is not None else unknown
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


def _with_consequence(
    document: Document, records: Records, before: tuple[Diagnostic, ...], found: tuple[Diagnostic, ...]
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """The lost masks, each with what its loss does to this sample, and what else was found: one root, one problem."""
    lost: list[Diagnostic] = []
    for problem in before:
        if problem.code == LOST_MASK and problem.severity == "warning":
            needing = needing_it(document, records, problem.block)
            read = [other for other in found if other.code == READ_PADDING and other.block in needing]
            found = tuple(other for other in found if other not in read)
            lost.append(replace(problem, detail=" ".join([problem.detail, *(other.detail for other in read[:1])])))
    return tuple(lost), found


class Probes:
    """What the last probe runs showed, by the documents they were made of.

    Documents are compared, not hashed: they share the blocks that did not change, so that it costs next to nothing.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[Document, object, Shown]] = []

    def find(self, document: Document, files: object) -> Shown | None:
        """What was shown of this model with this sample, names and files; None: nothing, or it is forgotten."""
        return next(
            (shown for known, stamps, shown in self._kept if stamps == files and _same_model(known, document)), None
        )

    def keep(self, document: Document, files: object, shown: Shown) -> None:
        """Remembers, and forgets the oldest."""
        self._kept = [(document, files, shown), *self._kept[: PROBES_KEPT - 1]]


def _same_model(known: Document, document: Document) -> bool:
    return (
        known.graph == document.graph
        and known.outputs == document.outputs
        and known.sample == document.sample
        and known.seed == document.seed
        and known.weights == document.weights
    )


@dataclass(frozen=True)
class Shown:
    """What a probe run of a document showed, remembered by its content.

    Attributes:
        found: what only data show.
        lost: masks that are lost, with the fixes that give them back in a run.
    """

    masked: frozenset[PortRef]
    reached: frozenset[PortRef]
    found: tuple[Diagnostic, ...]
    lost: tuple[Diagnostic, ...]


def with_shown(analysis: Analysis, shown: Shown) -> Analysis:
    """The analysis with the masks of the run and what only data showed."""
    blocks = {block: _with_masks(block, known, shown) for block, known in analysis.blocks.items()}
    lost = {problem.block: problem for problem in shown.lost}
    known = tuple(
        replace(lost[problem.block], checking=False) if problem.code == LOST_MASK and problem.block in lost else problem
        for problem in analysis.diagnostics
    )
    return replace(analysis, blocks=blocks, diagnostics=known + shown.found)


def _with_masks(block: str, known: BlockAnalysis, shown: Shown) -> BlockAnalysis:
    outputs = dict(known.outputs or {})
    for port, spec in outputs.items():
        ref = PortRef(block, port)
        if ref in shown.reached and spec.mask is not (ref in shown.masked):
            outputs[port] = replace(spec, mask=ref in shown.masked)
    return known if outputs == (known.outputs or {}) else replace(known, outputs=outputs)


def _with_makers(record: Record, makers: Mapping[str, tuple[str, ...]]) -> BlockAnalysis:
    made = makers.get(record.block.id, ())
    if not made:
        return record.analysis
    said = record.outcome.warnings if record.outcome is not None else ()
    warned = record.fate == "dropped" and any("mask" in words for words in said)
    return replace(record.analysis, mask_from=made, mask_warned=warned)


def _known(records: Records) -> frozenset[str]:
    return frozenset(block for block, record in records.items() if record.leaving is not None)


def _files(document: Document, folder: Path | None) -> tuple[tuple[str, int], ...]:
    """The files that the sample and the weights are read from, as they are now."""
    paths = [file_of(entry.path) for entry in read_sample(document).inputs.values() if entry.path]
    paths += [document.weights] if document.weights else []
    return tuple(_stamp((folder or Path()) / path) for path in paths)


def _stamp(path: Path) -> tuple[str, int]:
    try:
        return str(path), path.stat().st_mtime_ns
    except OSError:
        return str(path), 0
