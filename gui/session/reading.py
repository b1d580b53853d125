"""A question about the run that is shown, asked while somebody looks at the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.graph.values import Json, JsonObject
from engine.protocol.messages import Verb

if TYPE_CHECKING:
    from engine.protocol.results import RunResult
    from gui.session.session import EditorSession


class Reading(QObject):
    """Asks the worker anew when run, clock or selection ask something else; answers that come too late are dropped.

    Args:
        verb: one of `engine.protocol.readings.READINGS`; one reading of each verb is alive at a time.
        subject: the request's body without the run, from what is looked at now; None: there is nothing to ask.

    Attributes:
        value: the newest answer, of the subject that is asked for; None: it is not there, or `missing` says why.
        missing: why there is none, in a sentence; empty: it is on its way, or not wanted.
    """

    changed = Signal()

    def __init__(
        self, session: EditorSession, verb: Verb, subject: Callable[[], JsonObject | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._subject = session, subject
        self._verb: Verb = verb
        self._seen = False
        self._run: RunResult | None = None
        self._asked: JsonObject | None = None
        self.value: Any = None
        self.missing = ""
        for signal in (session.run_changed, session.selection_changed, session.shown.clock_changed):
            signal.connect(self.ask)
        session.shown.answered.connect(self._take)
        session.shown.answers_forgotten.connect(self._forget_question)

    def watch(self, *, seen: bool) -> None:
        """Nothing is asked while nobody looks."""
        self._seen = seen
        self.ask()

    def ask(self, _: object = None) -> None:
        """Asks, unless what is there or on its way is already what is wanted."""
        run, worker = self._session.run, self._session.worker
        if not self._seen or worker is None:
            return
        subject = self._subject() if run is not None else None
        body: dict[str, Json] | None = None if run is None or subject is None else {"run": run.number, **subject}
        if run is self._run and body == self._asked:
            return
        self._run, self._asked, self.value, self.missing = run, body, None, ""
        self.changed.emit()
        if body is not None:
            worker.read(self._verb, body)

    def _take(self, verb: Verb, body: JsonObject, answer: object) -> None:
        """An answer, or a sentence in its place."""
        if verb != self._verb or body != self._asked or self._run is not self._session.run:
            return
        self.missing = answer if isinstance(answer, str) else str(getattr(answer, "missing", ""))
        self.value = None if self.missing else answer
        self.changed.emit()

    def _forget_question(self) -> None:
        """The worker was replaced: what it had not answered is asked anew."""
        if self.value is None:
            self._run = self._asked = None
            self.ask()
