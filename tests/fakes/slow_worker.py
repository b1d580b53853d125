"""A worker whose handler does what tests need: answers, counts, never yields, prints, dies. Started as a program."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.graph.values import Json, JsonObject  # noqa: E402
from engine.protocol.messages import Request  # noqa: E402
from engine.protocol.work import Work  # noqa: E402
from engine.worker.loop import Answer, UserError  # noqa: E402
from engine.worker.process import main  # noqa: E402

ANALYSIS: JsonObject = {"ok": True, "keras": "fake", "parameters": 0, "blocks": [], "outputs": [], "diagnostics": []}


class FakeHandler:
    """`body["do"]` says what; a call is asked and never answered, or kills, unless it is refused."""

    asking = ""

    def versions(self) -> JsonObject:
        return {"keras": "fake", "tensorflow": "fake", "python": "fake", "devices": ["cpu"]}

    def handle(self, request: Request, work: Work) -> Answer:
        match request.body.get("do"):
            case "steps":
                for step in range(10_000):
                    work.check()
                    work.progress(step / 10_000, "step")
                    time.sleep(0.002)
            case "hang":
                work.progress(0.0, "hanging")
                while True:
                    time.sleep(0.05)
            case "print":
                print("from Python")
                os.write(1, b"from a descriptor\n")
                ctypes.CDLL(None).puts(b"from C")
                ctypes.CDLL(None).fflush(None)
            case "fail":
                raise KeyError("our own mistake")
            case "memory":
                raise MemoryError
            case "user":
                raise UserError("Do it differently.")
            case "fits":
                return {"fits": {}}, {}
            case "ask":
                return self._ask(request, work)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "die":
                os._exit(7)
            case _:
                pass
        return {"pid": os.getpid(), "run": {}}, {}

    def _ask(self, request: Request, work: Work) -> Answer:
        """The call `bad`, which hangs or (`deadly`) kills."""
        refused = cast("list[str]", request.body.get("refused") or [])
        if "bad" in refused:
            more = request.verb == "analyse"
            return {"pid": os.getpid(), "refused": cast("list[Json]", refused), "analysis": ANALYSIS, "more": more}, {}
        if request.body.get("careful"):
            work.asking("bad")
        if request.body.get("deadly"):
            os._exit(7)
        self.asking = "bad"
        while True:
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main(FakeHandler))
