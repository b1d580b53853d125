"""The state of one open document, without widgets: document, selection, undo, analysis, run, file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from engine.analysis.structure import StructureChecker, structural_analysis
from engine.analysis.values import Analysis, Fix, TensorSpec
from engine.catalog.snapshot import load_snapshot
from engine.catalog.spec import Catalog, Ports
from engine.document.carried import carried
from engine.document.file import DocumentError, load, save
from engine.document.values import Document
from engine.graph.values import Graph, Wire
from gui.session.facts import model_of, with_masks
from gui.session.findings import Findings
from gui.session.lengths import WireLengths, wire_lengths
from gui.session.looks import Looks
from gui.session.ports import model_order
from gui.session.run_state import RunState, run_sentence
from gui.session.selection import Selection
from gui.session.shown import Shown
from gui.session.worker import Worker
from gui.session.written import Written

if TYPE_CHECKING:
    from engine.document.edits import Edit
    from engine.protocol.results import RunResult
    from gui.session.building import Building
    from gui.session.comparing import Comparing
    from gui.session.foresight import Foresight
    from gui.session.pasting import Pasting
    from gui.session.recall import Recall
    from gui.session.trained import Trained

CHEAP_RUN_MS = 400.0
PAUSE_MS = 250
"""How long edits must pause before the model runs by itself."""


class EditorSession(QObject):
    """One document being edited, and what is known of it."""

    document_changed = Signal(object)
    selection_changed = Signal(object)
    analysis_changed = Signal(object)
    run_state_changed = Signal(object)
    run_changed = Signal(object)
    fits_changed = Signal(object)
    file_changed = Signal(object)
    file_settled = Signal(object)
    opened = Signal()
    placed = Signal(str)
    refused = Signal(str)
    told = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalog: Catalog = load_snapshot()
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._clean_changed)
        self.path: Path | None = None
        self.device, self.run_by_itself = "cpu", True
        self.document = Document(keras=self.catalog.keras)
        self.selection = Selection()
        self.analysis = self._plain = Analysis()
        self.run: RunResult | None = None
        self.run_state = self._resting = RunState()
        self.revision = self._opened_at = 0
        self._edit_text, self._ended_by = "", -1
        self._checker = StructureChecker(self.catalog)
        self.worker: Worker | None = None
        self.written = Written(self)
        self._order: tuple[Graph, tuple[str, ...]] | None = None
        self.shown = Shown(self)
        self.findings = Findings(self)
        self.looks = Looks(self)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._run_if_cheap)
        self._ask_soon = QTimer(self, singleShot=True, interval=0)
        self._ask_soon.timeout.connect(self._ask_analysis)

    @cached_property
    def building(self) -> Building:
        """Adds, inserts, pastes and removes blocks."""
        from gui.session.building import Building

        return Building(self)

    @cached_property
    def pasting(self) -> Pasting:
        """Pasted code and errors."""
        from gui.session.pasting import Pasting

        return Pasting(self)

    @cached_property
    def comparing(self) -> Comparing:
        """What the run is compared with."""
        from gui.session.comparing import Comparing

        return Comparing(self)

    @cached_property
    def foresight(self) -> Foresight:
        """What edits would do."""
        from gui.session.foresight import Foresight

        return Foresight(self)

    @cached_property
    def trained(self) -> Trained:
        """Trained weights, and the mode of runs."""
        from gui.session.trained import Trained

        return Trained(self)

    @cached_property
    def recall(self) -> Recall:
        """What earlier sessions were told."""
        from gui.session.recall import Recall

        recall = Recall(self)
        recall.recalled.connect(self.show_remembered)
        return recall

    def _clean_changed(self, _: bool) -> None:
        self.file_changed.emit(self.path)

    # --- edits ---------------------------------------------------------------------------------------------------

    def push(self, edits: Edit | Sequence[Edit], text: str, merge_key: str = "") -> bool:
        """Applies edits as one undo step; an edit that cannot be applied is refused with a sentence, nothing changes."""
        from engine.document.apply import apply_all
        from engine.document.edits import EditError

        several = edits if isinstance(edits, Sequence) else (edits,)
        try:
            after = apply_all(self.document, several, self.catalog)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        self.put(after, text, merge_key)
        return True

    def put(self, after: Document, text: str, merge_key: str = "") -> None:
        """Another document in the place of this one, as one undo step; an equal one is none."""
        from gui.session.commands import EditCommand

        if after != self.document:
            self._edit_text = text
            self.undo_stack.push(EditCommand(self.document, after, text, self._show, merge_key))

    def apply_fix(self, fix: Fix) -> bool:
        """Applies a diagnostic's fix as one undo step named by its title."""
        return self.push(fix.edits, fix.title[:1].lower() + fix.title[1:])

    def _show(self, document: Document) -> None:
        same_model = model_of(document) == model_of(self.document)
        self.document = document
        self.revision += not same_model
        before, self.selection = self.selection, self.selection.within(document.graph)
        self.document_changed.emit(document)
        if self.selection != before:
            self.selection_changed.emit(self.selection)
            self.shown.follow_selection()
        if same_model:
            return
        self._show_structure()
        if self.run is not None and not self.run_state.stale:
            self.show_stale(self._edit_text or "an edit")
        self._ask_soon.start()

    def show_stale(self, edit: str) -> None:
        """The run that is shown is from before an edit; empty: it is not."""
        self._set_run_state(self.run_state._replace(stale=edit))

    def _show_structure(self) -> None:
        """What needs no Keras at once; what Keras said of blocks that are still there stays until it answers."""
        self.findings.forget()
        structure = structural_analysis(self.document, self.catalog, self._checker)
        known = {block: self.analysis.blocks[block] for block in structure.blocks if block in self.analysis.blocks}
        self._set_analysis(
            replace(structure, blocks={**structure.blocks, **known}, parameters=self.analysis.parameters)
        )

    def _set_analysis(self, analysis: Analysis) -> None:
        self._plain = analysis
        self.show_problems()

    def show_problems(self) -> None:
        """The problems of the analysis, and what tests of the whole model found."""
        self.analysis = self.findings.added_to(self._plain)
        self.analysis_changed.emit(self.analysis)

    # --- selection -----------------------------------------------------------------------------------------------

    def select(self, blocks: Iterable[str] = (), wires: Iterable[Wire] = ()) -> None:
        """Selects these blocks and wires and nothing else."""
        selection = Selection(frozenset(blocks), frozenset(wires))
        if selection == self.selection:
            return
        self.selection = selection
        self.selection_changed.emit(selection)
        self.shown.follow_selection()

    # --- facts about blocks and wires ----------------------------------------------------------------------------

    def ports(self, block_id: str) -> Ports:
        """The ports of a block."""
        return self._checker.ports(self.document.block(block_id), self.document.graph)

    def wire_spec(self, wire: Wire) -> TensorSpec | None:
        """What is known of the tensor on a wire."""
        return self.analysis.spec(wire.source)

    def wire_lengths(self, wire: Wire) -> WireLengths | None:
        """Rows for the pictogram of a wire, from the run that is shown."""
        return wire_lengths(self.run, self.document, wire.source) if self.run is not None else None

    @property
    def model_order(self) -> tuple[str, ...]:
        """Every block after what feeds it."""
        graph = self.document.graph
        if self._order is None or self._order[0] is not graph:
            self._order = (graph, model_order(graph))
        return self._order[1]

    # --- the worker ----------------------------------------------------------------------------------------------

    def attach(self, worker: Worker) -> None:
        """The worker is there: asks what the document is."""
        self.worker = worker
        self._ask_soon.start()
        self.pasting.send()

    def worker_ready(self) -> None:
        """TensorFlow has loaded (or come back): everything is asked anew."""
        fatal = self.run_state.after
        phase = "failed" if fatal else "idle"
        self._set_run_state(self.run_state._replace(phase=phase, text=fatal or "Ready.", fraction=None, after=""))
        self.shown.forget_answers()
        self._ask_analysis()
        self.looks.ask()

    def worker_said(self, state: RunState) -> None:
        """Progress, failure or loss of the worker; what ended it is not run again by itself."""
        if state.phase == "lost" and (state.after or self.run_state.phase == "running"):
            self._ended_by = self.revision
        self._set_run_state(state._replace(stale=self.run_state.stale))

    def worker_rests(self) -> None:
        """Work whose progress was shown has ended: what was said before it holds again, unless the answer says more."""
        if self.run_state.phase == "running":
            self._set_run_state(self._resting._replace(stale=self.run_state.stale))
            if self.run_state.stale and self.run_by_itself:
                self._pause.start()

    def show_analysis(self, analysis: Analysis, revision: int) -> None:
        """An answer of the worker; a stale one is dropped."""
        if revision != self.revision:
            return
        self._set_analysis(analysis)
        if self.run_by_itself and (self.run is None or self.run_state.stale):
            self._pause.start()

    def show_remembered(self, analysis: Analysis, revision: int) -> None:
        """What an earlier session was told of this very document; the worker's own answer goes before it."""
        if revision == self.revision and not self._plain.complete:
            self._set_analysis(analysis)

    def show_run(self, run: RunResult) -> None:
        """A run of the worker; one of the document that was open before is dropped."""
        if run.revision < self._opened_at:
            self._set_run_state(RunState("idle", "Ready."))
            self._pause.start()
            return
        self.run, self.shown.trace = run, None
        stale = "" if run.revision == self.revision else "the edits since"
        self._set_run_state(RunState("idle", run_sentence(run), stale=stale))
        if run.revision == self.revision:
            self._take_facts_of(run)
        if stale and self.run_by_itself:
            self._pause.start()
        self.run_changed.emit(run)
        self.shown.follow_run()
        if not stale:
            self.findings.follow_run()

    def _take_facts_of(self, run: RunResult) -> None:
        """The masks of the run override those of the analysis, and what only data showed joins its problems."""
        blocks = {block: with_masks(block, known, run) for block, known in self._plain.blocks.items()}
        analysis = replace(self._plain, blocks=blocks, diagnostics=run.diagnostics)
        if analysis != self._plain:
            self._set_analysis(analysis)

    def _ask_analysis(self) -> None:
        if self.worker is None:
            return
        saved = self.path is not None and self.undo_stack.isClean()
        self.worker.analyse(self.document, self.revision, self.folder, keep=saved)
        if self.run_state.phase == "starting":
            self.recall.ask(self.document, self.revision, self.folder)

    def _run_if_cheap(self) -> None:
        cheap = self.run is None or self.run.ms is None or self.run.ms <= CHEAP_RUN_MS
        free = self.run_state.phase in ("idle", "failed") and self._ended_by != self.revision
        if self.run_by_itself and cheap and free and self.document.graph.inputs:
            self.run_now()

    def run_now(self) -> None:
        """Runs the model on the sample."""
        if self.worker is None:
            return
        if not self.document.graph.inputs:
            self.refused.emit("There is nothing to run yet: drag an Input onto the canvas first.")
            return
        self._pause.stop()
        self._set_run_state(self.run_state._replace(phase="running", text="Running …", fraction=None))
        self.worker.run(self.document, self.revision, self.folder, self.device, training=self.trained.training)

    def cancel(self) -> None:
        """Stops the run."""
        if self.worker is not None:
            self.worker.cancel()

    def _set_run_state(self, state: RunState) -> None:
        if state.phase != "running":
            self._resting = state
        if state != self.run_state:
            self.run_state = state
            self.run_state_changed.emit(state)

    # --- files ---------------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """Where the document's relative paths start."""
        return self.path.parent if self.path is not None else None

    @property
    def title(self) -> str:
        """The document's name as the window shows it."""
        return self.path.name if self.path is not None else "untitled"

    def new(self) -> None:
        """An empty document."""
        self._put(Document(keras=self.catalog.keras), None)

    def open(self, path: Path) -> bool:
        """Opens a file; one that cannot be read is refused with a sentence and the open document stays."""
        try:
            document = load(path)
        except DocumentError as error:
            self.refused.emit(str(error))
            return False
        self._put(document, path)
        return True

    def _put(self, document: Document, path: Path | None) -> None:
        self.undo_stack.clear()
        self.path = path
        self.run, self.selection = None, Selection()
        self.shown.clear()
        if self.worker is not None:
            self.worker.forget()
        self.document = document
        self.revision += 1
        self._opened_at = self.revision
        self.analysis = Analysis()
        self.file_changed.emit(path)
        self.document_changed.emit(document)
        self.selection_changed.emit(self.selection)
        self.run_changed.emit(None)
        self.shown.trace_changed.emit(None)
        self.shown.values_changed.emit(None)
        resting = self.run_state.phase == "idle" or (self.run_state.phase == "failed" and self._ended_by >= 0)
        self._ended_by = -1
        self._set_run_state(RunState("idle", "Ready.") if resting else self.run_state._replace(stale=""))
        self._show_structure()
        self.opened.emit()
        self.file_settled.emit(path)
        self._ask_soon.start()

    def save(self, path: Path | None = None) -> bool:
        """Saves; what cannot be written is refused with a sentence."""
        target = path or self.path
        if target is None:
            return False
        document = carried(self.document, self.folder or target.parent, target.parent)
        try:
            save(document, target)
        except DocumentError as error:
            self.refused.emit(str(error))
            return False
        self.path = target
        self.put(document, "find its files from the new folder")
        self.undo_stack.setClean()
        self.file_changed.emit(target)
        self.file_settled.emit(target)
        self.told.emit(f"Saved {target.name}.")
        self._ask_soon.start()
        return True

    def export(self, to: str, path: Path) -> None:
        """Exports; the answer comes as a sentence."""
        if self.worker is None:
            self.refused.emit("The engine has not started yet; try again in a moment.")
            return
        self.told.emit(f"Exporting {path.name}: running the code and comparing the numbers …")
        self.worker.export(self.document, self.folder, to, path)
