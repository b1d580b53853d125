"""Rows are made in steps, out of sight: what is in sight is whole at every turn, and of one block."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from gui.panels.form_rows import FormRows
from gui.panels.inspector import Inspector
from gui.session.session import EditorSession
from tests.panels.conftest import field


def seen(inspector: Inspector) -> tuple[str, list[str]]:
    """The name at the head, and the fields that are in sight."""
    return inspector.head.name.text(), [key for key, row in inspector.form.fields.items() if row.isVisible()]


def shown(session: EditorSession, inspector: Inspector, block: str) -> tuple[str, list[str]]:
    """Selects a block and waits for it."""
    session.select([block])
    inspector.finish()
    return seen(inspector)


def test_head_rows_and_facts_change_together(session: EditorSession, growing: Inspector, qtbot: QtBot) -> None:
    """The block before stays whole until all of the next is there; what was shown before comes back at once."""
    first = shown(session, growing, "b2")
    qtbot.waitUntil(lambda: growing.form.height() == growing.form.sizeHint().height())
    told, height = growing.time.facts, growing.form.height()
    session.select(["b3"])
    turns = 0
    while seen(growing) == first:
        assert growing.time.facts is told
        assert growing.form.height() == height  # rows out of sight take no room
        QApplication.processEvents()
        turns += 1
    assert turns > 2  # not in one event
    name, fields = seen(growing)
    assert name == "bidirectional_b3"
    assert {"layer", "layer.arguments.units", "merge_mode"} <= set(fields)
    assert seen(growing) == shown(session, growing, "b3")
    session.select(["b2"])
    assert seen(growing) == first


def test_the_first_block_comes_whole(session: EditorSession, growing: Inspector, qtbot: QtBot) -> None:
    """Until then the sentence stays that says what would be here."""
    session.select(["b1"])
    assert growing.empty.isVisible()
    qtbot.waitUntil(lambda: not growing.empty.isVisible())
    assert growing.head.name.text() == session.document.block("b1").name
    assert growing.form.fields["shape"].isVisible()
    assert growing.sample is not None
    assert growing.sample.isVisible()


def test_of_blocks_selected_in_a_row_only_the_last_is_shown(
    session: EditorSession, growing: Inspector, qtbot: QtBot
) -> None:
    """Rows that nobody waits for any more are given up; nothing selected shows nothing."""
    for block in ("b2", "b3", "b4", "b8"):
        session.select([block])
        QApplication.processEvents()
    qtbot.waitUntil(lambda: growing.head.name.text() == session.document.block("b8").name)
    assert "num_heads" in seen(growing)[1]
    qtbot.waitUntil(lambda: len(growing.form.findChildren(FormRows)) == 1)
    session.select(["b5"])
    session.select([])
    for _ in range(20):
        QApplication.processEvents()
    assert growing.empty.isVisible()


def test_the_name_can_be_edited_right_after_a_block_is_selected(session: EditorSession, growing: Inspector) -> None:
    """The keyboard waits for nothing: it lands in the name of that block, whose rows are there."""
    shown(session, growing, "b2")
    session.select(["b3"])
    growing.edit_name()
    assert growing.head.name.hasFocus()
    QTest.keyClicks(growing.head.name, "both")
    QTest.keyClick(growing.head.name, Qt.Key.Key_Return)
    assert session.document.block("b3").name == "both"
    assert "layer.arguments.units" in seen(growing)[1]


def test_without_a_block_there_is_no_name_to_edit(session: EditorSession, growing: Inspector) -> None:
    """Nothing takes the keyboard."""
    shown(session, growing, "b2")
    session.select([])
    growing.edit_name()
    assert not growing.head.name.hasFocus()


def test_rows_on_their_way_do_not_hold_up_a_choice(session: EditorSession, growing: Inspector, qtbot: QtBot) -> None:
    """A layer's type there and back again, before the rows of the first type are there."""
    shown(session, growing, "b3")
    box = field(growing, "layer")
    for kind in ("GRU", "LSTM", "SimpleRNN"):
        box.setCurrentText(kind)
        box.textActivated.emit(kind)
        nested: Any = session.document.block("b3").arguments["layer"]
        assert nested["type"] == kind
    qtbot.waitUntil(lambda: "layer.arguments.recurrent_activation" not in growing.form.fields)
    assert field(growing, "layer").currentText() == "SimpleRNN"


def test_what_is_being_typed_belongs_to_its_block(session: EditorSession, growing: Inspector) -> None:
    """It is taken when the other block comes, for the block that it was typed for."""
    shown(session, growing, "b2")
    units = field(growing, "units")
    units.setFocus()
    units.selectAll()
    QTest.keyClicks(units, "12")
    shown(session, growing, "b6")
    assert session.document.block("b2").arguments["units"] == 12
    assert session.document.block("b6").arguments["units"] == 2


def test_what_stood_open_comes_open(session: EditorSession, growing: Inspector) -> None:
    """The rest of the arguments of an LSTM, in a form that is made anew."""
    shown(session, growing, "b2")
    fold = next(button for button in growing.form.findChildren(QToolButton, "fold") if button.isVisible())
    fold.click()
    growing.finish()
    shown(session, growing, "b6")
    session.push(SetArgument("b2", "stateful", True), "other rows")
    assert {"stateful", "kernel_initializer"} <= set(shown(session, growing, "b2")[1])
    assert next(button for button in growing.form.findChildren(QToolButton, "fold") if button.isVisible()) is not fold
