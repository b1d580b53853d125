"""The worker process: `python main.py --worker`. Frames come in on descriptor 0 and leave on a copy of descriptor 1."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable

from engine.protocol.codec import Decoder, encode
from engine.protocol.messages import READS, Cancel, Event, Message, Request
from engine.setup.logs import log_to_file
from engine.worker.loop import LOG, Handler, answer

HEARTBEAT_S = 1.0
READ_BYTES = 1 << 20


class Pipe:
    """The way out: whole frames, one at a time, from whichever thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Writes a message; a reader that has gone ends the process, since nobody is left to work for."""
        parts = encode(message)
        try:
            with self._lock:
                for part in parts:
                    self._write(part)
        except OSError:
            os._exit(0)

    def _write(self, part: bytes | memoryview) -> None:
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


class Inbox:
    """Requests in order, and which of them were cancelled; filled by a thread so that a cancel arrives during work.

    Attributes:
        reads: requests that are answered beside the others.
    """

    def __init__(self) -> None:
        self.requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self.reads: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._cancelled: set[int] = set()

    def is_cancelled(self, request_id: int) -> bool:
        """A stop of this request was asked for."""
        return request_id in self._cancelled

    def read(self, descriptor: int) -> None:
        """Reads until the other side has gone, then ends the process, however busy it is."""
        decoder = Decoder()
        while data := _read(descriptor):
            for message in decoder.feed(data):
                if isinstance(message, Request):
                    (self.reads if message.verb in READS else self.requests).put(message)
                elif isinstance(message, Cancel):
                    self._cancelled.add(message.id)
        os._exit(0)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, READ_BYTES)
    except OSError:
        return b""


def main(make_handler: Callable[[], Handler] | None = None) -> int:
    """Serves until the other side closes its end.

    Args:
        make_handler: makes what answers requests, after the heartbeat has begun (importing TensorFlow takes seconds).
    """
    _ignore_interrupts()
    log_to_file(LOG, "worker")
    pipe = Pipe(_take_standard_output())
    inbox = Inbox()
    threading.Thread(target=inbox.read, args=(sys.stdin.fileno(),), name="inbox", daemon=True).start()
    handlers: list[Handler] = []
    threading.Thread(target=_beat, args=(pipe, handlers), name="heartbeat", daemon=True).start()
    handler = (make_handler or _runtime_handler)()
    handlers.append(handler)
    pipe.send(Event("ready", handler.versions()))
    threading.Thread(target=_serve, args=(inbox.reads, inbox, handler, pipe), name="reads", daemon=True).start()
    _serve(inbox.requests, inbox, handler, pipe)
    return 0


def _serve(requests: queue.SimpleQueue[Request], inbox: Inbox, handler: Handler, pipe: Pipe) -> None:
    """One answer after the other, for good."""
    for request in iter(requests.get, None):
        for reply in answer(request, handler, pipe.send, lambda wanted=request.id: inbox.is_cancelled(wanted)):
            pipe.send(reply)


def _runtime_handler() -> Handler:
    from engine.worker.handlers import RuntimeHandler

    return RuntimeHandler()


def _take_standard_output() -> int:
    """Keeps descriptor 1 for frames alone: what libraries print, in C or Python, goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return own


def _ignore_interrupts() -> None:
    """Ctrl+C in a terminal reaches the whole group: the parent decides what it means."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _beat(pipe: Pipe, handlers: list[Handler]) -> None:
    """Says that the process lives, and what it asks Keras.

    Args:
        handlers: empty until TensorFlow has loaded.
    """
    waiting = threading.Event()
    while True:
        asking = next((handler.asking for handler in handlers), "")
        pipe.send(Event("heartbeat", {"asking": asking} if asking else {}))
        waiting.wait(HEARTBEAT_S)


if __name__ == "__main__":
    sys.exit(main())
