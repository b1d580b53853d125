"""A trained model in the window: whose weights each block has, taken away and given back, by menu, link and drop; training mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui.views.traces import TracesView
from gui.window.files import EXAMPLES
from gui.window.window import MainWindow
from tests.steps import at_once
from tests.window.opening import opened
from tests.window.test_files import dropped

pytestmark = pytest.mark.xdist_group("window")
LOAD_MS = 90_000
FILE = "08_trained_speakers.weights.h5"


@pytest.fixture
def window(qtbot: QtBot, quiet_home: Path) -> Iterator[MainWindow]:
    """The window over the trained example."""
    made = opened(str(EXAMPLES / "08_trained_speakers.seqloom"), qtbot, quiet_home)
    at_once(made.inspector, made.session)
    yield made
    made.bridge.close()


def wait_for_run(window: MainWindow, qtbot: QtBot, before: object) -> None:
    """Until another run than the one before is there, with its states."""
    session = window.session
    qtbot.waitUntil(
        lambda: (
            window.views.is_filled
            and session.run is not before
            and session.shown.trace is not None
            and not session.run_state.stale
            and session.run_state.phase == "idle"
        ),
        timeout=LOAD_MS,
    )


def last_state(window: MainWindow) -> np.ndarray:
    assert window.session.shown.trace is not None
    return np.asarray(window.session.shown.trace.arrays["h"])[-1]


def test_whose_weights_a_block_has_is_seen_and_changed(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the example to seeded weights by the link, back by undo, to a copy by drop and menu; then training mode."""
    session = window.session
    wait_for_run(window, qtbot, None)
    session.select(["b3"])
    head = window.inspector.head
    assert head.weights.text().startswith(f"Weights: listener of {FILE}.")
    assert FILE in window.status_bar.cost.text()
    trained, run = last_state(window), session.run

    head.weights.linkActivated.emit("seeded")
    wait_for_run(window, qtbot, run)
    assert head.weights.text() == "Weights: seeded (7)."
    assert FILE not in window.status_bar.cost.text()
    assert np.abs(last_state(window) - trained).max() > 0.1
    run = session.run
    session.undo_stack.undo()
    wait_for_run(window, qtbot, run)
    assert np.array_equal(last_state(window), trained)

    moved, run = Path(copy(EXAMPLES / FILE, tmp_path / "other.weights.h5")), session.run
    assert dropped(window, moved) == (True, True)
    wait_for_run(window, qtbot, run)
    assert session.document.weights == str(moved)
    assert head.weights.text().startswith("Weights: listener of other.weights.h5.")
    assert np.array_equal(last_state(window), trained)
    broken = tmp_path / "broken.weights.h5"
    broken.write_bytes(b"nothing")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(broken), ""))
    window.actions_by_id["files.load_weights"].trigger()
    qtbot.waitUntil(lambda: any(p.code == "weights.file" for p in session.analysis.diagnostics), timeout=LOAD_MS)
    run = session.run
    assert session.apply_fix(next(p for p in session.analysis.diagnostics if p.code == "weights.file").fixes[0])
    wait_for_run(window, qtbot, run)
    assert session.document.weights == ""


def test_training_mode_is_said_wherever_a_run_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    """Menu, status bar and the caption of Traces; the states of the LSTM above the dropout stay, what leaves it does not."""
    session, traces = window.session, window.views.view("Traces")
    wait_for_run(window, qtbot, None)
    traces, run = window.views.view("Traces"), session.run
    assert isinstance(traces, TracesView)
    window.actions_by_id["session.trained.toggle"].trigger()
    assert window.actions_by_id["session.trained.toggle"].isChecked()
    wait_for_run(window, qtbot, run)
    assert session.run is not None
    assert session.run.training
    assert "in training mode" in window.status_bar.run.text()
    qtbot.waitUntil(lambda: "run in training mode" in traces.caption.whole(), timeout=LOAD_MS)
    run = session.run
    window.actions_by_id["session.trained.toggle"].trigger()
    wait_for_run(window, qtbot, run)
    assert "training" not in window.status_bar.run.text()
    qtbot.waitUntil(lambda: "training" not in traces.caption.whole(), timeout=LOAD_MS)
