"""Influence, Attention and State space draw what the worker answers, and ask for what is looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.graph.values import PortRef
from engine.protocol.readings import Apart, AttentionScores, Influence, Occlusion, Place, StateSpace
from engine.protocol.traced import TracedCell, TracedSignal
from gui.session.session import EditorSession
from gui.theme.theme import DARK, ThemeHolder
from gui.views.apart import apart_text
from gui.views.attention import AttentionView, mistakes
from gui.views.influence import InfluenceView, reach_text
from gui.views.plot import LEFT_WIDTH
from gui.views.state_space import StateSpaceView
from tests.session.test_session import FakeWorker
from tests.steps import whole
from tests.views.conftest import STEPS, run_of

OUTPUT = PortRef("b5", "output")
REAL = np.array([True] * 4 + [False] * 2)


@pytest.fixture
def ran(session: EditorSession) -> EditorSession:
    """A run with states and attention scores to look at."""
    signals = tuple(TracedSignal("b3", "", name, ("unit",), (4,)) for name in ("h", "c"))
    run = replace(run_of(session), number=2, traced={"b3": TracedCell("b3", "", "LSTM", signals)}, attended=("b4",))
    session.show_run(run)
    return session


def shown(view: Any, qtbot: QtBot) -> Any:
    """On the screen."""
    qtbot.addWidget(whole(view))
    view.resize(1000, 300)
    view.show()
    qtbot.waitExposed(view)
    return view


def asked(session: EditorSession, verb: str) -> list[Any]:
    """What the worker was asked."""
    worker = session.worker
    assert isinstance(worker, FakeWorker)
    return [body for said, body in worker.asked if said == verb]


def answer(session: EditorSession, verb: str, value: object) -> None:
    """The answer to the last question."""
    session.shown.answered.emit(verb, asked(session, verb)[-1], value)


def drawn(plot: Any, name: str) -> np.ndarray[Any, Any]:
    """The values of the line whose label this is; the curves come before their labels."""
    things = plot._drawn
    names = [thing.toPlainText() for thing in things if hasattr(thing, "toPlainText")]
    assert name in names, names
    curves = [thing for thing in things if type(thing).__name__ == "StepCurve"]
    by_colour = {curve.opts["pen"].color().name(): curve.getData()[1] for curve in curves}
    label = next(thing for thing in things if getattr(thing, "toPlainText", str)() == name)
    return np.asarray(by_colour[label.color.name()])


def test_influence_draws_powers_of_ten_and_says_how_far_back(
    ran: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """Of the model's last output and the strongest unit; padding has no point; the answer's unit is said."""
    view = shown(InfluenceView(ran, themes), qtbot)
    assert asked(ran, "influence") == [
        {"run": 2, "block": "b5", "port": "output", "sequence": 0, "step": None, "unit": None}
    ]
    assert view.sheet.caption.whole() == "Going back through the model …"
    norms = np.array([1e-4, 1e-3, 0.1, 1.0, 0.0, 0.0], np.float32)
    found = Influence(
        2, Place(OUTPUT, 0, None, 1), 0.25, 2, {"b3/h": norms}, {"b1": norms * 2}, {"b3/h": REAL, "b1": REAL}
    )
    answer(ran, "influence", found)
    qtbot.waitUntil(lambda: "looks back" in view.sheet.caption.whole())
    assert view.sheet.caption.whole() == (
        "block_5.output unit 1 = 0.25 · looks back 2 steps: before step 2 the gradient is below 1 % of its strongest"
    )
    np.testing.assert_allclose(drawn(view.states, "h of block_3")[:4], [-4, -3, -1, 0], atol=1e-6)
    assert np.isnan(drawn(view.states, "h of block_3")[4:]).all()
    np.testing.assert_allclose(drawn(view.inputs, "series")[:4], np.log10(norms[:4] * 2), atol=1e-6)
    themes.set_theme(DARK)
    assert not view.grab().isNull()


def test_names_of_lines_are_whole_however_low_the_plot_is(
    ran: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """The highest ends at the top of the plot; its name stands inside."""
    view = shown(InfluenceView(ran, themes), qtbot)
    view.resize(600, 150)
    norms = np.array([1e-4, 1e-3, 0.1, 1.0, 1.0, 1.0], np.float32)
    states = {"b3/h": norms, "b3/c": norms[::-1].copy()}
    answer(ran, "influence", Influence(2, Place(OUTPUT, 0, None, 1), 0.25, 2, states, {"b1": norms}))
    qtbot.waitUntil(lambda: "looks back" in view.sheet.caption.whole())
    qtbot.waitUntil(lambda: all(names_outside(plot) == [] for plot in (view.states, view.inputs)))


def names_outside(plot: Any) -> list[str] | None:
    """The names of lines whose letters leave the inside of their plot; None: there are no names yet."""
    inside = plot.box.sceneBoundingRect().adjusted(-1, -1, 1, 1)
    names = [thing for thing in plot._drawn if hasattr(thing, "toPlainText")]
    air = [name.textItem.document().documentMargin() for name in names]
    letters = [
        name.textItem.sceneBoundingRect().adjusted(0, each, 0, -each) for name, each in zip(names, air, strict=True)
    ]
    outside = [name.toPlainText() for name, part in zip(names, letters, strict=True) if not inside.contains(part)]
    return outside if names else None


def test_steps_are_removed_when_it_is_asked_for_and_of_that_number_alone(
    ran: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """A button; the marks are changes; another sequence removes nothing by itself."""
    view = shown(InfluenceView(ran, themes), qtbot)
    norms = np.ones(STEPS, np.float32)
    answer(ran, "influence", Influence(2, Place(OUTPUT, 0, None, 1), 0.5, 2, {}, {"b1": norms}, {"b1": REAL}))
    assert asked(ran, "occlusion") == []
    QTest.mouseClick(view.remove, Qt.MouseButton.LeftButton)
    place = {"run": 2, "block": "b5", "port": "output", "sequence": 0, "step": None, "unit": 1}
    assert asked(ran, "occlusion") == [{**place, "input": "b1"}]
    without = np.array([0.4, 0.5, 0.6, 1.5, np.nan, np.nan], np.float32)
    answer(ran, "occlusion", Occlusion(2, Place(OUTPUT, 0, None, 1), "b1", 0.5, without))
    qtbot.waitUntil(lambda: "change of the output" in view.inputs_caption.whole())
    found = drawn(view.inputs, "without it")
    np.testing.assert_allclose(found[[0, 2, 3]], [-1, -1, 0], atol=1e-5)
    ran.shown.set_clock(sequence=1)
    assert len(asked(ran, "occlusion")) == 1


def test_another_unit_and_the_clocks_step_are_asked_for(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """By the fields above the plots."""
    view = shown(InfluenceView(ran, themes), qtbot)
    view.unit.setValue(1)
    assert asked(ran, "influence")[-1]["unit"] == 1
    ran.shown.set_clock(step=3)
    assert asked(ran, "influence")[-1]["step"] is None
    view.when.setCurrentIndex(1)
    view.when.activated.emit(1)
    assert asked(ran, "influence")[-1]["step"] == 3
    answer(ran, "influence", "The gradient cannot be computed: why.")
    qtbot.waitUntil(lambda: view.sheet.caption.whole() == "The gradient cannot be computed: why.")


def test_how_far_back_in_words() -> None:
    """To the start; one step; nothing at all; padding does not count."""
    assert reach_text(np.array([1.0, 1.0]), None) == "looks back 2 steps, to the start"
    assert reach_text(np.array([1.0]), None) == "looks back 1 step"
    assert reach_text(np.zeros(3), None) == "no step has an influence"
    before = reach_text(np.array([0.0, 0.0, 1.0, 1.0]), np.array([False, False, True, True]))
    assert before == "looks back 2 steps, to the start"


def test_attention_marks_padding_and_the_weight_that_falls_on_it(
    ran: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """The mean of the heads, or one; a frame and a sentence for the mistake; a click moves the clock."""
    view = shown(AttentionView(ran, themes), qtbot)
    assert asked(ran, "attention") == [{"run": 2, "block": "b4", "sequence": 0}]
    scores = np.zeros((2, STEPS, STEPS), np.float32)
    scores[0, :, 1] = 1.0
    scores[1, :, 2] = 0.75
    scores[1, 3, 5] = 0.25
    answer(ran, "attention", AttentionScores(2, "b4", 0, scores, REAL, REAL))
    qtbot.waitUntil(lambda: view.sheet.is_open)
    assert [view.head.itemText(at) for at in range(3)] == ["mean of all heads", "head 0", "head 1"]
    strongest = scores.mean(axis=0)[3] / scores.mean(axis=0).max() * 252
    np.testing.assert_allclose(view.heat.indices.T[3], strongest, atol=1)
    assert view.alarm.text() == "⚠ step 3 puts 12% of its weight on padding"
    assert view.padding._frames == [(3, 5, 6)]
    assert view.padding._rows == ((4, 6),)
    view.resize(600, 180)
    assert (view.width(), view.height()) == (600, 180)
    ran.shown.set_clock(step=3)
    assert view.lines_caption.whole() == "step 3 looks most at step 1"
    np.testing.assert_allclose(drawn(view.lines, "head 1"), scores[1, 3])
    view.head.setCurrentIndex(1)
    view.head.activated.emit(1)
    qtbot.waitUntil(lambda: not view.alarm.isVisible())
    view.plot.box.pointed.emit(QPointF(1.0, 2.2), Qt.KeyboardModifier.NoModifier)
    assert ran.shown.clock.step == 2


def test_attention_has_tokens_at_its_axes_where_the_engine_knows_them(
    ran: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """Shortened where they are long, a dot at padding; as many as have room; whole where the pointer rests."""
    view = shown(AttentionView(ran, themes), qtbot)
    scores = np.zeros((1, STEPS, STEPS), np.float32)
    scores[0, :, 1] = 1.0
    words = ("the", "internationalisation", "of", "cats", "", "")
    answer(ran, "attention", AttentionScores(2, "b4", 0, scores, REAL, REAL, words, words[::-1]))
    qtbot.waitUntil(lambda: view.sheet.is_open)
    steps = [float(step) for step in range(STEPS)]
    assert view.plot.left.tickStrings(steps, 1.0, 1.0) == ["the", "internati…", "of", "cats", "·", "·"]
    assert view.plot.bottom.tickStrings(steps, 1.0, 1.0)[-1] == "the"
    assert view.lines.bottom.tickStrings([3.0], 1.0, 1.0) == ["of"]
    assert view.plot.left.width() > LEFT_WIDTH
    assert view.plot.left.tickValues(5.5, -0.5, 200.0) == [(1, steps)]
    assert view._row.pen.isCosmetic()
    assert view.plot.bottom.tickValues(-0.5, 5.5, 2000.0) == [(1, steps)]
    assert view.plot.bottom.tickValues(-0.5, 5.5, 260.0) == [(2, steps[::2])]
    assert view.plot.bottom.tickValues(1.5, 5.5, 2000.0) == [(1, steps[2:])]
    assert "query token down" in view.caption.whole()
    assert view.lines_caption.whole() == "step 0 “the” looks most at step 1"
    ran.shown.set_clock(step=1)
    assert view.lines_caption.whole().startswith("step 1 “internationalisation” looks most")
    assert view.tip.told(QPointF(1.2, 0.8)) == "query step 1 “internationalisation”\nvalue step 1\n1"
    assert view.tip.told(QPointF(-3.0, 2.0)) == "query step 2 “of”"
    answer(ran, "attention", AttentionScores(2, "b4", 0, scores, REAL, REAL))
    qtbot.waitUntil(lambda: "query step down" in view.caption.whole())
    qtbot.waitUntil(lambda: view.plot.left.width() == LEFT_WIDTH)
    assert "“" not in view.lines_caption.whole()


def test_only_weight_of_real_steps_on_padding_is_a_mistake() -> None:
    """What padding looks at is nobody's mistake."""
    scores = np.full((2, 2), 0.5)
    real = np.array([True, False])
    assert mistakes(scores, real, real).tolist() == [[False, True], [False, False]]


def test_paths_are_drawn_and_a_click_goes_to_the_nearest_step(
    ran: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """The clock's sequence has its steps, the others are lines; another state, another colour are asked for."""
    view = shown(StateSpaceView(ran, themes), qtbot)
    assert asked(ran, "state_space")[-1] == {"run": 2, "key": "b3", "signal": "h", "colour": None}
    points = np.arange(3 * STEPS * 2, dtype=np.float32).reshape(3, STEPS, 2)
    points[1, 4:] = np.nan
    answer(ran, "state_space", StateSpace(2, "b3", "h", points, (0.75, 0.125)))
    qtbot.waitUntil(lambda: view.sheet.is_open)
    assert "75% and 12% of the variance" in view.sheet.caption.whole()
    view.resize(600, 180)
    assert (view.width(), view.height()) == (600, 180)
    ran.shown.set_clock(sequence=1, step=2)
    np.testing.assert_allclose(view._steps.getData()[0], points[1, :4, 0])
    np.testing.assert_allclose(view._here.getData()[0], [points[1, 2, 0]])
    view.plot.box.pointed.emit(QPointF(*points[2, 3].astype(float)), Qt.KeyboardModifier.NoModifier)
    assert (ran.shown.clock.sequence, ran.shown.clock.step) == (2, 3)
    view.colour.setCurrentIndex(2)
    view.colour.activated.emit(2)
    assert asked(ran, "state_space")[-1]["colour"] == ["b1", 1]
    view.states.setCurrentIndex(1)
    view.states.activated.emit(1)
    assert asked(ran, "state_space")[-1]["signal"] == "c"


@pytest.mark.parametrize(
    ("kind", "words"), [(AttentionView, "no attention block"), (StateSpaceView, "no recurrent block")]
)
def test_a_model_without_says_what_has_some(
    kind: type[QWidget], words: str, session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """One sentence in the place of an empty plot."""
    view = shown(kind(session, themes), qtbot)  # type: ignore[call-arg]
    assert words in view.sheet.sentence.text()


def test_two_labels_are_compared_unit_by_unit(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """Where the sample has labels: the best unit first, its numbers in words; another pair, a click on a unit."""
    view = shown(StateSpaceView(ran, themes), qtbot)
    assert not view.apart.isVisible()
    run, labels = run_of(ran), ("4", "4", "1", "0")
    told = replace(run, number=3, traced=ran.run.traced, inputs={"b1": replace(run.inputs["b1"], labels=labels)})  # type: ignore[union-attr]
    ran.show_run(told)
    assert asked(ran, "apart")[-1] == {"run": 3, "key": "b3", "signal": "h", "labels": ["4", "1"]}
    points = np.arange(4 * STEPS * 2, dtype=np.float32).reshape(4, STEPS, 2)
    answer(ran, "state_space", StateSpace(3, "b3", "h", points, (0.75, 0.125)))
    low, high = np.array([[0, 0.1], [0, -0.5]], np.float32), np.array([[1, 0.3], [1, -0.25]], np.float32)
    found = Apart(3, "b3", "h", ("4", "1", "0"), ("4", "1"), (2, 1), low, high, np.array([1, 0], np.int32), 1)
    answer(ran, "apart", found)
    qtbot.waitUntil(lambda: view.sheet.is_open and view.apart.isVisible())
    said = (
        "Unit 1 tells 4 from 1 best: 0.10 to 0.30 in 2 sequences, -0.50 to -0.25 in 1 sequence. 1 of 2 tell all apart."
    )
    assert view.apart.sentence.whole() == said
    np.testing.assert_allclose(view.apart._bars[1].opts["y0"], [-0.5, 0])
    np.testing.assert_allclose(view._pair[1].getData()[0][:STEPS], points[2, :, 0])
    assert [named.name for named in view.data()] == ["points", "low", "high", "order"]
    view.apart.plot.box.pointed.emit(QPointF(0.1, 0.0), Qt.KeyboardModifier.NoModifier)
    assert ran.shown.unit == 1
    view.apart.second.setCurrentIndex(2)
    view.apart.second.activated.emit(2)
    assert asked(ran, "apart")[-1]["labels"] == ["4", "0"]
    themes.set_theme(DARK)
    assert not view.grab().isNull()
    assert apart_text(replace(found, clear=0)).endswith("None tells them all apart.")
