"""The blocking client of the worker, for the command line and the tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, cast

from engine.graph.values import JsonObject
from engine.protocol.book import RequestBook
from engine.protocol.messages import Cancel, Event, Message, Reply, Verb
from engine.protocol.suspects import HANG_S, Suspects

if TYPE_CHECKING:
    from engine.protocol.codec import Decoder

MAIN = Path(__file__).resolve().parents[2] / "main.py"
START_TIMEOUT_S = 300.0
GRACE_S = 5.0
READ_BYTES = 1 << 20
Progress = Callable[[float | None, str], None]


ENDED_FROM_OUTSIDE = (-6, -9, -11)
"""Signals that end a process when memory runs out."""
SMALLER = "it does so when memory runs out: use a smaller batch, fewer timesteps or smaller layers."


class WorkerLost(RuntimeError):  # noqa: N818 - what happened to it, said as people say it
    """The worker ended before it answered; its text is one sentence."""


def worker_command() -> list[str]:
    """The command that starts a worker with this interpreter."""
    return [sys.executable, str(MAIN), "--worker"]


class WorkerClient:
    """Starts a worker when it is first asked, and ends it. Use it in a `with` statement.

    Attributes:
        ready: the body of the worker's `ready` event; empty until it came.
    """

    def __init__(self, command: Sequence[str] | None = None, *, verbose: bool = False, hang_s: float = HANG_S) -> None:
        self._command = list(command or worker_command())
        self._verbose = verbose
        self._process: subprocess.Popen[bytes] | None = None
        self._book = RequestBook()
        self._suspects = Suspects(hang_s)
        self._decoder: Decoder | None = None
        self.ready: JsonObject = {}

    def __enter__(self) -> WorkerClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """Of the worker that runs now."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Starts a worker; does not wait for TensorFlow."""
        from engine.protocol.codec import Decoder  # brings numpy, which `doctor` may have to do without

        self.close()
        self._decoder, self.ready = Decoder(), {}
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "0" if self._verbose else "3"}
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if self._verbose else subprocess.DEVNULL,
            env=environment,
        )

    def wait_ready(self) -> JsonObject:
        """Waits until TensorFlow is there; gives versions and devices.

        Raises:
            WorkerLost: it ended before.
        """
        self._start_once()
        while not self.ready:
            for message in self._receive():
                self._note(message)
        return self.ready

    def request(self, verb: Verb, body: JsonObject, *, revision: int = 0, progress: Progress | None = None) -> Reply:
        """Asks and waits for the answer. A call of Keras that hangs is refused in another worker, and so is one that ends
        the worker during an analysis; the rest of the document is answered.

        Raises:
            WorkerLost: the worker ended before it answered; `start` makes a new one.
        """
        while True:
            refused = len(self._suspects.refused)
            try:
                reply = self.wait(self.send(verb, self._suspects.told(body), revision=revision), progress=progress)
            except WorkerLost:
                hung = len(self._suspects.refused) > refused
                if not hung and not (verb == "analyse" and self._suspects.died()):
                    raise
                self.start()
                continue
            self._suspects.answered()
            return reply

    def send(self, verb: Verb, body: JsonObject, *, revision: int = 0) -> int:
        """Asks without waiting; gives the id of the request."""
        self._start_once()
        request, messages = self._book.ask(verb, body, revision)
        for message in messages:
            self._write(message)
        return request.id

    def cancel(self, request_id: int) -> None:
        """Asks to stop a request; its answer then says `cancelled`, unless it was ready before."""
        self._write(Cancel(request_id))

    def wait(self, request_id: int, *, progress: Progress | None = None) -> Reply:
        """Waits for the answer to a request."""
        while True:
            for message in self._receive():
                self._note(message)
                if isinstance(message, Event) and message.kind == "progress" and progress is not None:
                    progress(cast("float | None", message.body["fraction"]), str(message.body["text"]))
                if isinstance(message, Reply) and self._book.answer(message) and message.id == request_id:
                    return message

    def kill(self) -> None:
        """Ends the worker at once, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Ends the worker: closes its input, and kills it if it does not go."""
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            _close(cast("BinaryIO", stream))
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _start_once(self) -> None:
        if self._process is None:
            self.start()

    def _note(self, message: Message) -> None:
        if not isinstance(message, Event):
            return
        if message.kind == "ready":
            self.ready = message.body
        self._suspects.heard(message, time.monotonic())
        if self._suspects.hangs(time.monotonic()):
            self.kill()  # the next read finds it gone

    def _write(self, message: Message) -> None:
        from engine.protocol.codec import encode

        stream = cast("BinaryIO", self._running().stdin)
        try:
            for part in encode(message):
                stream.write(part)
            stream.flush()
        except OSError:
            raise self._lost() from None

    def _receive(self) -> list[Message]:
        stream = cast("BinaryIO", self._running().stdout)
        data = os.read(stream.fileno(), READ_BYTES)
        if not data:
            raise self._lost()
        return list(cast("Decoder", self._decoder).feed(data))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise WorkerLost("The engine's process is not running.")
        return self._process

    def _lost(self) -> WorkerLost:
        process = self._running()
        deadline = time.monotonic() + GRACE_S
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        for request in self._book.unanswered:
            self._book.forget(request.id)
        code = process.returncode
        why = f"by signal {-code}" if code is not None and code < 0 else f"with exit status {code}"
        what = SMALLER if code in ENDED_FROM_OUTSIDE else "run the command again."
        return WorkerLost(f"The engine's process ended {why} before it answered; {what}")


def _close(stream: BinaryIO) -> None:
    try:
        stream.close()
    except OSError:
        return
