"""The range of steps in plots that count real steps alone: those of the shown sequence lie where the clock counts others."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from gui.session.clock import Span
from gui.session.session import EditorSession
from gui.session.steps import real_steps
from gui.views.plot import Plot

Count: TypeAlias = Literal["time", "read", "back"]


class RealSteps(QObject):
    """Ties a plot to the range of all views.

    Args:
        count: how the plot counts real steps: in the order of time, as the layer reads them, or back from the last it reads.
    """

    def __init__(self, session: EditorSession, count: Count, plot: Plot, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._plot = session, plot
        self._count: Count = count
        plot.box.brushed.connect(self._brushed)
        shown = session.shown
        for signal in (shown.span_changed, shown.clock_changed, shown.trace_changed, session.run_changed):
            signal.connect(self._show)
        self._show()

    def _places(self) -> NDArray[np.intp]:
        """(real steps,) the step of the clock at each place of the plot."""
        real, trace = real_steps(self._session), self._session.shown.trace
        steps = np.flatnonzero(real) if real is not None else np.arange(0)
        backwards = trace is not None and trace.backwards
        return steps if self._count == "time" or backwards == (self._count == "back") else steps[::-1]

    def _show(self, _: object = None) -> None:
        self._plot.show_span(places_of(self._session.shown.span, self._places()))

    def _brushed(self, span: Span | None) -> None:
        self._session.shown.choose_span(steps_of(span, self._places()))


def places_of(span: Span | None, steps: NDArray[np.intp]) -> Span | None:
    """Where a range of the clock's steps lies in a plot, from the first to the last of its steps that the plot has.

    >>> places_of(Span(1, 4), np.array([5, 4, 2, 0])), places_of(Span(7, 9), np.array([0, 1]))
    (Span(first=1, last=2), None)
    """
    if span is None:
        return None
    at = np.flatnonzero((steps >= span.first) & (steps <= span.last))
    return Span(int(at[0]), int(at[-1])) if len(at) else None


def steps_of(span: Span | None, steps: NDArray[np.intp]) -> Span | None:
    """The clock's steps from one end to the other of a range of places.

    >>> steps_of(Span(1, 9), np.array([5, 4, 2, 0]))
    Span(first=0, last=4)
    """
    known = span.within(len(steps)) if span is not None else None
    return None if known is None else Span.between(int(steps[known.first]), int(steps[known.last]))
