"""NaN, saturated and dead are marked at their blocks while the run is of the document as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis, Diagnostic
from engine.document.edits import SetArgument
from engine.graph.values import PortRef
from engine.protocol.port_facts import NonFinite, PortFacts
from engine.protocol.results import PortResult, RunResult, SampleResult
from gui.canvas.canvas import Canvas
from gui.canvas.hit import Hit
from gui.canvas.menus import context_menu
from gui.canvas.tips import tip_at
from gui.canvas.view import View
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, Theme, ThemeHolder
from tests.documents import chain
from tests.session.test_session import FakeWorker

WELL = PortFacts(4, 120, 8)
ARISES = NonFinite(12, 3, 0, 2, 5)


def broken(facts: NonFinite) -> PortFacts:
    """Facts with NaN."""
    return replace(WELL, non_finite=facts)


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def canvas(qtbot: QtBot, request: pytest.FixtureRequest) -> Canvas:
    """Four blocks in a row."""
    session = EditorSession()
    session.run_by_itself = False
    session.attach(FakeWorker())
    layers = [("Dense", {"units": 8}), ("LSTM", {"units": 8}), ("Dense", {"units": 1})]
    layout = {f"b{at}": (40.0 + 240 * (at - 1), 60.0) for at in range(1, 5)}
    session._put(replace(chain(layers, 3), layout=layout), None)
    session._set_run_state(RunState("idle", "Ready."))
    theme: Theme = request.param
    made = Canvas(session, ThemeHolder(theme))
    qtbot.addWidget(made)
    made.resize(1100, 300)
    with qtbot.waitExposed(made):
        made.show()
    made.grab()
    made.set_view(View(1.0, 0.0, 0.0))
    return made


def ran(canvas: Canvas, **facts: PortFacts) -> RunResult:
    """A run with these facts of the blocks' outputs."""
    ports = {PortRef(f"b{at}", "output"): PortResult((4, 30, 8), "float32", facts=WELL) for at in range(1, 5)}
    ports |= {PortRef(block, "output"): PortResult((4, 30, 8), "float32", facts=one) for block, one in facts.items()}
    inputs = {"b1": SampleResult((4, 30, 3), "float32", None)}
    run = RunResult(1, canvas.session.revision, "cpu", 5.0, 7, inputs, ports)
    canvas.session.show_run(run)
    return run


def middle(canvas: Canvas, block: str) -> QPoint:
    """Of a block's mark, in the widget."""
    left, top, width, height = canvas.scene.reserved.marks[block]
    return canvas.view.to_screen(left + width / 2, top + height / 2).toPoint()


def colour(canvas: Canvas, block: str) -> str:
    """At the left end of a block's mark, where no letter stands."""
    left, top, _, height = canvas.scene.reserved.marks[block]
    place = canvas.view.to_screen(left + 5, top + height / 2).toPoint()
    image = canvas.grab().toImage()
    return image.pixelColor(place * image.devicePixelRatio()).name()


def test_where_all_is_well_nothing_is_marked(canvas: Canvas) -> None:
    """At rest the canvas is as calm as before."""
    ran(canvas)
    assert not canvas.scene.reserved.marks


def test_nan_is_marked_where_it_arises_and_lighter_where_it_goes(canvas: Canvas) -> None:
    """Filled with the colour of an error, then in outline; the words say it too."""
    ran(canvas, b2=broken(ARISES), b3=broken(replace(ARISES, infinite=0, arises=False)))
    told = canvas.scene.reserved.told
    assert {block: (mark.text, mark.strength) for block, mark in told.items()} == {
        "b2": ("NaN, inf", "cause"),
        "b3": ("NaN", "passed"),
    }
    assert colour(canvas, "b2") == canvas.theme.error
    assert colour(canvas, "b3") == canvas.theme.block
    assert tip_at(canvas, QPointF(middle(canvas, "b2"))).splitlines() == [
        "output: 12 NaN, 3 inf, first in sequence 2, step 5",
        "They arise here: nothing that it was given holds any. A click shows them in Values.",
    ]
    assert "They came from above." in tip_at(canvas, QPointF(middle(canvas, "b3")))
    canvas.session.select(["b2"])
    assert "block_2 (NaN, inf) selected" in canvas.accessibleName()


def test_a_click_on_the_mark_goes_to_the_first_nan(canvas: Canvas, qtbot: QtBot) -> None:
    """Port, sequence and step; from the block's menu too."""
    ran(canvas, b3=broken(ARISES))
    shown = canvas.session.shown
    with qtbot.waitSignal(shown.values_wanted):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle(canvas, "b3"))
    assert canvas.session.selection.block == "b3"
    assert shown.values_port == PortRef("b3", "output")
    assert (shown.clock.sequence, shown.clock.step) == (2, 5)
    shown.set_clock(sequence=0, step=0)
    menu = context_menu(canvas, Hit(block="b3"), QPointF())
    action = next(action for action in menu.actions() if action.text() == "Show in Values: NaN, inf")
    with qtbot.waitSignal(shown.values_wanted):
        action.trigger()
    assert (shown.clock.sequence, shown.clock.step) == (2, 5)


def test_the_marks_go_with_the_run(canvas: Canvas) -> None:
    """An edit makes the run one of another document."""
    ran(canvas, b2=broken(ARISES))
    assert canvas.scene.reserved.marks
    canvas.session.push(SetArgument("b2", "units", 9), "units")
    assert not canvas.scene.reserved.marks
    ran(canvas)
    assert not canvas.scene.reserved.marks


def test_nan_in_padding_alone_is_no_error_unless_real_steps_take_it(canvas: Canvas) -> None:
    """Quiet; but the cause where a block below makes it everybody's."""
    padded = NonFinite(0, 0, 4, 1, 20)
    ran(canvas, b2=broken(padded), b3=broken(replace(padded, arises=False)))
    told = canvas.scene.reserved.told
    assert {block: (mark.text, mark.strength) for block, mark in told.items()} == {
        "b2": ("NaN or inf in padding", "quiet")
    }
    assert "4 NaN or inf at padded steps, first in sequence 1, step 20\nNo real step has any." in told["b2"].tip
    assert colour(canvas, "b2") == canvas.theme.block
    ran(canvas, b2=broken(padded), b3=broken(replace(ARISES, arises=False)))
    assert canvas.scene.reserved.told["b2"].strength == "cause"
    assert canvas.scene.reserved.told["b3"].strength == "passed"


def test_saturated_and_dead_are_said_quietly_and_only_where_they_are_strong(canvas: Canvas) -> None:
    """Not of an answer, which may be sure, nor of few steps, nor of what is no ReLU."""
    tanh = replace(WELL, low=-1.0, high=1.0, saturated=0.72)
    relu = replace(WELL, rectified=True, num_dead=3, dead=(0, 3, 7))
    ran(canvas, b2=tanh, b3=relu, b4=tanh)
    told = canvas.scene.reserved.told
    assert {block: (mark.text, mark.strength) for block, mark in told.items()} == {
        "b2": ("72% saturated", "quiet"),
        "b3": ("3 of 8 dead", "quiet"),
    }
    assert "units 0, 3, 7 are 0 at every step, over 120 steps of 4 sequences" in told["b3"].tip
    assert "72% of the values are within 0.05 of -1 or 1" in told["b2"].tip
    assert colour(canvas, "b3") == canvas.theme.block
    ran(canvas, b2=replace(tanh, saturated=0.4), b3=replace(relu, rectified=False), b4=relu)
    assert not canvas.scene.reserved.told
    ran(canvas, b2=replace(tanh, steps=99), b3=replace(relu, num_dead=1, units=16))
    assert not canvas.scene.reserved.told


def test_a_mark_covers_neither_the_tag_nor_labels(canvas: Canvas) -> None:
    """A block that causes an error has both, one above the other."""
    bad = Diagnostic("shape.ndim", "error", "connect", "b3", "wrong", "why", cause="b2")
    canvas.session.analysis = Analysis(complete=True, diagnostics=(bad,))
    canvas.session.analysis_changed.emit(canvas.session.analysis)
    ran(canvas, b2=broken(ARISES))
    canvas.session.analysis = Analysis(complete=True, diagnostics=(bad,))
    canvas.session.analysis_changed.emit(canvas.session.analysis)
    reserved = canvas.scene.reserved
    (_, tag_top, _, _), (_, top, _, height) = reserved.tags["b2"], reserved.marks["b2"]
    assert top + height < tag_top
    assert set(reserved.marks.values()) < set(reserved.boxes)
    assert canvas.scene.bounds[1] <= top


def test_from_afar_the_cause_is_red(canvas: Canvas) -> None:
    """Where no word can be read."""
    ran(canvas, b2=broken(ARISES))
    canvas.set_view(View(0.25, 0.0, 0.0))
    image = canvas.grab().toImage()
    place = canvas.block_rect("b2").center() * image.devicePixelRatio()
    assert image.pixelColor(place).name() == canvas.theme.error
