"""The Attention view: how much each step of the query looks at each step of the value, head by head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStyleOptionGraphicsItem, QWidget

from engine.graph.values import JsonObject
from engine.protocol.readings import AttentionScores
from gui.session.reading import Reading
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.views.finite import odd_text, reach
from gui.views.hatching import paint_hatch, runs
from gui.views.heat import HeatMap
from gui.views.heat_plot import ColourBar, cursor_pen, heat_plot, step_cursor
from gui.views.plot import PlotTip
from gui.views.plot_data import Named, flags
from gui.views.sheet import Sheet, fill, side_by_side, titled
from gui.views.step_lines import StepLine, StepLines
from gui.views.telling import OLD, joined, named, run_note, waiting_sentence
from gui.views.when_seen import WhenSeen
from gui.widgets.fields import Choice, ElidedLabel
from gui.widgets.numbers import short

SUBJECT = "Attention scores"
NONE = "This model has no attention block: Attention, AdditiveAttention and MultiHeadAttention have scores to look at."
ALIKE = 1e-6
MISTAKE = 1e-3
"""A larger share on padding is a mistake and no rounding."""
MOST_LINES = 6


class AttentionView(QWidget):
    """Query steps down, value steps to the right; beside it what the clock's step looks at."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes, self._theme = session, themes, themes.theme
        self.head = Choice()
        self.head.setAccessibleName("Head")
        self.head.setToolTip("Which head's scores are shown")
        self.head.fit_contents(110)
        self.alarm = QLabel()
        self.alarm.setObjectName("complaint")
        self.caption, self.lines_caption = ElidedLabel(), ElidedLabel()
        self.reading = Reading(session, "attention", self._subject, self)
        self._block = ""
        self._shown: AttentionScores | None = None
        contents, self._parts = side_by_side()
        self.sheet = Sheet(contents, self.alarm, self.head)
        fill(self, self.sheet)

    def make(self) -> Iterator[None]:
        """The heat map, then the lines."""
        self.heat = HeatMap(self._theme)
        self.plot = heat_plot(self.heat, self._theme, name="Attention of query steps to value steps")
        self.padding = PaddedRows(self._theme)
        self._row = pg.InfiniteLine(angle=0, movable=False, pen=cursor_pen(self._theme))
        for part in (self.padding, self._row):
            self.plot.add(part)
        self.tip = PlotTip(self.plot, self._tip)
        self.colours = ColourBar(self.plot, self._theme, self.heat)
        heat = QHBoxLayout()
        heat.setSpacing(0)
        heat.addWidget(self.plot, 1)
        heat.addWidget(self.colours)
        self._put("Scores", self.caption, heat)
        yield
        self.lines = StepLines(self._theme, name="What the clock's step looks at")
        self._cursor = step_cursor(self.lines, self._theme)
        self._put("From the clock's step", self.lines_caption, self.lines)
        yield
        self._seen = WhenSeen(self, self._refresh, lambda seen: self.reading.watch(seen=seen))
        self._connect()

    def _put(self, title: str, caption: ElidedLabel, part: QWidget | QHBoxLayout) -> None:
        caption.setObjectName("secondary")
        self._parts.addLayout(titled([QLabel(f"<b>{title}</b>"), caption], part), 1)

    def _connect(self) -> None:
        session = self._session
        self._seen.follow(session, self.reading.changed)
        session.shown.clock_changed.connect(lambda _: self._show_step())
        self._themes.theme_changed.connect(self._set_theme)
        self.head.activated.connect(self._seen.ask)
        self.plot.box.downwards = True
        self.plot.follow_span(session.shown)  # a range is of query steps, and the lines go over value steps
        for signal in (self.plot.box.dragged, self.plot.box.pointed):
            signal.connect(lambda place, *_: session.shown.set_clock(step=round(place.y())))

    def data(self) -> list[Named]:
        """The scores of all heads, and which steps are no padding."""
        found = cast("AttentionScores | None", self.reading.value)
        if found is None or found.scores is None:
            return []
        scores = Named("scores", ("head", "query step", "value step"), found.scores)
        queries, values = (
            flags("query_real", found.query_real, "query step"),
            flags("value_real", found.value_real, "value step"),
        )
        return [scores, *queries, *values]

    def _subject(self) -> JsonObject | None:
        """The selected block where it has scores, else the one before, else the first."""
        attended = self._session.run.attended if self._session.run is not None else ()
        selected = self._session.selection.block
        if selected in attended:
            self._block = str(selected)
        elif self._block not in attended:
            self._block = attended[0] if attended else ""
        return {"block": self._block, "sequence": self._session.shown.clock.sequence} if self._block else None

    # --- contents ------------------------------------------------------------------------------------------------

    def _refresh(self) -> None:
        session = self._session
        waiting = waiting_sentence(session, SUBJECT, "see which steps look at which")
        if waiting or session.run is None:
            self.sheet.say(waiting)
            return
        if not session.run.attended:
            self.sheet.say(NONE)
            return
        found = cast("AttentionScores | None", self.reading.value)
        if found is None or found.scores is None:
            self.sheet.say(
                self.reading.missing or f"Reading the scores of {named(self._session.document, self._block)} …"
            )
            return
        self._offer_heads(found.scores.shape[0])
        self._draw(found)

    def _offer_heads(self, heads: int) -> None:
        names = ["mean of all heads", *(f"head {head}" for head in range(heads))] if heads > 1 else ["one head"]
        if names == [self.head.itemText(place) for place in range(self.head.count())]:
            return
        self.head.clear()
        self.head.addItems(names)

    def _chosen(self, scores: NDArray[np.floating]) -> NDArray[np.floating]:
        """(query steps, value steps) of the head that is shown."""
        at = self.head.currentIndex()
        return scores.mean(axis=0) if at <= 0 else scores[at - 1]

    def _draw(self, found: AttentionScores) -> None:
        scores = np.asarray(found.scores, np.float32)
        shown = self._chosen(scores)
        queries, values = shown.shape
        real_queries, real_values = _flags(found.query_real, queries), _flags(found.value_real, values)
        everything = np.ones(values, bool)
        high = reach(shown) or 1.0
        self.heat.set_values(shown.T, everything, ~everything, real_values, scale="sequential", low=0.0, high=high)
        self.heat.setOpacity(OLD if self._session.run_state.stale else 1.0)
        self.padding.show(~real_queries, mistakes(shown, real_queries, real_values), values)
        self.colours.set_range("sequential", 0.0, high, "step")
        self.plot.show_range(values, -0.5, queries - 0.5)
        self._shown = found
        self.plot.left.name_steps(_names(found.query_labels, queries))
        for axis in (self.plot.bottom, self.lines.bottom):
            axis.name_steps(_names(found.value_labels, values))
        self._tell(shown, real_queries, real_values)
        self._show_step()

    def _tell(self, shown: NDArray[np.floating], queries: NDArray[np.bool_], values: NDArray[np.bool_]) -> None:
        found = self._shown
        words = found is not None and any((*found.query_labels, *found.value_labels))
        steps = "token" if words else "step"
        self.caption.set_whole(f"query {steps} down, value {steps} to the right; hatched: padding")
        sequence = f"sequence {self._session.shown.clock.sequence}"
        self.sheet.show_contents(joined(named(self._session.document, self._block), sequence, run_note(self._session)))
        complaint, tip = _alarm(shown, queries, values, () if found is None else found.query_labels)
        self.alarm.setText(complaint)
        self.alarm.setToolTip(tip)
        self.alarm.setVisible(bool(complaint))

    def _show_step(self) -> None:
        found, step = self._shown, self._session.shown.clock.step
        if found is None or found.scores is None or not self.isVisible() or not self.sheet.is_open:
            return
        scores = np.asarray(found.scores, float)
        row = min(step, scores.shape[1] - 1)
        self._row.setValue(row)
        self._cursor.setValue(step)
        palette = self._theme.units
        at = self.head.currentIndex() - 1
        heads = range(min(len(scores), MOST_LINES)) if at < 0 else [at]
        lines = [StepLine(f"head {head}", scores[head, row], palette[head % len(palette)]) for head in heads]
        self.lines.show_lines(lines, _flags(found.value_real, scores.shape[2]), logarithmic=False)
        more = f", {MOST_LINES} of {len(scores)} heads" if at < 0 and len(scores) > MOST_LINES else ""
        query = step_name(found.query_labels, row)
        padded = "" if _flags(found.query_real, scores.shape[1])[row] else f"step {row} is padding"
        words = looks_at(self._chosen(scores[:, row : row + 1])[0], query, found.value_labels)
        self.lines_caption.set_whole(joined(padded, f"{words}{more}"))

    def _tip(self, place: QPointF) -> str:
        """The steps under the pointer and the score there, at an axis the step alone."""
        found = self._shown
        if found is None or found.scores is None or not self.sheet.is_open:
            return ""
        row, column = round(place.y()), round(place.x())
        inside = 0 <= row < found.scores.shape[1], 0 <= column < found.scores.shape[2]
        query = f"query {step_name(found.query_labels, row)}" if inside[0] else ""
        value = f"value {step_name(found.value_labels, column)}" if inside[1] else ""
        at = found.scores[:, row : row + 1, column : column + 1] if all(inside) else None
        score = "" if at is None else f"\n{self._chosen(np.asarray(at, float))[0, 0]:.3g}"
        return "\n".join(filter(None, (query, value))) + score

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.heat, self.plot, self.colours, self.padding, self.lines):
            part.set_theme(theme)
        for line in (self._row, self._cursor):
            line.setPen(cursor_pen(theme))
        self._seen.ask()


def looks_at(weights: NDArray[np.floating], query: str, labels: Sequence[str] = ()) -> str:
    """Which step of the value, by its label, a step of the query looks at most.

    >>> looks_at(np.array([0.2, 0.8]), "step 5"), looks_at(np.zeros(2), "step 5")
    ('step 5 looks most at step 1', 'step 5 looks at no step: all its weights are 0')
    """
    if not np.isfinite(weights).all():
        return f"{query} looks at no step: its weights are {short(float(weights[~np.isfinite(weights)][0]))}"
    if not weights.any():
        return f"{query} looks at no step: all its weights are 0"
    if len(weights) > 1 and np.ptp(weights) < ALIKE:
        return f"{query} looks at all steps alike"
    return f"{query} looks most at {step_name(labels, int(weights.argmax()))}"


def _alarm(
    shown: NDArray[np.floating], queries: NDArray[np.bool_], values: NDArray[np.bool_], labels: Sequence[str]
) -> tuple[str, str]:
    """What is wrong with scores, by the labels of the query, and what to do about it."""
    odd = odd_text(shown, queries)
    if odd:
        return odd, "The query or the value of this block holds NaN or infinity: Values shows where it begins."
    astray = np.where(queries[:, None] & ~values, shown, 0.0).sum(axis=1)
    worst = int(astray.argmax()) if len(astray) else 0
    if not len(astray) or float(astray[worst]) <= MISTAKE:
        return "", ""
    words = f"⚠ {step_name(labels, worst)} puts {astray[worst]:.0%} of its weight on padding"
    return words, "Nothing masks the padded steps of the value here: see the mask on its wire."


def mistakes(scores: NDArray[np.floating], queries: NDArray[np.bool_], values: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(query steps, value steps): where a real step puts weight on padding."""
    return (scores > MISTAKE) & queries[:, None] & ~values[None]


def step_name(labels: Sequence[str], step: int) -> str:
    """`step 3`, or `step 3 “cat”`."""
    label = labels[step] if step < len(labels) else ""
    return f"step {step} “{label}”" if label else f"step {step}"


def _names(labels: Sequence[str], count: int) -> Sequence[str]:
    """One for each step of an axis, or none."""
    return labels if len(labels) == count else ()


def _flags(real: object | None, count: int) -> NDArray[np.bool_]:
    return np.ones(count, bool) if real is None else np.asarray(real, bool)


class PaddedRows(pg.GraphicsObject):
    """Over a heat map: rows of padded queries hatched, and a frame round what falls on padding from a real one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: tuple[tuple[int, int], ...] = ()
        self._frames: list[tuple[int, int, int]] = []
        self._size = (1, 1)

    def show(self, padded: NDArray[np.bool_], wrong: NDArray[np.bool_], columns: int) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Padded rows (queries,) and wrong cells (queries, columns)."""
        self.prepareGeometryChange()
        self._rows = runs(padded)
        self._frames = [
            (int(row), start, stop) for row in np.flatnonzero(wrong.any(axis=1)) for start, stop in runs(wrong[row])
        ]
        self._size = (columns, len(padded))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """The heat map's."""
        return QRectF(-0.5, -0.5, *self._size)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Hatching, then frames in the colour of a warning."""
        for start, stop in self._rows:
            paint_hatch(painter, QRectF(-0.5, start - 0.5, self._size[0], stop - start), QColor(self._theme.hatch))
        pen = QPen(QColor(self._theme.warning), 1.6)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for row, start, stop in self._frames:
            painter.drawRect(QRectF(QPointF(start - 0.5, row - 0.5), QPointF(stop - 0.5, row + 0.5)))
