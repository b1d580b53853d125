"""The start: what is painted first, and what comes after it without moving anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from gui.app.start import open_window
from gui.window.memory import EXAMPLES
from gui.window.parts import furnish_at_once

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("window")


def test_nothing_moves_when_bars_and_views_come(qtbot: QtBot, tmp_path: Path) -> None:
    """Canvas, palette and places stand after the first paint where they stand when all is there, at any text size."""
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    for scale in (0.8, 1.0, 1.6):
        settings.setValue("text_scale", scale)
        _, window = open_window(
            str(EXAMPLES / "03_masking_variable_length.seqloom"), on_first_paint=lambda: None, settings=settings
        )
        qtbot.addWidget(window)
        window.grab()
        parts = (window.canvas, window.palette_panel, window.right, window.bottom, window.menuBar())
        before, view = [part.geometry() for part in parts], window.canvas.view
        assert window.palette_panel.layer_item("LSTM") is not None
        furnish_at_once(window)
        qtbot.waitUntil(window.views.isVisible)
        window.grab()
        assert [part.geometry() for part in parts] == before
        assert window.canvas.view == view
        for bar in (window.tool_bar, window.status_bar):
            assert bar.height() >= bar.layout().minimumSize().height() - 1  # type: ignore[union-attr]


def test_qt_reads_no_source_of_ours() -> None:
    """PySide's own import would read each module's source as it is imported."""
    program = "import gui.app.start, linecache; print([name for name in linecache.cache if 'gui' in name])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
