"""The window with the real worker, and what it does when the worker dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from engine.graph.values import PortRef
from gui.window.actions import ACTIONS
from gui.window.files import EXAMPLES
from gui.window.window import MainWindow
from tests.steps import at_once
from tests.window.opening import opened

pytestmark = pytest.mark.xdist_group("window")
LOAD_MS = 90_000


@pytest.fixture
def window(qtbot: QtBot, quiet_home: Path) -> Iterator[MainWindow]:
    """The window over the question's third example, with its own settings."""
    made = opened(str(EXAMPLES / "03_masking_variable_length.seqloom"), qtbot, quiet_home)
    at_once(made.inspector, made.session)
    yield made
    made.bridge.close()


def wait_for_run(window: MainWindow, qtbot: QtBot) -> None:
    """Until the model has run by itself and states are shown."""
    qtbot.waitUntil(
        lambda: (
            window.views.is_filled and window.session.shown.trace is not None and not window.session.run_state.stale
        ),
        timeout=LOAD_MS,
    )


def test_a_start_shows_shapes_lengths_and_states_by_itself(window: MainWindow, qtbot: QtBot) -> None:
    """Zero actions to the answer; an edit makes it stale and then new; a wrong one is explained and mended with the keyboard."""
    wait_for_run(window, qtbot)
    session = window.session
    labels = [look.text for look, place in window.canvas.scene.wires if place]
    assert "(B, T, 3)" in labels
    assert "(B, T, 64)" in labels
    traces = window.views.view("Traces")
    assert traces is not None
    session.shown.set_clock(sequence=1)
    qtbot.waitUntil(lambda: session.shown.trace is not None and session.shown.trace.sequence == 1, timeout=LOAD_MS)
    assert session.shown.trace is not None
    assert session.shown.trace.valid.tolist() == [True] * 4 + [False] * 11
    qtbot.waitUntil(lambda: traces.heat._padding == ((4, 15),))  # type: ignore[attr-defined]
    session.shown.set_clock(step=9)
    qtbot.waitUntil(lambda: "padding, masked: state held" in traces.readout.text())  # type: ignore[attr-defined]
    traces.choose_unit(5)  # type: ignore[attr-defined]
    assert traces.shown_units == (5,)  # type: ignore[attr-defined]
    code = window.views.view("Code")
    assert code is not None
    window.views.tabs.setCurrentWidget(code)
    assert "layers.Masking(" in code.text.toPlainText()  # type: ignore[attr-defined]

    session.push(SetArgument("b3", "return_sequences", False), "turn off return_sequences in reader")
    assert session.run_state.stale
    qtbot.waitUntil(
        lambda: (
            session.run is not None
            and session.run.ports.get(PortRef("b3", "output")) is not None
            and session.run.ports[PortRef("b3", "output")].shape == (32, 64)
        ),
        timeout=LOAD_MS,
    )
    session.building.add_layer("LSTM", after="b3")
    qtbot.waitUntil(lambda: session.analysis.complete and not session.analysis.ok, timeout=LOAD_MS)
    qtbot.waitUntil(window.canvas.card.isVisible, timeout=LOAD_MS)
    qtbot.waitUntil(lambda: len(window.canvas.card.buttons) > 0, timeout=LOAD_MS)  # its fixes have been tried
    assert "needs (batch, time, features), reader gives (B, 64)" in window.canvas.card.title.text()
    window.canvas.open_fixes()
    QTest.keyClick(window.canvas.card.buttons[0], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.analysis.complete and session.analysis.ok, timeout=LOAD_MS)
    assert session.document.block("b3").arguments["return_sequences"] is True


def test_the_worker_may_be_killed_at_any_moment(window: MainWindow, qtbot: QtBot) -> None:
    """Nothing is lost: the document stays, a sentence says what happens, the answer comes again."""
    wait_for_run(window, qtbot)
    document = window.session.document
    with qtbot.waitSignal(window.bridge.lost, timeout=LOAD_MS):
        os.kill(window.bridge.process_id, signal.SIGKILL)
    assert window.session.document is document
    assert "starting again" in window.status_bar.run.text()
    with qtbot.waitSignal(window.bridge.ready, timeout=LOAD_MS):
        pass
    window.run_now()
    with qtbot.waitSignal(window.bridge.ran, timeout=LOAD_MS):
        pass
    assert window.session.run is not None


def test_the_window_exports_what_runs_alone(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    """Through the worker; the answer is a sentence in the status bar."""
    wait_for_run(window, qtbot)
    with qtbot.waitSignal(window.bridge.exported, timeout=LOAD_MS):
        window.session.export("python", tmp_path / "model.py")
    assert "largest difference" in window.status_bar.quiet.whole()
    done = subprocess.run([sys.executable, "-I", str(tmp_path / "model.py")], capture_output=True, text=True)
    assert done.stdout.strip() == "(2, 15, 1)"


def test_every_action_is_there_once_and_does_something(window: MainWindow) -> None:
    """Rows of data name methods of the window; shortcuts are not given twice."""
    assert all(callable(attrgetter(row.id)(window)) for row in ACTIONS)
    shortcuts = [row.shortcut for row in ACTIONS if row.shortcut]
    assert len(set(shortcuts)) == len(shortcuts)


def test_the_inspector_changes_resets_and_refuses(window: MainWindow, qtbot: QtBot) -> None:
    """A value of the wrong kind is refused with a sentence under the field, and the document stays."""
    session = window.session
    session.select(["b3"])

    def field() -> QLineEdit:
        return next(edit for edit in window.inspector.findChildren(QLineEdit) if edit.accessibleName() == "units")

    field().setText("12")
    field().editingFinished.emit()
    assert session.document.block("b3").arguments["units"] == 12
    qtbot.waitUntil(lambda: field().text() == "12")
    field().setText("many")
    field().editingFinished.emit()
    assert session.document.block("b3").arguments["units"] == 12
    assert (
        window.inspector.form.fields["units"].complaint.text()
        == "units must be a whole number; the model keeps the value it had."
    )


def test_the_sample_form_is_the_inputs(window: MainWindow, qtbot: QtBot) -> None:
    """Lengths typed as people write them."""
    session = window.session
    session.select(["b1"])
    qtbot.waitUntil(window.inspector.isVisible)
    fields = window.sample_form.fields
    qtbot.waitUntil(lambda: "seed" in fields and fields["seed"].field.property("text") != "")
    assert not window.sample_form.isHidden()
    lengths = next(edit for edit in window.sample_form.findChildren(QLineEdit) if edit.accessibleName() == "lengths")
    lengths.setText("3-9")
    lengths.editingFinished.emit()
    assert session.document.sample["inputs"]["series"]["lengths"] == {"distribution": "uniform", "min": 3, "max": 9}  # type: ignore[index,call-overload]
    session.select(["b3"])
    assert window.sample_form.isHidden()


def test_the_palette_finds_by_name_alias_and_initials_and_places(window: MainWindow) -> None:
    """Enter places the first hit after the selected block, wired."""
    for text, first in (
        ("mha", "MultiHeadAttention"),
        ("bilstm", "Bidirectional"),
        ("gru", "GRU"),
        ("convv1d", "Conv1D"),
    ):
        window.palette_panel.search.setText(text)
        assert window.palette_panel._first() == first
    window.session.select(["b4"])
    window.palette_panel.search.setText("dropout")
    QTest.keyClick(window.palette_panel.search, Qt.Key.Key_Return)
    placed = window.session.document.graph.blocks[-1]
    assert placed.type == "Dropout"
    assert window.session.document.graph.sources(PortRef(placed.id, "inputs")) == (PortRef("b4", "output"),)


@pytest.mark.parametrize("size", [(1366, 768), (1024, 600)])
def test_small_screens_hold_the_whole_window(window: MainWindow, qtbot: QtBot, size: tuple[int, int]) -> None:
    """No content raises the minimum; the canvas keeps its room; both themes."""
    window.resize(*size)
    window.arrange(window.size())
    assert (window.width(), window.height()) == size
    if size[0] == 1366:
        assert window.canvas.width() >= 640
        assert window.canvas.height() >= 300
    window.appearance.toggle()
    window.grab()
    button = window.tool_bar.run
    qtbot.waitUntil(lambda: button.isVisible() and button.mapTo(window, button.rect().topRight()).x() <= window.width())
