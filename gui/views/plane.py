"""The paths of one run's states in the plane of its own two main directions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from engine.protocol.messages import Array
from gui.theme.theme import Theme
from gui.views.plot import Plot
from gui.views.run_looks import Side, run_colour, run_dash

FAINT = 60
"""How much of the other sequences' paths is left, of 255."""
MARGIN = 0.08


class Plane(Plot):
    """All paths faintly, the clock's sequence in the run's colour, its step ringed."""

    def __init__(self, theme: Theme, side: Side) -> None:
        super().__init__(theme, name=f"Paths of {side} run")
        self._side: Side = side
        self._points: NDArray[np.floating] | None = None
        self._others: Any = pg.PlotCurveItem()
        self.path: Any = pg.PlotCurveItem()
        self._here: Any = pg.ScatterPlotItem(size=12, brush=None)
        for part in (self._others, self.path, self._here):
            self.add(part)

    def show_paths(self, theme: Theme, points: Array | None, sequence: int, step: int) -> None:
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
        self.show_step(theme, sequence, step)

    @property
    def has_path(self) -> bool:
        """The clock's sequence has a step that is drawn."""
        return bool(np.isfinite(self.path.getData()[0]).any()) if self.path.getData()[0] is not None else False

    def show_step(self, theme: Theme, sequence: int, step: int) -> None:
        """Another sequence or step of the paths that are there."""
        points = self._points
        own = np.zeros((0, 2)) if points is None or sequence >= len(points) else points[sequence]
        pen = pg.mkPen(run_colour(theme, self._side), width=1, style=run_dash(self._side))
        self.path.setData(own[:, 0], own[:, 1], pen=pen, connect="finite")
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
