"""What the inspector shows of the selected block beyond its analysis: its sample, or what the run did at padded steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.graph.values import INPUT

if TYPE_CHECKING:
    from engine.protocol.looks import PaddedLook, SampleLook
    from engine.protocol.results import RunResult
    from gui.session.session import EditorSession


class Looks(QObject):
    """Asks the worker about the one selected block; answers that come too late are dropped.

    Attributes:
        sample: of the selected Input, None until the worker has answered.
        padded: of the selected block in the run that is shown, or in the one before while that is not answered yet.
    """

    sample_changed = Signal(object)
    padded_changed = Signal(object)

    def __init__(self, session: EditorSession) -> None:
        super().__init__(session)
        self._session = session
        self.sample: SampleLook | None = None
        self.padded: PaddedLook | None = None
        self._asked: object = None
        self._read_run: RunResult | None = None
        self._read: dict[str, PaddedLook] = {}
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._ask)
        session.selection_changed.connect(self._follow)
        session.document_changed.connect(self._follow)
        session.run_changed.connect(self._follow)
        session.shown.clock_changed.connect(self._follow)

    @property
    def padded_is_old(self) -> bool:
        """What is shown of padded steps is of the run before."""
        return self.padded is not None and self.padded is not self._read.get(self.padded.block)

    def ask(self) -> None:
        """Asks anew, whatever was answered: the worker was replaced."""
        self._asked = None
        self._soon.start()

    def _follow(self, _: object) -> None:
        """What is known of another block is not shown; asking waits until everyone has heard of the change."""
        block = self._session.selection.block
        if self.sample is not None and self.sample.block != block:
            self._set_sample(None)
        run = self._session.run
        if self._read_run is not run:
            self._read_run, self._read = run, {}
        known = self._read.get(block)
        if self.padded is not known and (run is None or self.padded is None or self.padded.block != block):
            self._set_padded(known)
        self._soon.start()

    def _ask(self) -> None:
        session, worker = self._session, self._session.worker
        block = session.document.graph.by_id.get(session.selection.block)
        if worker is None or block is None:
            self._asked = None
            return
        if block.type == INPUT:
            document, sequence = session.document, session.shown.clock.sequence
            inputs = document.graph.inputs
            wanted: object = (block.id, inputs, document.sample, document.seed, session.folder, sequence)
            if wanted != self._asked:
                worker.sample(document, session.revision, session.folder, block.id, sequence)
        else:
            wanted = (block.id, session.run)
            if session.run is not None and wanted != self._asked and block.id not in self._read:
                worker.padded(session.run.number, block.id)
        self._asked = wanted

    def show_sample(self, look: SampleLook) -> None:
        """What would be fed, from the worker; to another block by now: dropped."""
        if look.block == self._session.selection.block:
            self._set_sample(look)

    def show_padded(self, look: PaddedLook) -> None:
        """Padded steps, from the worker; of another run by now: dropped; of another block: kept until it is selected."""
        run = self._session.run
        if run is None or look.run != run.number or self._read_run is not run:
            return
        self._read[look.block] = look
        if look.block == self._session.selection.block:
            self._set_padded(look)

    def _set_sample(self, look: SampleLook | None) -> None:
        self.sample = look
        self.sample_changed.emit(look)

    def _set_padded(self, look: PaddedLook | None) -> None:
        self.padded = look
        self.padded_changed.emit(look)
