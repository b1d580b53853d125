"""The range of steps: its own rules, who keeps and who clears it, and what plays in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.graph.values import PortRef
from engine.protocol.results import PortResult, RunResult, SampleResult, Trace
from gui.session.clock import Span
from gui.session.player import Player
from gui.session.session import EditorSession
from tests.documents import chain, traced_cell
from tests.session.test_session import FakeWorker
from tests.views.conftest import LAYERS, run_of

STEPS = 8
numbers = st.integers(-5, 30)


@given(numbers, numbers, st.integers(0, 20))
def test_a_range_is_the_steps_from_one_to_another(one: int, other: int, steps: int) -> None:
    """In either direction; the part of it among some steps has exactly the steps that both have."""
    span = Span.between(one, other)
    assert span == Span.between(other, one)
    assert span.first <= span.last
    both = [step for step in range(steps) if step in span]
    part = span.within(steps)
    assert both == ([] if part is None else list(range(part.first, part.last + 1)))
    assert [step for step in range(steps) if part is not None and step in part] == both


@pytest.fixture
def session(qtbot: object) -> EditorSession:
    """A run of eight steps, without states."""
    made = EditorSession()
    made.run_by_itself = False
    made.attach(FakeWorker())
    made._put(chain(LAYERS, 3), None)
    made.show_run(run_with(made, STEPS))
    return made


def run_with(session: EditorSession, steps: int, **parts: Any) -> RunResult:
    """A run of two sequences of so many steps."""
    valid = np.ones((2, steps), bool)
    return replace(run_of(session), inputs={"b1": SampleResult((2, steps, 3), "float32", valid)}, **parts)


def states(session: EditorSession, steps: int) -> Trace:
    """The states of the shown sequence."""
    flags = np.ones(steps, bool)
    arrays = {"h": np.zeros((steps, 4), np.float32)}
    return Trace(1, traced_cell("b3", 4, "h"), session.shown.clock.sequence, flags, flags, flags, arrays)


def test_it_is_said_once_and_ends_where_the_steps_end(session: EditorSession) -> None:
    """What was drawn over beyond the plot is left out; the same again is no change; moving the clock keeps it."""
    said: list[Span | None] = []
    session.shown.span_changed.connect(said.append)
    session.shown.choose_span(Span(5, 99))
    session.shown.choose_span(Span(5, 7))
    session.shown.set_clock(step=1)
    assert session.shown.span == Span(5, 7)
    session.shown.choose_span(None)
    session.shown.choose_span(Span(9, 12))
    assert said == [Span(5, 7), None]
    assert (Span(5, 7).text, Span(3, 3).text) == ("steps 5 to 7", "step 3")


def test_keys_move_the_end_at_which_the_clock_stands(session: EditorSession) -> None:
    """Past its other end too; from elsewhere a new range begins; it stops where the steps end."""
    shown = session.shown
    shown.set_clock(step=4)
    for steps, wanted in ((1, (4, 5)), (1, (4, 6)), (-1, (4, 5)), (-1, (4, 4)), (-1, (3, 4))):
        shown.extend_span(steps)
        assert shown.span == Span(*wanted)
        assert shown.clock.step in wanted
    shown.set_clock(step=6)
    for _ in range(3):
        shown.extend_span(1)
    assert (shown.span, shown.clock.step) == (Span(6, 7), 7)


def test_it_goes_with_its_document_and_with_its_steps(session: EditorSession) -> None:
    """Runs of as many steps keep it, and states of more; of fewer it keeps what is left; another document ends it."""
    shown = session.shown
    shown.choose_span(Span(2, 6))
    session.show_run(run_with(session, STEPS))
    assert shown.span == Span(2, 6)
    session.show_run(run_with(session, 6))
    assert shown.span == Span(2, 5)
    session.show_run(run_with(session, 2))
    assert shown.span is None
    traced = run_with(session, 3, traced={"b3": traced_cell("b3", 4, "h")})
    session.show_run(traced)
    shown.show_trace(states(session, STEPS))
    shown.choose_span(Span(2, 6))
    session.show_run(traced)
    assert shown.span == Span(2, 6), "a repeated vector has more steps than the input: its states say how many"
    shown.show_trace(states(session, 5))
    assert shown.span == Span(2, 4)
    shown.choose_span(Span(1, 3))
    session._put(chain(LAYERS, 3), None)
    assert shown.span is None


def test_a_look_at_a_step_goes_there_whatever_trace_is_shown(session: EditorSession) -> None:
    """A port may have more steps than the states that are shown."""
    port = PortRef("b1", "output")
    run = run_with(
        session, 30, traced={"b3": traced_cell("b3", 4, "h")}, ports={port: PortResult((2, 30, 3), "float32")}
    )
    session.show_run(run)
    session.shown.show_trace(states(session, STEPS))
    session.shown.look_at(port, 1, 25)
    assert (session.shown.clock.sequence, session.shown.clock.step) == (1, 25)


def test_alt_and_full_stop_without_a_run_selects_nothing(session: EditorSession) -> None:
    """There are no steps to select."""
    session._put(chain(LAYERS, 3), None)
    session.shown.extend_span(1)
    assert session.shown.span is None


def test_play_goes_round_in_the_range(session: EditorSession) -> None:
    """From its start where the clock is outside; a single step is no range to play; without one it stops at the end."""
    shown, player = session.shown, Player(session)
    shown.choose_span(Span(2, 4))
    shown.set_clock(step=7)
    player.toggle()
    steps = [shown.clock.step]
    for _ in range(4):
        player._next()
        steps.append(shown.clock.step)
    assert steps == [2, 3, 4, 2, 3]
    assert player.playing
    shown.set_clock(step=6)
    player._next()
    assert shown.clock.step == 2
    shown.choose_span(Span(5, 5))
    shown.set_clock(step=6)
    player._next()
    assert (shown.clock.step, player.playing) == (7, False)
