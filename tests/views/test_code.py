"""The Code view: the selected block's lines are marked, a clicked line selects its block, what is in sight stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.code import CodeText, CodeView, block_at, unequal_part
from tests.documents import chain
from tests.views.conftest import analysis_of, problem

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=8).map("".join)


@pytest.fixture
def view(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> CodeView:
    """The view on the screen."""
    made = CodeView(session, themes)
    qtbot.addWidget(made)
    made.resize(700, 240)
    made.show()
    qtbot.waitExposed(made)
    return made


def marked(view: CodeView) -> list[str]:
    """The text of the marked lines."""
    return [mark.cursor.block().text() for mark in view.text.extraSelections()]


def test_the_selected_blocks_lines_are_marked_and_in_sight(
    view: CodeView, session: EditorSession, qtbot: QtBot
) -> None:
    """Of one block alone."""
    session.select(["b5"])
    qtbot.waitUntil(lambda: bool(marked(view)))
    assert all("Dense(2" in line for line in marked(view))
    line = session.written.source.lines["b5"][0] - 1
    qtbot.waitUntil(lambda: line in view.text.lines_in_sight())
    session.select()
    qtbot.waitUntil(lambda: not marked(view))


def test_a_clicked_line_selects_its_block(view: CodeView, session: EditorSession, qtbot: QtBot) -> None:
    """By mouse, and by Enter on the caret's line; a line of no block selects nothing."""
    block = view.text.document().findBlockByNumber(session.written.source.lines["b2"][0] - 1)
    view.text.show_line(block.blockNumber() + 1)
    area = view.text.cursorRect(QTextCursor(block))
    QTest.mouseClick(view.text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, area.center().y()))
    assert session.selection.blocks == {"b2"}
    view.text.setTextCursor(
        QTextCursor(view.text.document().findBlockByNumber(session.written.source.lines["b3"][0] - 1))
    )
    QTest.keyClick(view.text, Qt.Key.Key_Return)
    assert session.selection.blocks == {"b3"}
    view.text.chosen.emit(1)
    assert session.selection.blocks == {"b3"}


def test_an_edit_keeps_what_is_in_sight(view: CodeView, session: EditorSession, qtbot: QtBot) -> None:
    """Scrolled both ways."""
    bar = view.text.verticalScrollBar()
    bar.setValue(8)
    assert bar.value() == 8
    session.push(SetArgument("b3", "units", 99), "set units")
    qtbot.waitUntil(lambda: "LSTM(99" in view.text.toPlainText())
    assert bar.value() == 8
    assert view.text.toPlainText() == session.written.source.text


def test_a_broken_models_lines_are_comments_and_that_is_said(
    view: CodeView, session: EditorSession, qtbot: QtBot
) -> None:
    """The block's lines are still its lines."""
    session.show_analysis(analysis_of(session, problem("b4")), session.revision)
    qtbot.waitUntil(lambda: "lines that cannot run are comments" in view.sheet.caption.whole())
    session.select(["b4"])
    qtbot.waitUntil(lambda: bool(marked(view)))
    assert all(line.strip().startswith("#") for line in marked(view))


def test_copy_takes_the_whole_source(view: CodeView, session: EditorSession, qtbot: QtBot) -> None:
    """And says so."""
    with qtbot.waitSignal(session.told):
        QTest.mouseClick(view.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == session.written.source.text


def test_only_lines_in_sight_are_coloured(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """A thousand lines appear at once; the others follow when one scrolls there."""
    session._put(chain([("Dense", {"units": 1})] * 400 + [("LSTM", {"units": 2})], 3), None)
    view = CodeView(session, themes)
    qtbot.addWidget(view)
    view.resize(700, 240)
    view.show()
    qtbot.waitExposed(view)
    document = view.text.document()

    def is_coloured(line: int) -> bool:
        return bool(document.findBlockByNumber(line).layout().formats())

    qtbot.waitUntil(lambda: is_coloured(2))
    far = session.written.source.lines["b402"][0] - 1
    assert not is_coloured(far)
    view.text.show_line(far + 1)
    qtbot.waitUntil(lambda: is_coloured(far))


def test_the_block_of_a_line_is_the_narrowest() -> None:
    """Lines count from 1."""
    lines = {"b1": (3, 9), "b2": (5, 6)}
    assert [block_at(lines, line) for line in (2, 3, 5, 6, 7, 10)] == ["", "b1", "b2", "b2", "b1", ""]


@given(TEXTS, TEXTS)
def test_changing_a_text_gives_the_other(old: str, new: str) -> None:
    """Whatever the two share."""
    start, end = unequal_part(old, new)
    assert old[:start] + new[start : len(new) - end] + old[len(old) - end :] == new


def test_the_widget_holds_what_it_was_changed_to(qtbot: QtBot) -> None:
    """Also to nothing and back."""
    text = CodeText()
    qtbot.addWidget(text)
    for content in ("a\nb\n", "a\nc\nb\n", "", "x\n"):
        text.change_to(content)
        assert text.toPlainText() == content
