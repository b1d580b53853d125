"""One request to one reply, whatever happens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from engine.graph.values import Json, JsonObject
from engine.protocol.messages import Array, Event, Reply, Request
from engine.protocol.work import OUT_OF_MEMORY, Cancelled, Work
from engine.runtime.run_failure import is_out_of_memory

LOG = logging.getLogger("seqloom.worker")
Answer = tuple[JsonObject, Mapping[str, Array]]


class UserError(Exception):
    """Something the person can mend, which is not a matter of the model; its text is one sentence."""


class Handler(Protocol):
    """What answers requests."""

    @property
    def asking(self) -> str:
        """Names the call of Keras that it is in; read from another thread; empty: none."""
        ...

    def versions(self) -> JsonObject:
        """Versions and devices: the body of `ready`."""
        ...

    def handle(self, request: Request, work: Work) -> Answer:
        """Body and arrays of the answer.

        Raises:
            Cancelled: a stop was asked for.
            UserError: one sentence says why there is no answer.
        """
        ...


def answer(
    request: Request, handler: Handler, send: Callable[[Event], None], cancelled: Callable[[], bool]
) -> Iterator[Reply]:
    """The reply to a request: exactly one."""

    def progress(fraction: float | None, text: str) -> None:
        body: dict[str, Json] = {"request": request.id, "fraction": fraction, "text": text}
        send(Event("progress", body))

    def asking(call: str) -> None:
        send(Event("asking", {"asking": call}))

    work = Work(progress, cancelled, asking)
    try:
        work.check()
        body, arrays = handler.handle(request, work)
        reply = Reply(request.id, request.revision, body=body, arrays=arrays)
    except Cancelled:
        reply = Reply(request.id, request.revision, ok=False, error="Stopped as asked.", cancelled=True)
    except UserError as error:
        reply = Reply(request.id, request.revision, ok=False, error=str(error))
    except Exception as error:  # no room, or our own mistake: a sentence for the person, the traceback for the log
        LOG.exception("%s failed", request.verb)
        said = OUT_OF_MEMORY if is_out_of_memory(error) else _sentence(request, error)
        reply = Reply(request.id, request.revision, ok=False, error=said)
    yield reply


def _sentence(request: Request, error: Exception) -> str:
    first = (str(error).strip().splitlines() or [""])[0][:200]
    kind = type(error).__name__
    return f"SeqLoom's engine failed while it worked on “{request.verb}” ({kind}: {first}); the log has the details."
