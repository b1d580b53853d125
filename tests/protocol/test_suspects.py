"""Which call a worker was in when it went silent or died, without a clock and without a process."""

from __future__ import annotations

from engine.graph.values import JsonObject
from engine.protocol.messages import Event
from engine.protocol.suspects import Suspects

BODY: JsonObject = {"document": {}, "probe": True}


def asking(call: str) -> Event:
    """A heartbeat out of a call."""
    return Event("heartbeat", {"asking": call} if call else {})


def test_a_call_that_lasts_too_long_is_refused_from_then_on() -> None:
    """Only while the worker is in it without a pause."""
    suspects = Suspects(hang_s=10)
    suspects.heard(asking("a"), 0)
    suspects.heard(asking("b"), 9)
    suspects.heard(asking("b"), 15)
    assert not suspects.hangs(19)
    assert suspects.hangs(19.5)
    assert not suspects.hangs(40)
    assert suspects.told(BODY) == {**BODY, "refused": ["b"], "careful": False}


def test_a_worker_between_calls_never_hangs() -> None:
    """Nothing is refused, and a request is sent as it is."""
    suspects = Suspects(hang_s=10)
    suspects.heard(asking("a"), 0)
    suspects.heard(asking(""), 5)
    assert not suspects.hangs(1000)
    assert suspects.told(BODY) is BODY


def test_after_a_death_the_next_worker_names_each_call_and_the_last_named_is_refused() -> None:
    """Twice is enough; a third death that names nothing teaches nothing."""
    suspects = Suspects()
    assert suspects.died()
    assert suspects.told(BODY)["careful"] is True
    assert "careful" not in suspects.told({"run": 3})
    suspects.heard(Event("asking", {"asking": "deadly"}), 1)
    assert suspects.died()
    assert suspects.told(BODY)["refused"] == ["deadly"]
    assert not suspects.died()
    suspects.answered()
    assert suspects.told(BODY)["careful"] is False
