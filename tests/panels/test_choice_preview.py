"""What a choice would do is shown where it is about to be made: under the pointer, with the keyboard, in an open list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QHelpEvent, QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from engine.analysis.foreseen import NOT_KNOWN, Change, Foreseen
from engine.analysis.values import Diagnostic
from engine.document.edits import Edit, SetArgument, UnsetArgument
from gui.panels.choice_preview import ASKING, MAY_FIND_MORE, Card, told_of
from gui.panels.inspector import Inspector
from gui.session.session import EditorSession
from tests.panels.conftest import field
from tests.session.test_session import FakeWorker

OFF = UnsetArgument("b2", "return_sequences")
STATE = SetArgument("b2", "return_state", True)
SHAPE = Foreseen(changes=(Change("lstm_b2", "", "(B, T, 64)", "(B, 64)"),), mends=("a problem",), brings=("another",))


@pytest.fixture
def card(inspector: Inspector) -> Card:
    """The card of the form."""
    return inspector.form.preview.card


def text(card: Card) -> str:
    """What one reads."""
    assert card.isVisible()
    return QTextDocumentFragment.fromHtml(card.text()).toPlainText()


def point_at(inspector: Inspector, key: str) -> None:
    """Moves the pointer to a field, from elsewhere."""
    QTest.mouseMove(inspector, QPoint(2, 2))
    QApplication.sendEvent(inspector.form.fields[key], _entering())


def _entering() -> Any:
    return QEnterEvent(QPointF(3, 3), QPointF(3, 3), QPointF(3, 3))


def _leave(inspector: Inspector, key: str) -> None:
    QApplication.sendEvent(inspector.form.fields[key], QEvent(QEvent.Type.Leave))


def answer(session: EditorSession, edits: list[Edit], *found: Foreseen) -> None:
    """The worker's answer."""
    session.foresight.show(edits, found, session.revision)


def asked(session: EditorSession) -> list[Any]:
    """What the worker was asked to foresee."""
    assert isinstance(session.worker, FakeWorker)
    return [what for name, what in session.worker.asked if name == "foresee"]


def test_a_switch_under_the_pointer_tells_what_the_other_side_does(
    session: EditorSession, inspector: Inspector, card: Card
) -> None:
    """At first that Keras is being asked, then the answer, while the pointer stays; gone when it leaves."""
    session.select(["b2"])
    point_at(inspector, "return_sequences")
    assert f"return_sequences off\n{ASKING}" in text(card)
    assert asked(session)[-1] == (OFF,)
    answer(session, [OFF], SHAPE)
    told = text(card)
    assert "lstm_b2 (B, T, 64) → (B, 64)\n✓ mends “a problem”\n✗ brings “another”" in told
    assert inspector.form.fields["return_sequences"].toolTip() in told
    assert "✓ mends" in field(inspector, "return_sequences").accessibleDescription()
    _leave(inspector, "return_sequences")
    assert not card.isVisible()


def test_what_was_asked_ahead_stands_there_at_once(
    session: EditorSession, inspector: Inspector, card: Card, qtbot: QtBot
) -> None:
    """Every switch and short list of the block, in one question while nothing happens."""
    session.foresight._quiet.setInterval(1)
    session.select(["b2"])
    qtbot.waitUntil(lambda: bool(asked(session)))
    (ahead,) = asked(session)
    assert OFF in ahead
    assert STATE in ahead
    answer(session, list(ahead), *(SHAPE for _ in ahead))
    point_at(inspector, "return_state")
    assert "lstm_b2 (B, T, 64) → (B, 64)" in text(card)
    assert len(asked(session)) == 1


def test_the_keyboard_shows_it_too_and_a_switch_that_was_turned_tells_the_way_back(
    session: EditorSession, inspector: Inspector, card: Card
) -> None:
    """By Tab; Space turns it; going elsewhere takes it away."""
    session.select(["b2"])
    switch = field(inspector, "return_state")
    field(inspector, "return_sequences").setFocus()
    for _ in range(6):
        if switch.hasFocus():
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert switch.hasFocus()
    assert "return_state on" in text(card)
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert session.document.block("b2").arguments["return_state"] is True
    assert "return_state off" in text(card)
    field(inspector, "units").setFocus()
    assert not card.isVisible()


def test_an_open_list_tells_of_the_entry_one_goes_to(session: EditorSession, inspector: Inspector, card: Card) -> None:
    """Not of the one that is chosen already; closing the list takes the card away."""
    session.select(["b5"])
    box = field(inspector, "padding")
    box.showPopup()
    box.highlighted.emit(box.findText("causal"))
    causal = SetArgument("b5", "padding", "causal")
    assert asked(session)[-1] == (causal,)
    answer(session, [causal], Foreseen())
    assert text(card) == f"padding causal\nChanges no shape.\n{MAY_FIND_MORE}"
    box.highlighted.emit(box.findText("valid"))
    assert not card.isVisible()
    box.highlighted.emit(box.findText("same"))
    assert "padding same" in text(card)
    box.hidePopup()
    assert not card.isVisible()
    assert session.document.block("b5").arguments.get("padding") is None


def test_a_short_list_tells_of_all_a_long_one_waits_to_be_opened(
    session: EditorSession, inspector: Inspector, card: Card
) -> None:
    """Activations are many; the ways to merge are few."""
    session.select(["b3"])
    point_at(inspector, "merge_mode")
    heads = [line for line in text(card).splitlines() if line.startswith("merge_mode")]
    assert heads == ["merge_mode none", "merge_mode sum", "merge_mode mul", "merge_mode ave"]
    _leave(inspector, "merge_mode")
    point_at(inspector, "layer.arguments.activation")
    assert not card.isVisible()
    point_at(inspector, "layer.arguments.return_sequences")
    assert asked(session)[-1] == (UnsetArgument("b3", "layer.arguments.return_sequences"),)


def test_the_documentation_is_not_shown_twice(session: EditorSession, inspector: Inspector, card: Card) -> None:
    """The card holds the words of the tooltip."""
    session.select(["b2"])
    point_at(inspector, "return_sequences")
    switch = field(inspector, "return_sequences")
    QApplication.sendEvent(switch, QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(1, 1), switch.mapToGlobal(QPoint(1, 1))))
    assert not QToolTip.isVisible()


def test_another_block_takes_the_card_away(session: EditorSession, inspector: Inspector, card: Card) -> None:
    """It belongs to a field that is no longer there."""
    session.select(["b2"])
    point_at(inspector, "return_sequences")
    session.select(["b6"])
    assert not card.isVisible()


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        (None, (ASKING,)),
        (Foreseen(refused="There is no block b7."), ("There is no block b7.",)),
        (Foreseen(parameters=(17664, 17408)), ("Changes no shape.", "17,664 → 17,408 parameters")),
        (Foreseen((Change("a", "state_h", "", "(B, 4)"), Change("b", "", "(B, 4)", NOT_KNOWN)), 2),
         ("a.state_h is new: (B, 4)", "b (B, 4) → not known", "and 2 blocks more")),
        (Foreseen((Change("a", "state_h", "(B, 4)", ""),), 1), ("a.state_h goes", "and 1 block more")),
        (Foreseen(unsure=("a problem",)), ("Changes no shape.", "? a run tells whether this stays: “a problem”")),
    ],
)  # fmt: skip
def test_every_answer_has_its_words(found: Foreseen | None, lines: tuple[str, ...]) -> None:
    """New ports, ports that go, errors, long models, refusals."""
    assert told_of(found) == lines


def test_the_card_says_where_a_run_may_find_more(session: EditorSession, inspector: Inspector, card: Card) -> None:
    """Once, below all choices; not where the run of the edited model is remembered, and not of what cannot be made."""
    session.select(["b2"])
    point_at(inspector, "return_sequences")
    assert MAY_FIND_MORE not in text(card)
    for found, said in ((SHAPE, 1), (Foreseen(run=True), 0), (Foreseen(refused="There is no block b2."), 0)):
        answer(session, [OFF], found)
        assert text(card).count(MAY_FIND_MORE) == said


def test_what_a_run_showed_is_asked_for_again(
    session: EditorSession, inspector: Inspector, card: Card, qtbot: QtBot
) -> None:
    """An answer from before the run is told until the new one is there."""
    session.select(["b2"])
    point_at(inspector, "return_sequences")
    answer(session, [OFF], SHAPE)
    before = len(asked(session))
    problem = Diagnostic("state.size", "error", "run", "b2", "states of another size")
    session.analysis_changed.emit(replace(session.analysis, diagnostics=(problem,)))
    assert "mends" in text(card)
    qtbot.waitUntil(lambda: len(asked(session)) > before)
    assert OFF in asked(session)[before]
