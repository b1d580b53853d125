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
EXAMPLES = sorted((ROOT / "resources" / "examples").glob("*.seqloom"))
PROGRAM = r"""
import json, os, signal, sys, time
root, example, settings, *others = sys.argv[1:]
sys.path.insert(0, root)
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

def words(receiver, event):
    chain = [receiver]
    while not isinstance(chain[-1], QWidget) and chain[-1].parent() is not None:
        chain.append(chain[-1].parent())
    return " of ".join(type(part).__name__ for part in chain) + ": " + event.type().name

class Timed(QApplication):
    longest, cause, on, depth = 0.0, "", False, 0
    def notify(self, receiver, event):
        if not Timed.on or Timed.depth:
            return super().notify(receiver, event)
        cause = words(receiver, event)
        Timed.depth = 1
        start = time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            spent = time.thread_time() - start
            Timed.depth = 0
            if spent > Timed.longest:
                Timed.longest, Timed.cause = spent, cause

app = Timed([])
from gui.app.start import open_window
_, window = open_window(example, settings=QSettings(settings, QSettings.Format.IniFormat))

def wait(until, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        app.processEvents()
        time.sleep(0.001)
    assert until(), "waited in vain"

def settle(turns=50):
    for _ in range(turns):
        app.processEvents(); time.sleep(0.002)

def rss():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

def ran():
    return window.views.is_filled and session.run is not None and session.shown.trace is not None

app.processEvents()
Timed.on = True  # from the first paint on
session = window.session
wait(ran)
settle()
phases = {"start": [Timed.longest, Timed.cause]}
def phase(name, act, until=lambda: True, note=""):
    Timed.longest = 0.0
    QTimer.singleShot(0, window, act)  # what a hand does comes as an event
    app.processEvents()
    wait(until)
    settle()
    if Timed.longest > phases.get(name, [0.0])[0]:
        phases[name] = [Timed.longest, note + Timed.cause]
number = session.run.number
phase("run", window.run_now, lambda: session.run.number != number and session.shown.trace is not None)
memory = rss()
player = window.views.clock.player
session.shown.set_clock(step=0)
player.set_speed(16)
phase("play", player.toggle, lambda: not player.playing)
seen = set()
def select_all():
    for block in session.document.graph.blocks:
        if block.type in seen:
            continue
        seen.add(block.type)
        phase("select", lambda: session.select([block.id]), note=block.type + ", ")
        while block.type == "LSTM" and (fold := closed_fold()) is not None:
            phase("select", fold.click, note="all arguments of an LSTM, ")
def closed_fold():
    folds = window.inspector.findChildren(QToolButton, "fold")
    return next((fold for fold in folds if fold.isVisible() and fold.text().startswith("\u25b8")), None)
select_all()
for other in others:
    Timed.on = False
    session.open(__import__("pathlib").Path(other))
    wait(lambda: session.run is not None)
    settle()
    Timed.on = True
    select_all()
first = window.bridge.process_id
phase("killed", lambda: os.kill(first, signal.SIGKILL), lambda: session.run_state.phase == "lost")
phase("back", lambda: None, lambda: window.bridge.process_id not in (0, first) and session.run_state.phase in ("idle", "failed"))
print(json.dumps({"phases": phases, "rss": memory}), flush=True)
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
    """The longest event on the window's thread (its CPU time) and what it was.

    While the worker starts, runs, is killed and comes back; while the clock plays; while each kind of block of the
    examples is selected for the first time and all arguments of an LSTM are unfolded.
    """
    for name, (longest, cause) in _window(*([] if small else EXAMPLES))["phases"].items():
        yield Line(f"window_events {name}", max(longest, 1e-6), None, None, "<= 16 ms", cause=cause)


def window_memory(small: bool) -> Iterator[Line]:
    """The window's process after a run, against one with Qt, numpy, pyqtgraph and a plot."""
    del small
    value, reference = float(_window()["rss"]), float(_run(BARE))
    yield Line("window_memory", value, "PySide6, numpy, pyqtgraph", reference, "<= 1.5", unit="MiB")


def _window(*others: Path) -> dict[str, Any]:
    example = next((ROOT / "resources" / "examples").glob("03*.seqloom"))
    settings = Path(os.environ.get("TMPDIR", "/tmp")) / f"seqloom-benchmark-{os.getpid()}.ini"
    try:
        return json.loads(_run(PROGRAM, str(ROOT), str(example), str(settings), *map(str, others)))
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
