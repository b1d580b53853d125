"""Work in steps between the other events: as many at a time as an event may take, in order, or all at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from gui.widgets import gradually as module
from gui.widgets.gradually import PAINTED, SLICE_S, Gradually


class Clock:
    """A clock that only steps move, so that no machine is too slow for a test."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        """The time by this clock."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """In the place of the machine's."""
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def owner(qtbot: QtBot) -> QObject:
    """What the work belongs to."""
    return QObject()


def steps(done: list[str], clock: Clock, *names: str, each: float = 0.0, said: object = None) -> Iterator[object]:
    """Steps of so many seconds each."""
    for name in names:
        clock.now += each
        done.append(name)
        yield said


def test_short_steps_share_an_event_and_a_long_one_ends_it(owner: QObject, clock: Clock) -> None:
    """Nothing is done before the next turn; what takes longer than a slice has an event of its own."""
    done: list[str] = []
    work = Gradually(owner)
    work.start(steps(done, clock, "a", "b", "c", "d", each=SLICE_S * 0.6))
    assert not done
    assert work.is_busy
    work.go_on()
    assert done == ["a", "b"]
    work.go_on()
    assert done == ["a", "b", "c", "d"]
    work.go_on()
    assert not work.is_busy
    work.start(steps(done, clock, "e", "f", each=SLICE_S * 5))
    work.go_on()
    assert done[4:] == ["e"]


def test_the_window_is_painted_where_a_step_asks_for_it(owner: QObject, clock: Clock) -> None:
    """However short the step was."""
    done: list[str] = []
    work = Gradually(owner)
    work.start(steps(done, clock, "a", "b", said=PAINTED))
    work.go_on()
    assert done == ["a"]


def test_other_events_come_between_the_steps(owner: QObject, clock: Clock, qtbot: QtBot) -> None:
    """A timer of somebody else is heard before the work is done."""
    done: list[str] = []
    work = Gradually(owner)
    QTimer.singleShot(0, owner, lambda: done.append("other"))
    work.start(steps(done, clock, *map(str, range(50)), each=SLICE_S * 2))
    qtbot.waitUntil(lambda: not work.is_busy)
    assert done.index("other") < 50
    assert [name for name in done if name != "other"] == [*map(str, range(50))]


def test_all_that_is_left_is_done_at_once_where_somebody_cannot_wait(owner: QObject, clock: Clock) -> None:
    """Also what a step adds; afterwards nothing is left."""
    done: list[str] = []
    work = Gradually(owner)

    def adding() -> Iterator[object]:
        done.append("first")
        work.add(steps(done, clock, "added", each=1.0))
        yield
        done.append("second")

    work.start(adding())
    work.add(steps(done, clock, "third", each=1.0))
    work.finish()
    assert done == ["first", "second", "third", "added"]
    assert not work.is_busy
    work.finish()
    assert len(done) == 4


def test_other_work_takes_the_place_of_work_and_dropped_work_stays_undone(owner: QObject, clock: Clock) -> None:
    """Even when a step of the old work asks for it: its next step is not done."""
    done: list[str] = []
    work = Gradually(owner)

    def replaced() -> Iterator[object]:
        work.start(steps(done, clock, "new"))
        yield
        done.append("old")

    work.start(replaced())
    work.finish()
    assert done == ["new"]
    work.start(steps(done, clock, "a", "b", each=1.0))
    work.go_on()
    work.drop()
    assert not work.is_busy
    work.finish()
    work.go_on()
    assert done == ["new", "a"]
