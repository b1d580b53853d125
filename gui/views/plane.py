"""The paths of one run's states in the plane of its own two main directions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPen

from engine.protocol.messages import Array
from gui.session.clock import Clock, Span
from gui.theme.theme import Theme
from gui.views.plot import Plot
from gui.views.run_looks import Side, run_colour, run_dash

FAINT = 60
"""How much of the other sequences' paths is left, of 255."""
OUTSIDE = 70
"""How much of a path is left outside the chosen range of steps, of 255."""
MARGIN = 0.08


class SpanPath:
    """The path of one sequence; outside the chosen range of steps it is faint.

    Attributes:
        curves: the whole path, and over it the part in the range.
    """

    def __init__(self, plot: Plot) -> None:
        self.curves: tuple[Any, Any] = (pg.PlotCurveItem(), pg.PlotCurveItem())
        for curve in self.curves:
            plot.add(curve)

    def show(self, points: NDArray[np.floating], span: Span | None, pen: Any) -> None:
        """Draws a (T, 2) path."""
        inside, outside = inside_of(span, len(points)), QPen(pen)
        if not inside.all():
            colour = outside.color()
            colour.setAlpha(OUTSIDE)
            outside.setColor(colour)
        part = np.where(inside[:, None], points, np.nan)
        for curve, path, drawn in zip(self.curves, (points, part), (outside, pen), strict=True):
            curve.setData(path[:, 0], path[:, 1], pen=drawn, connect="finite")


def inside_of(span: Span | None, steps: int) -> NDArray[np.bool_]:
    """(T,) which steps lie in a range; all of them without one."""
    known = None if span is None else span.within(steps)
    inside = np.full(steps, known is None)
    if known is not None:
        inside[known.first : known.last + 1] = True
    return inside


class Plane(Plot):
    """All paths faintly, the clock's sequence in the run's colour, its step ringed."""

    def __init__(self, theme: Theme, side: Side) -> None:
        super().__init__(theme, name=f"Paths of {side} run")
        self._side: Side = side
        self._points: NDArray[np.floating] | None = None
        self._others: Any = pg.PlotCurveItem()
        self._here: Any = pg.ScatterPlotItem(size=12, brush=None)
        self.add(self._others)
        self.path = SpanPath(self)
        self.add(self._here)

    def show_paths(self, theme: Theme, points: Array | None, clock: Clock, span: Span | None) -> None:
        """Draws (sequences, T, 2) paths, NaN where there is no step."""
        self._points = None if points is None else np.asarray(points, float)
        whole = np.zeros((0, 0, 2)) if self._points is None else self._points
        broken = with_gaps(whole)
        faint = QColor(theme.secondary)
        faint.setAlpha(FAINT)
        self._others.setData(broken[:, 0], broken[:, 1], pen=pg.mkPen(faint, width=1), connect="finite")
        (left, right), (bottom, top) = room_of(broken)
        self.box.setLimits(xMin=left, xMax=right, yMin=bottom, yMax=top)
        self.box.setRange(xRange=(left, right), yRange=(bottom, top), padding=0)
        self.show_step(theme, clock, span)

    @property
    def has_path(self) -> bool:
        """The clock's sequence has a step that is drawn."""
        x = self.path.curves[0].getData()[0]
        return x is not None and bool(np.isfinite(x).any())

    def show_step(self, theme: Theme, clock: Clock, span: Span | None) -> None:
        """Another sequence or step of the paths that are there, or another range of steps."""
        points, sequence, step = self._points, clock.sequence, clock.step
        own = np.zeros((0, 2)) if points is None or sequence >= len(points) else points[sequence]
        pen = pg.mkPen(run_colour(theme, self._side), width=1, style=run_dash(self._side))
        self.path.show(own, span, pen)
        here = own[step : step + 1]
        here = here[np.isfinite(here[:, 0])]
        self._here.setData(here[:, 0], here[:, 1], pen=pg.mkPen(run_colour(theme, self._side), width=1))


def with_gaps(paths: NDArray[np.floating]) -> NDArray[np.floating]:
    """(steps, 2) all paths as one line that is broken between two of them.

    Args:
        paths: (paths, T, 2).
    """
    gap = np.full((len(paths), 1, 2), np.nan)
    return np.concatenate([paths, gap], axis=1).reshape(-1, 2)


def room_of(points: NDArray[np.floating]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The range to the right and the range up that hold (…, 2) points, with a margin."""
    points = points[np.isfinite(points).all(axis=-1)]
    if not len(points):
        return (-1.0, 1.0), (-1.0, 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.maximum((high - low) * MARGIN, 1e-6)
    (left, bottom), (right, top) = (low - room).tolist(), (high + room).tolist()
    return (left, right), (bottom, top)
