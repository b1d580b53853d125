"""What the worker is doing, as a value and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from engine.protocol.results import RunResult

Phase: TypeAlias = Literal["starting", "idle", "running", "failed", "lost"]


class RunState(NamedTuple):
    """The state of the run.

    Attributes:
        text: one sentence for people.
        fraction: of the running work, None where it cannot be known.
        after: of a lost engine, what ended it, which is said on once it is back; empty: nothing that would do so again.
        stale: the text of the first edit since the run that is shown; empty: the run belongs to this document.
    """

    phase: Phase = "starting"
    text: str = "Waiting for TensorFlow to load; shapes come in a few seconds."
    fraction: float | None = None
    stale: str = ""
    after: str = ""


def run_sentence(run: RunResult) -> str:
    """What a run took, where and in which mode."""
    if run.ms is None:
        return "The run stopped."
    return f"Last run {run.ms:.0f} ms on {run.device.upper()}{' in training mode' if run.training else ''}."
