"""A range of steps: Shift and drag in any plot chooses it, every view shows it, and says what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.protocol.readings import AttentionScores, SpanStatistics, StateSpace
from engine.protocol.results import Statistics
from gui.session.clock import Span
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, Theme, ThemeHolder
from gui.views.attention import AttentionView
from gui.views.influence import InfluenceView
from gui.views.lengths import LengthsView
from gui.views.plot import Plot
from gui.views.real_steps import RealSteps, places_of, steps_of
from gui.views.state_space import StateSpaceView
from gui.views.step_lines import StepLine, StepLines
from gui.views.traces import TracesView
from gui.views.values import ValuesView
from tests.documents import traced_cell
from tests.views.conftest import STEPS, run_of
from tests.views.test_readings import answer, asked, shown
from tests.views.test_traces import trace_of
from tests.views.test_values import give, values_of

SHIFT, LEFT = Qt.KeyboardModifier.ShiftModifier, Qt.MouseButton.LeftButton
RATE_MS = 12
"""pyqtgraph drops moves that come sooner after one another."""
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def ran(session: EditorSession) -> EditorSession:
    """A run whose block_3 has states, which are there."""
    run = replace(run_of(session), traced={"b3": traced_cell("b3", 8)}, attended=("b4",))
    session.show_run(run)
    session.shown.show_trace(trace_of(session))
    return session


def pixel(plot: Plot, x: float, y: float) -> QPoint:
    """A place of the plot in pixels of its viewport."""
    return plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y)))


def send(widget: QWidget, kind: QEvent.Type, place: QPoint, keys: Qt.KeyboardModifier) -> None:
    """An event of the left button, as Qt sends it; `QTest.mouseMove` knows no keys."""
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else LEFT
    there = QPointF(widget.mapToGlobal(place))
    QApplication.sendEvent(widget, QMouseEvent(kind, QPointF(place), there, button, held, keys))


def drag(widget: QWidget, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = SHIFT) -> None:
    """Down, moved in a few steps, up."""
    send(widget, QEvent.Type.MouseButtonPress, start, keys)
    for part in range(1, 6):
        QTest.qWait(RATE_MS)
        send(widget, QEvent.Type.MouseMove, start + (end - start) * (part / 5), keys)
    send(widget, QEvent.Type.MouseButtonRelease, end, keys)


def click(widget: QWidget, place: QPoint, keys: Qt.KeyboardModifier) -> None:
    """There, down and up."""
    QTest.qWait(RATE_MS)
    QTest.mouseMove(widget, place)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        send(widget, kind, place, keys)


def lines_over(steps: int, qtbot: QtBot) -> StepLines:
    """A plot with one line, painted."""
    plot = StepLines(LIGHT, name="lines")
    qtbot.addWidget(plot)
    plot.resize(400, 200)
    plot.show()
    plot.show_lines([StepLine("a", np.arange(float(steps)), LIGHT.units[0])], None, logarithmic=False)
    qtbot.waitExposed(plot)
    QApplication.processEvents()
    return plot


def test_shift_and_drag_chooses_and_a_drag_alone_moves_the_clock(ran: EditorSession, qtbot: QtBot) -> None:
    """To the left too, and beyond the plot; a click with Shift chooses none, one without keeps the range, on a marker too."""
    plot = lines_over(STEPS, qtbot)
    plot.follow_span(ran.shown)
    places: list[float] = []
    plot.box.dragged.connect(lambda place: places.append(place.x()))
    plot.box.pointed.connect(lambda place, _: places.append(place.x()))
    view = plot.viewport()
    drag(view, pixel(plot, 4, 1), pixel(plot, 2, 2))
    assert ran.shown.span == Span(2, 4)
    drag(view, pixel(plot, 3, 1), pixel(plot, 3, 1) + QPoint(900, 0))
    assert (ran.shown.span, places) == (Span(3, 5), [])
    drag(view, pixel(plot, 1, 1), pixel(plot, 2, 1), NONE)
    click(view, pixel(plot, 1, 1), NONE)
    assert ran.shown.span == Span(3, 5)
    assert round(places[-1]) == 1
    click(view, pixel(plot, 4, 1), SHIFT)
    assert ran.shown.span is None
    assert round(places[-1]) == 1


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_lies_outside_stands_back_between_two_edges(theme: Theme, qtbot: QtBot) -> None:
    """The inside keeps its colours to the bit: in a heat map they are what one reads."""
    plot = lines_over(10, qtbot)
    plot.set_theme(theme)
    QApplication.processEvents()
    before = plot.viewport().grab().toImage()
    plot.show_span(Span(3, 6))
    after = plot.viewport().grab().toImage()
    y = pixel(plot, 0, 4).y()
    edges = [pixel(plot, place, 4).x() for place in (2.5, 6.5)]
    accent = QColor(theme.accent).name()
    assert [any(after.pixelColor(x + by, y).name() == accent for by in (-1, 0, 1)) for x in edges] == [True, True]
    inside = range(edges[0] + 3, edges[1] - 2)
    assert all(before.pixelColor(x, row) == after.pixelColor(x, row) for x in inside for row in range(20, 150, 3))
    line = QColor(LIGHT.units[0]).name()

    def seen(image: QImage, start: float, stop: float) -> bool:
        corners = pixel(plot, start, stop), pixel(plot, stop, start)
        return any(
            image.pixelColor(x, row).name() == line
            for x in range(corners[0].x(), corners[1].x())
            for row in range(corners[0].y(), corners[1].y())
        )

    assert (seen(before, 0, 2), seen(after, 0, 2)) == (True, False)
    assert (seen(before, 4, 6), seen(after, 4, 6)) == (True, True)
    plot.show_span(Span(12, 14))
    assert plot.viewport().grab().toImage() == before, "this plot has no such steps"


def test_a_range_and_another_colour_in_one_turn_are_both_drawn(qtbot: QtBot) -> None:
    """The picture under cursor and range is made anew when what it shows has changed."""
    plot = lines_over(10, qtbot)
    mark: Any = pg.ScatterPlotItem([4.5], [7.0], size=9, pen=None, brush="#00ff00")
    plot.add(mark)

    def has_picture() -> bool:
        plot.show_span(None)
        plot.show_span(Span(3, 6))
        QApplication.processEvents()
        return plot._picture is not None

    qtbot.waitUntil(has_picture)
    mark.setBrush("#ff00ff")
    plot.show_span(Span(2, 6))

    def drawn() -> bool:
        screen = plot.screen().grabWindow(plot.winId()).toImage()
        return screen.pixelColor(pixel(plot, 4.5, 7.0)).name() == "#ff00ff"

    qtbot.waitUntil(drawn)


def test_traces_say_which_steps_are_selected(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """Both plots mark them, the words stand before how lines are drawn; orders and units stay."""
    view = shown(TracesView(ran, themes), qtbot)
    qtbot.waitUntil(lambda: view.sheet.is_open)
    units = view.shown_units
    drag(view.heat_plot.viewport(), pixel(view.heat_plot, 1, 3), pixel(view.heat_plot, 3, 5))
    assert ran.shown.span == Span(1, 3)
    assert [plot._span for plot in (view.heat_plot, view.lines)] == [Span(1, 3)] * 2
    assert view.lines_caption.whole() == "steps 1 to 3 selected · solid h, dashed c, by step"
    assert (view.shown_units, ran.shown.clock.step) == (units, 0)
    ran.shown.choose_span(None)
    assert view.lines_caption.whole() == "solid h, dashed c, by step"


def test_values_are_counted_over_the_valid_steps_of_the_range(
    session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """Asked of the worker; until it answers the old words stand; rows outside stand back; without steps nothing is asked."""
    session.select(["b3"])
    view = shown(ValuesView(session, themes), qtbot)
    give(view, session, values_of(), qtbot)
    words = view.statistics.whole()
    drag(view.plot.viewport(), pixel(view.plot, 1, 1), pixel(view.plot, 4, 2))
    assert session.shown.span == Span(1, 4)
    wanted = {"run": 1, "block": "b3", "port": "output", "sequence": 0, "first": 1, "last": 4}
    assert asked(session, "statistics")[-1] == wanted
    assert view.statistics.whole() == words
    answer(session, "statistics", SpanStatistics(1, 2, Statistics(8, -1.0, 1.0, 0.5, 0.25, 0, 0, 0)))
    said = "steps 1 to 4 selected, 2 valid:  min -1  max 1  mean 0.5  std 0.25 · no zeros · no NaN or inf"
    assert view.statistics.whole() == said
    assert (view.plot._span, view.hatching.span) == (Span(1, 4), Span(1, 4))
    session.shown.choose_span(None)
    assert view.statistics.whole() == words
    before = len(asked(session, "statistics"))
    session.select(["b4"])
    give(view, session, values_of(session.shown.values_port, values=np.ones(5), valid=None, real=None), qtbot)  # pyright: ignore[reportArgumentType]
    session.shown.choose_span(Span(0, 2))
    assert (len(asked(session, "statistics")), view.plot._span) == (before, None)
    assert view.statistics.whole().startswith("over all numbers")


def test_lengths_brush_where_steps_are_the_clocks(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """Along a bar, beyond its end too; a click with Shift chooses none."""
    view = LengthsView(ran, themes)
    qtbot.addWidget(view)
    view.resize(1000, 300)
    view.show()
    qtbot.waitUntil(lambda: view.sheet.is_open)
    bars = view.bars
    y, step = bars.top_of(1) + 2, bars.bar_width / STEPS
    at = [QPoint(round(bars.left_of(0) + (place + 0.5) * step), y) for place in range(STEPS + 3)]
    drag(bars.viewport(), at[4], at[2])
    assert ran.shown.span == bars._span == Span(2, 4)
    assert ran.shown.clock.sequence == 0
    drag(bars.viewport(), at[3], at[STEPS + 2])
    assert ran.shown.span == Span(3, 5)
    image = bars.viewport().grab().toImage()
    edge = round(bars.left_of(0) + 3 * step)
    assert any(image.pixelColor(edge + by, y).name() == LIGHT.accent for by in (-1, 0, 1))
    click(bars.viewport(), at[1], SHIFT)
    assert ran.shown.span is None


def test_attention_brushes_its_query_steps(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """They stand below one another there: the range is marked by rows."""
    view = shown(AttentionView(ran, themes), qtbot)
    scores = np.full((1, 5, 3), 1 / 3, np.float32)
    answer(ran, "attention", AttentionScores(1, "b4", 0, scores))
    qtbot.waitUntil(lambda: view.sheet.is_open)
    plot = view.plot
    drag(plot.viewport(), pixel(plot, 0, 3), pixel(plot, 2, 4))
    assert ran.shown.span == plot._span == Span(3, 4)
    assert view.lines._span is None  # they go over the steps of the value
    image, x = plot.viewport().grab().toImage(), pixel(plot, 1.3, 0).x()
    y = pixel(plot, 0, 2.5).y()
    assert any(image.pixelColor(x, y + by).name() == LIGHT.accent for by in (-1, 0, 1))


def test_a_path_is_strong_within_the_range(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """Steps and the way between them; the rest is faint, and all of it strong without a range."""
    view = shown(StateSpaceView(ran, themes), qtbot)
    points = np.stack([np.arange(STEPS, dtype=float), np.arange(STEPS) ** 2], axis=1)[None].repeat(4, axis=0)
    answer(ran, "state_space", StateSpace(1, "b3", "h", points, (0.5, 0.25)))
    qtbot.waitUntil(lambda: view.sheet.is_open)
    outer, inner = view._path.curves
    strong = outer.opts["pen"].color().alpha()
    ran.shown.choose_span(Span(2, 3))
    assert np.flatnonzero(np.isfinite(inner.getData()[0])).tolist() == [2, 3]
    assert outer.opts["pen"].color().alpha() < strong == inner.opts["pen"].color().alpha()
    alphas = [brush.color().alpha() for brush in view._steps.data["brush"]]
    assert [alpha == 255 for alpha in alphas] == [step in (2, 3) for step in range(STEPS)]
    ran.shown.choose_span(None)
    assert outer.opts["pen"].color().alpha() == strong


def test_influence_marks_the_range_in_both_plots(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """One that was chosen before the view was made too."""
    ran.shown.choose_span(Span(1, 2))
    view = shown(InfluenceView(ran, themes), qtbot)
    assert (view.states._span, view.inputs._span) == (Span(1, 2), Span(1, 2))


def test_plots_of_real_steps_have_the_range_where_they_count_its_steps(ran: EditorSession, qtbot: QtBot) -> None:
    """Padding has no place there; steps are counted back from the last that is read; brushing goes the other way."""
    valid = np.array([True, False, True, True, False, True])
    ran.shown.show_trace(trace_of(ran, valid=valid, real=valid))
    plots: dict[Any, StepLines] = {}
    for count in ("time", "read", "back"):
        plots[count] = lines_over(STEPS, qtbot)
        RealSteps(ran, count, plots[count], plots[count])
    ran.shown.choose_span(Span(1, 3))
    assert {count: plot._span for count, plot in plots.items()} == {
        "time": Span(1, 2), "read": Span(1, 2), "back": Span(1, 2),
    }  # fmt: skip
    plots["back"].box.brushed.emit(Span(0, 1))
    assert ran.shown.span == Span(3, 5)
    assert (plots["time"]._span, plots["back"]._span) == (Span(2, 3), Span(0, 1))
    ran.shown.show_trace(trace_of(ran, valid=valid, real=valid, backwards=True))
    assert (plots["time"]._span, plots["read"]._span, plots["back"]._span) == (Span(2, 3), Span(0, 1), Span(2, 3))
    ran.shown.choose_span(Span(4, 4))
    assert plots["time"]._span is None
    plots["time"].box.brushed.emit(None)
    assert ran.shown.span is None


def test_places_and_steps_are_each_others_inverse() -> None:
    """For every range of places of any row of steps."""
    steps = np.array([7, 5, 4, 1])
    for first in range(4):
        for last in range(first, 4):
            span = steps_of(Span(first, last), steps)
            assert places_of(span, steps) == Span(first, last)
