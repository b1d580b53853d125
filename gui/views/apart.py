"""Which units tell two labels apart: the range of each unit over the sequences of the one, beside that of the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.graph.values import JsonObject
from engine.protocol.readings import Apart
from gui.session.reading import Reading
from gui.session.session import EditorSession
from gui.theme.theme import Theme
from gui.views.finite import ODD, reach
from gui.views.plot import Plot
from gui.views.plot_data import Named
from gui.widgets.fields import Choice, ElidedLabel

MOST_UNITS = 24
"""So many units are drawn, those that tell best."""
WIDTH, SIDE = 0.34, 0.2
ROOM = 1.1


class ApartPlot(QWidget):
    """One unit beside the other, best first: a filled bar for the first label, an open one for the second.

    Args:
        states: key and signal of the states that are looked at.
    """

    pointed = Signal(int)
    """A click on a unit."""
    pair_changed = Signal()

    def __init__(self, session: EditorSession, theme: Theme, states: Callable[[], tuple[str, str] | None]) -> None:
        super().__init__()
        self._session, self._theme, self._states = session, theme, states
        self._labels: list[str] = []
        self.first, self.second = Choice(), Choice()
        for choice, which in ((self.first, "First"), (self.second, "Second")):
            choice.setAccessibleName(f"{which} of two labels")
            choice.setMinimumWidth(100)
            choice.activated.connect(self._choose)
        self.sentence = ElidedLabel()
        self.sentence.setObjectName("secondary")
        self.plot = Plot(theme, name="Ranges of units for two labels")
        self.plot.box.pointed.connect(lambda place, _: self._pointed(place))
        self.plot.box.setMouseEnabled(x=False, y=False)
        self._bars: list[Any] = [pg.BarGraphItem(x=[], y0=[], y1=[], width=WIDTH) for _ in range(2)]
        for bars in self._bars:
            self.plot.add(bars)
        self.reading = Reading(session, "apart", self._subject, self)
        self.reading.changed.connect(self.refresh)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(8)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        head.addWidget(QLabel("<b>Units tell</b>"))
        head.addWidget(self.first)
        head.addWidget(QLabel("from"))
        head.addWidget(self.second)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self.sentence)
        column.addWidget(self.plot, 1)

    def _subject(self) -> JsonObject | None:
        self._offer()
        states = self._states()
        if states is None or len(self._labels) < 2:
            return None
        pair = [self._labels[choice.currentIndex()] for choice in (self.first, self.second)]
        return {"key": states[0], "signal": states[1], "labels": [*pair]}

    def _offer(self) -> None:
        """The labels of the run; at first the first two."""
        run = self._session.run
        told = () if run is None else run.labels
        labels = list(dict.fromkeys(told))
        self.setVisible(len(labels) > 1)
        if labels == self._labels:
            return
        self._labels = labels
        for at, choice in enumerate((self.first, self.second)):
            choice.clear()
            choice.addItems([f"label {label}" for label in labels])
            choice.setCurrentIndex(min(at, len(labels) - 1))

    def _choose(self, _: int) -> None:
        self.reading.ask()
        self.pair_changed.emit()

    @property
    def pair(self) -> tuple[str, ...]:
        """The two labels that are chosen; none where there are no two."""
        if len(self._labels) < 2:
            return ()
        return tuple(self._labels[choice.currentIndex()] for choice in (self.first, self.second))

    @property
    def colours(self) -> tuple[str, str]:
        """Of the two labels."""
        return self._theme.units[0], self._theme.units[1]

    # --- contents ------------------------------------------------------------------------------------------------

    @property
    def _found(self) -> Apart | None:
        return cast("Apart | None", self.reading.value)

    def refresh(self) -> None:
        """Draws what is known."""
        found = self._found
        if found is None or found.order is None or found.low is None or found.high is None:
            self.sentence.set_whole(self.reading.missing or "Comparing the units …")
            return
        best = np.asarray(found.order, int)[:MOST_UNITS]
        low, high = (np.asarray(bound, float)[:, best] for bound in (found.low, found.high))
        brushes = (pg.mkBrush(self.colours[0]), pg.mkBrush(self._theme.panel))
        for side, bars in enumerate(self._bars):
            places = np.arange(len(best)) + (SIDE if side else -SIDE)
            pen = pg.mkPen(self.colours[side], width=1.5)
            bars.setOpts(x=places, y0=low[side], y1=high[side], width=WIDTH, pen=pen, brush=brushes[side])
        self._scale(best, low, high)
        self.sentence.set_whole(apart_text(found))

    def _scale(self, best: NDArray[np.integer], low: NDArray[np.floating], high: NDArray[np.floating]) -> None:
        axis: Any = self.plot.bottom
        axis.setTicks([[(place, str(unit)) for place, unit in enumerate(best.tolist())]])
        top = max(reach(np.asarray([low, high])), 1e-6) * ROOM
        self.plot.show_range(len(best), -top, top)

    def data(self) -> list[Named]:
        """The ranges of all units, and the order in which they tell."""
        found = self._found
        if found is None or found.order is None or found.low is None or found.high is None:
            return []
        ranges = [Named(name, ("label", "unit"), bound) for name, bound in (("low", found.low), ("high", found.high))]
        return [*ranges, Named("order", ("place",), found.order)]

    def _pointed(self, place: QPointF) -> None:
        found = self._found
        if found is not None and found.order is not None:
            self.pointed.emit(int(found.order[int(np.clip(round(place.x()), 0, len(found.order) - 1))]))

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme
        self.plot.set_theme(theme)
        self.refresh()


def apart_text(found: Apart) -> str:
    """The unit that tells best, and how well it does."""
    assert found.order is not None
    assert found.low is not None
    assert found.high is not None
    unit, (first, second) = int(found.order[0]), found.pair
    ranges = [
        f"{low:.2f} to {high:.2f} in {count} sequence{'' if count == 1 else 's'}"
        for low, high, count in zip(found.low[:, unit], found.high[:, unit], found.counts, strict=True)
    ]
    best = f"Unit {unit} tells {first} from {second} best: {ranges[0]}, {ranges[1]}."
    if found.odd:
        best += f" {ODD} {found.odd} sequence{'' if found.odd == 1 else 's'} with NaN or infinity left out."
    if not found.clear:
        return f"{best} None tells them all apart."
    return f"{best} {found.clear} of {len(found.order)} tell all apart."
