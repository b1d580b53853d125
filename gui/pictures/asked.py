"""The bridge over a worker that somebody else has started: what is asked is answered before it returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from engine.graph.values import JsonObject
from engine.protocol.messages import Reply, Request, Verb
from gui.bridge.bridge import WorkerBridge
from gui.session.session import EditorSession

Ask: TypeAlias = Callable[[Verb, JsonObject], Reply]
KNOWN = frozenset({"analyse", "ways"})
"""What the session asks by itself and was told before it was shown."""


class AskedBridge(WorkerBridge):
    """Gives a session what it wants to know of a run that was made.

    Attributes:
        failure: what went wrong while something was asked; Qt hands on no exception of a slot.
    """

    def __init__(self, session: EditorSession, ask: Ask) -> None:
        super().__init__(parent=session)
        self._answer = ask
        self.failure: Exception | None = None
        self.traced.connect(session.shown.show_trace)
        self.previewed.connect(session.shown.show_previews)
        self.valued.connect(session.shown.show_values)
        self.answered.connect(session.shown.answered)

    def _ask(self, verb: Verb, body: JsonObject, revision: int) -> None:
        if verb in KNOWN or self.failure is not None:
            return
        try:
            self._take_reply(Request(0, verb, revision, body), self._answer(verb, body))
        except Exception as error:  # handed on by who draws
            self.failure = error
