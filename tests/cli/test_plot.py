"""`run --plot` draws what the window shows, without a window and without a display."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine.document.file import save
from gui.pictures.headless import TITLE
from gui.theme.theme import LIGHT
from gui.views.export_plot import png_of
from gui.window.window import MainWindow
from tests.cli.test_cli import EXAMPLES
from tests.conftest import TENSORFLOW
from tests.documents import chain
from tests.window.opening import opened

pytestmark = TENSORFLOW
MASKED, TRAINED, BOTH_WAYS = (
    next(EXAMPLES.glob(f"{number}*.seqloom")) for number in ("03", "08", "05")
)  # fmt: skip
LOAD_MS = 120_000


def seqloom(root: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Runs a command where there is no display."""
    away = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in away}
    command = [sys.executable, str(root / "main.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)


def pixels(image: QImage) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(height, width, 4)."""
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def shown(window: MainWindow, qtbot: QtBot, size: QSize) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The Traces view of a window as it would be in this size."""
    session = window.session
    qtbot.waitUntil(
        lambda: (
            window.views.is_filled
            and session.analysis.complete
            and session.shown.trace is not None
            and session.run_state.phase == "idle"
            and not session.run_state.stale
        ),
        timeout=LOAD_MS,
    )
    session.run_by_itself = False
    view: Any = window.views.view("Traces")
    view.setParent(None)
    view.resize(size)
    view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)  # neither keyboard nor pointer comes there
    view.show()
    qtbot.waitUntil(lambda: view.sheet.is_open and not any(timer.isActive() for timer in view.findChildren(QTimer)))
    taken = QImage.fromData(png_of(view, 2.0))
    view.close()
    return pixels(taken)


def test_the_pictures_are_those_of_the_window(root: Path, tmp_path: Path, quiet_home: Path, qtbot: QtBot) -> None:
    """Of two files, each the model and its traced block; below the line that names it, the view pixel by pixel."""
    done = seqloom(root, "run", MASKED, TRAINED, "--plot", tmp_path / "x.png", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    plots = [[Path(plot).name for plot in json.loads(line)["plots"]] for line in done.stdout.splitlines()]
    assert plots == [
        [f"x-{MASKED.stem}.png", f"x-{MASKED.stem}-reader.png"],
        [f"x-{TRAINED.stem}.png", f"x-{TRAINED.stem}-listener.png"],
    ]
    assert {path.name for path in tmp_path.glob("*.png")} == {*plots[0], *plots[1]}
    for file, (model, traced) in zip((MASKED, TRAINED), plots, strict=True):
        canvas = QImage(str(tmp_path / model))
        assert canvas.width() > 2 * 640
        colours = {
            canvas.pixelColor(x, y).name() for x in range(0, canvas.width(), 3) for y in range(0, canvas.height(), 3)
        }
        assert {LIGHT.canvas, LIGHT.block, LIGHT.wire, LIGHT.category["recurrent"]} <= colours
        whole = pixels(QImage(str(tmp_path / traced)))
        window = opened(str(file), qtbot, quiet_home)
        window.themes.set_theme(LIGHT)
        title = 2 * TITLE
        wanted = shown(window, qtbot, QSize(whole.shape[1] // 2, (whole.shape[0] - title) // 2))
        window.bridge.close()
        assert np.mean((whole[title:] != wanted).any(axis=2)) == 0


def test_drawings_hold_the_words(root: Path, tmp_path: Path) -> None:
    """Both directions of a Bidirectional layer; what the command line feeds is what is drawn."""
    done = seqloom(root, "run", BOTH_WAYS, "--plot", tmp_path / "x.svg", "--batch", 3, "--lengths", "5,9,2")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "drawn: " + ", ".join(
        str(tmp_path / name) for name in ("x.svg", "x-reader-forward.svg", "x-reader-backward.svg")
    )
    words = {path.name: "".join(ElementTree.parse(path).getroot().itertext()) for path in tmp_path.glob("*.svg")}
    for word in ("look_back"[:5], "Bidirectional", "(B, T, 32)"):
        assert word in words["x.svg"]
    assert "sequence 0 of 3, 5 of 9 steps valid" in words["x-reader-backward.svg"]
    assert "reader backward" in words["x-reader-backward.svg"]
    assert "padding: state held" in words["x-reader-forward.svg"]


def test_a_model_without_states_shows_what_it_gives(root: Path, tmp_path: Path) -> None:
    """And one with an error the canvas alone, with the card of the problem; its status is that of the error."""
    plain, bad = tmp_path / "plain.seqloom", tmp_path / "bad.seqloom"
    save(chain([("Conv1D", {"filters": 8, "kernel_size": 3}), ("Dense", {"units": 5})], 3), plain)
    save(chain([("LSTM", {"units": 64}), ("LSTM", {"units": 8})], 3), bad)
    done = seqloom(root, "run", plain, bad, "--plot", tmp_path / "x.svg")
    assert done.returncode == 1
    assert {path.name for path in tmp_path.glob("*.svg")} == {"x-plain.svg", "x-plain-block_3.svg", "x-bad.svg"}
    words = "".join(ElementTree.parse(tmp_path / "x-bad.svg").getroot().itertext())
    assert "block_3 needs (batch, time, features), block_2 gives (B, 64)" in words
    assert "Turn on return_sequences in block_2" in words
    assert "over 8 valid steps" in "".join(ElementTree.parse(tmp_path / "x-plain-block_3.svg").getroot().itertext())


@pytest.mark.parametrize(
    ("target", "said"),
    [("nowhere/x.png", "cannot be written (No such file or directory)"), ("x.gif", "neither in .png")],
)
def test_what_cannot_be_drawn_is_one_sentence(root: Path, tmp_path: Path, target: str, said: str) -> None:
    """With the status of wrong input; nothing is left behind."""
    done = seqloom(root, "run", MASKED, "--plot", tmp_path / target)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
