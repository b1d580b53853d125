"""One clock: sequence chooser, steps, first padding, play."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.analysis.values import Diagnostic
from engine.protocol.results import Trace
from gui.session.clock import Span
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from gui.theme.theme import LIGHT, ThemeHolder, apply_theme
from gui.window.clock_bar import ClockBar
from gui.window.sequences import SequenceList
from tests.documents import chain, traced_cell
from tests.session.test_session import FakeWorker
from tests.views.conftest import LAYERS, STEPS, analysis_of, run_of, valid_steps


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A run of four sequences with padding before, after and inside."""
    made = EditorSession()
    made.run_by_itself = False
    made.attach(FakeWorker())
    made._put(chain(LAYERS, 3), None)
    made._set_run_state(RunState("idle", "Ready."))
    made.show_analysis(analysis_of(made), made.revision)
    made.show_run(replace(run_of(made), traced={"b3": traced_cell("b3", 4), "b4": traced_cell("b4", 5)}))
    return made


@pytest.fixture
def clock(session: EditorSession, qtbot: QtBot) -> ClockBar:
    """The clock on the screen."""
    apply_theme(LIGHT)
    made = ClockBar(session, ThemeHolder(LIGHT))
    qtbot.addWidget(made)
    made.show()
    return made


def give_trace(session: EditorSession, valid: Any, real: Any) -> None:
    """States of the shown sequence."""
    shown = session.shown
    flags = np.zeros(STEPS, bool)
    arrays = {"h": np.zeros((STEPS, 4), np.float32)}
    cell = traced_cell(shown.trace_key, 4, "h")
    shown.show_trace(Trace(1, cell, shown.clock.sequence, np.array(valid), np.array(real), flags, arrays))


def test_levels_of_a_stack_and_directions_are_chosen_by_name(clock: ClockBar, session: EditorSession) -> None:
    """Each cell of a block; where the selected block's states are not traced, others can be chosen."""
    keys = ("b3/forward/0", "b3/backward/0", "b4/1")
    told = Diagnostic("trace.none", "info", "run", "b5", "The states are not traced")
    traced = {key: traced_cell(key, 4, kind="GRU") for key in keys}
    session.show_run(replace(run_of(session), traced=traced, diagnostics=(told,)))
    assert [clock._name(key) for key in keys] == [
        "block_3, forward, level 0 (GRU)",
        "block_3, backward, level 0 (GRU)",
        "block_4, level 1 (GRU)",
    ]
    session.select(["b5"])
    clock.refresh()
    assert clock.key.accessibleName() == "Block whose states are shown: choose states"
    assert clock.key.isEnabled()
    session.shown.choose_trace("b4/1")
    give_trace(session, [True] * STEPS, [True] * STEPS)
    assert clock.key.accessibleName() == "Block whose states are shown: block_4, level 1 (GRU)"


def test_it_says_block_sequence_and_step_from_zero(clock: ClockBar, session: EditorSession) -> None:
    """And how many steps are valid: of the sample until states are there, then of the states; less in a narrow window."""
    assert clock.key.accessibleName() == "Block whose states are shown: block_3"
    assert clock.sequence.accessibleName() == "Sequence 0 of 4, 3 of 6 steps valid"
    assert "step <b" in clock.step.text()
    assert clock.step.text().endswith(">0</b>")
    give_trace(session, [True] * 5 + [False], [True] * 4 + [False] * 2)
    assert clock.sequence.accessibleName() == "Sequence 0 of 4, 4 of 6 steps valid"
    clock.set_short(short=True)
    assert clock.sequence.accessibleName() == "Sequence 0 of 4"
    assert clock.sequence.label.text().endswith(" of 4 ▾")


def test_steps_go_back_and_on_and_stay_inside(clock: ClockBar, session: EditorSession) -> None:
    """No step before 0, none after the last."""
    clock.back()
    assert session.shown.clock.step == 0
    for _ in range(STEPS + 2):
        clock.forward()
    assert session.shown.clock.step == STEPS - 1
    clock.first()
    assert session.shown.clock.step == 0
    clock.sequence_forward()
    assert (session.shown.clock.sequence, clock.sequence.accessibleName()) == (1, "Sequence 1 of 4, 5 of 6 steps valid")
    clock.sequence_back()
    clock.sequence_back()
    assert session.shown.clock.sequence == 0


def test_end_is_the_first_padding_then_the_last_step(clock: ClockBar, session: EditorSession) -> None:
    """A hole counts, padding before too; without padding it is the last step at once."""
    found: list[list[int]] = []
    for sequence in range(4):
        session.shown.set_clock(sequence=sequence, step=4)
        clock.end()
        first = session.shown.clock.step
        clock.end()
        found.append([first, session.shown.clock.step])
    assert found == [[3, 5], [2, 5], [0, 5], [0, 5]]
    give_trace(session, [True] * STEPS, [True] * STEPS)
    session.shown.set_clock(step=1)
    clock.end()
    assert session.shown.clock.step == STEPS - 1


def test_play_goes_to_the_end_and_starts_over(clock: ClockBar, session: EditorSession, qtbot: QtBot) -> None:
    """At the chosen speed; pressed again it stops where it is."""
    clock.player.set_speed(200)
    seen: list[int] = []
    session.shown.clock_changed.connect(lambda now: seen.append(now.step))
    session.shown.set_clock(step=2)
    clock.play()
    assert clock.play_button.text() == "pause"
    qtbot.waitUntil(lambda: not clock.player.playing)
    assert seen == [2, 3, 4, 5]
    assert clock.play_button.text() == "play"
    clock.play()
    assert session.shown.clock.step == 0
    clock.play()
    assert not clock.player.playing
    assert session.shown.clock.step == 0
    clock.play()
    session._put(chain(LAYERS, 3), None)
    assert not clock.player.playing  # another document: there is nothing to play


def test_speeds_are_offered(clock: ClockBar) -> None:
    """The chosen one is marked."""
    assert [action.text() for action in clock.speeds.actions() if action.isChecked()] == ["4 steps a second"]
    clock.speeds.actions()[-1].trigger()
    assert clock.player.speed == 16


def test_the_chooser_shows_every_sequence_with_its_length(
    clock: ClockBar, session: EditorSession, qtbot: QtBot
) -> None:
    """The row under the keyboard is shown at once; typing a number finds it; Enter closes."""
    clock.open_sequences()
    chooser = clock.findChild(SequenceList)
    assert chooser is not None
    rows = [chooser.rows.index(row, 0).data() for row in range(chooser.rows.rowCount())]
    assert rows == [f"{row}, {int(count)} of 6 steps valid" for row, count in enumerate(valid_steps().sum(axis=1))]
    qtbot.keyClick(chooser.list, Qt.Key.Key_Down)
    assert session.shown.clock.sequence == 1
    qtbot.keyClicks(chooser.list, "3")
    assert session.shown.clock.sequence == 3
    assert not chooser.grab().isNull()
    qtbot.keyClick(chooser, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: clock.findChild(SequenceList) is None)


def test_labels_stand_beside_their_sequences(clock: ClockBar, session: EditorSession) -> None:
    """At the clock, in few words too, and in the chooser, where a number still finds its row."""
    run = run_of(session)
    session.show_run(replace(run, inputs={"b1": replace(run.inputs["b1"], labels=("7", "7", "8", "0.5"))}))
    session.shown.set_clock(sequence=2)
    assert clock.sequence.accessibleName().startswith("Sequence 2 of 4, label 8")
    clock.set_short(short=True)
    assert clock.sequence.accessibleName() == "Sequence 2, label 8"
    clock.open_sequences()
    chooser = clock.findChild(SequenceList)
    assert chooser is not None
    assert chooser.rows.index(3, 0).data() == "3, label 0.5, 3 of 6 steps valid".replace(
        "3 of", f"{int(valid_steps()[3].sum())} of"
    )
    assert not chooser.grab().isNull()


def test_without_a_run_the_clock_stands(qtbot: QtBot) -> None:
    """Nothing to choose yet."""
    apply_theme(LIGHT)
    clock = ClockBar(EditorSession(), ThemeHolder(LIGHT))
    qtbot.addWidget(clock)
    assert not clock.isEnabled()
    clock.play()
    assert not clock.player.playing


def test_the_range_is_said_and_cleared_by_a_click(clock: ClockBar, session: EditorSession, qtbot: QtBot) -> None:
    """Only where there is one."""
    assert not clock.range.isVisible()
    session.shown.choose_span(Span(2, 4))
    assert clock.range.isVisible()
    assert clock.range.accessibleName() == "Steps 2 to 4 selected"
    clock.set_short(short=True)
    assert ("2–4" in clock.range.label.text(), " of 4" in clock.sequence.label.text()) == (True, False)
    assert clock.sequence.accessibleName() == "Sequence 0 of 4"
    clock.set_short(short=False)
    assert " of 4" in clock.sequence.label.text()
    clock.extend_forward()
    assert session.shown.span == Span(0, 1)
    clock.extend_back()
    assert session.shown.span == Span(0, 0)
    assert clock.range.accessibleName() == "Step 0 selected"
    qtbot.mouseClick(clock.range, Qt.MouseButton.LeftButton)
    assert session.shown.span is None
    assert not clock.range.isVisible()
