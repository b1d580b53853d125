"""Every view that draws numbers gives them away: as PNG, SVG, `.npz` and CSV, of a real run."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gui.views.export_plot import Exports, png_of, svg_of
from gui.views.plot import Plot
from gui.window.window import MainWindow
from tests.cli.test_cli import EXAMPLES
from tests.conftest import TENSORFLOW
from tests.window.opening import opened

pytestmark = TENSORFLOW
LOAD_MS = 120_000
VIEWS = ("Lengths", "Traces", "Gates", "Influence", "Attention", "State-space", "Compare", "Values")


@pytest.fixture
def window(quiet_home: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """A model with states of two directions, attention and padding, run and compared with another."""
    made = opened(str(next(EXAMPLES.glob("05*.seqloom"))), qtbot, quiet_home)
    session = made.session
    qtbot.waitUntil(lambda: made.views.is_filled and session.shown.trace is not None, timeout=LOAD_MS)
    session.comparing.start("b3", "no mask")
    qtbot.waitUntil(lambda: session.comparing.found is not None, timeout=LOAD_MS)
    yield made
    made.bridge.close()


def test_every_view_gives_pictures_and_numbers(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    """What is in the `.npz` is in the CSV; every plot has a name and words."""
    for name in VIEWS:
        window.views.front = name
        window.views.finish()
        view: Any = window.views.view(name)
        takes = view.findChild(Exports)
        qtbot.waitUntil(lambda view=view, takes=takes: view.sheet.is_open and bool(takes.arrays()), timeout=LOAD_MS)
        assert_pictures(takes, view, tmp_path / name)
        assert_numbers(takes, tmp_path / name, qtbot)


def assert_pictures(takes: Exports, view: Any, place: Path) -> None:
    """Of the view and of each of its plots."""
    takes.save_picture(view.sheet.page, place.with_suffix(".png"))
    assert QImage(str(place.with_suffix(".png"))).size() == view.sheet.page.size()
    shown = [plot for plot in view.findChildren(Plot) if plot.isVisible()]
    for part in (view.sheet.page, *shown):
        assert QImage.fromData(png_of(part)).size() == part.size()
        words = "".join(ElementTree.fromstring(svg_of(part)).itertext())
        assert any(letter.isdigit() for letter in words), (place.name, part.accessibleName())
        assert part is view.sheet.page or part.accessibleName(), place.name


def assert_numbers(takes: Exports, place: Path, qtbot: QtBot) -> None:
    """As arrays and as a table, each number of them."""
    arrays = takes.arrays()
    for suffix in (".npz", ".csv"):
        takes.save_data(place.with_suffix(suffix))
        qtbot.waitUntil(place.with_suffix(suffix).exists, timeout=LOAD_MS)
    with place.with_suffix(".csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with np.load(place.with_suffix(".npz"), allow_pickle=False) as saved:
        assert len(saved.files) == 2 * len({one.name for one in arrays}) == 2 * len(arrays), place.name
        for one in arrays:
            stored = saved[one.name.replace("/", "_")]
            assert len(saved[f"{one.name}.axes".replace("/", "_")]) == stored.ndim == len(set(one.axes)), (
                place.name,
                one,
            )
            written = [row[one.name] for row in rows if row[one.name] != ""]
            assert len(written) == stored.size, (place.name, one.name)
            if stored.dtype != bool:
                assert np.allclose(np.array(written, float), stored.ravel(), equal_nan=True)
