"""A line over many steps that costs what its pixels cost, however many steps there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from gui.views.heat import sharing

if TYPE_CHECKING:
    PlotCurveItem = Any  # pyqtgraph says nothing of its types
else:
    PlotCurveItem = pg.PlotCurveItem

MARGIN = 0.02
"""Room for the pen above and below, of the height."""
Floats = NDArray[np.floating]


class StepCurve(PlotCurveItem):
    """Where several steps share a column of pixels, the lowest and the highest of them are drawn: no peak is lost.

    What is out of sight is left out of the path.
    """

    def __init__(self) -> None:
        super().__init__()
        self._levels: dict[int, tuple[Floats, Floats]] = {}
        self._part: tuple[int, int, int] | None = None
        self._bounds: QRectF | None = None

    def setData(self, *args: Any, **kwargs: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """Other values or another pen, as pyqtgraph takes them."""
        self._levels, self._part, self._bounds = {}, None, None
        super().setData(*args, **kwargs)

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """All its values: the same whatever is in sight, so it is found once."""
        if self._bounds is None:
            x, y = self.getData()
            if x is None or not np.isfinite(y).any():
                return QRectF()
            low, high = float(np.fmin.reduce(y)), float(np.fmax.reduce(y))
            margin = max(high - low, abs(high), 1e-9) * MARGIN
            self._bounds = QRectF(float(x[0]) - 1, low - margin, len(x) + 1, high - low + 2 * margin)
        return self._bounds

    def viewTransformChanged(self) -> None:  # noqa: N802 - pyqtgraph's name
        """Another part is in sight, or other steps share a pixel."""
        super().viewTransformChanged()
        self._part = None

    def getPath(self) -> Any:  # noqa: N802 - pyqtgraph's name
        """The path of what is in sight."""
        part = self._in_sight()
        if self.path is None or part != self._part:
            share, first, last = part
            x, y = self._level(share)
            self.path = pg.functions.arrayToQPath(x[first:last], y[first:last], connect="finite")
            self._part = part
        return self.path

    def _in_sight(self) -> tuple[int, int, int]:
        """How many steps share a column, and which points of that level are in sight."""
        x, _ = self.getData()
        box = self.getViewBox()
        if box is None or not len(x):
            return 1, 0, len(x)
        view, share = box.viewRect(), sharing(1 / max(box.viewPixelSize()[0], 1e-9))
        points = 2 / share if share > 1 else 1.0
        first = max(int((view.left() - x[0]) * points) - 4, 0)
        return share, first, max(int((view.right() - x[0]) * points) + 6, 0)

    def _level(self, share: int) -> tuple[Floats, Floats]:
        x, y = self.getData()
        if share == 1:
            return x, y
        if share not in self._levels:
            self._levels[share] = extremes(np.asarray(x, float), np.asarray(y, float), share)
        return self._levels[share]


def extremes(x: Floats, y: Floats, share: int) -> tuple[Floats, Floats]:
    """Of so many neighbours the lowest and the highest, at their middle; NaN where all are.

    >>> extremes(np.arange(4.0), np.array([1.0, 5.0, 2.0, np.nan]), 2)[1]
    array([1., 5., 2., 2.])
    """
    groups = -(-len(y) // share)
    padded = np.full(groups * share, np.nan)
    padded[: len(y)] = y
    rows = padded.reshape(groups, share)
    low, high = np.fmin.reduce(rows, axis=1), np.fmax.reduce(rows, axis=1)
    middle = x[0] + (np.arange(groups) + 0.5) * share - 0.5
    return np.repeat(middle, 2), np.stack([low, high], axis=1).ravel()
