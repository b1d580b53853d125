"""The State-space view: the path of a state over time in the plane of its two main directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.graph.values import JsonObject
from engine.protocol.readings import StateSpace
from gui.session.reading import Reading
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.views.apart import ApartPlot
from gui.views.colours import colour_table, to_indices
from gui.views.finite import ODD
from gui.views.heat_plot import ColourBar
from gui.views.plane import OUTSIDE, SpanPath, inside_of, room_of, with_gaps
from gui.views.plot import Plot
from gui.views.plot_data import Named
from gui.views.sheet import Sheet, fill, side_by_side
from gui.views.telling import OLD, joined, named, run_note, stopped_sentence, waiting_sentence
from gui.views.when_seen import WhenSeen
from gui.widgets.fields import Choice

SUBJECT = "Paths of states"
TIME = "coloured by step"
GAP = 16
PAIR = 130
FAINT = 90
"""How much of the other sequences' paths is left, of 255."""


class StateSpaceView(QWidget):
    """One path a sequence; the shown one is coloured along its steps, the clock's step marked in it."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes, self._theme = session, themes, themes.theme
        self.states, self.colour = Choice(), Choice()
        self.states.setAccessibleName("State whose paths are drawn")
        self.states.fit_contents(110)
        self.colour.setAccessibleName("What colours the steps")
        self.colour.fit_contents(110)
        self._keys: list[tuple[str, str]] = []
        self._features: list[tuple[str, int] | None] = []
        self._told = ""
        self.reading = Reading(session, "state_space", self._subject, self)
        contents, self._row = side_by_side(gap=0)
        self.sheet = Sheet(contents, self.states, self.colour)
        fill(self, self.sheet)

    def make(self) -> Iterator[None]:
        """The plot and what is drawn in it, from below."""
        self.plot = Plot(self._theme, name="Paths of a state")
        self.plot.box.setMouseEnabled(x=True, y=True)
        self._others: Any = pg.PlotCurveItem()
        self._pair: list[Any] = [pg.PlotCurveItem() for _ in range(2)]
        self._steps: Any = pg.ScatterPlotItem(size=8)
        self._here: Any = pg.ScatterPlotItem(size=15, brush=None)
        for part in (self._others, *self._pair):
            self.plot.add(part)
        self._path = SpanPath(self.plot)
        for part in (self._steps, self._here):
            self.plot.add(part)
        self.colours = ColourBar(self.plot, self._theme)
        self._row.addWidget(self.plot, 1)
        self._row.addWidget(self.colours)
        yield
        self.apart = ApartPlot(self._session, self._theme, self._states)
        self._row.addSpacing(GAP)
        self._row.addWidget(self.apart, 1)
        yield
        self._seen = WhenSeen(self, self._refresh, self._watch)
        self._connect()

    def _connect(self) -> None:
        session = self._session
        self._seen.follow(session, self.reading.changed)
        for signal in (session.shown.clock_changed, session.shown.span_changed):
            signal.connect(lambda _: self._show_sequence())
        session.shown.trace_changed.connect(self.reading.ask)
        self._themes.theme_changed.connect(self._set_theme)
        self.states.activated.connect(self._choose)
        self.colour.activated.connect(self.reading.ask)
        self.plot.box.pointed.connect(lambda place, _: self._pointed(place))
        self.apart.pair_changed.connect(self._seen.ask)
        self.apart.pointed.connect(session.shown.choose_unit)

    def _watch(self, seen: bool) -> None:  # noqa: FBT001 - as `WhenSeen` says it
        self.reading.watch(seen=seen)
        self.apart.reading.watch(seen=seen)

    def _choose(self, at: int) -> None:
        """The states that are chosen here are those of Traces."""
        self._session.shown.choose_trace(self._keys[at][0])
        self.reading.ask()
        self.apart.reading.ask()

    def _states(self) -> tuple[str, str] | None:
        """Key and signal of the chosen states."""
        at = self.states.currentIndex()
        return self._keys[at] if 0 <= at < len(self._keys) else None

    def _subject(self) -> JsonObject | None:
        self._offer()
        states = self._states()
        if states is None:
            return None
        chosen = self._features[max(self.colour.currentIndex(), 0)]
        key, signal = states
        return {"key": key, "signal": signal, "colour": None if chosen is None else list(chosen)}

    def _offer(self) -> None:
        """The states of the run, the trace's chosen; and the features of every Input to colour by."""
        run = self._session.run
        cells = {} if run is None else run.traced
        keys = [(key, signal.name) for key, cell in cells.items() for signal in cell.states]
        if keys != self._keys:
            before = self._keys[self.states.currentIndex()] if self.states.currentIndex() >= 0 else None
            self._keys = keys
            self.states.clear()
            self.states.addItems([f"{name} of {named(self._session.document, key)}" for key, name in keys])
            if before in keys:
                self.states.setCurrentIndex(keys.index(before))
        wanted = self._session.shown.trace_key
        at = self.states.currentIndex()
        if wanted and at >= 0 and keys[at][0] != wanted:
            self.states.setCurrentIndex(next((place for place, (key, _) in enumerate(keys) if key == wanted), at))
        features: list[tuple[str, int] | None] = [None]
        for block, fed in ({} if run is None else run.inputs).items():
            if len(fed.shape) > 1:
                features += [(block, feature) for feature in range(int(np.prod(fed.shape[2:])) if fed.shape[2:] else 1)]
        if features != self._features:
            self._features = features
            self.colour.clear()
            self.colour.addItems(
                [
                    TIME,
                    *(
                        f"coloured by {named(self._session.document, one[0])} {one[1]}"
                        for one in features
                        if one is not None
                    ),
                ]
            )

    # --- contents ------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        session = self._session
        waiting = waiting_sentence(session, SUBJECT, "see the paths of its states")
        if waiting or session.run is None:
            self.sheet.say(waiting)
            return
        if not session.run.traced:
            none = "This model has no recurrent block: only those have states that go a way."
            self.sheet.say(stopped_sentence(session, SUBJECT) or none)
            return
        found = cast("StateSpace | None", self.reading.value)
        if found is None or found.points is None:
            self.sheet.say(self.reading.missing or "Finding the main directions of the states …")
            return
        self._draw(found)

    @property
    def _points(self) -> NDArray[np.floating] | None:
        found = cast("StateSpace | None", self.reading.value)
        return None if found is None or found.points is None else np.asarray(found.points, float)

    def data(self) -> list[Named]:
        """The paths, and what colours their steps."""
        found = cast("StateSpace | None", self.reading.value)
        if found is None or found.points is None:
            return []
        colour = [] if found.colour is None else [Named("colour", ("sequence", "step"), found.colour)]
        return [Named("points", ("sequence", "step", "direction"), found.points), *colour, *self.apart.data()]

    def _draw(self, found: StateSpace) -> None:
        points = np.asarray(found.points, float)
        whole = with_gaps(points)
        faint = QColor(self._theme.faint)
        faint.setAlpha(FAINT)
        self._others.setData(whole[:, 0], whole[:, 1], pen=pg.mkPen(faint, width=1), connect="finite")
        across, up = room_of(whole)
        self.plot.box.setLimits(xMin=None, xMax=None, yMin=None, yMax=None)
        self.plot.box.setRange(xRange=across, yRange=up, padding=0)
        self._draw_pair(points)
        for part in (*self._path.curves, self._steps, self._others, *self._pair):
            part.setOpacity(OLD if self._session.run_state.stale else 1.0)
        shares = " and ".join(f"{share:.0%}" for share in found.explained)
        count = f"{len(points)} sequence{'' if len(points) == 1 else 's'}"
        odd = (
            f"{ODD} {found.odd} step{'' if found.odd == 1 else 's'} with NaN or infinity left out" if found.odd else ""
        )
        self._told = joined(f"{count}, first direction to the right, second up: {shares} of the variance", odd)
        self._show_sequence()

    def _draw_pair(self, points: NDArray[np.floating]) -> None:
        """The paths of the two labels that are compared, in their colours."""
        told = self._session.run.labels if self._session.run is not None else ()
        pair = self.apart.pair if told else ()
        for at, curve in enumerate(self._pair):
            labelled = [path for path, label in zip(points, told, strict=False) if at < len(pair) and label == pair[at]]
            whole = with_gaps(np.asarray(labelled)) if labelled else np.empty((0, 2))
            colour = QColor(self.apart.colours[at])
            colour.setAlpha(PAIR)
            curve.setData(whole[:, 0], whole[:, 1], pen=pg.mkPen(colour, width=1), connect="finite")

    def _show_sequence(self) -> None:
        points, found = self._points, cast("StateSpace | None", self.reading.value)
        if points is None or found is None or not self.isVisible():
            return
        clock = self._session.shown.clock
        sequence = min(clock.sequence, len(points) - 1)
        path = points[sequence]
        known = np.flatnonzero(np.isfinite(path[:, 0]))
        none = "" if len(known) else f"sequence {sequence} has no step to draw"
        self.sheet.show_contents(joined(self._told, none, run_note(self._session)))
        span = self._session.shown.span
        self._path.show(path, span, pg.mkPen(self._theme.secondary, width=1))
        values = (
            np.arange(len(path), dtype=float) if found.colour is None else np.asarray(found.colour[sequence], float)
        )
        low, high = _range(values[known] if found.colour is not None else values)
        table = colour_table(self._theme, "sequential")
        places = to_indices(values[known], low, high)
        seen = np.where(inside_of(span, len(path))[known], 0xFF, OUTSIDE).tolist()
        colours = (table[place] & 0xFFFFFF | alpha << 24 for place, alpha in zip(places, seen, strict=True))
        brushes = [pg.mkBrush(QColor.fromRgba(colour)) for colour in colours]
        self._steps.setData(path[known, 0], path[known, 1], brush=brushes, pen=pg.mkPen(self._theme.panel))
        self.colours.set_range("sequential", low, high, "step" if found.colour is None else "value")
        step = min(clock.step, len(path) - 1)
        here = path[step : step + 1]
        here = here[np.isfinite(here[:, 0])]
        self._here.setData(here[:, 0], here[:, 1], pen=pg.mkPen(self._theme.accent, width=2))

    def _pointed(self, place: QPointF) -> None:
        """A click goes to the nearest step of any path."""
        points = self._points
        if points is None:
            return
        (left, right), (low, high) = self.plot.box.viewRange()
        if not np.isfinite(points).any():
            return
        away = np.hypot((points[..., 0] - place.x()) / (right - left), (points[..., 1] - place.y()) / (high - low))
        sequence, step = np.unravel_index(int(np.nanargmin(away)), away.shape)
        self._session.shown.set_clock(sequence=int(sequence), step=int(step))

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.plot.set_theme(theme)
        self.colours.set_theme(theme)
        self.apart.set_theme(theme)
        self._seen.ask()


def _range(values: NDArray[np.floating]) -> tuple[float, float]:
    """The lowest and the highest value, some way apart."""
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    return low, high if high > low else low + 1.0
