"""How long work reports and stops: the two ends of progress and cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

OUT_OF_MEMORY = "There is not enough memory for this: make the batch, the timesteps or the layers smaller."
NO_MEMORY = "run.memory"
"""The code of a block that found no memory when data ran through it."""


class Cancelled(Exception):  # noqa: N818 - a stop that was asked for is no error
    """The work was stopped because somebody asked for it."""


def _silent(fraction: float | None, text: str) -> None:
    return None


def _unheard(call: str) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Work:
    """Handed to everything that may take long.

    Attributes:
        progress: called with a fraction from 0 to 1 (None: unknown) and a few words.
        cancelled: True once a stop was asked for.
        asking: told what Keras is about to be asked, before it is.
    """

    progress: Callable[[float | None, str], None] = _silent
    cancelled: Callable[[], bool] = _never
    asking: Callable[[str], None] = _unheard

    def part(self, start: float, share: float) -> Work:
        """A part of the work: what it reports from 0 to 1 is told from `start` on, as a `share` of the whole.

        >>> Work(lambda fraction, text: print(fraction)).part(0.5, 0.5).progress(0.5, "")
        0.75
        """

        def told(fraction: float | None, text: str) -> None:
            self.progress(None if fraction is None else start + share * fraction, text)

        return Work(told, self.cancelled, self.asking)

    def check(self) -> None:
        """Call it between steps.

        Raises:
            Cancelled: a stop was asked for.
        """
        if self.cancelled():
            raise Cancelled
