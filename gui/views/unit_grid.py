"""Small multiples: a small plot for each chosen unit, all with the same steps and the same range of values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from engine.protocol.results import Trace
from gui.theme.measures import ui_font
from gui.theme.theme import Theme
from gui.views.heat_plot import cursor_pen, step_cursor
from gui.views.lines import UnitLines, odd_end, reach_of
from gui.views.plot import LEFT_WIDTH, Plot, bottom_height
from gui.widgets.fields import Choice
from gui.widgets.gradually import PAINTED, Gradually

MOST_PLOTS = 12
HEAD, GAP = 15, 4
"""Pixels of a unit's name above its plot, and between two plots."""
FEW_STEPS = 12
"""Up to so many have markers."""
SHAPE = 2.5
"""How many times wider than high a small plot is at best."""


class UnitPlot(UnitLines):
    """The lines of one unit; its name stands above, where the ends of lines leave it room.

    Attributes:
        head: the name, in the unit's colour.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, name="")
        self.setParent(parent)
        self.setMinimumSize(1, 1)
        self.set_margin(1)
        self.head = QLabel(parent)
        self.head.setFont(ui_font(11, semibold=True))
        self.cursor_line = step_cursor(self, theme)
        self.set_shown(shown=False)

    def set_shown(self, *, shown: bool) -> None:
        """Plot and name."""
        for part in (self, self.head):
            part.setVisible(shown)

    def place(self, area: QRect, *, left: bool, bottom: bool) -> None:
        """Takes its place, with numbers at the left and below where nothing else has them."""
        for axis, wanted in ((self.left, left), (self.bottom, bottom)):
            if axis.isVisible() != wanted:
                axis.show() if wanted else axis.hide()
        inset = LEFT_WIDTH if left else 0
        self.head.setGeometry(area.left() + inset, area.top(), area.width() - inset, HEAD)
        self.setGeometry(area.adjusted(0, HEAD, 0, 0))

    def padding_words(self, *, read: bool) -> str:
        """None: there is no room."""
        return ""

    def _mark(self, values: np.ndarray, colours: Sequence[str]) -> None:
        """Only where they stand apart: close together they would hide which line is dashed."""
        super()._mark(values if len(values) <= FEW_STEPS else values[:, :0], colours)

    def _add_labels(self, trace: Trace, units: Sequence[int], colours: Mapping[int, str], top: float) -> None:
        unit = units[0]
        self.head.setText(f'<span style="color:{colours[unit]}">unit {unit}{odd_end(trace, unit)}</span>')
        self.setAccessibleName(f"States of unit {unit} over time")


class UnitGrid(QWidget):
    """As many small plots as there are units, side by side and below one another as the place is shaped.

    Args:
        tie: called with each new plot: its hands.
    """

    def __init__(self, theme: Theme, tie: Callable[[Plot], None]) -> None:
        super().__init__()
        self._theme, self._tie = theme, tie
        self.plots: list[UnitPlot] = []
        self._count, self._step = 0, 0
        self.drawing = Gradually(self)

    def show_units(self, trace: Trace, units: Sequence[int], colours: Mapping[int, str], opacity: float) -> None:
        """Draws these units of a trace, a plot at a time."""
        self.drawing.start(self._draw(trace, units, colours, opacity))

    def _draw(self, trace: Trace, units: Sequence[int], colours: Mapping[int, str], opacity: float) -> Iterator[object]:
        while len(self.plots) < len(units):
            self.plots.append(UnitPlot(self._theme, self))
            self._tie(self.plots[-1])
            yield
        self._count = len(units)
        self._arrange()
        for plot in self.plots[len(units) :]:
            plot.set_shown(shown=False)
        top = reach_of(trace, units)
        for plot, unit in zip(self.plots, units, strict=False):
            plot.show_units(trace, [unit], colours, top)
            plot.set_faint(opacity)
            plot.cursor_line.setValue(self._step)
            plot.set_shown(shown=True)
            yield PAINTED

    def set_step(self, step: int) -> None:
        """Moves the clock's line."""
        self._step = step
        for plot in self.plots:
            plot.cursor_line.setValue(step)

    def set_theme(self, theme: Theme) -> None:
        """Recolours what the next `show_units` does not."""
        self._theme = theme
        for plot in self.plots:
            plot.set_theme(theme)
            plot.cursor_line.setPen(cursor_pen(theme))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """As many side by side as suits the place."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The insides of all plots are of one size, the axes come on top of it."""
        if not self._count:
            return
        columns = columns_for(self._count, self.width(), self.height())
        rows = math.ceil(self._count / columns)
        axis = bottom_height()
        wide = (self.width() - LEFT_WIDTH - GAP * (columns - 1)) // columns
        tall = (self.height() - axis - GAP * (rows - 1)) // rows
        for at, plot in enumerate(self.plots[: self._count]):
            row, column = divmod(at, columns)
            first, last = column == 0, at + columns >= self._count
            left = 0 if first else LEFT_WIDTH + column * (wide + GAP)
            area = QRect(left, row * (tall + GAP), wide + LEFT_WIDTH * first, tall + axis * last)
            plot.place(area, left=first, bottom=last)


def arrangement_choice() -> Choice:
    """Whether units are drawn together, or each in a small plot."""
    choice = Choice()
    choice.addItems(["in one plot", "one plot each"])
    choice.fit_contents(56)
    choice.setAccessibleName("How the units are drawn")
    choice.setToolTip("All units in one plot, or each in a small plot of its own")
    return choice


def columns_for(count: int, width: int, height: int) -> int:
    """How many small plots stand side by side, so that each is nearest to the best shape and few places stay empty.

    >>> columns_for(6, 600, 180), columns_for(6, 200, 600), columns_for(1, 600, 100)
    (3, 1, 1)
    """

    def badness(columns: int) -> float:
        rows = math.ceil(count / columns)
        shape = (width / columns) / max(height / rows - HEAD, 1)
        return abs(math.log(max(shape, 0.01) / SHAPE)) + (rows * columns - count) / count

    return min(range(1, count + 1), key=badness)
