"""The help in the window: F1 by what has the keyboard, the sheet, links that do something, About."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from engine.setup.version import VERSION
from gui.help.about import PACKAGES, AboutDialog, parts, versions_text
from gui.help.examples import path_of
from gui.help.hands import SHEET
from gui.theme.theme import DARK, LIGHT
from gui.window.window import MainWindow

pytestmark = pytest.mark.xdist_group("window")
LOAD_MS = 60_000


def press_f1(window: MainWindow, focus: QWidget, qtbot: QtBot) -> str:
    """The address that F1 opens while a widget has the keyboard."""
    if window.help.is_open:
        window.help.pages.close()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    focus.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is focus)
    QTest.keyClick(focus, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: window.help.is_open and window.help.pages.reader.page is not None)
    return window.help.pages.reader.source().toString()


def field(window: MainWindow, name: str) -> QWidget:
    """The inspector's editor of an argument."""
    fields = window.inspector.findChildren(QWidget)
    return next(one for one in fields if one.accessibleName() == name and one.focusPolicy() & Qt.FocusPolicy.TabFocus)


def test_f1_on_the_canvas_opens_what_is_selected(window: MainWindow, qtbot: QtBot) -> None:
    """A block's layer; a wire; with nothing selected and nothing wrong, the canvas."""
    canvas, session = window.canvas, window.session
    session.select(["b3"])
    assert press_f1(window, canvas, qtbot) == "layer:LSTM"
    session.select((), [session.document.graph.wires[0]])
    assert press_f1(window, canvas, qtbot) == "page:wires"
    session.select()
    assert press_f1(window, canvas, qtbot) == "page:canvas"


def test_f1_on_a_problem_opens_its_page(window: MainWindow, qtbot: QtBot) -> None:
    """The card's, by its button and while nothing is selected; a row's in Problems."""
    session = window.session
    session.push(SetArgument("b3", "unitz", 3), "break it")
    qtbot.waitUntil(window.canvas.card.isVisible)
    assert press_f1(window, window.canvas.card.buttons[0], qtbot) == "code:argument.unknown"
    assert press_f1(window, window.canvas, qtbot) == "code:argument.unknown"
    session.push(SetArgument("b4", "units", "many"), "break more")
    window.views.load()
    qtbot.waitUntil(lambda: window.views.is_filled, timeout=LOAD_MS)
    problems: Any = window.views.view("Problems")
    window.views.front = "Problems"
    qtbot.waitUntil(lambda: problems.model.rowCount() == 2)
    problems.list.setCurrentIndex(problems.model.index(1, 0))
    assert press_f1(window, problems.list, qtbot) == "code:argument.invalid"


def test_f1_in_a_field_opens_the_arguments_line(window: MainWindow, qtbot: QtBot) -> None:
    """Of the block's layer, and of the layer inside it."""
    session = window.session
    session.select(["b3"])
    assert press_f1(window, field(window, "units"), qtbot) == "layer:LSTM#units"
    inner = {"type": "GRU", "arguments": {"units": 4, "reset_after": False}}
    session.building.add_layer("Bidirectional", after="b3")
    added = session.selection.block
    session.push(SetArgument(added, "layer", inner), "a GRU inside")
    assert press_f1(window, field(window, "reset_after"), qtbot) == "layer:GRU#reset_after"
    assert press_f1(window, field(window, "merge_mode"), qtbot) == "layer:Bidirectional#merge_mode"


def test_f1_on_a_view_opens_the_views_page(window: MainWindow, qtbot: QtBot) -> None:
    """Each of them, from its tab and from inside."""
    window.views.load()
    qtbot.waitUntil(lambda: window.views.is_filled, timeout=LOAD_MS)
    for name in (
        "Shapes",
        "Lengths",
        "Traces",
        "Gates",
        "Influence",
        "Attention",
        "State-space",
        "Values",
        "Problems",
        "Code",
    ):
        window.views.front = name
        assert press_f1(window, window.views.tabs.tabBar(), qtbot) == f"view:{name}"
    code: Any = window.views.view("Code")
    window.views.front = "Code"
    assert press_f1(window, code.text, qtbot) == "view:Code"


def test_f1_in_the_palette_and_the_sample(window: MainWindow, qtbot: QtBot) -> None:
    """The layer that is chosen in the list; the form of the sample."""
    palette = window.palette_panel
    item = palette.layer_item("GRU")
    assert item is not None
    palette.tree.setCurrentItem(item)
    assert press_f1(window, palette.tree, qtbot) == "layer:GRU"
    assert press_f1(window, palette.search, qtbot) == "page:palette"


def test_the_sheet_has_every_shortcut_of_the_menus(window: MainWindow) -> None:
    """Undo and redo too, which the undo stack makes; and what the menu says it does."""
    window.help.pages.open(SHEET)
    text = window.help.pages.reader.toPlainText()
    shortcuts = {key.toString() for action in window.actions_by_id.values() for key in action.shortcuts()}
    assert {"Ctrl+Z", "F1", "Shift+F1", "Ctrl+."} <= shortcuts
    cells = {part.strip() for line in text.splitlines() for part in line.split(", ")}
    assert shortcuts - cells == set()
    assert all(
        action.statusTip() in text for action in window.actions_by_id.values() if not action.shortcut().isEmpty()
    )


def test_the_sheet_has_every_key_that_the_code_listens_to(window: MainWindow, root: Path) -> None:
    """Each `Qt.Key` that some part of the window names, under the name that people read."""
    used: set[str] = set()
    for path in (root / "gui").rglob("*.py"):
        used |= set(re.findall(r"Qt\.Key\.Key_(\w+)", path.read_text(encoding="utf-8")))
    assert {"W", "Escape", "Left", "F2"} <= used
    names = {"Escape": "Esc", "Return": "Enter", "PageUp": "Page Up", "PageDown": "Page Down"}
    window.help.pages.open(SHEET)
    words = window.help.pages.reader.toPlainText()
    missing = [key for key in used if not re.search(rf"\b{names.get(key, key)}\b", words)]
    assert missing == []


def test_the_help_is_driven_by_keys_alone(window: MainWindow, qtbot: QtBot) -> None:
    """Search, Enter, back, Tab to a link, Enter follows it, Esc closes; the window is the one that was there."""
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.help.is_open and window.help.pages.reader.page is not None)
    pages = window.help.pages
    assert pages.reader.source().toString() == SHEET
    qtbot.waitUntil(pages.isActiveWindow)
    QTest.keyClick(pages.reader, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(pages.search.hasFocus)
    QTest.keyClicks(pages.search, "mask never shortens")
    QTest.keyClick(pages.search, Qt.Key.Key_Return)
    assert pages.reader.source().toString() == "page:masks"
    assert pages.contents.currentItem().text(0) == "What a mask is, and what it never does"
    qtbot.waitUntil(pages.reader.hasFocus)
    QTest.keyClick(pages.reader, Qt.Key.Key_Tab)
    QTest.keyClick(pages.reader, Qt.Key.Key_Return)
    assert pages.reader.source().toString() == "layer:Masking"
    QTest.keyClick(pages.reader, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert pages.reader.source().toString() == "page:masks"
    QTest.keyClick(pages.reader, Qt.Key.Key_Escape)
    assert not pages.isVisible()


def test_links_do_what_they_say(window: MainWindow, qtbot: QtBot) -> None:
    """A layer is placed, a view comes to the front, an action is done, an example is opened, with one question at most."""
    follow = window.help.pages.reader.followed.emit
    before = len(window.session.document.graph.blocks)
    follow("place:GRU")
    assert len(window.session.document.graph.blocks) == before + 1
    follow("show:Lengths")
    assert window.views.front == "Lengths"
    follow("action:help.about")
    qtbot.waitUntil(lambda: any(isinstance(one, AboutDialog) for one in QApplication.topLevelWidgets()))
    next(one for one in QApplication.topLevelWidgets() if isinstance(one, AboutDialog)).close()
    window.session.undo_stack.setClean()
    follow("example:01_lstm_then_dense")
    assert window.session.path == path_of("01_lstm_then_dense")


def test_colours_text_size_and_place_follow_the_window(window: MainWindow, qtbot: QtBot) -> None:
    """Pages are written anew where they were scrolled to; the size is kept."""
    pages = window.help.pages
    pages.open("layer:LSTM")
    pages.resize(700, 420)
    pages.reader.verticalScrollBar().setValue(200)
    for theme in (DARK, LIGHT):
        window.themes.set_theme(theme)
        assert pages.reader.palette().base().color().name() == theme.panel
        assert pages.reader.verticalScrollBar().value() == 200
    high = pages.reader.document().size().height()
    window.appearance.text_larger()
    assert pages.reader.document().size().height() > high
    pages.close()
    assert window.memory.settings.value("help") is not None


def test_about_says_versions_and_licences(window: MainWindow, root: Path) -> None:
    """Of every package SeqLoom needs, from the packages themselves; and the version from its one place."""
    window.help.about()
    dialog = next(one for one in window.findChildren(QDialog) if isinstance(one, AboutDialog))
    text = dialog.findChild(QLabel).text()  # type: ignore[union-attr]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    needed = {re.split(r"[<>=\[]", line)[0] for line in project["project"]["dependencies"]}
    assert {name for name, _ in PACKAGES} == needed
    assert project["tool"]["setuptools"]["dynamic"]["version"]["attr"] == "seqloom.engine.setup.version.VERSION"
    for part in parts():
        assert part.version
        assert part.licence not in ("", "see its package"), part.name
        assert part.version in text
        assert part.licence in text
    for said in (f"SeqLoom {VERSION}", "MIT licence", "LGPLv3", "Japanese Vowels", "CC BY 4.0"):
        assert said in text
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == versions_text()
    dialog.close()
