"""The open card and the dots: which problem is open, where its card stands, what a click on a dot does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRectF, QSizeF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis, Diagnostic, Fix
from engine.document.edits import SetArgument
from gui.canvas.boxes import Boxes
from gui.canvas.canvas import Canvas
from gui.canvas.card_places import card_place
from gui.canvas.view import View
from gui.session.session import EditorSession
from gui.theme.style import stylesheet
from gui.theme.theme import ThemeHolder
from tests.documents import chain

FIX = Fix("Turn on return_sequences in block_2", (SetArgument("b2", "return_sequences", True),))


def problem(block: str) -> Diagnostic:
    """An error of a block."""
    return Diagnostic("shape.ndim", "error", "connect", block, f"{block} is wrong", "why", keras="Keras", fixes=(FIX,))


@pytest.fixture
def tell(qtbot: QtBot) -> tuple[Canvas, Callable[..., None]]:
    """A canvas, and what tells it of errors."""
    session = EditorSession()
    layout = {"b1": (40.0, 60.0), "b2": (300.0, 60.0), "b3": (560.0, 60.0)}
    session._put(replace(chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3), layout=layout), None)
    canvas = Canvas(session, ThemeHolder())
    qtbot.addWidget(canvas)
    canvas.resize(1000, 600)
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.grab()
    canvas.set_view(View(1.0, 0.0, 0.0))

    def said(*blocks: str) -> None:
        session.analysis = Analysis(complete=True, diagnostics=tuple(problem(block) for block in blocks))
        session.analysis_changed.emit(session.analysis)

    return canvas, said


def test_the_newest_problem_is_open_and_the_others_are_dots(tell: tuple[Canvas, Callable[..., None]]) -> None:
    """A click on a dot opens that one; Esc folds it to a dot again."""
    canvas, said = tell
    said("b2")
    assert canvas.problems.open_block == "b2"
    said("b2", "b3")
    assert canvas.problems.open_block == "b3"
    dot = canvas.block_rect("b2").topLeft()
    assert canvas.dot_at(dot.toPointF()) == "b2"
    assert canvas.dot_at(canvas.block_rect("b3").topLeft().toPointF()) == ""
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=dot)
    assert canvas.problems.open_block == "b2"
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.problems.open_block == ""
    assert canvas.dot_at(dot.toPointF()) == "b2"


def test_a_fix_glows_for_a_moment_or_not_at_all(tell: tuple[Canvas, Callable[..., None]]) -> None:
    """Under 150 ms, and off where the system asks for no motion."""
    canvas, said = tell
    said("b3")
    assert canvas.motion.duration_ms < 150
    canvas.card.buttons[0].click()
    assert canvas.session.document.block("b2").arguments["return_sequences"] is True
    assert canvas.motion.blocks == {"b2"}
    assert canvas.motion.is_running is (canvas.motion.duration_ms > 0)


def test_a_card_stands_below_else_where_nothing_is_covered() -> None:
    """It points at its block; where all is taken there is no place."""
    size, view, block = QSizeF(300, 100), QRectF(0, 0, 900, 500), QRectF(300, 100, 150, 80)
    own = (block.x(), block.y(), block.width(), block.height())
    below = card_place(size, block, view, Boxes((own,)), Boxes())
    assert below is not None
    assert (below.side, below.area.top() > block.bottom(), len(below.pointer)) == ("below", True, 3)
    taken = card_place(size, block, view, Boxes((own, (0.0, 190.0, 900.0, 310.0))), Boxes())
    assert taken is not None
    assert taken.side == "right"
    assert card_place(size, block, view, Boxes(((0.0, 0.0, 900.0, 500.0),)), Boxes()) is None


def test_a_click_on_the_card_means_the_card(tell: tuple[Canvas, Callable[..., None]], qtbot: QtBot) -> None:
    """What lies below is neither pressed nor dragged; its block is selected, and the keyboard is on the canvas."""
    canvas, said = tell
    said("b2", "b3")
    canvas.session.select(["b2"])
    for part in (canvas.card.title, canvas.card.detail, canvas.card):
        canvas.card.buttons[0].setFocus()
        canvas.session.select()
        assert canvas.card.isVisible()
        shown = canvas.problems.open_block
        QTest.mousePress(part, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
        assert not canvas.mouse.is_busy
        QTest.mouseRelease(part, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
        assert canvas.session.selection.blocks == {shown}
        assert canvas.hasFocus()
        QTest.mouseDClick(part, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
        QTest.mouseRelease(part, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
        assert "offers" not in vars(canvas)


def test_keras_own_words_unfold_where_there_is_little_room(tell: tuple[Canvas, Callable[..., None]]) -> None:
    """The card then stands over other things, as somebody asked for it; folded again it finds its place."""
    canvas, said = tell
    canvas.session.analysis = Analysis(complete=True, diagnostics=(replace(problem("b2"), keras="a\n" * 12),))
    canvas.session.analysis_changed.emit(canvas.session.analysis)
    canvas.session.select(["b2"])
    height = next(height for height in range(280, 600, 20) if _has_room(canvas, height))
    canvas.resize(640, height)
    canvas.card.keras.click()
    assert canvas.card.words.isVisible()
    assert canvas.rect().contains(canvas.card.geometry())
    canvas.card.keras.click()
    assert not canvas.card.words.isVisible()


def _has_room(canvas: Canvas, height: int) -> bool:
    """The card stands beside its block and says all, but for Keras's own words."""
    canvas.resize(640, height)
    canvas.problems.forget_place()
    canvas.problems.place()
    return canvas.card.isVisible() and canvas.problems.has_pointer and not canvas.card.is_short


def test_the_card_is_whole_however_small_the_canvas_is(tell: tuple[Canvas, Callable[..., None]]) -> None:
    """Where it stands apart from its block too: it has the size that a place was found for."""
    canvas, said = tell
    fixes = (FIX, replace(FIX, title="Repeat it over the time axis, ten times"))
    canvas.session.analysis = Analysis(complete=True, diagnostics=(replace(problem("b2"), fixes=fixes),))
    canvas.session.analysis_changed.emit(canvas.session.analysis)
    seen = set[bool]()
    for width in range(360, 900, 60):
        for height in range(200, 460, 20):
            canvas.resize(width, height)
            canvas.problems.forget_place()
            canvas.problems.place()
            if canvas.card.isVisible():
                seen.add(canvas.problems.has_pointer)
                assert canvas.rect().contains(canvas.card.geometry()), (width, height)
                assert canvas.problems.area.size() == QSizeF(canvas.card.size()), (width, height)
    assert seen == {True, False}


def test_a_card_grows_with_the_fixes_of_the_next_problem(tell: tuple[Canvas, Callable[..., None]]) -> None:
    """However few rows the fixes of the problem before took at that width: none is cut off."""
    canvas, said = tell
    long = replace(FIX, title="Average over time instead of flattening the whole (GlobalAveragePooling1D)")
    wide = replace(problem("b2"), detail="as wide as a card may be, whatever the fixes are, " * 3)
    for count in (1, 3):
        said()
        canvas.session.analysis = Analysis(complete=True, diagnostics=(replace(wide, fixes=(long,) * count),))
        canvas.session.analysis_changed.emit(canvas.session.analysis)
        bottoms = [button.mapTo(canvas.card, button.rect().bottomLeft()).y() for button in canvas.card.buttons]
        assert len(set(bottoms)) == count
        assert max(bottoms) < canvas.card.keras.y() < canvas.card.height()


def test_a_remark_is_not_framed_like_an_error(tell: tuple[Canvas, Callable[..., None]]) -> None:
    """The frame of a remark and its pointer are quiet, so that a repaired model does not look broken."""
    canvas, said = tell
    canvas.session.analysis = Analysis(complete=True, diagnostics=(replace(problem("b2"), severity="info"),))
    canvas.session.analysis_changed.emit(canvas.session.analysis)
    canvas.session.select(["b2"])
    assert canvas.problems.has_pointer
    tip, block = canvas.card.geometry(), canvas.block_rect("b2").center()
    picture = canvas.grab().toImage()
    colours = {picture.pixelColor(block.x(), y).name() for y in range(tip.top() - 8, tip.top())}
    assert canvas.theme.secondary in colours
    assert not colours & {canvas.theme.error, canvas.theme.warning}
    assert f'[severity="info"] {{ border-color: {canvas.theme.secondary}; }}' in stylesheet(canvas.theme)


def test_a_block_that_is_wanted_comes_into_view(tell: tuple[Canvas, Callable[..., None]]) -> None:
    """Though it is the selected one already."""
    canvas, said = tell
    said("b2")
    canvas.session.select(["b2"])
    canvas.set_view(View(1.0, -5000.0, 0.0))
    assert not canvas.rect().contains(canvas.block_rect("b2"))
    canvas.reveal()
    assert canvas.rect().contains(canvas.block_rect("b2"))
