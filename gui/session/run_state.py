"""What the worker is doing, as a value and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Phase: TypeAlias = Literal["starting", "idle", "running", "failed", "lost"]


@dataclass(frozen=True)
class RunState:
    """The state of the run.

    Attributes:
        text: one sentence for people.
        fraction: of the running work, None where it cannot be known.
        stale: the text of the first edit since the run that is shown; empty: the run belongs to this document.
    """

    phase: Phase = "starting"
    text: str = "Waiting for TensorFlow to load; shapes come in a few seconds."
    fraction: float | None = None
    stale: str = ""
