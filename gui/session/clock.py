"""One clock for all views: which sequence, which step, and which range of steps. All count from 0."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clock:
    """The sequence and step that every view shows."""

    sequence: int = 0
    step: int = 0


@dataclass(frozen=True)
class Span:
    """A range of steps, the first and the last of them included."""

    first: int
    last: int

    @staticmethod
    def between(one: int, other: int) -> Span:
        """From the earlier to the later of two steps.

        >>> Span.between(9, 4)
        Span(first=4, last=9)
        """
        return Span(min(one, other), max(one, other))

    def __contains__(self, step: int) -> bool:
        return self.first <= step <= self.last

    def within(self, steps: int) -> Span | None:
        """The part of it that lies among so many steps; None: no part does.

        >>> Span(4, 9).within(8), Span(4, 9).within(4)
        (Span(first=4, last=7), None)
        """
        first, last = max(self.first, 0), min(self.last, steps - 1)
        return Span(first, last) if first <= last else None

    @property
    def text(self) -> str:
        """`steps 4 to 9`, or `step 4`."""
        return f"step {self.first}" if self.first == self.last else f"steps {self.first} to {self.last}"
