"""Which call of Keras a worker was in when it went silent or died: such a call is not made again.

A layer can hang while it is built (a loop unrolled over ten million steps), or take the whole process with it. The worker
says in its heartbeat what it asks Keras at the moment; after a death it is asked to say so before every call. Whoever
listens remembers, and hands the calls to be refused to the next worker, which then answers for the rest of the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from engine.graph.values import Json, JsonObject
from engine.protocol.messages import Event

HANG_S = 30.0
"""So long one call may take before it counts as hanging."""
DOCUMENT = "document"


@dataclass
class Suspects:
    """What is known of the calls that a worker made; without I/O and without a clock of its own.

    Attributes:
        hang_s: after so long in one call the worker hangs.
        refused: calls that must not be made again, as the worker names them.
        careful: a worker has died: the next one says what it asks before it asks.
    """

    hang_s: float = HANG_S
    refused: set[str] = field(default_factory=set[str])
    careful: bool = False
    _asking: str = ""
    _since: float = 0.0

    def heard(self, event: Event, now: float) -> None:
        """A sign of life, which may say what Keras is being asked."""
        if event.kind not in ("heartbeat", "asking"):
            return
        call = str(event.body.get("asking") or "")
        if call != self._asking:
            self._asking, self._since = call, now

    def hangs(self, now: float) -> bool:
        """The worker has been in one call for too long; that call is refused from now on."""
        if not self._asking or now - self._since <= self.hang_s:
            return False
        self.refused.add(self._asking)
        self._asking = ""
        return True

    def died(self) -> bool:
        """The worker is gone; True: something is learned by asking another one."""
        was_careful, self.careful = self.careful, True
        if was_careful and self._asking:
            self.refused.add(self._asking)
        learned = not was_careful or bool(self._asking)
        self._asking = ""
        return learned

    def answered(self) -> None:
        """A request with a document was answered: nothing is wrong with this worker."""
        self.careful, self._asking = False, ""

    def told(self, body: JsonObject) -> JsonObject:
        """A request's body with what the worker must know."""
        if DOCUMENT not in body or not (self.refused or self.careful):
            return body
        more: Mapping[str, Json] = {"refused": cast("list[Json]", sorted(self.refused)), "careful": self.careful}
        return {**body, **more}
