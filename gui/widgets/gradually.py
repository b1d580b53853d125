"""Long work on the window's thread, a little at a time: no single event may take longer than a frame (16 ms).

Work is a generator. What it does between two `yield`s is one step, done without a break: a step makes or fills about one
plot, a few rows of a form, one module; 8 ms of work at most. Steps that take less share an event; after `yield PAINTED`
the window is painted before the next.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain

from PySide6.QtCore import QObject, QTimer

PAINTED = "painted"
SLICE_S = 0.003
"""After so long the next step waits for the next turn of the event loop."""


class Gradually(QObject):
    """Does one piece of work in steps, between the other events of the window."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Iterator[object] = iter(())
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self.go_on)

    @property
    def is_busy(self) -> bool:
        """There are steps to do."""
        return self._timer.isActive()

    def start(self, work: Iterator[object]) -> None:
        """Does this work from the next turn of the event loop on, in the place of other work."""
        self._work = work
        self._timer.start()

    def add(self, work: Iterator[object]) -> None:
        """Does this work after what is left to do."""
        self.start(chain(self._work, work))

    def go_on(self) -> None:
        """As many steps as one event may take."""
        end = time.perf_counter() + SLICE_S
        work = self._work
        for said in work:
            if said == PAINTED or time.perf_counter() > end or work is not self._work:
                return
        if work is self._work:
            self._timer.stop()

    def drop(self) -> None:
        """Nobody wants what is left."""
        self._work = iter(())
        self._timer.stop()

    def finish(self) -> None:
        """All that is left, now: somebody cannot wait."""
        while self.is_busy:
            work = self._work
            for _ in work:
                if work is not self._work:  # a step has added work, or has put other work in its place
                    break
            if work is self._work:
                self._timer.stop()
