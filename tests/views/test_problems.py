"""The Problems view: sorted, unfolded, mended; the tab counts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.problem_details import HEAD
from gui.views.problems import ProblemsView
from tests.views.conftest import analysis_of, problem


@pytest.fixture
def view(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> ProblemsView:
    """The view on the screen."""
    made = ProblemsView(session, themes)
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


def show(view: ProblemsView, session: EditorSession, qtbot: QtBot, *problems: object) -> None:
    """An answer of the worker with these problems."""
    session.show_analysis(analysis_of(session, *problems), session.revision)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: not view._seen._wanted)


def test_without_problems_it_says_what_was_looked_at(view: ProblemsView) -> None:
    """And the tab counts nothing."""
    assert view.sheet.sentence.text() == (
        "No problems: every block can be built, every shape and mask fits the next block, "
        "and the run of 4 sequences went through."
    )
    assert view.count == (0, 0)


def test_errors_come_first_in_model_order(view: ProblemsView, session: EditorSession, qtbot: QtBot) -> None:
    """Each row says in words what it is; the tab counts errors and warnings, not notes."""
    with qtbot.waitSignal(view.counted) as said:
        show(
            view, session, qtbot,
            problem("b2", "info"), problem("b5"), problem("b3", "warning"), problem("b4"), problem("", "warning"),
        )  # fmt: skip
    assert said.args == [2, 2]
    assert [view.model.index(row, 0).data() for row in range(view.model.rowCount())] == [
        "error, block_4: b4 is wrong",
        "error, block_5: b5 is wrong",
        "warning, the document:  is wrong",
        "warning, block_3: b3 is wrong",
        "note, block_2: b2 is wrong",
    ]
    assert view.sheet.caption.whole() == "2 errors, 2 warnings, 1 note"


def test_the_chosen_row_unfolds_and_its_block_is_gone_to(
    view: ProblemsView, session: EditorSession, qtbot: QtBot
) -> None:
    """Detail, Keras's words, fixes; the others stay one line high."""
    show(view, session, qtbot, problem("b4", keras="expected ndim=3"), problem("b5"))
    assert view.details is not None
    assert view.details.problem.block == "b4"
    assert view.details.keras.text() == "Keras: expected ndim=3"
    second = view.model.index(1, 0)
    with qtbot.waitSignal(view.wanted) as said:
        QTest.mouseClick(view.list.viewport(), Qt.MouseButton.LeftButton, pos=view.list.visualRect(second).center())
    assert said.args == ["b5"]
    assert session.selection.blocks == {"b5"}
    assert view.details is not None
    assert view.details.problem.block == "b5"
    option = QStyleOptionViewItem()
    assert view.delegate.sizeHint(option, view.model.index(0, 0)) == QSize(0, HEAD)
    assert view.delegate.sizeHint(option, second).height() > HEAD
    assert view.details.geometry().height() == view.list.visualRect(second).height()
    QTest.keyClick(view.list, Qt.Key.Key_Up)
    assert view.details.problem.block == "b4"


def test_the_selected_blocks_problem_is_the_chosen_one(
    view: ProblemsView, session: EditorSession, qtbot: QtBot
) -> None:
    """The other way round."""
    show(view, session, qtbot, problem("b4"), problem("b5"))
    session.select(["b5"])
    assert view.details is not None
    assert view.details.problem.block == "b5"
    session.select(["b1"])
    assert view.details.problem.block == "b5"


def test_a_fix_is_a_button_and_one_undo_step(view: ProblemsView, session: EditorSession, qtbot: QtBot) -> None:
    """By keyboard: arrows choose, Tab goes to the fixes."""
    show(view, session, qtbot, problem("b4"))
    assert view.details is not None
    button = view.details.buttons[0]
    assert button.text() == "Turn on return_sequences in block_4"
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert session.document.block("b4").arguments["return_sequences"] is True
    assert session.undo_stack.count() == 1


def test_the_same_problems_again_move_nothing(view: ProblemsView, session: EditorSession, qtbot: QtBot) -> None:
    """The unfolded details are the same widget; other problems keep the chosen one where it is still there."""
    show(view, session, qtbot, problem("b4"), problem("b5"))
    session.select(["b5"])
    before = view.details
    show(view, session, qtbot, problem("b4"), problem("b5"))
    assert view.details is before
    show(view, session, qtbot, problem("b3"), problem("b4"), problem("b5"))
    assert view.details is not None
    assert view.details.problem.block == "b5"
    show(view, session, qtbot)
    assert view.details is None
    assert not view.sheet.is_open


def test_a_narrow_panel_wraps_the_details(view: ProblemsView, session: EditorSession, qtbot: QtBot) -> None:
    """The row grows with them."""
    show(view, session, qtbot, problem("b4", keras="a long sentence of Keras " * 12))
    wide = view.list.visualRect(view.model.index(0, 0)).height()
    view.resize(420, 300)
    qtbot.waitUntil(lambda: view.list.visualRect(view.model.index(0, 0)).height() > wide)


def test_a_new_list_opens_at_the_selected_block(view: ProblemsView, session: EditorSession, qtbot: QtBot) -> None:
    """Nothing was chosen before, so what one works on is."""
    session.select(["b5"])
    show(view, session, qtbot, problem("b4"), problem("b5"))
    assert view.details is not None
    assert view.details.problem.block == "b5"
