"""What was found beyond the analysis: leaks of padding, ways to run on which Keras differs, faults that a paste tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.analysis.values import Analysis, Diagnostic

if TYPE_CHECKING:
    from engine.analysis.leaks import LeakReport
    from gui.session.session import EditorSession

QUIET_MS = 2000
"""How long nobody must edit before Keras's ways to run are compared unasked."""


class Findings(QObject):
    """Asks for the tests, and adds what they found to the problems until the next edit of the model.

    Attributes:
        leaks: the answer to “does padding change my results?”, None: not asked since the last edit.
        testing: the question is on its way.
    """

    leaks_changed = Signal(object)

    def __init__(self, session: EditorSession) -> None:
        super().__init__(session)
        self._session = session
        self.leaks: LeakReport | None = None
        self.testing = False
        self._ways: tuple[Diagnostic, ...] = ()
        self._pasted: tuple[Diagnostic, ...] = ()
        self._ways_revision = -1
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._compare_ways)

    def added_to(self, analysis: Analysis) -> Analysis:
        """An analysis with what was found."""
        leaks = tuple(leak.diagnostic for leak in self.leaks.leaks) if self.leaks is not None else ()
        found = (*self._pasted, *self._ways, *leaks)
        return replace(analysis, diagnostics=analysis.diagnostics + found) if found else analysis

    def forget(self) -> None:
        """The model or its sample was edited."""
        self._quiet.stop()
        self._ways, self._pasted, self.testing = (), (), False
        if self.leaks is not None:
            self.leaks = None
            self.leaks_changed.emit(None)

    def show_pasted(self, found: tuple[Diagnostic, ...]) -> None:
        """What a pasted error says and Keras does not raise for the model that was drawn of it."""
        self._pasted = found
        if found:
            self._session.show_problems()

    def ask_leaks(self) -> None:
        """Asks whether padding changes the results; the answer comes as a sentence and as problems."""
        session = self._session
        if session.worker is None:
            session.refused.emit("The engine has not started yet; try again in a moment.")
            return
        if not session.document.graph.inputs:
            session.refused.emit("There is nothing to test yet: drag an Input onto the canvas first.")
            return
        self.testing = True
        session.told.emit("Running every sequence alone and unpadded …")
        self.leaks_changed.emit(self.leaks)
        session.worker.leaks(session.document, session.revision, session.folder)

    def show_leaks(self, report: LeakReport, revision: int) -> None:
        """The answer of the worker; one about an older model is dropped."""
        if revision != self._session.revision:
            return
        self.leaks, self.testing = report, False
        self._session.show_problems()
        self._session.told.emit(f"Does padding change my results? {report.sentence}")
        self.leaks_changed.emit(report)

    def refuse_leaks(self, sentence: str) -> None:
        """The worker could not answer."""
        if self.testing:
            self.testing = False
            self._session.refused.emit(sentence)
            self.leaks_changed.emit(self.leaks)

    def follow_run(self) -> None:
        """The model ran as it is: once nobody edits, its other ways to run are compared."""
        if self._ways_revision != self._session.revision:
            self._quiet.start()

    def _compare_ways(self) -> None:
        session = self._session
        if session.worker is not None and session.analysis.ok and session.run_state.phase == "idle":
            self._ways_revision = session.revision
            session.worker.ways(session.document, session.revision, session.folder, always=False)

    def ask_ways(self) -> None:
        """Compares Keras's ways to run, however large the model is."""
        session = self._session
        if session.worker is None:
            session.refused.emit("The engine has not started yet; try again in a moment.")
            return
        session.told.emit("Comparing a call, predict and a function of fixed signature …")
        session.worker.ways(session.document, session.revision, session.folder, always=True)

    def show_ways(self, found: tuple[Diagnostic, ...], revision: int, asked: bool) -> None:
        """The answer of the worker; one about an older model is dropped."""
        if revision != self._session.revision:
            return
        self._ways = found
        self._session.show_problems()
        if asked:
            differ = f"They differ: {found[0].title}." if found else "They agree."
            self._session.told.emit(f"A call, predict and a function of fixed signature: {differ}")
