"""What is said of a worker that the system ended: during what, why most likely, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QProcess

from engine.protocol.messages import Request, Verb

HEAVY: Mapping[Verb, str] = {
    "run": "the run",
    "compare": "the run of the other side",
    "influence": "the gradient",
    "occlusion": "the removal of steps",
    "leaks": "the padding test",
    "ways": "the comparison of Keras's ways to run the model",
    "export": "the export",
    "glance": "the run of an example",
}
"""Work that takes memory in the measure of the model and its sample."""
REMEDY = "Use a smaller batch, fewer timesteps or smaller layers"


def out_of_memory(process: QProcess, unanswered: Iterable[Request]) -> str:
    """The sentences where a process was ended from outside during heavy work; empty: it was not."""
    doing = next((HEAVY[request.verb] for request in unanswered if request.verb in HEAVY), "")
    if process.exitStatus() != QProcess.ExitStatus.CrashExit or not doing:
        return ""
    return f"The system ended the engine during {doing}, as it does when memory runs out. {REMEDY}; nothing of yours is lost."
