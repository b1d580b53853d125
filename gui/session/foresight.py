"""What a choice would do before it is made: asked ahead while nothing else happens, or at once when somebody looks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.analysis.foreseen import Foreseen
from engine.analysis.values import Analysis
from engine.document.edit_encoding import encode_edit
from engine.document.edits import Edit

if TYPE_CHECKING:
    from gui.session.session import EditorSession

QUIET_MS = 300
"""How long nothing must happen before answers are asked ahead: the run after an edit goes first."""


class Foresight(QObject):
    """What single edits of the document as it is would do; forgotten with the next edit of the model.

    Whatever else the worker is asked goes first: it gives up looking ahead, and is asked again when it is quiet.
    """

    known_changed = Signal()

    def __init__(self, session: EditorSession) -> None:
        super().__init__(session)
        self._session = session
        self._revision = session.revision
        self._known: dict[str, Foreseen] = {}
        self._ahead: dict[str, Edit] = {}
        self._looked_at: dict[str, Edit] = {}
        self._asked: frozenset[str] = frozenset()
        self._stale: set[str] = set()
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(self._ask_again)
        session.document_changed.connect(self._forget)
        session.analysis_changed.connect(self._renew)
        session.run_state_changed.connect(self._wait)

    def prepare(self, edits: Sequence[Edit]) -> None:
        """Asks ahead for these choices, those of the block that is shown, once it is quiet."""
        self._ahead = {edit_key(edit): edit for edit in edits}
        self._looked_at = {}
        self._quiet.start()

    def look(self, edits: Sequence[Edit]) -> tuple[Foreseen | None, ...]:
        """What is known of these choices now; what is not is asked at once, and `known_changed` says when it is."""
        self._forget(None)
        self._looked_at = {edit_key(edit): edit for edit in edits}
        unknown = {key: edit for key, edit in self._looked_at.items() if key not in self._known}
        if unknown and not unknown.keys() <= self._asked:
            self._ask(unknown)
        return tuple(self._known.get(key) for key in self._looked_at)

    def show(self, edits: Sequence[Edit], found: Sequence[Foreseen], revision: int) -> None:
        """An answer of the worker, in the order of the edits; nothing was found where it gave way to other work."""
        if revision != self._session.revision:
            return
        self._asked = frozenset()
        answered = {edit_key(edit): one for edit, one in zip(edits, found, strict=False)}
        self._known.update(answered)
        self._stale -= set(answered)
        self._quiet.start()
        if found:
            self.known_changed.emit()

    def _forget(self, _: object) -> None:
        if self._revision == self._session.revision:
            return
        self._revision = self._session.revision
        self._quiet.stop()
        self._known, self._ahead, self._looked_at, self._asked, self._stale = {}, {}, {}, frozenset(), set()

    def _renew(self, analysis: Analysis) -> None:
        """What a run showed since then belongs to the answers: they are asked again, and told until others come."""
        if any(problem.stage == "run" for problem in analysis.diagnostics):
            self._stale = set(self._known)
        self._wait(analysis)

    def _wait(self, _: object) -> None:
        """The worker has answered, was replaced or has begun something: whatever is on its way may have been dropped."""
        self._asked = frozenset()
        self._quiet.start()

    def _ask_again(self) -> None:
        if self._asked or self._session.run_state.phase == "running":
            return
        for wanted in (self._looked_at, self._ahead):
            unknown = {key: edit for key, edit in wanted.items() if key not in self._known or key in self._stale}
            if unknown:
                self._ask(unknown)
                return

    def _ask(self, edits: dict[str, Edit]) -> None:
        session = self._session
        if session.worker is not None:
            self._asked = frozenset(edits)
            session.worker.foresee(session.document, session.revision, tuple(edits.values()))


def edit_key(edit: Edit) -> str:
    """Equal for equal edits."""
    return json.dumps(encode_edit(edit), sort_keys=True)
