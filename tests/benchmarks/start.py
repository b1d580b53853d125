"""First paint of the window with palette and example, against a bare PySide6 window; each in a fresh process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Line

ROOT = Path(__file__).resolve().parents[2]
BARE = """
import time; start = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.perf_counter() - start, flush=True)
        app.quit()
app = QApplication([]); window = Window(); window.resize(1366, 768); window.show(); app.exec()
"""
OURS = """
import time; start = time.perf_counter()
import gc; gc.disable()  # as main.py does
import sys; sys.path.insert(0, sys.argv[1])
from gui.app.start import open_window
def painted():
    print(time.perf_counter() - start, flush=True)
    app.quit()
app, window = open_window(sys.argv[2], on_first_paint=painted)
app.exec()
"""


def first_paint(small: bool) -> Iterator[Line]:
    """Median of fresh processes, in turn."""
    times = 1 if small else 7
    example = next((ROOT / "resources" / "examples").glob("02*.seqloom"))
    _run(OURS, str(ROOT), str(example))
    pairs = [(_run(OURS, str(ROOT), str(example)), _run(BARE)) for _ in range(times)]
    value, reference = (statistics.median(column) for column in zip(*pairs, strict=True))
    yield Line("first_paint", value, "a bare PySide6 window", reference, "<= 2")


def _run(program: str, *arguments: str) -> float:
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # modules are compiled once, as at every start but the first
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, timeout=120, check=True, env=environment,
    )  # fmt: skip
    return float(done.stdout.split()[-1])
