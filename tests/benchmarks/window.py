"""The window's thread and memory, with the real worker: the longest single event, and the size of the process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Line

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, os, signal, sys, time
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QApplication

class Timed(QApplication):
    longest, cause, on = 0.0, "", False
    def notify(self, receiver, event):
        if not Timed.on:
            return super().notify(receiver, event)
        name = f"{type(receiver).__name__} {event.type().name}"
        start = time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            spent = time.thread_time() - start
            if spent > Timed.longest:
                Timed.longest, Timed.cause = spent, name

app = Timed([])
from gui.app.start import open_window
settings = QSettings(sys.argv[3], QSettings.Format.IniFormat)
_, window = open_window(sys.argv[2], settings=settings)

def wait(until, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        app.processEvents()
        time.sleep(0.001)
    assert until(), "waited in vain"

def rss():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

app.processEvents()
Timed.on = True  # from the first paint on
session = window.session
wait(lambda: window.views.is_filled and session.run is not None and session.shown.trace is not None)
phases = {"start": [Timed.longest, Timed.cause]}
def phase(name, act, until):
    Timed.longest = 0.0
    act()
    wait(until)
    for _ in range(50):
        app.processEvents(); time.sleep(0.002)
    phases[name] = [Timed.longest, Timed.cause]
number = session.run.number
phase("run", window.run_now, lambda: session.run.number != number and session.shown.trace is not None)
first = window.bridge.process_id
phase("killed", lambda: os.kill(first, signal.SIGKILL), lambda: session.run_state.phase == "lost")
phase("back", lambda: None, lambda: window.bridge.process_id not in (0, first) and session.run_state.phase == "idle")
print(json.dumps({"phases": phases, "rss": rss()}), flush=True)
window.bridge.close()
os._exit(0)
"""
BARE = """
import sys
import numpy, pyqtgraph
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([]); window = QMainWindow(); window.setCentralWidget(pyqtgraph.PlotWidget())
window.resize(1366, 768); window.show(); app.processEvents()
with open("/proc/self/status") as lines:
    print(next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), flush=True)
"""


def window_events(small: bool) -> Iterator[Line]:
    """The longest event on the window's thread (its CPU time) while the worker starts, runs, is killed and comes back."""
    del small  # one size
    for name, (longest, cause) in _window()["phases"].items():
        yield Line(f"window_events {name}", max(longest, 1e-6), None, None, "<= 16 ms", cause=cause)


def window_memory(small: bool) -> Iterator[Line]:
    """The window's process after a run, against one with Qt, numpy, pyqtgraph and a plot."""
    del small
    value, reference = float(_window()["rss"]), float(_run(BARE))
    yield Line("window_memory", value, "PySide6, numpy, pyqtgraph", reference, "<= 1.5", unit="MiB")


def _window() -> dict[str, Any]:
    example = next((ROOT / "resources" / "examples").glob("03*.seqloom"))
    settings = Path(os.environ.get("TMPDIR", "/tmp")) / f"seqloom-benchmark-{os.getpid()}.ini"
    try:
        return json.loads(_run(PROGRAM, str(ROOT), str(example), str(settings)))
    finally:
        settings.unlink(missing_ok=True)


def _run(program: str, *words: str) -> str:
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as at every start but the first
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=300, env=environment
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout.splitlines()[-1]
