"""Pictures and numbers are taken from a view: clipboard, PNG, SVG, npz, CSV, by mouse and by keyboard."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.export_plot import Exports
from gui.views.lengths import LengthsView
from gui.views.plot_data import Named, writing
from gui.views.traces import TracesView
from tests.steps import whole
from tests.views.conftest import LENGTHS, STEPS, valid_steps
from tests.views.test_traces import UNITS, trace_of, traced, view

__all__ = ["traced", "view"]
ACTIONS = [
    "Copy picture of the plot",
    "Save picture of the plot …",
    "Copy picture of the view",
    "Save picture of the view …",
    "Save data …",
]


def exports(view: Any) -> Exports:
    """What takes from a view."""
    found = view.findChild(Exports)
    assert found is not None
    return found


def entries(menu: QMenu) -> list[QAction]:
    """All but the line between them."""
    return [action for action in menu.actions() if not action.isSeparator()]


def written(path: Path, *arrays: Named) -> Path:
    """A file with arrays."""
    for _ in writing(path, arrays):
        assert not path.exists()
    return path


def test_the_menu_offers_the_plot_under_the_pointer_and_the_view(view: TracesView, qtbot: QtBot) -> None:
    """Elsewhere the view alone; by the menu key as well."""
    takes = exports(view)
    inside = view.heat_plot.mapTo(view, view.heat_plot.rect().center())
    assert [action.text() for action in entries(takes.menu(inside))] == ACTIONS
    QApplication.sendEvent(
        view.heat_plot.viewport(),
        QContextMenuEvent(
            QContextMenuEvent.Reason.Keyboard, QPoint(40, 40), view.heat_plot.mapToGlobal(QPoint(40, 40))
        ),
    )
    shown = QApplication.activePopupWidget()
    assert isinstance(shown, QMenu)
    assert [action.text() for action in entries(shown)] == ACTIONS
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    view.heat_plot.setFocus()
    QTest.keyClick(view.heat_plot, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    shown = QApplication.activePopupWidget()
    assert isinstance(shown, QMenu)
    QTest.keyClick(shown, Qt.Key.Key_Escape)


def test_a_copied_picture_is_what_is_seen(view: TracesView) -> None:
    """Of one plot, in its size."""
    exports(view).copy(view.lines)
    taken = QGuiApplication.clipboard().image()
    assert taken.size() == view.lines.grab().size()
    colours = {taken.pixelColor(x, y).name() for x in range(0, taken.width(), 2) for y in range(taken.height())}
    assert view._theme.units[0] in colours


def test_pictures_are_saved_as_pixels_and_as_lines(view: TracesView, tmp_path: Path) -> None:
    """The SVG holds drawn lines and the words of the axes."""
    takes = exports(view)
    takes.save_picture(view.sheet.page, tmp_path / "whole.png")
    assert QImage(str(tmp_path / "whole.png")).size() == view.sheet.page.grab().size()
    takes.save_picture(view.lines, tmp_path / "lines.svg")
    root = ElementTree.fromstring((tmp_path / "lines.svg").read_bytes())
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    words = "".join(root.itertext())
    assert "h 7" in words
    assert tags.count("polyline") + tags.count("path") > 5


def test_a_refused_path_is_one_sentence(view: TracesView, tmp_path: Path, qtbot: QtBot) -> None:
    """For pictures and numbers; nothing is left behind."""
    takes = exports(view)
    for name in ("x.png", "x.npz"):
        path = tmp_path / "nowhere" / name
        if name.endswith("png"):
            takes.save_picture(view.lines, path)
        else:
            takes.save_data(path)
        qtbot.waitUntil(lambda: bool(view.findChildren(QMessageBox)))
        box = view.findChildren(QMessageBox)[0]
        assert box.text() == f"{path} cannot be written (No such file or directory)."
        box.setParent(None)
        box.close()
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_saved_with_the_names_of_their_axes(
    view: TracesView, traced: EditorSession, tmp_path: Path, qtbot: QtBot
) -> None:
    """States, gates and flags as they were in the run; what is saved is whole."""
    exports(view).save_data(tmp_path / "x.npz")
    qtbot.waitUntil((tmp_path / "x.npz").exists)
    trace = trace_of(traced)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        assert np.array_equal(arrays["h"], trace.arrays["h"])
        assert arrays["h.axes"].tolist() == ["step", "unit"]
        assert np.array_equal(arrays["gate_i"], trace.arrays["gate_i"], equal_nan=True)
        assert arrays["valid"].tolist() == trace.valid.tolist()
    exports(view).save_data(tmp_path / "x.csv")
    qtbot.waitUntil((tmp_path / "x.csv").exists)
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == STEPS * UNITS + STEPS
    assert (rows[9]["step"], rows[9]["unit"]) == ("1", "1")
    assert float(rows[9]["c"]) == pytest.approx(float(trace.units("c")[1, 1]))
    assert (rows[9]["valid"], rows[STEPS * UNITS + 4]["valid"], rows[STEPS * UNITS]["h"]) == ("", "False", "")


def test_arrays_of_other_axes_follow_below(tmp_path: Path) -> None:
    """Each with its own; nothing is there before all of it is."""
    one, other = Named("a", ("x",), np.arange(2)), Named("b", ("y", "x"), np.ones((1, 2)))
    text = written(tmp_path / "x.csv", one, other).read_text()
    assert text.splitlines() == ["x,y,a,b", "0,,0,", "1,,1,", "0,0,,1.0", "1,0,,1.0"]
    with np.load(written(tmp_path / "x.npz", one, other)) as arrays:
        assert sorted(arrays.files) == ["a", "a.axes", "b", "b.axes"]


def test_lengths_give_the_valid_steps_of_every_port(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """As flags; a view without numbers offers none."""
    made = whole(LengthsView(session, themes))
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: made.sheet.is_open)
    first = exports(made).arrays()[0]
    assert first.values.shape == (len(LENGTHS), STEPS)
    assert np.array_equal(first.values, valid_steps())
