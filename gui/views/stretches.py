"""What the heat map of a long trace of many units is drawn from: all steps, few columns; those in sight, as many again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from engine.graph.values import Json, JsonObject
from engine.protocol.readings import Overview
from engine.protocol.results import Trace
from gui.session.reading import Reading
from gui.session.session import EditorSession

PAUSE_MS = 120
"""So long the steps in sight must stand still before they are asked for."""


class Stretches(QObject):
    """Asks for a signal of the shown trace, where that is too large to be there whole.

    Args:
        signal: the name of the state or gate that is looked at.

    Attributes:
        whole: of all steps; part: of those that were in sight last, in which fewer share a column. None: not there.
    """

    changed = Signal()

    def __init__(self, session: EditorSession, signal: Callable[[], str], parent: QObject) -> None:
        super().__init__(parent)
        self._shown, self._session, self._signal = session.shown, session, signal
        self.whole: Overview | None = None
        self.part: Overview | None = None
        self._sight = (0, 0)
        self._asked: dict[str, Json] | None = None
        self.reading = Reading(session, "overview", self._subject, self)
        self.reading.changed.connect(self._take)
        session.shown.answers_forgotten.connect(self._forget)  # another engine counts its runs from 1 again
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self.reading.ask)

    def _forget(self) -> None:
        self.whole = self.part = self._asked = None

    def look(self, left: float, right: float) -> None:
        """These steps are in sight."""
        self._sight = (max(math.floor(left + 0.5), 0), math.ceil(right + 0.5))
        if self.whole is not None:
            self._soon.start()

    def values_of(self, trace: Trace, name: str) -> tuple[NDArray[np.floating], int]:
        """(columns, units) a signal at all steps, and how many lie in a column; NaN until they are there."""
        if trace.chosen is None:
            return np.asarray(trace.units(name), np.float32), 1
        if self.whole is None or self.whole.values is None:
            return np.full((1, trace.cell.signal(name).count), np.nan, np.float32), len(trace.valid)
        return np.asarray(self.whole.values, np.float32), self.whole.share

    def note(self, trace: Trace) -> str:
        """How many steps lie in a column, or why there is nothing to draw."""
        if trace.chosen is None:
            return ""
        if self.whole is None:
            return f". {self.reading.missing or 'Reading …'}"
        share = (self.part or self.whole).share
        return (
            f", {share} steps a column, the strongest is shown; zoom in for each"
            if share > 1
            else ", each step in sight"
        )

    def _subject(self) -> JsonObject | None:
        """All steps; once they are there, those in sight where that shows more of them."""
        trace = self._shown.trace
        if trace is None or trace.chosen is None or self._signal() not in trace.arrays:
            self.whole = self.part = self._asked = None
            return None
        about = (trace.run, trace.key, trace.sequence, self._signal())
        if self.whole is not None and _about(self.whole) != about:
            self.whole = self.part = None
        steps = None if self.whole is None else self._further(trace, self.whole)
        if self.whole is None or steps is not None:
            span = cast("Json", None if steps is None else list(steps))
            self._asked = {"key": trace.key, "sequence": trace.sequence, "signal": self._signal(), "steps": span}
        return self._asked

    def _further(self, trace: Trace, whole: Overview) -> tuple[int, int] | None:
        """The steps in sight and some beside them, where fewer would share a column than now."""
        first, stop = self._sight[0], min(self._sight[1], len(trace.valid))
        columns = 1 if whole.values is None else len(whole.values)
        share, best = -(-(stop - first) // columns), whole.share
        margin = min(stop - first, share * columns - (stop - first)) // 2
        wanted = max(first - margin, 0), min(stop + margin, len(trace.valid))
        part = self.part
        if part is not None and part.values is not None:
            covered = part.first <= first and stop <= part.first + part.share * len(part.values)
            best = part.share if covered else best
        return wanted if stop > first and share < best else None

    def _take(self) -> None:
        found = cast("Overview | None", self.reading.value)
        if found is not None and self._asked is not None:
            if self._asked["steps"] is None:
                self.whole, self.part = found, None
            else:
                self.part = found
            self.reading.ask()
        self.changed.emit()


def _about(found: Overview) -> tuple[object, ...]:
    return (found.run, found.key, found.sequence, found.signal)
