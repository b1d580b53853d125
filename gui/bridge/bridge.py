"""The asynchronous client of the worker: QProcess, frames, heartbeat, restart."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from engine.analysis.encoding import decode_analysis, decode_diagnostic
from engine.analysis.foreseen import Foreseen, decode_foreseen
from engine.analysis.leaks import decode_leaks
from engine.analysis.values import TensorSpec
from engine.document.edit_encoding import decode_edit, encode_edit
from engine.document.edits import Edit
from engine.document.file import encode_document
from engine.document.values import Document
from engine.graph.values import Json, JsonObject, PortRef
from engine.protocol.book import RequestBook
from engine.protocol.looks import decode_padded_look, decode_sample_look
from engine.protocol.messages import Event, Message, Reply, Request, Verb
from engine.protocol.readings import READINGS
from engine.protocol.result_encoding import decode_previews, decode_run, decode_trace, decode_values
from engine.protocol.results import PortValues
from engine.protocol.suspects import Suspects
from engine.protocol.work import NO_MEMORY, OUT_OF_MEMORY
from gui.bridge.answers import Exported, glanced
from gui.bridge.codec import LATER_MS, is_imported
from gui.bridge.deaths import out_of_memory
from gui.session.run_state import RunState

if TYPE_CHECKING:
    from engine.protocol.codec import Decoder

MAIN = Path(__file__).resolve().parents[2] / "main.py"
GRACE_MS = 250
"""A stop is done within half a second: what has not yielded by then is stopped with its process."""
MOST_BYTES = 16 * 1024**2
"""Of states that take more, only what is looked at crosses; taking so much out of the pipe stops the window for up to 9 ms."""
HEARTBEAT_LIMIT_S = 60.0
RESTART_MS = 300
ASKED_AGAIN = frozenset({"analyse", "catalog", "versions"})
SHOWN: Mapping[Verb, str] = {
    "run": "Running",
    "export": "Exporting",
    "leaks": "Running sequences alone",
    "occlusion": "Removing steps",
    "compare": "Running the other side",
}
"""Work whose progress is shown and that can be cancelled."""
MANY_DEATHS, WITHIN_S = 3, 60.0


class WorkerBridge(QObject):
    """Asks the worker and says what it answers. Never blocks; the worker may die at any moment.

    Attributes:
        codec_comes: a thread imports the codec, or will: nothing is read before.
    """

    ready = Signal(object)
    lost = Signal(str)
    state = Signal(object)
    rested = Signal()
    analysed = Signal(object, int)
    ran = Signal(object)
    traced = Signal(object)
    previewed = Signal(int, int, object)
    fitted = Signal(object)
    foreseen = Signal(object, object, int)
    valued = Signal(object)
    answered = Signal(str, object, object)
    """A reading: verb, the request's body, the value or a sentence in its place."""
    sampled = Signal(object)
    padding_read = Signal(object)
    leaks_tested = Signal(object, int)
    leaks_failed = Signal(str)
    ways_compared = Signal(object, int, bool)
    glanced = Signal(object)
    explained = Signal(object)
    explaining_failed = Signal(str)
    exported = Signal(object)
    failed = Signal(str)

    def __init__(self, command: list[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command or [sys.executable, str(MAIN), "--worker"]
        self._process: QProcess | None = None
        self._book = RequestBook()
        self._suspects = Suspects()
        self._decoder: Decoder | None = None
        self.codec_comes = False
        self._deaths: list[float] = []
        self._last_sign = 0.0
        self._closing = False
        self._stopped_as_asked = self._replaced = self._is_spent = False
        self._is_ready = False
        self._grace = QTimer(self, singleShot=True, interval=GRACE_MS)
        self._grace.timeout.connect(self._stop_as_asked)
        self._watch = QTimer(self, interval=2000)
        self._watch.timeout.connect(self._look)

    @property
    def process_id(self) -> int:
        """Of the worker, 0 where none runs."""
        return self._process.processId() if self._process is not None else 0

    # --- life ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts a worker; `ready` comes when TensorFlow has loaded."""
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("TF_CPP_MIN_LOG_LEVEL", "3")
        process.setProcessEnvironment(environment)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._process_error)
        self._decoder, self._is_ready = None, False
        self._process, self._last_sign = process, time.monotonic()
        process.start(self._command[0], self._command[1:])
        self._watch.start()

    def close(self) -> None:
        """Ends the worker for good."""
        self._closing = True
        self._watch.stop()
        self._grace.stop()
        process = self._drop()
        if process is not None:
            process.waitForFinished(2000)

    def _drop(self) -> QProcess | None:
        """Ends a process, of which nothing is heard any more."""
        process, self._process, self._is_spent = self._process, None, False
        if process is not None:
            process.readyReadStandardOutput.disconnect(self._read)
            process.finished.disconnect(self._finished)
            process.kill()
        return process

    def _finished(self) -> None:
        if self._closing:
            return
        process, self._process = self._process, None
        self._grace.stop()
        asked, self._stopped_as_asked = self._stopped_as_asked, False
        replaced, self._replaced = self._replaced, False
        died = "" if replaced or process is None else out_of_memory(process, self._book.unanswered)
        now = time.monotonic()
        new = () if asked else (now,)
        self._deaths = [death for death in (*self._deaths, *new) if now - death < WITHIN_S]
        if not asked and any(request.verb == "analyse" for request in self._book.unanswered):
            self._suspects.died()
        self._forget_questions()
        if len(self._deaths) >= MANY_DEATHS:
            text = (
                died or "The engine stopped three times within a minute; Run starts it again. Nothing of yours is lost."
            )
            self.state.emit(RunState("failed", text))
            return
        why = "Stopped as asked; the engine is" if asked else "The engine stopped and is"
        text = died or f"{why} starting again; nothing of yours is lost."
        self.lost.emit(text)
        self.state.emit(RunState("lost", text, after=died))
        QTimer.singleShot(RESTART_MS, self, self._restart)

    def _forget_questions(self) -> None:
        """What may have killed the worker is not asked again by itself."""
        for request in self._book.unanswered:
            if request.verb not in ASKED_AGAIN:
                self._book.forget(request.id)

    def _restart(self) -> None:
        if self._process is None and not self._closing:
            self.start()

    def _process_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self.state.emit(RunState("failed", "The engine's process could not be started; see `doctor`."))

    def _look(self) -> None:
        """A worker without a sign of life for long hangs, and so does one that asks Keras one thing for long: replaced."""
        now = time.monotonic()
        if self._process is not None and (now - self._last_sign > HEARTBEAT_LIMIT_S or self._suspects.hangs(now)):
            self._replace()

    def _stop_as_asked(self) -> None:
        """What does not yield is stopped with its process."""
        self._stopped_as_asked = True
        self._replace()

    def _replace(self) -> None:
        if self._process is not None:
            self._replaced = True
            self._process.kill()

    # --- requests ------------------------------------------------------------------------------------------------

    def analyse(self, document: Document, revision: int, folder: Path | None, *, keep: bool) -> None:
        """Asks for an analysis; where a probe run would say more, a second answer follows."""
        for message in self._book.cancel("probe"):
            self._send(message)
        self._ask("analyse", {**_told(document, folder), "probe": False, "keep": keep}, revision)

    def run(
        self, document: Document, revision: int, folder: Path | None, device: str, *, training: bool = False
    ) -> None:
        """Asks for a run, as in training or not; one whose memory ran out leaves libraries in pieces, so a new one is asked."""
        if self._is_spent:
            self._drop()
            self._forget_questions()
        if self._process is None:
            self._deaths.clear()
            self.start()
        self._ask("run", {**_told(document, folder), "device": device, "training": training}, revision)

    def trace(self, run: int, key: str, sequence: int, units: Sequence[int]) -> None:
        """Asks for the states of one sequence; where they are many, of its strongest units and these."""
        body = {"run": run, "block": key, "sequence": sequence, "most": MOST_BYTES, "units": list(units)}
        self._ask("trace", body, 0)

    def previews(self, run: int, sequence: int) -> None:
        """Asks for small images of every block's states for one sequence."""
        self._ask("previews", {"run": run, "sequence": sequence}, 0)

    def fitting(self, spec: TensorSpec, layers: Mapping[str, JsonObject]) -> None:
        """Asks which layers take a tensor."""
        self._ask("fitting", {"shape": list(spec.shape), "dtype": spec.dtype, "layers": dict(layers)}, 0)

    def foresee(self, document: Document, revision: int, edits: Sequence[Edit]) -> None:
        """Asks what each of these edits would do; it gives way to every later question."""
        self._ask("foresee", {"document": encode_document(document), "edits": [*map(encode_edit, edits)]}, revision)

    def values(self, run: int, port: PortRef, sequence: int) -> None:
        """Asks for the values of one sequence at a port."""
        self._ask("values", {"run": run, "block": port.block, "port": port.port, "sequence": sequence}, 0)

    def read(self, verb: Verb, body: JsonObject) -> None:
        """Asks something of a run, see `engine.protocol.readings`."""
        self._ask(verb, body, 0)

    def sample(self, document: Document, revision: int, folder: Path | None, block: str, sequence: int) -> None:
        """Asks what would be fed to an Input."""
        self._ask("sample", {**_told(document, folder), "block": block, "sequence": sequence}, revision)

    def padded(self, run: int, block: str) -> None:
        """Asks what a run did at the padded steps of a block."""
        self._ask("padded", {"run": run, "block": block}, 0)

    def leaks(self, document: Document, revision: int, folder: Path | None) -> None:
        """Asks whether padding changes the results."""
        self._ask("leaks", _told(document, folder), revision)

    def ways(self, document: Document, revision: int, folder: Path | None, *, always: bool) -> None:
        """Asks whether Keras's ways to run the model agree."""
        self._ask("ways", {**_told(document, folder), "always": always}, revision)

    def glance(self, name: str, document: Document, revision: int, folder: Path | None) -> None:
        """Asks for analysis and run of a document beside the open one."""
        self._ask("glance", {**_told(document, folder), "name": name}, revision)

    def explain(self, text: str) -> None:
        """Asks what a pasted text says."""
        self._ask("explain", {"text": text}, 0)

    def export(self, document: Document, folder: Path | None, to: str, path: Path) -> None:
        """Asks for an export."""
        self._ask("export", {**_told(document, folder), "to": to, "path": str(path)}, 0)

    def forget(self) -> None:
        """What was kept of the last run may go."""
        self._ask("forget", {}, 0)

    def cancel(self) -> None:
        """Asks to stop the run; a worker that does not yield is replaced."""
        messages = [message for verb in SHOWN for message in self._book.cancel(verb)]
        for message in messages:
            self._send(message)
        if messages:
            self._grace.start()

    def _ask(self, verb: Verb, body: JsonObject, revision: int) -> None:
        yielding = () if verb == "foresee" else self._book.cancel("foresee")
        _, asking = self._book.ask(verb, body, revision)
        messages = (*yielding, *asking)
        if self._is_ready:
            for message in messages:
                self._send(message)

    def _send(self, message: Message) -> None:
        from engine.protocol.codec import encode

        if isinstance(message, Request):
            message = replace(message, body=self._suspects.told(message.body))
        if self._process is not None:
            for part in encode(message):
                self._process.write(bytes(part))

    # --- answers -------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        if self.codec_comes and not is_imported():
            QTimer.singleShot(LATER_MS, self, self._read)
            return
        from engine.protocol.codec import Decoder, ProtocolError

        process = self._process
        if process is None:
            return
        self._last_sign = time.monotonic()
        self._decoder = self._decoder or Decoder()
        try:
            for message in self._decoder.feed(process.readAllStandardOutput().data()):
                self._take(message)
        except ProtocolError:
            self._replace()

    def _take(self, message: Message) -> None:
        if isinstance(message, Event):
            self._take_event(message)
        elif isinstance(message, Reply):
            request = self._book.answer(message)
            if request is not None:
                self._take_reply(request, message)

    def _take_event(self, event: Event) -> None:
        if event.kind == "ready":
            self._is_ready = True
            self.ready.emit(event.body)
            for request in self._book.unanswered:
                self._send(request)
        elif event.kind in ("heartbeat", "asking"):
            self._suspects.heard(event, time.monotonic())
        elif event.kind == "progress":
            fraction = cast("float | None", event.body["fraction"])
            percent = "" if fraction is None else f" {fraction:.0%}"
            verb = self._book.verb_of(cast("int", event.body["request"]))  # None: it was overtaken
            if verb is not None and verb in SHOWN:
                self.state.emit(RunState("running", f"{SHOWN[verb]}{percent} …", fraction))

    def _take_reply(self, request: Request, reply: Reply) -> None:
        if request.verb in SHOWN:
            self._grace.stop()
            self.rested.emit()
        self._is_spent = self._is_spent or reply.error == OUT_OF_MEMORY
        body = cast("Mapping[str, Any]", reply.body)
        if not reply.ok:
            self._take_failure(request, reply)
        elif request.verb == "analyse":
            self._suspects.answered()
            self.analysed.emit(decode_analysis(body["analysis"]), reply.revision)
            if body.get("more"):
                self._ask("probe", request.body, reply.revision)
        elif request.verb == "probe":
            self.analysed.emit(decode_analysis(body["analysis"]), reply.revision)
        elif request.verb == "run":
            run = decode_run(body["run"], reply.arrays)
            self._is_spent = any(problem.code == NO_MEMORY for problem in run.diagnostics)
            self.ran.emit(run)
        elif request.verb == "trace":
            self.traced.emit(decode_trace(body["trace"], reply.arrays))
        elif request.verb == "previews":
            self.previewed.emit(body["run"], body["sequence"], decode_previews(body["previews"], reply.arrays))
        elif request.verb == "fitting":
            self.fitted.emit(body["fits"])
        elif request.verb == "foresee":
            self._foreseen(request, *map(decode_foreseen, body["foreseen"]))
        elif request.verb == "values":
            self.valued.emit(decode_values(body["values"], reply.arrays))
        elif request.verb in READINGS:
            self.answered.emit(request.verb, request.body, READINGS[request.verb](body, reply.arrays))
        elif request.verb == "sample":
            self.sampled.emit(decode_sample_look(body["sample"], reply.arrays))
        elif request.verb == "padded":
            self.padding_read.emit(decode_padded_look(body["padded"]))
        elif request.verb == "leaks":
            self.leaks_tested.emit(decode_leaks(body["leaks"]), reply.revision)
        elif request.verb == "ways":
            found = tuple(decode_diagnostic(one) for one in body["diagnostics"])
            self.ways_compared.emit(found, reply.revision, bool(request.body["always"]))
        elif request.verb == "explain":
            self.explained.emit(body)
        elif request.verb == "glance":
            self.glanced.emit(glanced(body, reply))
        elif request.verb == "export":
            self.exported.emit(Exported(bool(body["ok"]), str(body["message"])))

    def _take_failure(self, request: Request, reply: Reply) -> None:
        if request.verb == "run":
            self.state.emit(RunState("idle" if reply.cancelled else "failed", reply.error))
        elif request.verb == "export":
            self.exported.emit(Exported(False, reply.error))
        elif request.verb == "foresee":
            edits = cast("list[Json]", request.body["edits"])
            self._foreseen(request, *([] if reply.cancelled else [Foreseen(refused=reply.error)] * len(edits)))
        elif request.verb == "leaks":
            self.leaks_failed.emit(reply.error)
        elif request.verb == "explain" and not reply.cancelled:
            self.explaining_failed.emit(reply.error)
        elif request.verb in READINGS and not reply.cancelled:
            self.answered.emit(request.verb, request.body, reply.error)
        elif request.verb == "values" and not reply.cancelled:
            body = cast("Mapping[str, Any]", request.body)
            port = PortRef(body["block"], body["port"])
            self.valued.emit(PortValues(body["run"], port, body["sequence"], missing=reply.error))
        elif request.verb == "analyse" and not reply.cancelled:
            self.failed.emit(reply.error)

    def _foreseen(self, request: Request, *found: Foreseen) -> None:
        edits = cast("list[dict[str, Json]]", request.body["edits"])
        self.foreseen.emit(tuple(map(decode_edit, edits)), found, request.revision)


def _told(document: Document, folder: Path | None) -> dict[str, Json]:
    """What a request says of a document: it, and where its relative paths start."""
    return {"document": encode_document(document), "folder": "" if folder is None else str(folder)}
