"""Bookkeeping of requests, without I/O: ids, the newest of a verb wins, stale answers are dropped."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.graph.values import JsonObject
from engine.protocol.messages import Cancel, Message, Reply, Request, Verb
from engine.protocol.readings import READINGS

NEWEST_WINS: frozenset[Verb] = frozenset(
    {"analyse", "probe", "run", "trace", "values", "leaks", "ways", "sample", "padded", "explain", "foresee", *READINGS}
)


@dataclass
class RequestBook:
    """Which requests are on their way.

    A request of a verb in `NEWEST_WINS` cancels the older one of that verb; its answer, should it still come, is
    dropped. After the worker was lost, `unanswered` are asked again.
    """

    _last_id: int = 0
    _waiting: dict[int, Request] = field(default_factory=dict[int, Request])

    @property
    def unanswered(self) -> tuple[Request, ...]:
        """The requests without an answer, oldest first."""
        return tuple(self._waiting.values())

    def ask(self, verb: Verb, body: JsonObject, revision: int = 0) -> tuple[Request, tuple[Message, ...]]:
        """A new request, and the messages to send for it, in order."""
        self._last_id += 1
        request = Request(self._last_id, verb, revision, body)
        stale = [old.id for old in self._waiting.values() if old.verb == verb and verb in NEWEST_WINS]
        for old in stale:
            del self._waiting[old]
        self._waiting[request.id] = request
        return request, (*(Cancel(old) for old in stale), request)

    def cancel(self, verb: Verb) -> tuple[Cancel, ...]:
        """Messages that ask to stop whatever of a verb is on its way; their answers still count (as cancelled)."""
        return tuple(Cancel(request.id) for request in self._waiting.values() if request.verb == verb)

    def answer(self, reply: Reply) -> Request | None:
        """The request that a reply answers, or None: it is stale."""
        return self._waiting.pop(reply.id, None)

    def verb_of(self, request_id: int) -> Verb | None:
        """What a request asks for; None: it has its answer, or has been overtaken."""
        request = self._waiting.get(request_id)
        return request.verb if request is not None else None

    def forget(self, request_id: int) -> None:
        """Gives a request up."""
        self._waiting.pop(request_id, None)
