"""One clock for all views: which sequence, which step. Both count from 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """The sequence and step that every view shows."""

    sequence: int = 0
    step: int = 0
