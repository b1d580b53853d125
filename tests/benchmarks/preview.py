"""What a choice would do, computed ahead by the real worker: from the pointer on a switch to the painted answer."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.document.file import save
from tests.benchmarks.measure import Line
from tests.benchmarks.models import MIXED, chain
from tests.benchmarks.window import ROOT, _run

BELOW = 20
PROGRAM = """
import json, os, statistics, sys, time
sys.path.insert(0, sys.argv[1])
from PySide6.QtCore import QEvent, QObject, QPointF, QSettings
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication
from gui.app.start import open_window
from gui.panels.choice_preview import ASKING, Card
app, window = open_window(sys.argv[2], settings=QSettings(sys.argv[3], QSettings.Format.IniFormat))

def wait(until, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        app.processEvents()
        time.sleep(0.001)
    assert until(), "waited in vain"

class Painted(QObject):
    count = 0
    def eventFilter(self, watched, event):
        Painted.count += event.type() == QEvent.Type.Paint
        return False

session = window.session
wait(lambda: session.analysis.complete and session.run is not None and session.run_state.phase == "idle")
session.select(["b2"])
wait(lambda: session.foresight._ahead and set(session.foresight._ahead) <= set(session.foresight._known))
card, filter = window.findChild(Card), Painted()
card.installEventFilter(filter)
form = card.parent()
took = []
for key in ("return_sequences", "go_backwards") * int(sys.argv[4]):
    row, before = form.fields[key], Painted.count
    start = time.perf_counter()
    app.sendEvent(row, QEnterEvent(QPointF(3, 3), QPointF(3, 3), QPointF(3, 3)))
    wait(lambda: Painted.count > before)
    took.append(time.perf_counter() - start)
    assert key in card.text() and ASKING not in card.text(), card.text()
    app.sendEvent(row, QEvent(QEvent.Type.Leave))
    app.processEvents()
print(json.dumps(statistics.median(took)), flush=True)
window.bridge.close()
os._exit(0)
"""


def argument_preview(small: bool) -> Iterator[Line]:
    """The pointer comes to a switch of a block with 20 below it; the answer was computed while nothing happened."""
    layers = [MIXED[2], *(MIXED[at % len(MIXED)] for at in range(3 if small else BELOW))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.seqloom"
        save(chain(layers), path)
        took = float(
            json.loads(_run(PROGRAM, str(ROOT), str(path), str(Path(folder) / "s.ini"), "1" if small else "5"))
        )
    yield Line("argument_preview", took, None, None, "<= 50 ms")
