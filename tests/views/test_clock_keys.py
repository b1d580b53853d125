"""The clock's keys, whatever has the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.window.views import VIEWS
from tests.views.bad_cases import READER, generated
from tests.views.here import Here, window_here

pytestmark = pytest.mark.xdist_group("tensorflow")
PLACES = ["canvas", *(name for name, _, _ in VIEWS)]
TEXT = ("Code",)
"""A text that can be read with the keyboard: Home and End are its own."""


@pytest.fixture(scope="module")
def here(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """A run of six steps, four of them real in the second sequence."""
    from engine.worker.handlers import RuntimeHandler

    home = tmp_path_factory.mktemp("home")
    for made in window_here(home, RuntimeHandler()):
        made.run(generated(lengths=[6, 4, 5]), home)
        yield made


def focusable(here: Here, place: str) -> list[QWidget]:
    """What in a place takes the keyboard and is no field."""
    session = here.session
    session.select([READER])
    session.shown.set_clock(sequence=1, step=2)
    here.settle()
    if place == "canvas":
        return [here.window.canvas]
    if place == "Compare":
        session.comparing.start(READER, "GRU")
    view = here.view(place)
    parts = [part for part in view.findChildren(QAbstractScrollArea) if part.isVisible() and part.isEnabled()]
    return [part for part in parts if part.focusPolicy() & Qt.FocusPolicy.TabFocus] or [view]


@pytest.mark.parametrize("place", PLACES)
def test_every_view_and_the_canvas_step_through_time(place: str, here: Here, qtbot: QtBot) -> None:
    """One back, one on, the first, the first padded step, the last; played, and stopped again."""
    shown, window = here.session.shown, here.window
    window.activateWindow()
    parts = focusable(here, place)
    assert parts
    for part in parts:
        shown.set_clock(sequence=1, step=2)
        part.setFocus(Qt.FocusReason.OtherFocusReason)
        target: Any = QApplication.focusWidget() or part
        steps = [shown.clock.step]
        keys = [Qt.Key.Key_Period, Qt.Key.Key_Comma, Qt.Key.Key_Comma]
        lists = place in ("Shapes", "Problems", *TEXT)
        keys += [] if lists else [Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_End]
        for key in keys:
            QTest.keyClick(target, key)
            steps.append(shown.clock.step)
        assert steps == [2, 3, 2, 1, *([] if lists else [0, 4, 5])], (place, type(part).__name__, steps)
    player = window.views.clock.player
    player.set_speed(20)
    shown.set_clock(step=0)
    QTest.keyClick(QApplication.focusWidget() or parts[-1], Qt.Key.Key_P)
    assert player.playing
    qtbot.waitUntil(lambda: shown.clock.step > 0)
    QTest.keyClick(QApplication.focusWidget() or parts[-1], Qt.Key.Key_P)
    assert not player.playing


def test_fields_keep_their_own_keys(here: Here) -> None:
    """What is typed is typed, Home and End go along the line."""
    shown, search = here.session.shown, here.window.palette_panel.search
    here.window.activateWindow()
    shown.set_clock(sequence=1, step=2)
    search.setFocus()
    assert isinstance(search, QLineEdit)
    for key in (Qt.Key.Key_A, Qt.Key.Key_Comma, Qt.Key.Key_Period, Qt.Key.Key_Home):
        QTest.keyClick(search, key)
    assert (search.text(), search.cursorPosition()) == ("a,.", 0)
    QTest.keyClick(search, Qt.Key.Key_End)
    assert search.cursorPosition() == 3
    assert shown.clock.step == 2
    search.clear()
