"""The Values view: one sequence at any port as an image and as a table, with what the numbers are like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QSplitter, QTableView, QVBoxLayout, QWidget

from engine.analysis.values import shape_text
from engine.graph.values import JsonObject, PortRef
from engine.protocol.readings import SpanStatistics
from engine.protocol.results import PortValues, Statistics
from gui.session.reading import Reading
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder
from gui.views.heat import HeatMap
from gui.views.heat_plot import ColourBar, cursor_pen, heat_plot, shares_rows, step_cursor
from gui.views.plot_data import Named, flags
from gui.views.sheet import Sheet, fill
from gui.views.telling import OLD, joined, named, run_note, waiting_sentence
from gui.views.values_table import PaddingDelegate, ValuesTable, as_matrix
from gui.views.values_words import batch_text, statistics_text
from gui.views.when_seen import WhenSeen
from gui.widgets.fields import Choice, ElidedLabel

ROW, COLUMN = 22, 76
MOST_TICKS = 6
SUBJECT = "The values of every port"


class ValuesView(QWidget):
    """Image on the left, table on the right, statistics above them; follows the selected block and the clock."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes, self._theme = session, themes, themes.theme
        self.ports = Choice()
        self.ports.setAccessibleName("Port whose values are shown")
        self.ports.setToolTip("The port whose values are shown")
        self.ports.setMinimumWidth(220)
        self.statistics = ElidedLabel()
        self.statistics.setObjectName("secondary")
        self.batch = ElidedLabel()
        self.batch.setObjectName("secondary")
        self.alarm = QLabel()
        self.alarm.setObjectName("complaint")
        self.sentence = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.sentence.setObjectName("secondary")
        self._shown: PortValues | None = None
        self._refs: list[PortRef] = []
        self._offered: tuple[object, ...] | None = None
        self.span_reading = Reading(session, "statistics", self._span_subject, self)
        self.pair = QSplitter(Qt.Orientation.Horizontal)
        self.pair.setChildrenCollapsible(False)
        self.pair.setObjectName("plain")
        self.pair.setHandleWidth(12)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.sheet = Sheet(body, self.alarm, self.ports)
        fill(self, self.sheet)
        layout.addWidget(self.statistics)
        layout.addWidget(self.batch)
        layout.addWidget(self.pair, 1)
        layout.addWidget(self.sentence, 1)

    def make(self) -> Iterator[None]:
        """The plot, then the table."""
        self.heat = HeatMap(self._theme)
        self.plot = heat_plot(self.heat, self._theme, name="Image of features by steps")
        self.colours = ColourBar(self.plot, self._theme, self.heat)
        self._cursor = step_cursor(self.plot, self._theme)
        image = QWidget()
        self.pair.addWidget(image)
        row = QHBoxLayout(image)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.plot, 1)
        row.addWidget(self.colours)
        yield
        self.model = ValuesTable(self)
        self.hatching = PaddingDelegate(self._theme, self)
        self.table = _table(self.model, self.hatching)
        self.pair.addWidget(self.table)
        self.pair.setSizes([500, 500])
        yield
        self._seen = WhenSeen(self, self._refresh, self._watch)
        self._connect()

    def _watch(self, seen: bool) -> None:  # noqa: FBT001 - as `WhenSeen` says it
        self._session.shown.watch_values(seen=seen)
        self.span_reading.watch(seen=seen)

    def _connect(self) -> None:
        session = self._session
        self._seen.follow(session, session.shown.values_changed)
        session.shown.clock_changed.connect(lambda _: self._show_step())
        self._themes.theme_changed.connect(self._set_theme)
        self.ports.activated.connect(self._choose)
        self.table.clicked.connect(lambda index: self._set_step(index.row()))
        box = self.plot.box
        box.pointed.connect(lambda place, _: self._set_step(round(place.x())))
        box.dragged.connect(lambda place: self._set_step(round(place.x())))
        box.brushed.connect(lambda span: session.shown.choose_span(span) if self._in_time else None)
        for signal in (session.shown.span_changed, session.shown.values_changed):
            signal.connect(self.span_reading.ask)
        session.shown.span_changed.connect(self._show_span)
        self.span_reading.changed.connect(self._show_span)

    # --- contents ------------------------------------------------------------------------------------------------

    def _refresh(self) -> Iterator[None]:
        """The table, then the plot."""
        session = self._session
        waiting = waiting_sentence(session, SUBJECT, "see the values of every port")
        if waiting:
            self.sheet.say(waiting)
            return
        self._offer_ports()
        values, wanted = session.shown.values, session.shown.values_port
        if values is None or values.port != wanted:
            name = self._name(wanted) if wanted is not None else "the values"
            self._say(f"Reading {name} …" + (" after the run." if session.run_state.phase == "running" else ""), None)
        elif values.values is None:
            self._say(values.missing, values)
        else:
            yield from self._draw(values)

    def _say(self, sentence: str, values: PortValues | None) -> None:
        """A sentence in the place of image and table; the chooser stays, so that another port can be chosen."""
        self._shown = None
        self.pair.hide()
        self.sentence.setText(sentence)
        self.sentence.show()
        self._tell(None if values is None else values.statistics, values)
        self._show_span()
        self.sheet.show_contents(run_note(self._session))

    def _draw(self, values: PortValues) -> Iterator[None]:
        self._tell(values.statistics, values)
        if values is not self._shown:
            self._shown = values
            self.model.show_values(values)
            yield
            self._draw_image(values)
            yield
        self.sentence.hide()
        self.pair.show()
        stale = bool(self._session.run_state.stale)
        self.heat.setOpacity(OLD if stale else 1.0)
        self.model.set_colour(self._theme.faint if stale else self._theme.text)
        self._show_step()
        self._show_span()
        self.sheet.show_contents(self._caption(values))

    def _draw_image(self, values: PortValues) -> None:
        array = np.zeros((0, 0)) if values.values is None else values.values
        matrix = as_matrix(array) if values.valid is not None else array.reshape(1, -1)
        steps, features = matrix.shape
        everything = np.ones(steps, bool)
        valid = everything if values.valid is None else values.valid
        real = everything if values.real is None else values.real
        low, high = colour_range(values.statistics)
        scale = "diverging" if low < 0 else "sequential"
        with np.errstate(over="ignore"):
            numbers = np.asarray(matrix, np.float32)
        self.heat.set_values(numbers, valid, ~everything, real, scale=scale, low=low, high=high)
        named = len(values.labels) == steps and values.valid is not None
        self.plot.bottom.name_steps(values.labels if named else ())
        self.plot.bottom.setTicks(None if named else _ticks(steps) if values.valid is not None else [[]])
        self.plot.left.setTicks(_ticks(features))
        self.colours.set_range(scale, low, high, "step" if values.valid is not None else "")
        self.plot.show_range(steps, -0.5, features - 0.5)

    def _caption(self, values: PortValues) -> str:
        shape = values.values.shape if values.values is not None else ()
        features = self.model.matrix.shape[1]
        rows = ", the strongest of each pixel row" if shares_rows(self.plot, features) else ""
        what = f"sequence {values.sequence}: {'feature by step' if values.valid is not None else 'no time axis'}"
        size = "×".join(map(str, shape))
        return joined(f"{what}, {size}{rows}", run_note(self._session))

    def _tell(self, statistics: Statistics | None, values: PortValues | None) -> None:
        self.statistics.set_whole(statistics_text(statistics, values))
        self.statistics.setVisible(statistics is not None)
        run = self._session.run
        port = None if values is None or run is None else run.ports.get(values.port)
        facts = None if port is None else port.facts
        self.batch.set_whole("" if facts is None else batch_text(facts))
        self.batch.setVisible(facts is not None)
        odd = [] if statistics is None else [
            f"{count} {word}" for count, word in ((statistics.nan, "NaN"), (statistics.infinite, "infinite")) if count
        ]  # fmt: skip
        self.alarm.setText("⚠ " + ", ".join(odd))
        self.alarm.setVisible(bool(odd))

    def data(self) -> list[Named]:
        """The values that are shown, and which steps are padding."""
        shown = self._shown
        if shown is None or shown.values is None:
            return []
        count = shown.values.ndim - (shown.valid is not None)
        features = ("feature",) if count == 1 else tuple(f"feature {axis}" for axis in range(count))
        axes = (*(("step",) if shown.valid is not None else ()), *features)
        return [Named("values", axes, shown.values), *flags("valid", shown.valid), *flags("real", shown.real)]

    # --- ports ---------------------------------------------------------------------------------------------------

    def _offer_ports(self) -> None:
        """The run's ports in model order, the one that is shown chosen."""
        session = self._session
        wanted = (session.run, session.document.graph, session.analysis)
        if self._offered is None or any(old is not new for old, new in zip(self._offered, wanted, strict=True)):
            self._offered = wanted
            known = {} if session.run is None else session.run.ports
            place = {block: at for at, block in enumerate(session.model_order)}
            self._refs = sorted((ref for ref in known if ref.block in place), key=lambda ref: place[ref.block])
            names = [f"{self._name(ref)}  {self._shape(ref)}" for ref in self._refs]
            if names != [self.ports.itemText(at) for at in range(self.ports.count())]:
                self.ports.clear()
                self.ports.addItems(names)
        if session.shown.values_port in self._refs:
            self.ports.setCurrentIndex(self._refs.index(session.shown.values_port))

    def _name(self, port: PortRef) -> str:
        return f"{named(self._session.document, port.block)}.{port.port}"

    def _shape(self, port: PortRef) -> str:
        """As the canvas writes it; the run's where Keras has not said it of the document as it is."""
        spec, run = self._session.analysis.spec(port), self._session.run
        if spec is not None:
            return spec.text()
        return shape_text((None, *run.ports[port].shape[1:])) if run is not None else ""

    def _choose(self, at: int) -> None:
        self._session.shown.choose_port(self._refs[at])
        self._seen.ask()

    # --- the range of steps ---------------------------------------------------------------------------------------

    @property
    def _in_time(self) -> bool:
        values = self._session.shown.values
        return values is not None and values.valid is not None and len(values.valid) == self._session.shown.num_steps

    def _span_subject(self) -> JsonObject | None:
        values, span = self._session.shown.values, self._session.shown.span
        if values is None or span is None or not self._in_time:
            return None
        port, steps = values.port, {"first": span.first, "last": span.last}
        return {"block": port.block, "port": port.port, "sequence": values.sequence, **steps}

    def _show_span(self, _: object = None) -> None:
        """Marks the range, and says its statistics once they are there."""
        values, found = self._session.shown.values, cast("SpanStatistics | None", self.span_reading.value)
        span = self._session.shown.span if self._in_time else None
        self.plot.show_span(span)
        self.hatching.span = span
        self.table.viewport().update()
        if values is None or (span is not None and found is None):
            return
        over = "" if span is None or found is None else f"{span.text} selected, {found.steps} valid"
        self.statistics.set_whole(
            statistics_text(found.statistics if over and found else values.statistics, values, over)
        )

    # --- the clock -----------------------------------------------------------------------------------------------

    def _show_step(self) -> None:
        values = self._shown
        if values is None:
            return
        step, steps = self._session.shown.clock.step, self.model.rowCount()
        in_time = values.valid is not None and step < steps
        self._cursor.setVisible(in_time)
        if in_time:
            self._cursor.setValue(step)
            self.table.selectRow(step)
        else:
            self.table.clearSelection()

    def _set_step(self, step: int) -> None:
        if self._shown is not None and self._shown.valid is not None:
            self._session.shown.set_clock(step=int(np.clip(step, 0, self.model.rowCount() - 1)))

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.heat.set_theme(theme)
        self.colours.set_theme(theme)
        self.plot.set_theme(theme)
        self._cursor.setPen(cursor_pen(theme))
        self.hatching.theme = theme
        self._seen.ask()
        self.table.viewport().update()


def colour_range(statistics: Statistics | None) -> tuple[float, float]:
    """Symmetric about 0 where there are negative numbers, else from 0 to the highest."""
    if statistics is None or statistics.low is None or statistics.high is None:
        return 0.0, 1.0
    reach = max(abs(statistics.low), abs(statistics.high)) or 1.0
    return (-reach, reach) if statistics.low < 0 else (0.0, reach)


def _ticks(count: int) -> list[list[tuple[float, str]]] | None:
    """A number for each of a few, so that none stands between two; of many the axis chooses."""
    return [[(place, str(place)) for place in range(count)]] if count <= MOST_TICKS else None


def _table(model: ValuesTable, delegate: PaddingDelegate) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setItemDelegate(delegate)
    table.setAccessibleName("Values by step and feature")
    table.setProperty("rows are steps", True)  # Home and End move the clock
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    for header, size in ((table.verticalHeader(), ROW), (table.horizontalHeader(), COLUMN)):
        header.setDefaultSectionSize(size)
        header.setMinimumSectionSize(size)
        header.setHighlightSections(False)
        header.setSectionResizeMode(header.ResizeMode.Fixed)
    return table
