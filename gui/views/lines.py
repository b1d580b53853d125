"""Chosen units as lines over time: h solid, c dashed (of a custom cell its first two states), padding hatched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from engine.protocol.results import Trace
from gui.theme.measures import ui_font
from gui.theme.theme import Theme
from gui.views.finite import reach
from gui.views.hatching import PaddingArea, runs
from gui.views.plot import Plot
from gui.views.step_curve import StepCurve
from gui.widgets.numbers import short

LABEL_ROWS = 8
"""How many labels fit above one another in a plot of usual height."""
MARKED_STEPS = 40
"""Up to so many steps each has a marker."""
DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)
HELD, READ = "padding: state held", "padding: read like data"


class UnitLines(Plot):
    """States of a few units; pens are one pixel wide (wider ones cost ten times the time)."""

    def __init__(self, theme: Theme, name: str = "States of the chosen units over time") -> None:
        super().__init__(theme, name=name)
        self._padding = PaddingArea(theme)
        self._markers: Any = pg.ScatterPlotItem(size=4, pen=None)
        self.add(self._padding)
        self.add(self._markers)
        self._curves: list[Any] = []
        self._labels: list[Any] = []
        self.box.setMouseEnabled(x=True, y=False)

    def set_theme(self, theme: Theme) -> None:
        """Recolours axes and hatching; the lines come with the next `show_units`."""
        super().set_theme(theme)
        self._padding.set_colours(theme)

    def _keep(self, things: list[Any], count: int, make: Callable[[], Any]) -> None:
        """What is there takes other values: each thing costs time to make."""
        for thing in things[count:]:
            self.take_away(thing)
        del things[count:]
        while len(things) < count:
            things.append(make())
            self.add(things[-1])

    def set_faint(self, opacity: float) -> None:
        """How much is left of the lines of an old run."""
        for thing in (*self._curves, self._markers, *self._labels):
            thing.setOpacity(opacity)

    def show_units(
        self, trace: Trace, units: Sequence[int], colours: Mapping[int, str], top: float | None = None
    ) -> None:
        """Draws the units of a trace, from -top to top, None: as far as they reach."""
        steps = len(trace.valid)
        padding = runs(~trace.valid | ~trace.real)
        widest = max(padding, key=lambda part: part[1] - part[0], default=(0, 0))[0]
        self._padding.set_ranges(padding, self.padding_words(read=bool(trace.valid[widest])))
        wanted = [
            (trace.of_unit(name, unit), dash, unit)
            for name, dash in zip(drawn_states(trace), DASHES, strict=False)
            for unit in units
            if unit < trace.cell.signal(name).count
        ]
        self._keep(self._curves, len(wanted), StepCurve)
        for curve, (values, dash, unit) in zip(self._curves, wanted, strict=True):
            pen = pg.mkPen(colours[unit], width=1, style=dash)
            curve.setData(np.arange(steps), values, pen=pen, connect="finite")
        main = trace.cell.main
        marked = [unit for unit in units if unit < main.count]
        places = [trace.place(unit) for unit in marked]
        self._mark(trace.units(main.name)[:, places], [colours[unit] for unit in marked])
        top = reach_of(trace, units) if top is None else top
        self._add_labels(trace, units, colours, top)
        self.show_range(steps, -top, top)

    def padding_words(self, *, read: bool) -> str:
        """What happens at padding, as it is written there."""
        return READ if read else HELD

    def _mark(self, values: np.ndarray, colours: Sequence[str]) -> None:
        """A marker at each step of few.

        Args:
            values: (T, units).
        """
        steps, units = values.shape
        if steps > MARKED_STEPS:
            self._markers.clear()
            return
        brushes = [pg.mkBrush(colour) for colour in colours for _ in range(steps)]
        numbers = values.T.ravel()
        known = np.flatnonzero(np.isfinite(numbers))
        places = np.tile(np.arange(steps), units)[known]
        self._markers.setData(places, numbers[known], brush=[brushes[place] for place in known])

    def _add_labels(self, trace: Trace, units: Sequence[int], colours: Mapping[int, str], top: float) -> None:
        """`h 26` above the end of each solid line, pushed apart where two ends meet; `h 26: NaN` where it ends in none."""
        main = trace.cell.main
        ends: list[tuple[float, int, str]] = []
        for unit in (unit for unit in units if unit < main.count):
            values = np.asarray(trace.of_unit(main.name, unit), float)
            known = values[np.isfinite(values)]
            ends.append((float(known[-1]) if len(known) else 0.0, unit, odd_end(trace, unit)))
        ends.sort()
        gap, last = 2 * top / LABEL_ROWS, -2 * top
        self._keep(self._labels, len(ends), _label)
        for label, (value, unit, odd) in zip(self._labels, ends, strict=True):
            last = max(value, last + gap)
            label.setText(f"{main.name} {unit}{odd}", color=colours[unit])
            label.setPos(len(trace.valid) - 0.5, last)


def odd_end(trace: Trace, unit: int) -> str:
    """`: NaN` where the state of a unit ends in no number; else empty."""
    main = trace.cell.main
    values = np.asarray(trace.of_unit(main.name, unit), float) if unit < main.count else np.zeros(0)
    end = values[np.asarray(trace.valid, bool)][-1:] if len(values) else values
    return "" if np.isfinite(end).all() else f": {short(float(end[0]))}"


def reach_of(trace: Trace, units: Sequence[int]) -> float:
    """How far the lines of these units go from 0, with some air."""
    drawn = [
        reach(np.asarray(trace.of_unit(name, unit), float))
        for name in drawn_states(trace)
        for unit in units
        if unit < trace.cell.signal(name).count
    ]
    return max(max(drawn, default=0.0) * 1.15, 1e-6)


def drawn_states(trace: Trace) -> list[str]:
    """The states drawn as lines, one dash for each."""
    return [state.name for state in trace.cell.states][: len(DASHES)]


def _label() -> Any:
    label: Any = pg.TextItem(anchor=(1, 1))
    label.setFont(ui_font(11, semibold=True))
    return label
