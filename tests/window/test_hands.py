"""The window under hands: keys of the menus, the system's colours, the end of a run that takes too long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument, SetSample
from engine.graph.values import JsonObject
from gui.theme.theme import DARK, LIGHT
from gui.window.window import MainWindow
from tests.documents import chain
from tests.window.opening import opened
from tests.window.test_window import LOAD_MS

pytestmark = pytest.mark.xdist_group("window")
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, quiet_home: Path) -> Iterator[MainWindow]:
    """The window over three layers in a row, with the keyboard on the canvas."""
    made = opened("", qtbot, quiet_home)
    layers: list[tuple[str, JsonObject]] = [
        ("LSTM", {"units": 4, "return_sequences": True}),
        ("Dropout", {"rate": 0.1}),
        ("Dense", {"units": 1}),
    ]
    layout = {f"b{at}": (40.0 + 260 * at, 60.0) for at in range(1, 5)}
    made.session._put(replace(chain(layers, 3), layout=layout), None)
    made.activateWindow()
    made.canvas.setFocus()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.bridge.close()


def test_a_block_is_deleted_and_bridged_by_its_key(window: MainWindow) -> None:
    """Ctrl+Del wires past it and Ctrl+Z brings it back; Del alone leaves the gap."""
    session, canvas = window.session, window.canvas
    whole = session.document
    session.select(["b3"])
    QTest.keyClick(canvas, Qt.Key.Key_Delete, CTRL)
    assert [(wire.source.block, wire.target.block) for wire in session.document.graph.wires] == [
        ("b1", "b2"),
        ("b2", "b4"),
    ]
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    assert session.document == whole
    session.select(["b3"])
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert [(wire.source.block, wire.target.block) for wire in session.document.graph.wires] == [("b1", "b2")]


def test_the_window_follows_the_systems_colours(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nobody has chosen; who has chosen keeps it."""
    changed = QGuiApplication.styleHints().colorSchemeChanged
    assert window.appearance is not None  # made after the first paint, as it is in the running window
    for theme, scheme in ((DARK, Qt.ColorScheme.Dark), (LIGHT, Qt.ColorScheme.Light)):
        monkeypatch.setattr("gui.window.appearance.system_theme", lambda theme=theme: theme)
        changed.emit(scheme)
        assert window.themes.theme == theme
    window.appearance.dark()
    changed.emit(Qt.ColorScheme.Light)
    assert window.themes.theme == DARK
    window.appearance.system()
    assert window.themes.theme == LIGHT


def test_a_long_run_is_stopped_by_its_button_and_by_its_key(window: MainWindow, qtbot: QtBot) -> None:
    """512 units over 3,000 steps: Run becomes Cancel, and the window is ready again without a run."""
    session, button = window.session, window.tool_bar.run
    session.run_by_itself = False
    session.push(SetArgument("b2", "units", 512), "set units")
    session.push(SetSample({"batch": 32, "inputs": {"series": {"kind": "normal", "timesteps": 3000}}}), "set sample")
    qtbot.waitUntil(lambda: session.analysis.complete and session.run_state.phase == "idle", timeout=LOAD_MS)
    for stop in (
        lambda: QTest.mouseClick(button, Qt.MouseButton.LeftButton),
        lambda: QTest.keyClick(window.canvas, Qt.Key.Key_C, CTRL | SHIFT),
    ):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: session.run_state.phase == "running", timeout=LOAD_MS)
        assert button.text().startswith("Cancel")
        stop()
        qtbot.waitUntil(lambda: session.run_state.phase == "idle", timeout=LOAD_MS)
        assert button.text().startswith("Run")
        assert session.run is None or session.run.ms is None
