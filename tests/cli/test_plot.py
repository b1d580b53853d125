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
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis
from engine.client.client import WorkerLost
from engine.document.file import save
from engine.protocol.messages import Reply
from engine.protocol.results import RunResult
from gui.pictures.headless import TITLE, draw
from gui.theme.theme import LIGHT
from gui.views.export_plot import png_of
from gui.window.window import MainWindow
from tests.cli.test_cli import EXAMPLES
from tests.conftest import TENSORFLOW
from tests.documents import chain, traced_cell
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


def at_rest(window: MainWindow, qtbot: QtBot) -> None:
    """All is known that a picture shows."""
    session = window.session
    qtbot.waitUntil(
        lambda: (
            window.views.is_filled
            and session.analysis.complete
            and session.shown.trace is not None
            and bool(session.shown.previews)
            and session.run_state.phase == "idle"
            and not session.run_state.stale
        ),
        timeout=LOAD_MS,
    )
    session.run_by_itself = False


def taken(part: QWidget, size: QSize, qtbot: QtBot) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A part of the window as it would be in this size, without keyboard and pointer."""
    part.setParent(None)
    part.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    part.resize(size)
    part.show()
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in part.findChildren(QTimer)))
    picture = pixels(QImage.fromData(png_of(part, 2.0)))
    part.close()
    return picture


def test_the_pictures_are_those_of_the_window(root: Path, tmp_path: Path, quiet_home: Path, qtbot: QtBot) -> None:
    """Of two files, each the canvas and, below a line that names it, the view of its traced block, pixel by pixel."""
    done = seqloom(root, "run", MASKED, TRAINED, "--plot", tmp_path / "x.png", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    plots = [json.loads(line)["plots"] for line in done.stdout.splitlines()]
    assert [[Path(plot).name for plot in of_one] for of_one in plots] == [
        [f"x-{MASKED.stem}.png", f"x-{MASKED.stem}-reader.png"],
        [f"x-{TRAINED.stem}.png", f"x-{TRAINED.stem}-listener.png"],
    ]
    assert sorted(map(str, tmp_path.glob("*.png"))) == sorted(plots[0] + plots[1])
    for file, of_one in zip((MASKED, TRAINED), plots, strict=True):
        model, traced = (pixels(QImage(plot)) for plot in of_one)
        window = opened(str(file), qtbot, quiet_home)
        window.themes.set_theme(LIGHT)
        at_rest(window, qtbot)
        view = window.views.view("Traces")
        assert view is not None
        below = traced[2 * TITLE :]
        assert len(np.unique(below.reshape(-1, 4), axis=0)) > 100
        assert np.array_equal(below, taken(view, QSize(below.shape[1] // 2, below.shape[0] // 2), qtbot))
        window.session.opened.emit()  # the canvas shows the whole model
        assert np.array_equal(model, taken(window.canvas, QSize(model.shape[1] // 2, model.shape[0] // 2), qtbot))
        window.bridge.close()


def test_drawings_hold_the_words(root: Path, tmp_path: Path) -> None:
    """Both directions of a Bidirectional layer; what the command line feeds is what is drawn."""
    done = seqloom(root, "run", BOTH_WAYS, "--plot", tmp_path / "x.svg", "--batch", 3, "--lengths", "5,9,2")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "drawn: " + ", ".join(
        str(tmp_path / name) for name in ("x.svg", "x-reader-forward.svg", "x-reader-backward.svg")
    )
    words = {path.name: "".join(ElementTree.parse(path).getroot().itertext()) for path in tmp_path.glob("*.svg")}
    for word in ("words", "Bidirectional", "(B, T, 32)"):
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


def test_what_fails_while_a_picture_is_drawn_is_handed_on(qapp: QApplication, tmp_path: Path) -> None:
    """Though it was asked in a slot, where Qt hands on nothing."""
    file = tmp_path / "x.seqloom"
    save(chain([("LSTM", {"units": 4})], 3), file)
    run = RunResult(1, 1, "cpu", 5.0, 7, {}, {}, traced={"b2": traced_cell("b2", 4)})

    def lost(*_: object) -> Reply:
        raise WorkerLost("The engine's process ended.")

    with pytest.raises(WorkerLost, match="process ended"):
        next(iter(draw(file, Analysis(), run, lost, ".png")))


def test_a_large_model_is_drawn_as_large_as_programs_open(qapp: QApplication, tmp_path: Path) -> None:
    """At 100 % as long as that is not too wide, in fewer pixels."""
    file = tmp_path / "x.seqloom"
    save(chain([("LSTM", {"units": 4, "return_sequences": True})] * 30, 3), file)
    run = RunResult(1, 1, "cpu", 5.0, 7, {}, {})
    _, content = next(iter(draw(file, Analysis(), run, lambda *_: pytest.fail("nothing is asked"), ".png")))
    size = QImage.fromData(content).size()
    assert 16_000 < size.width() <= 16_384
    assert size.height() > 500
