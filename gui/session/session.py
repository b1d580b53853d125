"""The state of one open document, without widgets: document, selection, undo, analysis, run, trace, values, clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from engine.analysis.structure import StructureChecker, structural_analysis
from engine.analysis.values import Analysis, BlockAnalysis, Fix, TensorSpec
from engine.catalog.ports import ports_of
from engine.catalog.snapshot import load_snapshot
from engine.catalog.spec import Catalog, Ports, PortSpec
from engine.document.apply import apply_all
from engine.document.edits import AddBlock, Connect, Disconnect, Edit, EditError, Insert, RemoveBlock, SetOutputs
from engine.document.file import DocumentError, decode_text, load, save
from engine.document.fragment import encode_fragment, paste_edits
from engine.document.names import free_name, snake_case
from engine.document.outputs import model_outputs
from engine.document.values import Document, Position
from engine.graph.values import INPUT, REUSE, Block, Graph, JsonObject, PortRef, Wire
from engine.plan.lower import lower
from engine.protocol.results import PortValues, Preview, RunResult, Trace
from gui.session.clock import Clock
from gui.session.commands import EditCommand
from gui.session.lengths import WireLengths, wire_lengths
from gui.session.ports import model_order
from gui.session.run_state import RunState
from gui.session.selection import Selection
from gui.session.starters import starting_arguments

if TYPE_CHECKING:
    from engine.codegen.python import Source

PASTE_SHIFT = 40.0
CHEAP_RUN_MS = 400.0
PAUSE_MS = 250
"""How long edits must pause before the model runs by itself."""


class Worker(Protocol):
    """What the session asks of the bridge to the worker."""

    def analyse(self, document: Document, revision: int, folder: Path | None) -> None:
        """Asks for an analysis; the newest wins."""
        ...

    def run(self, document: Document, revision: int, folder: Path | None, device: str) -> None:
        """Asks for a run; the newest wins."""
        ...

    def trace(self, run: int, key: str, sequence: int) -> None:
        """Asks for the states of one sequence of the last run."""
        ...

    def previews(self, run: int, sequence: int) -> None:
        """Asks for small images of every block's states for one sequence of the last run."""
        ...

    def fitting(self, spec: TensorSpec, layers: Mapping[str, JsonObject]) -> None:
        """Asks which layers, with these arguments, take a tensor."""
        ...

    def values(self, run: int, port: PortRef, sequence: int) -> None:
        """Asks for the values of one sequence at a port of the last run."""
        ...

    def export(self, document: Document, folder: Path | None, to: str, path: Path) -> None:
        """Asks for an export."""
        ...

    def cancel(self) -> None:
        """Stops the run; a worker that does not yield is replaced."""
        ...


class EditorSession(QObject):
    """One document being edited, and what is known of it."""

    document_changed = Signal(object)
    selection_changed = Signal(object)
    analysis_changed = Signal(object)
    run_state_changed = Signal(object)
    run_changed = Signal(object)
    trace_changed = Signal(object)
    previews_changed = Signal(object)
    fits_changed = Signal(object)
    values_changed = Signal(object)
    clock_changed = Signal(object)
    file_changed = Signal(object)
    file_settled = Signal(object)
    opened = Signal()
    refused = Signal(str)
    told = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.catalog: Catalog = load_snapshot()
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._clean_changed)
        self.path: Path | None = None
        self.device = "cpu"
        self.run_by_itself = True
        self.document = Document(keras=self.catalog.keras)
        self.selection = Selection()
        self.analysis = Analysis()
        self.run: RunResult | None = None
        self.trace: Trace | None = None
        self.previews: Mapping[str, Preview] = {}
        self.run_state = RunState()
        self.clock = Clock()
        self.trace_key = ""
        self.values: PortValues | None = None
        self.values_port: PortRef | None = None
        self._values_seen = False
        self._values_run: RunResult | None = None
        self.revision = 0
        self._edit_text = ""
        self._checker = StructureChecker(self.catalog)
        self._worker: Worker | None = None
        self._source: tuple[object, Source] | None = None
        self._order: tuple[Graph, tuple[str, ...]] | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._run_if_cheap)
        self._ask_soon = QTimer(self, singleShot=True, interval=0)
        self._ask_soon.timeout.connect(self._ask_analysis)

    def _clean_changed(self, _: bool) -> None:
        self.file_changed.emit(self.path)

    # --- edits ---------------------------------------------------------------------------------------------------

    def push(self, edits: Edit | Sequence[Edit], text: str, merge_key: str = "") -> bool:
        """Applies edits as one undo step; an edit that cannot be applied is refused with a sentence, nothing changes."""
        several = edits if isinstance(edits, Sequence) else (edits,)
        try:
            after = apply_all(self.document, several, self.catalog)
        except EditError as error:
            self.refused.emit(str(error))
            return False
        if after == self.document:
            return True
        self._edit_text = text
        self.undo_stack.push(EditCommand(self.document, after, text, self._show, merge_key))
        return True

    def apply_fix(self, fix: Fix) -> bool:
        """Applies a diagnostic's fix as one undo step named by its title."""
        return self.push(fix.edits, fix.title[:1].lower() + fix.title[1:])

    def _show(self, document: Document) -> None:
        same_model = document.graph == self.document.graph and document.sample == self.document.sample
        self.document = document
        self.revision += 1
        before, self.selection = self.selection, self._still_there(self.selection)
        self.document_changed.emit(document)
        if self.selection != before:
            self.selection_changed.emit(self.selection)
            self._choose_trace()
        if same_model and document.seed == self.run_seed:
            return
        self._show_structure()
        if self.run is not None and not self.run_state.stale:
            self._set_run_state(replace(self.run_state, stale=self._edit_text or "an edit"))
        self._ask_soon.start()

    def _still_there(self, selection: Selection) -> Selection:
        alive, wires = self.document.graph.by_id.keys(), set(self.document.graph.wires) if selection.wires else set()
        if selection.blocks <= alive and selection.wires <= wires:
            return selection
        return Selection(selection.blocks & alive, selection.wires & wires)

    @property
    def run_seed(self) -> int:
        """The seed of the run that is shown, the document's where there is none."""
        return self.run.seed if self.run is not None else self.document.seed

    def _show_structure(self) -> None:
        """What needs no Keras at once; what Keras said of blocks that are still there stays until it answers."""
        structure = structural_analysis(self.document, self.catalog, self._checker)
        known = {block: self.analysis.blocks[block] for block in structure.blocks if block in self.analysis.blocks}
        self.analysis = replace(structure, blocks={**structure.blocks, **known}, parameters=self.analysis.parameters)
        self.analysis_changed.emit(self.analysis)

    # --- selection, clock ----------------------------------------------------------------------------------------

    def select(self, blocks: Iterable[str] = (), wires: Iterable[Wire] = ()) -> None:
        """Selects these blocks and wires and nothing else."""
        selection = Selection(frozenset(blocks), frozenset(wires))
        if selection == self.selection:
            return
        self.selection = selection
        self.selection_changed.emit(selection)
        self._choose_trace()
        self._choose_values()

    def set_clock(self, *, sequence: int | None = None, step: int | None = None) -> None:
        """Moves the one clock of all views."""
        before = self.clock
        self.clock = Clock(
            before.sequence if sequence is None else max(0, min(sequence, self.num_sequences - 1)),
            before.step if step is None else max(0, min(step, self.num_steps - 1)),
        )
        if self.clock == before:
            return
        self.clock_changed.emit(self.clock)
        if self.clock.sequence != before.sequence:
            self._ask_trace()
            self._ask_previews()
            self._ask_values()

    @property
    def num_sequences(self) -> int:
        """Of the run that is shown, 1 without one."""
        return max((fed.shape[0] for fed in self.run.inputs.values()), default=1) if self.run else 1

    @property
    def num_steps(self) -> int:
        """Of the trace that is shown, else the longest input of the run, 1 without one."""
        if self.trace is not None:
            return len(self.trace.valid)
        lengths = (fed.shape[1] for fed in self.run.inputs.values() if len(fed.shape) > 1) if self.run else ()
        return max(lengths, default=1)

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

    @property
    def code(self) -> str:
        """The model as Python; what cannot be built is written as comments."""
        return self.source.text

    @property
    def source(self) -> Source:
        """The model as Python, with the lines of each block."""
        key = (self.document.graph, self.document.outputs, self.analysis)
        if self._source is None or self._source[0] != key:
            broken = {
                problem.block: problem.title
                for problem in reversed(self.analysis.diagnostics)
                if problem.severity == "error" and problem.block
            }
            unknown = {
                block: "a block above cannot be built"
                for block, known in self.analysis.blocks.items()
                if self.analysis.complete and known.outputs is None
            }
            from engine.codegen.python import python_source  # not before the first paint

            plan = lower(self.document, self.catalog)
            self._source = (key, python_source(plan, self.catalog, broken={**unknown, **broken}))
        return self._source[1]

    # --- adding and removing -------------------------------------------------------------------------------------

    def new_block(self, type_name: str) -> Block:
        """A block that is not yet in the document: next id, free name, starting arguments."""
        spec = self.catalog.layers[type_name]
        name = free_name(snake_case(type_name), (block.name for block in self.document.graph.blocks))
        return Block(f"b{self.document.next_id}", type_name, name, starting_arguments(spec))

    def add_layer(self, type_name: str, position: Position | None = None, after: str = "") -> str:
        """Places a layer, wired after a block where one is named and has a port to give; selects it. Gives its id."""
        outputs = self.ports(after).outputs if after else ()
        return self.add_wired(type_name, position, PortRef(after, outputs[0].name) if outputs else None)

    def add_wired(
        self,
        type_name: str,
        position: Position | None = None,
        source: PortRef | None = None,
        target: PortRef | None = None,
    ) -> str:
        """Places a layer, wired to an output port before it or an input port after it; selects it. Gives its id."""
        block = self.new_block(type_name)
        mine = ports_of(block, self.document.graph, self.catalog)
        edits: list[Edit] = [AddBlock(block, position or self._free_place(source.block if source else ""))]
        if source is not None:
            given = self.ports(source.block).output(source.port)
            end = fitting_port(mine.inputs, state=given is not None and given.state)
            if end is not None:
                edits.append(Connect(source, PortRef(block.id, end.name)))
        if target is not None and mine.outputs:
            edits.append(Connect(PortRef(block.id, mine.outputs[0].name), target))
        self.push(edits, f"add {block.name}")
        self.select([block.id])
        return block.id

    def insert_layer(self, type_name: str, wire: Wire) -> None:
        """Puts a layer into a wire and selects it."""
        new_id = f"b{self.document.next_id}"
        if self.push(
            Insert(type_name, self.new_block(type_name).arguments, wire.source, wire.target), f"insert {type_name}"
        ):
            self.select([new_id])

    def ask_fits(self, source: PortRef) -> None:
        """Asks Keras which layers take what leaves a port; `fits_changed` brings output shapes by type."""
        spec = self.analysis.spec(source)
        if self._worker is not None and spec is not None:
            layers = [layer for layer in self.catalog.layers.values() if layer.placeable and layer.inputs]
            wanted = {layer.type: starting_arguments(layer) for layer in layers if layer.type not in (INPUT, REUSE)}
            self._worker.fitting(spec, wanted)

    # --- clipboard -----------------------------------------------------------------------------------------------

    def copied(self) -> str:
        """The selected blocks as text for the clipboard; empty: none is selected."""
        return encode_fragment(self.document, self.selection.blocks) if self.selection.blocks else ""

    def paste(self, text: str, position: Position | None = None, word: str = "paste") -> None:
        """Adds the blocks of a text, with their upper left corner at a position (else a little beside where they were)."""
        try:
            edits, ids = paste_edits(self.document, text, *self._shift(text, position))
        except DocumentError:
            self.refused.emit("The clipboard holds no blocks.")
            return
        if edits and self.push(edits, f"{word} {len(ids)} block{'' if len(ids) == 1 else 's'}"):
            self.select(ids)

    def _shift(self, text: str, position: Position | None) -> Position:
        if position is None:
            return PASTE_SHIFT, PASTE_SHIFT
        places = decode_text(text).layout.values()
        left, top = min((x for x, _ in places), default=0.0), min((y for _, y in places), default=0.0)
        return position[0] - left, position[1] - top

    # --- outputs -------------------------------------------------------------------------------------------------

    def toggle_output(self, port: PortRef) -> None:
        """Makes a port an output of the model, or takes it from the outputs; the last one stays."""
        now = model_outputs(self.document, self.catalog)
        name = self.document.block(port.block).name
        if port not in now:
            self.push(SetOutputs((*now, port)), f"make {port.port} of {name} an output")
        elif len(now) == 1:
            self.refused.emit("A model needs an output: make another port an output first.")
        else:
            self.push(SetOutputs(tuple(out for out in now if out != port)), f"take {name} from the outputs")

    def _free_place(self, after: str) -> Position:
        layout = self.document.layout
        if after in layout:
            left, top = layout[after]
            place = (left + COLUMN, top)
        else:
            place = (max((x for x, _ in layout.values()), default=-COLUMN) + COLUMN, 0.0)
        while any(abs(place[0] - x) < COLUMN / 2 and abs(place[1] - y) < ROW / 2 for x, y in layout.values()):
            place = (place[0], place[1] + ROW)
        return place

    def remove_selection(self, *, bridge: bool = False) -> None:
        """Removes what is selected; with `bridge` the wires go past the removed blocks."""
        names = [self.document.block(block).name for block in sorted(self.selection.blocks)]
        edits: list[Edit] = [
            Disconnect(wire.source, wire.target)
            for wire in self.selection.wires
            if wire.source.block not in self.selection.blocks and wire.target.block not in self.selection.blocks
        ]
        edits += [RemoveBlock(block, bridge) for block in sorted(self.selection.blocks)]
        if edits:
            self.push(edits, f"delete {', '.join(names)}" if names else "delete wire")

    # --- the worker ----------------------------------------------------------------------------------------------

    def attach(self, worker: Worker) -> None:
        """The worker is there: asks what the document is."""
        self._worker = worker
        self._ask_soon.start()

    def worker_ready(self) -> None:
        """TensorFlow has loaded (or come back): everything is asked anew."""
        self._set_run_state(replace(self.run_state, phase="idle", text="Ready.", fraction=None))
        self.trace, self.values = None, None
        self._ask_analysis()

    def worker_said(self, state: RunState) -> None:
        """Progress, failure or loss of the worker."""
        self._set_run_state(replace(state, stale=self.run_state.stale))

    def show_analysis(self, analysis: Analysis, revision: int) -> None:
        """An answer of the worker; a stale one is dropped."""
        if revision != self.revision:
            return
        self.analysis = analysis
        self.analysis_changed.emit(analysis)
        if self.run_by_itself and (self.run is None or self.run_state.stale):
            self._pause.start()

    def show_run(self, run: RunResult) -> None:
        """A run of the worker."""
        self.run = run
        stale = "" if run.revision == self.revision else "the edits since"
        text = f"Last run {run.ms:.0f} ms on {run.device.upper()}." if run.ms is not None else "The run stopped."
        self.trace = None
        self._set_run_state(RunState("idle", text, stale=stale))
        if run.revision == self.revision:
            self._take_facts_of(run)
        if stale and self.run_by_itself:
            self._pause.start()
        self.run_changed.emit(run)
        self.set_clock(sequence=self.clock.sequence, step=self.clock.step)
        self._choose_trace()
        self._ask_previews()
        self._choose_values()

    def _take_facts_of(self, run: RunResult) -> None:
        """The masks of the run override those of the analysis, and what only data showed joins its problems."""
        blocks = {block: _with_masks(block, known, run) for block, known in self.analysis.blocks.items()}
        analysis = replace(self.analysis, blocks=blocks, diagnostics=run.diagnostics)
        if analysis != self.analysis:
            self.analysis = analysis
            self.analysis_changed.emit(analysis)

    def show_trace(self, trace: Trace) -> None:
        """States of a sequence from the worker; of another block or sequence by now: dropped."""
        if self.run is None or trace.run != self.run.number:
            return
        if (trace.key, trace.sequence) != (self.trace_key, self.clock.sequence):
            return
        self.trace = trace
        self.trace_changed.emit(trace)
        self.set_clock(step=self.clock.step)

    def show_previews(self, run: int, sequence: int, previews: Mapping[str, Preview]) -> None:
        """What blocks show of their states; of another run or sequence by now: dropped."""
        if self.run is not None and (run, sequence) == (self.run.number, self.clock.sequence):
            self.previews = previews
            self.previews_changed.emit(previews)

    def _ask_previews(self) -> None:
        if self._worker is not None and self.run is not None and self.run.traced:
            self._worker.previews(self.run.number, self.clock.sequence)
        elif self.previews:
            self.previews = {}
            self.previews_changed.emit(self.previews)

    def choose_trace(self, key: str) -> None:
        """Shows the states of a block or of one direction of it (`b3/forward`)."""
        if key != self.trace_key:
            self.trace_key = key
            self._ask_trace()

    def _choose_trace(self) -> None:
        """The states of the selected block; where it has none, those shown before, else the first block's."""
        traced = tuple(self.run.traced) if self.run is not None else ()
        own = [key for key in traced if key.split("/")[0] == self.selection.block]
        if own and self.trace_key not in own:
            self.trace_key = own[0]
        elif self.trace_key not in traced:
            self.trace_key = traced[0] if traced else ""
        if self.trace is None or self.trace.key != self.trace_key:
            self._ask_trace()

    def _ask_trace(self) -> None:
        if self._worker is not None and self.run is not None and self.trace_key:
            self._worker.trace(self.run.number, self.trace_key, self.clock.sequence)
        elif not self.trace_key and self.trace is not None:
            self.trace = None
            self.trace_changed.emit(None)

    def watch_values(self, *, seen: bool) -> None:
        """Values of a port are asked for only while somebody looks at them."""
        self._values_seen = seen
        self._ask_values()

    def choose_port(self, port: PortRef) -> None:
        """Shows the values of this output port, until another block is selected."""
        if port != self.values_port:
            self.values_port = port
            self._ask_values()

    def _choose_values(self) -> None:
        """The first port of the selected block; where it has none in the run, the port shown before, else the first."""
        ports = tuple(self.run.ports) if self.run is not None else ()
        own = [port for port in ports if port.block == self.selection.block]
        if own and self.values_port not in own:
            self.values_port = own[0]
        elif self.values_port not in ports:
            self.values_port = ports[0] if ports else None
        self._ask_values()

    def _ask_values(self) -> None:
        """Asks unless what is there is already what is wanted."""
        run, port = self.run, self.values_port
        if not self._values_seen or self._worker is None or run is None or port is None:
            return
        values = self.values if self._values_run is run else None  # another worker counts its runs from 1 again
        if values is None or (values.port, values.sequence) != (port, self.clock.sequence):
            self._worker.values(run.number, port, self.clock.sequence)

    def show_values(self, values: PortValues) -> None:
        """Values from the worker; of another run, port or sequence by now: dropped."""
        wanted = (self.run.number if self.run is not None else 0, self.values_port, self.clock.sequence)
        if (values.run, values.port, values.sequence) == wanted:
            self.values, self._values_run = values, self.run
            self.values_changed.emit(values)

    def _ask_analysis(self) -> None:
        if self._worker is not None:
            self._worker.analyse(self.document, self.revision, self.folder)

    def _run_if_cheap(self) -> None:
        cheap = self.run is None or self.run.ms is None or self.run.ms <= CHEAP_RUN_MS
        free = self.run_state.phase in ("idle", "failed")  # a run under way asks again when it ends
        if self.run_by_itself and cheap and free and self.document.graph.inputs:
            self.run_now()

    def run_now(self) -> None:
        """Runs the model on the sample."""
        if self._worker is None:
            return
        if not self.document.graph.inputs:
            self.refused.emit("There is nothing to run yet: drag an Input onto the canvas first.")
            return
        self._pause.stop()
        self._set_run_state(replace(self.run_state, phase="running", text="Running …", fraction=None))
        self._worker.run(self.document, self.revision, self.folder, self.device)

    def cancel(self) -> None:
        """Stops the run."""
        if self._worker is not None:
            self._worker.cancel()

    def _set_run_state(self, state: RunState) -> None:
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
        self.run, self.trace, self.trace_key, self.previews = None, None, "", {}
        self.values, self.values_port = None, None
        self.selection, self.clock = Selection(), Clock()
        self.document = document
        self.revision += 1
        self.analysis = Analysis()
        self.file_changed.emit(path)
        self.document_changed.emit(document)
        self.selection_changed.emit(self.selection)
        self.run_changed.emit(None)
        self.trace_changed.emit(None)
        self.values_changed.emit(None)
        self._set_run_state(replace(self.run_state, stale=""))
        self._show_structure()
        self.opened.emit()
        self.file_settled.emit(path)
        self._ask_soon.start()

    def save(self, path: Path | None = None) -> bool:
        """Saves; what cannot be written is refused with a sentence."""
        target = path or self.path
        if target is None:
            return False
        try:
            save(self.document, target)
        except DocumentError as error:
            self.refused.emit(str(error))
            return False
        self.path = target
        self.undo_stack.setClean()
        self.file_changed.emit(target)
        self.file_settled.emit(target)
        self.told.emit(f"Saved {target.name}.")
        return True

    def export(self, to: str, path: Path) -> None:
        """Exports; the answer comes as a sentence."""
        if self._worker is None:
            self.refused.emit("The engine has not started yet; try again in a moment.")
            return
        self.told.emit(f"Exporting {path.name}: running the code and comparing the numbers …")
        self._worker.export(self.document, self.folder, to, path)

    @property
    def has_input(self) -> bool:
        """There is an Input to feed."""
        return any(block.type == INPUT for block in self.document.graph.blocks)


def _with_masks(block: str, known: BlockAnalysis, run: RunResult) -> BlockAnalysis:
    outputs = {
        name: replace(spec, mask=port.mask_shape is not None) if (port := run.ports.get(PortRef(block, name))) else spec
        for name, spec in (known.outputs or {}).items()
    }
    return replace(known, outputs=outputs) if known.outputs is not None else known


COLUMN, ROW = 280.0, 152.0
"""How far apart blocks are placed: a block, a wire label, and air."""


def fitting_port(ports: Sequence[PortSpec], *, state: bool) -> PortSpec | None:
    """The input that a wire to a new block goes to: the first of its kind, else the first."""
    return next((port for port in ports if port.state is state), ports[0] if ports else None)
