"""The Compare view draws both runs in colours of their own and says in words who forgets sooner and what is equal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.protocol.comparison import ComparedSide, Comparison, Equal, Measure, Parting
from engine.protocol.messages import Array
from engine.protocol.traced import TracedCell, TracedSignal
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, ThemeHolder
from gui.views.compare import NOTHING, PLANES, UNITS, CompareView
from gui.views.compare_words import forgetting_text, parting_text
from gui.views.run_looks import run_colour, run_dash
from tests.session.test_session import FakeWorker
from tests.steps import whole
from tests.views.conftest import run_of

BAND = np.array([[0.5, 0.05, 0.005], [1.0, 0.1, 0.01], [1.0, 0.2, 0.02]], np.float32)
CURVES: dict[Measure, Array] = {"gradient": BAND, "norm": BAND * 2, "change": BAND * 3, "saturated": BAND / 2}
POINTS = np.arange(4 * 6 * 2, dtype=np.float32).reshape(4, 6, 2)
THIS = ComparedSide("LSTM", 4, 128, 340, "", 2, 1, (0.7, 0.2), CURVES, POINTS, np.zeros((3, 4), np.float32))
OTHER = replace(THIS, kind="GRU", reach=1, near=0, points=-POINTS, whole=300, states=np.eye(3, 4, dtype=np.float32))
EQUAL = (Equal("sample", True, "the same sample"), Equal("weights", False, "other weights in block_3"))


@pytest.fixture
def view(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> CompareView:
    """On the screen, before anything is compared."""
    signals = (TracedSignal("b3", "", "h", ("unit",), (4,)),)
    session.show_run(replace(run_of(session), number=2, traced={"b3": TracedCell("b3", "", "LSTM", signals)}))
    made = whole(CompareView(session, themes))
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def answer(session: EditorSession, **parts: Any) -> None:
    """The answer to the last question."""
    worker = session.worker
    assert isinstance(worker, FakeWorker)
    body = [body for verb, body in worker.asked if verb == "compare"][-1]
    found = Comparison(2, 0, "b3", ("b3",), THIS, OTHER, EQUAL, output=("b5", "output"))
    session.shown.answered.emit("compare", body, replace(found, **parts))


def test_first_steps_then_waiting_then_both_runs(view: CompareView, session: EditorSession, qtbot: QtBot) -> None:
    """Sentences until the answer is there; then words, bands and planes."""
    qtbot.waitUntil(lambda: view.sheet.sentence.text() == NOTHING)
    session.comparing.start("b3", "GRU")
    qtbot.waitUntil(lambda: view.sheet.sentence.text().startswith("Running the other side … GRU in place of an LSTM"))
    answer(session)
    qtbot.waitUntil(lambda: view.sheet.is_open)
    assert view.sheet.caption.whole() == (
        "block_3 (LSTM, 4 units, seeded) still has 1 % of its gradient 2 steps back (10 %: 1), "
        "GRU (4 units, seeded) 1 step back (10 %: 0): GRU forgets sooner, and faster at first."
    )
    assert view.equal.whole() == (
        "Equal: the same sample. Not equal: other weights in block_3, 340 and 300 parameters."
    )
    qtbot.waitUntil(lambda: np.size(view.planes["other"].path.curves[0].getData()[0]) > 0)
    np.testing.assert_allclose(view.gradient.curves["this"].getData()[1], [0, -1, -2], atol=1e-5)
    np.testing.assert_allclose(view.steps.curves["other"].getData()[1], BAND[1] * 2)
    assert view.pages.currentIndex() == PLANES
    assert {one.name for one in view.data()} >= {"this gradient", "other norm", "other paths", "this h"}
    np.testing.assert_allclose(view.planes["other"].path.curves[0].getData()[0], -POINTS[0, :, 0])
    view.measure.setCurrentIndex(2)
    view.measure.activated.emit(2)
    qtbot.waitUntil(lambda: view.measure_caption.whole() == "of units with |h| above 0.95, by real step")
    qtbot.waitUntil(lambda: np.allclose(view.steps.curves["this"].getData()[1], BAND[1] / 2))
    np.testing.assert_allclose(view.steps.curves["this"].getData()[1], BAND[1] / 2)


def test_a_run_has_its_colour_and_dash_everywhere(view: CompareView, session: EditorSession, qtbot: QtBot) -> None:
    """Lines, bands, paths; in both themes; a dash tells them apart without colour."""
    session.comparing.start("b3", "GRU")
    answer(session)
    for theme in (LIGHT, DARK):
        view._themes.set_theme(theme)
        colour = run_colour(theme, "other")
        qtbot.waitUntil(lambda colour=colour: view.planes["other"].path.curves[0].opts["pen"].color().name() == colour)
        for thing in (view.gradient.curves["other"], view.steps.curves["other"], view.planes["other"].path.curves[0]):
            assert thing.opts["pen"].color().name() == colour
            assert thing.opts["pen"].style() == run_dash("other") == Qt.PenStyle.DashLine
        assert view.gradient.bands["other"].brush().color().name() == colour
        assert colour in view.legend.text()
        assert view.gradient.curves["this"].opts["pen"].style() == Qt.PenStyle.SolidLine


def test_with_equal_weights_units_stand_beside_units(view: CompareView, session: EditorSession, qtbot: QtBot) -> None:
    """The difference as a map, the unit that differs most as lines, another by a click, and where they part."""
    session.comparing.start("b3", "no mask")
    same = (Equal("weights", True, "the same weights"), Equal("masks", False, "a mask on one side alone at block_2"))
    answer(session, by_unit=True, equal=same, parting=Parting("b4", "h", 1, 0.25))
    qtbot.waitUntil(lambda: view.pages.currentIndex() == UNITS and bool(view.units.unit_caption.whole()))
    np.testing.assert_allclose(view.units.difference, np.eye(3, 4))
    assert view.equal.whole().startswith("Sequence 0 first parts in h of block_4, at real step 1, by 0.25.")
    view.units.plot.box.pointed.emit(QPointF(0.0, 2.2), Qt.KeyboardModifier.NoModifier)
    assert view.units.unit_caption.whole().startswith("h 2 by real step")
    view.resize(620, 190)
    assert (view.width(), view.height()) == (620, 190)
    assert not view.grab().isNull()


def test_a_chosen_unit_stays_when_the_sides_change(view: CompareView, session: EditorSession, qtbot: QtBot) -> None:
    """Unit 0 too, although another differs most now."""
    session.comparing.start("b3", "no mask")
    answer(session, by_unit=True)
    qtbot.waitUntil(lambda: view.pages.currentIndex() == UNITS and bool(view.units.unit_caption.whole()))
    view.units.plot.box.pointed.emit(QPointF(0.0, 0.0), Qt.KeyboardModifier.NoModifier)
    far = replace(THIS, states=np.eye(3, 4)[:, ::-1] * 5)
    for _ in view.units.show_states(LIGHT, Comparison(1, 0, "b3", ("b3",), THIS, far, by_unit=True), "no mask"):
        pass
    assert view.units.unit_caption.whole().startswith("h 0 by real step")


def test_keeping_and_stopping(view: CompareView, session: EditorSession, qtbot: QtBot) -> None:
    """By the two buttons."""
    before = session.document
    session.comparing.start("b3", "GRU")
    answer(session)
    qtbot.waitUntil(lambda: view.sheet.is_open)
    QTest.mouseClick(view.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.sheet.sentence.text() == NOTHING)
    assert session.document is before
    session.comparing.start("b3", "GRU")
    answer(session)
    qtbot.waitUntil(lambda: view.sheet.is_open)
    QTest.mouseClick(view.keep, Qt.MouseButton.LeftButton)
    assert session.document.block("b3").type == "GRU"


def test_what_cannot_be_compared_is_a_sentence(view: CompareView, session: EditorSession, qtbot: QtBot) -> None:
    """In the place of the plots."""
    session.comparing.start("b3", "GRU")
    answer(session, missing="The other side cannot run: why.")
    qtbot.waitUntil(lambda: view.sheet.sentence.text() == "The other side cannot run: why.")


def test_words_of_other_answers(session: EditorSession) -> None:
    """Neither forgets sooner; no gradient; no state; equal everywhere; what leaves a block."""
    found = Comparison(1, 0, "b3", ("b3",), THIS, replace(THIS, near=3), by_unit=True)
    document = session.document
    assert forgetting_text(found, document, "no mask") == (
        "block_3 still has 1 % of its gradient 2 steps back (10 %: 1), "
        "no mask 2 steps back (10 %: 3): neither forgets sooner."
    )
    slower = replace(found, other=replace(THIS, reach=9, near=0))
    assert forgetting_text(slower, document, "GRU").endswith(": block_3 forgets sooner.")
    none = replace(found, other=replace(THIS, reach=None, missing="Why."))
    assert forgetting_text(none, document, "GRU") == "Why."
    assert forgetting_text(replace(found, key=""), document, "GRU").startswith("No recurrent block")
    assert parting_text(None, document, 3, comparable=True).endswith("of sequence 3 the two are equal everywhere.")
    assert parting_text(None, document, 3, comparable=False) == ""
    leaving = parting_text(Parting("b4", "output", None, 0.5), document, 3, comparable=True)
    assert leaving == (
        "Sequence 3 first parts in what leaves block_4 (output), by 0.5: up to its last real step everything is equal."
    )
