"""Medians with bands over steps, one of each run: what many sequences have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from engine.protocol.messages import Array
from gui.theme.theme import Theme
from gui.views.finite import reach
from gui.views.plot import Plot
from gui.views.run_looks import SIDES, Side, run_colour, run_dash
from gui.views.step_lines import logarithms

BAND_ALPHA = 48
"""How much of a band's colour is seen, of 255."""
LOWEST = 1e-4
"""What a logarithmic plot ends at."""
AIR = 1.12


class BandLines(Plot):
    """The 10-90 % band and the median of up to two runs.

    Attributes:
        has_numbers: there is something to see.
    """

    def __init__(self, theme: Theme, *, name: str) -> None:
        super().__init__(theme, name=name)
        self.has_numbers = False
        self.curves: dict[Side, Any] = {}
        self.bands: dict[Side, Any] = {}
        self._edges: dict[Side, tuple[Any, Any]] = {}
        for side in SIDES:
            low, high = pg.PlotCurveItem(pen=None), pg.PlotCurveItem(pen=None)
            self.bands[side] = pg.FillBetweenItem(low, high)
            self._edges[side] = (low, high)
            self.curves[side] = pg.PlotCurveItem()
        self.box.setMouseEnabled(x=True, y=False)
        for things in (self.bands, self.curves):
            for thing in things.values():
                self.add(thing)

    def show_bands(self, theme: Theme, found: Mapping[Side, Array], *, logarithmic: bool) -> None:
        """Draws (3, steps) low, median and high of each run that has some.

        Args:
            logarithmic: values are shares up to 1, and each tick is a power of ten.
        """
        axis: Any = self.left
        axis.setLogMode(y=logarithmic)
        steps, top = 1, 0.0
        self.has_numbers = any(bool(np.isfinite(np.asarray(values, float)).any()) for values in found.values())
        for side in SIDES:
            values = np.asarray(found.get(side, np.zeros((3, 0))), float)
            steps = max(steps, values.shape[1])
            top = max(top, reach(values))
            drawn = logarithms(values, LOWEST) if logarithmic else values
            self._draw(theme, side, cast("NDArray[np.floating]", drawn))
        low, high = (float(np.log10(LOWEST)), 0.15) if logarithmic else (0.0, top * AIR or 1.0)
        self.show_range(steps, low, high)

    def _draw(self, theme: Theme, side: Side, values: NDArray[np.floating]) -> None:
        colour = QColor(run_colour(theme, side))
        at, known = np.arange(values.shape[1]), np.isfinite(values).all(axis=0)
        for edge, row in zip(self._edges[side], (values[0], values[2]), strict=True):
            edge.setData(at[known], row[known])
        pen = pg.mkPen(colour, width=1, style=run_dash(side))
        self.curves[side].setData(at[known], values[1][known], pen=pen)
        colour.setAlpha(BAND_ALPHA)
        self.bands[side].setBrush(pg.mkBrush(colour))
