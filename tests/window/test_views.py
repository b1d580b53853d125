"""The views below the canvas over a real run, and what the worker answers them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from engine.graph.values import PortRef
from gui.session.clock import Span
from gui.window.files import EXAMPLES
from gui.window.views import FIRST, VIEWS
from gui.window.window import MainWindow
from tests.window.opening import opened

pytestmark = pytest.mark.xdist_group("window")
LOAD_MS = 90_000


@pytest.fixture
def window(qtbot: QtBot, quiet_home: Path) -> Iterator[MainWindow]:
    """The window over real utterances of 7 to 26 frames."""
    made = opened(str(EXAMPLES / "07_japanese_vowels.seqloom"), qtbot, quiet_home)
    qtbot.waitUntil(lambda: made.views.is_filled and made.session.run is not None, timeout=LOAD_MS)
    yield made
    made.bridge.close()


def test_every_view_shows_the_run(window: MainWindow, qtbot: QtBot) -> None:
    """One after the other, from the first shown; the numbers of one sequence come from the worker."""
    session, tabs = window.session, window.views.tabs
    assert [tabs.tabText(at) for at in range(tabs.count())] == [name for name, _, _ in VIEWS]
    assert tabs.tabText(tabs.currentIndex()) == FIRST

    def go(name: str) -> Any:
        view: Any = window.views.view(name)
        tabs.setCurrentWidget(view)
        return view

    shapes = go("Shapes")
    assert "820.5 KiB for 270 sequences" in shapes.sheet.caption.whole()
    lengths = go("Lengths")
    heads = {column.name: column.head for column in lengths.columns}
    assert heads["padding.output"] == "7 to 26 valid"
    assert heads["masked_reader.output"] == "only the last valid step leaves"
    assert heads["unmasked_reader.output"] == "only the last step leaves"
    masked = next(column for column in lengths.columns if column.name == "masked_reader.output")
    assert masked.leaving_steps(0) == (int(masked.valid[0].sum()) - 1,)

    values = go("Values")
    session.select(["b2"])
    session.shown.set_clock(sequence=3)
    wanted = (PortRef("b2", "output"), 3)
    qtbot.waitUntil(
        lambda: (
            session.shown.values is not None and (session.shown.values.port, session.shown.values.sequence) == wanted
        ),
        timeout=LOAD_MS,
    )
    assert session.shown.values is not None
    assert session.shown.values.values is not None
    with np.load(EXAMPLES / "japanese_vowels.npz") as file:
        frames = next(array for name, array in file.items() if array.ndim == 3)
    valid = session.shown.values.valid
    assert valid is not None
    assert np.allclose(session.shown.values.values[valid], frames[3][valid])
    qtbot.waitUntil(lambda: f"over {int(valid.sum())} valid steps" in values.statistics.whole())
    assert values.model.rowCount() == frames.shape[1]

    problems = go("Problems").model  # the reader without a mask reads the padding, and says so
    qtbot.waitUntil(lambda: problems.rowCount() == 1, timeout=LOAD_MS)
    assert "unmasked_reader" in problems.index(0, 0).data()
    code = go("Code")
    qtbot.waitUntil(lambda: any("Masking" in mark.cursor.block().text() for mark in code.text.extraSelections()))


def test_a_problem_is_counted_in_its_tab_and_mended_there(window: MainWindow, qtbot: QtBot) -> None:
    """The fix that the worker tried is a button of the row."""
    session, tabs = window.session, window.views.tabs
    problems: Any = window.views.view("Problems")
    session.push(SetArgument("b3", "units", 8), "set units")
    session.building.add_layer("LSTM", after="b3")
    at = tabs.indexOf(problems)
    qtbot.waitUntil(lambda: tabs.tabToolTip(at) == "1 error", timeout=LOAD_MS)
    badge: Any = tabs.tabBar().tabButton(at, QTabBar.ButtonPosition.RightSide)
    assert (badge.text(), badge.objectName()) == ("1", "errors")
    assert tabs.tabBar().accessibleTabName(at) == "Problems, 1 error"
    tabs.setCurrentWidget(problems)
    qtbot.waitUntil(lambda: problems.details is not None and bool(problems.details.buttons), timeout=LOAD_MS)
    problems.details.buttons[0].click()
    qtbot.waitUntil(lambda: session.analysis.complete and session.analysis.ok, timeout=LOAD_MS)
    assert tabs.tabBar().tabButton(at, QTabBar.ButtonPosition.RightSide) is None
    assert tabs.tabBar().accessibleTabName(at) == "Problems"


def test_esc_in_a_view_ends_the_range(window: MainWindow, qtbot: QtBot) -> None:
    """From a plot, a table, a view in a window of its own; a field that has a use for it keeps it; the keys extend it."""
    session, views = window.session, window.views
    shown = session.shown
    qtbot.waitUntil(lambda: shown.trace is not None, timeout=LOAD_MS)
    views.front = "Traces"
    traces: Any = views.view("Traces")
    qtbot.waitUntil(lambda: traces.sheet.is_open, timeout=LOAD_MS)
    shown.set_clock(step=3)
    for name, wanted in (("views.clock.extend_forward", Span(3, 4)), ("views.clock.extend_back", Span(3, 3))):
        window.actions_by_id[name].trigger()
        assert shown.span == wanted
    assert window.actions_by_id["views.clock.extend_forward"].shortcut().toString() == "Alt+."
    for part in (traces.units, traces.heat_plot):
        assert shown.span is not None
        part.setFocus()
        qtbot.keyClick(part, Qt.Key.Key_Escape)
    assert shown.span is None
    shown.choose_span(Span(2, 5))
    views.detach(views.tab("Traces"))
    qtbot.keyClick(traces.lines, Qt.Key.Key_Escape)
    assert shown.span is None
