"""Plots at large sizes: CPU time of whole frames, painted by real paint events, in the window's own thread."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from gui.theme.theme import LIGHT
from tests.benchmarks.measure import Line

SIZE = (640, 320)
FRAMES = 9


def heat_10000(small: bool) -> Iterator[Line]:
    """256 units × 10,000 steps: a pan step, a zoom step, other levels; the levels beside a plain ImageItem's."""
    _application()
    import pyqtgraph as pg

    from gui.views.heat import HeatMap
    from gui.views.heat_plot import heat_plot
    from gui.views.plot import Plot

    steps, units = (200, 16) if small else (10_000, 256)
    values = np.random.default_rng(0).normal(size=(steps, units)).astype(np.float32)
    heat = HeatMap(LIGHT)
    plot = heat_plot(heat, LIGHT, name="heat")
    everything = np.ones(steps, bool)
    heat.set_values(values, everything, ~everything, everything, scale="diverging", low=-4.0, high=4.0)
    plot.show_range(steps, -0.5, units - 0.5)
    plain = Plot(LIGHT, name="plain", downwards=True)
    image: Any = pg.ImageItem(values, levels=(-4.0, 4.0))
    colours: Any = pg.colormap
    image.setColorMap(colours.get("viridis"))
    plain.add(image)
    plain.show_range(steps, -0.5, units - 0.5)
    _show(plot, plain)
    share = steps / 10
    goal = "<= 8 ms"
    yield Line("heat_10000 pan", _frame([plot], lambda at: _look(plot, share + at, 2 * share + at)), None, None, goal)
    zoom = _frame([plot], lambda at: _look(plot, share, share * (2 + at / 10)))
    yield Line("heat_10000 zoom", zoom, None, None, goal)
    whole = (-0.5, steps - 0.5)
    _look(plot, *whole)
    _look(plain, *whole)
    own = _frame([plot], lambda at: heat.set_levels(-4.0 - at / 10, 4.0 + at / 10))
    yield Line("heat_10000 levels", own, None, None, goal)
    own = _seconds(lambda at: _painted(heat, at))
    other = _seconds(lambda at: _rendered(image, at))
    yield Line("heat_10000 levels alone", own, "pyqtgraph's ImageItem fed plainly", other, ">= 5")


def lines_16(small: bool) -> Iterator[Line]:
    """A pan step over 16 and over 64 lines of 10,000 steps."""
    _application()
    from gui.views.step_lines import StepLine, StepLines

    steps = 200 if small else 10_000
    for count in (16, 64):
        walk = np.random.default_rng(0).normal(size=(count, steps)).cumsum(axis=1)
        lines = [StepLine(str(at), one, LIGHT.units[at % len(LIGHT.units)]) for at, one in enumerate(walk)]
        plot = StepLines(LIGHT, name="lines")
        plot.show_lines(lines, None, logarithmic=False)
        _show(plot)
        for words, share in (("", 0.5), (" close", 0.05)):
            pan = _frame([plot], lambda at, share=share, plot=plot: _look(plot, at, steps * share + at))
            yield Line(f"lines_16 pan {count}{words}", pan, None, None, "<= 16 ms")


def cursor_4(small: bool) -> Iterator[Line]:
    """The clock's line moves in four plots of 10,000 steps."""
    _application()
    from gui.views.heat_plot import step_cursor
    from gui.views.step_lines import StepLine, StepLines

    steps = 200 if small else 10_000
    plots = [StepLines(LIGHT, name="lines") for _ in range(4)]
    cursors = [step_cursor(plot, LIGHT) for plot in plots]
    walk = np.random.default_rng(0).normal(size=(4, steps)).cumsum(axis=1)
    for plot in plots:
        plot.show_lines(
            [StepLine(str(at), one, LIGHT.units[at]) for at, one in enumerate(walk)], None, logarithmic=False
        )
    _show(*plots)

    def move(at: int) -> None:
        for cursor in cursors:
            cursor.setValue(steps // 3 + at * steps // 50)

    yield Line("cursor_4", _frame([], move), None, None, "<= 4 ms")


def _application() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    global _kept  # noqa: PLW0603 - the application lives as long as the process
    _kept = QApplication.instance() or QApplication([])


_kept: object = None


def _show(*plots: QWidget) -> None:
    for plot in plots:
        plot.resize(*SIZE)
        plot.show()
    for _ in range(3):
        QApplication.processEvents()


def _look(plot: Any, left: float, right: float) -> None:
    plot.box.setXRange(left, right, padding=0)


def _frame(plots: Sequence[Any], change: Callable[[int], object]) -> float:
    """The CPU time of a change and the frame that shows it."""

    def frame(at: int) -> None:
        change(at)
        for plot in plots:
            plot.viewport().update()
        QApplication.processEvents()

    return _seconds(frame)


def _seconds(work: Callable[[int], object]) -> float:
    """The median CPU time of several calls."""
    times: list[float] = []
    for at in range(FRAMES + 2):
        start = time.process_time()
        work(at)
        times.append(time.process_time() - start)
    return max(statistics.median(times[2:]), 1e-6)


def _painted(heat: Any, at: int) -> None:
    """Other levels, until there is an image to paint."""
    heat.set_levels(-4.0 - at / 10, 4.0 + at / 10)
    assert not heat.shown_image.isNull()


def _rendered(image: Any, at: int) -> None:
    image.setLevels((-4.0 - at / 10, 4.0 + at / 10))
    image.render()
