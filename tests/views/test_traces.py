"""The Traces view: heat map, lines, readout and their hands over known states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from engine.analysis.values import Diagnostic
from engine.document.edits import SetArgument
from engine.protocol.readings import UnitOrder
from engine.protocol.results import Trace
from engine.protocol.traced import TracedCell, TracedSignal
from gui.session.clock import Span
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, ThemeHolder
from gui.views.telling import OLD
from gui.views.traces import TracesView
from gui.views.unit_field import units_in
from gui.views.unit_grid import UnitGrid, columns_for
from tests.documents import traced_cell
from tests.steps import whole
from tests.views.conftest import STEPS, run_of
from tests.views.test_readings import answer, asked

UNITS = 8


def trace_of(session: EditorSession, **other: Any) -> Trace:
    """h grows with the unit, c is twice h; two steps of padding, masked."""
    time, unit = np.arange(STEPS)[:, None], np.arange(UNITS)[None, :]
    h = ((time + 1) * (unit + 1) / 100 * np.where(unit % 2, 1, -1)).astype(np.float32)
    gate = np.full((STEPS, UNITS), 0.25, np.float32)
    gate[4:] = np.nan
    valid = np.array([True] * 4 + [False] * 2)
    arrays = {"h": h, "c": 2 * h, "gate_i": gate}
    parts = {"valid": valid, "real": valid, "leaves": np.arange(STEPS) == 3, "arrays": arrays, **other}
    cell = traced_cell(session.shown.trace_key, UNITS, *arrays)
    return Trace(1, cell, session.shown.clock.sequence, **parts)


@pytest.fixture
def traced(session: EditorSession) -> EditorSession:
    """A run whose block_3 and block_4 have states."""
    session.show_run(replace(run_of(session), traced={"b3": traced_cell("b3", UNITS), "b4": traced_cell("b4", 5)}))
    return session


@pytest.fixture
def view(traced: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> TracesView:
    """The view on the screen, with states."""
    made = whole(TracesView(traced, themes))
    qtbot.addWidget(made)
    made.resize(1200, 260)
    made.show()
    qtbot.waitExposed(made)
    traced.shown.show_trace(trace_of(traced))
    qtbot.waitUntil(lambda: made.sheet.is_open)
    return made


def test_titles_say_what_is_drawn(view: TracesView) -> None:
    """Name, size, units, how lines are drawn, and the range of the colours, over valid steps and about 0."""
    assert view.array.currentText() == "Hidden state h"
    option = QStyleOptionComboBox()
    view.array.initStyleOption(option)
    assert view.array._elided(option) == "Hidden state h"
    assert view.caption.whole() == "unit by step, 8 by 6"
    assert view.units.text() == "Units 5, 6, 7"
    assert view.lines_caption.whole() == "solid h, dashed c, by step"
    assert view.colours.accessibleName() == "Colours from -0.32 to 0.32"
    assert view.readout_title.text() == "<b>At step 0</b>"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("111100", "nothing changes from step 4 on · unit by step, 8 by 6"),
        ("001101", "nothing changes before step 2 · unit by step, 8 by 6"),
        ("011000", "nothing changes before step 1 and from step 3 on · unit by step, 8 by 6"),
        ("101101", "unit by step, 8 by 6"),
        ("000000", "nothing changes at any step · unit by step, 8 by 6"),
    ],
)
def test_where_nothing_changes_that_is_said(
    view: TracesView, traced: EditorSession, qtbot: QtBot, changes: str, words: str
) -> None:
    """From which step on the states stay as they are, by the run."""
    traced.shown.show_trace(trace_of(traced, changes=np.array([change == "1" for change in changes])))
    qtbot.waitUntil(lambda: view.caption.whole() == words)


def test_a_unit_of_another_view_is_drawn(view: TracesView, traced: EditorSession) -> None:
    """While this one is not in sight."""
    traced.shown.choose_unit(2)
    assert view.shown_units == (5, 6, 7)
    view.hide()
    traced.shown.choose_unit(3)
    assert view.shown_units == (3,)


def test_what_leaves_is_bracketed_and_padding_hatched_and_named(view: TracesView) -> None:
    """In the heat map and behind the lines; a mask holds the state."""
    assert view.heat._leaves == ((3, 4),)
    assert view.heat._padding == ((4, 6),)
    assert (view.lines._padding._ranges, view.lines._padding._words) == (((4, 6),), "padding: state held")


def test_padding_that_nothing_masks_is_read(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """The words follow the run."""
    traced.shown.show_trace(trace_of(traced, valid=np.ones(STEPS, bool)))
    qtbot.waitUntil(lambda: view.lines._padding._words == "padding: read like data")
    assert (view.heat._padding, view.heat._read_padding) == ((), ((4, 6),))


def test_the_readout_follows_the_clock(view: TracesView, traced: EditorSession) -> None:
    """Cursors in both plots, numbers with bars in the lines' colours; no gates at masked steps; what leaves is said."""
    traced.shown.set_clock(step=3)
    text = view.readout.text()
    assert [cursor.value() for cursor in view._cursors] == [3, 3]
    assert "valid, 0 more valid steps · leaves" in text
    assert "h&nbsp;0.32&nbsp;c&nbsp;0.64" in text
    assert "i&nbsp;0.25" in text
    assert [f'bgcolor="{colour}"' in text for colour in LIGHT.units[:4]] == [True, True, True, False]
    traced.shown.set_clock(step=5)
    assert "padding, masked: state held" in view.readout.text()
    assert "i&nbsp;" not in view.readout.text()


def test_a_click_chooses_unit_and_step_a_drag_goes_along_the_steps(view: TracesView, traced: EditorSession) -> None:
    """Ctrl adds a unit, again takes it away; the lines move the clock alone."""
    heat, lines = (plot.box for plot in view._plots)
    none, ctrl = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
    heat.pointed.emit(QPointF(2.2, 1.0), none)
    assert (view.shown_units, traced.shown.clock.step) == ((1,), 2)
    heat.pointed.emit(QPointF(2.2, 4.0), ctrl)
    assert view.shown_units == (1, 4)
    heat.pointed.emit(QPointF(2.2, 1.0), ctrl)
    assert view.shown_units == (4,)
    lines.pointed.emit(QPointF(99.0, 0.0), none)
    assert (view.shown_units, traced.shown.clock.step) == ((4,), STEPS - 1)
    for place in (0.6, 1.4, 1.6):
        lines.dragged.emit(QPointF(place, 0.0))
    assert traced.shown.clock.step == 2


def test_units_are_typed(view: TracesView, qtbot: QtBot) -> None:
    """By keyboard; a unit that is not there is put back; the choice outlives the next sequence's states."""
    view.units.setFocus()
    view.units.selectAll()
    qtbot.keyClicks(view.units, "2, 0")
    qtbot.keyClick(view.units, Qt.Key.Key_Return)
    assert view.shown_units == (2, 0)
    assert view.units.text() == "Units 2, 0"
    view.units.setText("12")
    qtbot.keyClick(view.units, Qt.Key.Key_Return)
    assert (view.shown_units, view.units.text()) == ((2, 0), "Units 2, 0")
    assert units_in("1, 1, 7", UNITS) == (1, 7)
    assert units_in("1, 8", UNITS) == ()


def test_an_old_trace_is_dimmed_and_says_since_when(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """It stays in sight, with the edit it is older than."""
    traced.push(SetArgument("b3", "units", 9), "set units of block_3")
    qtbot.waitUntil(lambda: "from before “set units of block_3”" in view.caption.whole())
    assert view.sheet.is_open
    assert view.heat.opacity() == pytest.approx(OLD)
    assert view.lines._curves[0].opacity() == pytest.approx(OLD)


def test_why_there_are_no_states(traced: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """Reading them; none in the model; running."""
    view = whole(TracesView(traced, themes))
    qtbot.addWidget(view)
    view.show()
    assert view.sheet.sentence.text() == "Reading the states of block_3 …"
    traced.show_run(run_of(traced))
    qtbot.waitUntil(lambda: view.sheet.sentence.text().startswith("This model has no recurrent block"))
    traced._set_run_state(RunState("running", "Running 40% …", 0.4))
    qtbot.waitUntil(lambda: view.sheet.sentence.text() == "Running 40% …")


def test_where_states_are_not_traced_that_is_said(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """The block inside TimeDistributed is selected: no other block's states stand there; another brings them back."""
    assert traced.run is not None
    told = Diagnostic("trace.none", "info", "run", "b5", "The states of it are not traced", "It runs anew.")
    traced.show_run(replace(traced.run, diagnostics=(told,)))
    traced.select(["b5"])
    qtbot.waitUntil(lambda: view.sheet.sentence.text() == "The states of it are not traced. It runs anew.")
    assert (traced.shown.trace, traced.shown.trace_key) == (None, "")
    traced.select(["b4"])
    assert traced.shown.trace_key == "b4"


def test_places_and_channels_stand_below_each_other_and_are_named(
    view: TracesView, traced: EditorSession, qtbot: QtBot
) -> None:
    """A ConvLSTM's units in the heat map, by their number; the readout says which, and what entered."""
    signals = tuple(TracedSignal("b3", "", name, ("row", "channel"), (5, 2)) for name in ("h", "c"))
    h = np.arange(STEPS * 10, dtype=np.float32).reshape(STEPS, 5, 2) / 60
    start = {"h": np.full((5, 2), 0.5, np.float32), "c": np.full((5, 2), -0.25, np.float32)}
    trace = replace(trace_of(traced), cell=TracedCell("b3", "", "ConvLSTM", signals), arrays={"h": h, "c": -h})
    traced.shown.show_trace(replace(trace, initial=start))
    qtbot.waitUntil(lambda: view.caption.whole() == "row × channel by step, 5 × 2 by 6")
    view.choose_units([7])
    assert "unit 7: row 3, channel 1" in view.readout.text()
    assert "h&nbsp;0.12&nbsp;c&nbsp;-0.12" in view.readout.text()
    assert "from&nbsp;h&nbsp;0.50&nbsp;c&nbsp;-0.25" in view.readout.text()
    traced.shown.set_clock(step=1)
    assert "from&nbsp;h" not in view.readout.text()
    assert view.heat._units == 10


def test_a_custom_cells_states_have_sizes_of_their_own(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """Offered by number; a unit that only one of them has is drawn in it alone."""
    signals = tuple(TracedSignal("b3", "", f"state_{at}", ("unit",), (size,)) for at, size in enumerate((3, 5)))
    arrays = {"state_0": np.ones((STEPS, 3), np.float32), "state_1": np.full((STEPS, 5), 2, np.float32)}
    cell = TracedCell("b3", "", "Twice", signals)
    traced.shown.show_trace(replace(trace_of(traced), cell=cell, arrays=arrays, initial={}, backwards=True))
    qtbot.waitUntil(lambda: view.array.currentText() == "State 0")
    assert [view.array.itemText(at) for at in range(view.array.count())] == ["State 0", "State 1"]
    qtbot.waitUntil(lambda: view.lines_caption.whole() == "solid state_0, dashed state_1, by step")
    view.choose_units([2, 4])
    assert view.shown_units == (2, 4)
    assert len(view.lines._curves) == 3
    assert view.readout.text().count("state_0") == 1
    assert view.readout.text().count("state_1") == 2
    view.array.setCurrentIndex(1)
    qtbot.waitUntil(lambda: view.caption.whole() == "unit by step, 5 by 6")


@pytest.mark.parametrize("size", [(600, 180), (1600, 400)])
def test_it_paints_at_any_size_in_both_themes(
    size: tuple[int, int], view: TracesView, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """Nothing asks for more room; other colours, the same states."""
    view.resize(*size)
    assert (view.width(), view.height()) == size
    light = view.grab().toImage()
    themes.set_theme(DARK)
    qtbot.waitUntil(lambda: DARK.units[0] in view.readout.text())
    assert view.grab().toImage() != light
    assert view.readout.text().count("bgcolor") == 3


def test_units_in_another_order_keep_their_numbers(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """Asked for when it is chosen; the axis and a click say the real unit, and of a gate the order is the state's."""
    assert asked(traced, "unit_order") == []
    view.order.setCurrentText("clustered")
    view.order.activated.emit(2)
    number = traced.run.number if traced.run is not None else 0
    key = traced.shown.trace_key
    assert asked(traced, "unit_order") == [{"run": number, "key": key, "signal": "h", "rule": "cluster"}]
    before = view.heat.indices.copy()
    order = np.array([7, 0, 6, 1, 5, 2, 4, 3], np.int32)
    answer(traced, "unit_order", UnitOrder(number, key, "h", "cluster", order))
    qtbot.waitUntil(lambda: np.array_equal(view.heat.indices, before[:, order]))
    assert view.heat_plot.left.tickStrings([0.0, 2.0, 9.0], 1.0, 1.0) == ["7", "6", ""]
    view.heat_plot.box.pointed.emit(QPointF(1.0, 2.0), Qt.KeyboardModifier.NoModifier)
    assert view.shown_units == (6,)
    assert traced.shown.unit == 6
    view.array.setCurrentIndex(2)
    assert asked(traced, "unit_order")[-1]["signal"] == "h"


def test_a_view_that_is_made_in_sight_asks_as_well(traced: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """The one in front is shown before its plots are made."""
    made = TracesView(traced, themes)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    whole(made)
    traced.shown.show_trace(trace_of(traced))
    qtbot.waitUntil(lambda: made.sheet.is_open)
    made.order.setCurrentText("by activity")
    made.order.activated.emit(1)
    assert asked(traced, "unit_order")[-1]["rule"] == "activity"


# --- small multiples --------------------------------------------------------------------------------------------------


def arranged(view: TracesView, qtbot: QtBot) -> UnitGrid:
    """The view with a plot for each unit, all drawn."""
    view.arrangement.setCurrentIndex(1)
    qtbot.waitUntil(lambda: not view._seen._wanted and not view._seen._steps.is_busy)
    qtbot.waitUntil(lambda: not view.grid.drawing.is_busy)
    return view.grid


def test_each_unit_has_a_plot_of_its_own_over_the_same_ranges(view: TracesView, qtbot: QtBot) -> None:
    """More of the strongest than in one plot, each named in its colour; axes stand at the edges alone."""
    grid = arranged(view, qtbot)
    assert view.pages.currentWidget() is grid
    assert view.shown_units == (2, 3, 4, 5, 6, 7)
    plots = grid.plots[:6]
    assert [plot.accessibleName() for plot in plots] == [
        f"States of unit {unit} over time" for unit in (2, 3, 4, 5, 6, 7)
    ]
    assert all(LIGHT.units[at] in plot.head.text() for at, plot in enumerate(plots))
    assert len({str(plot.box.viewRange()) for plot in plots}) == 1
    assert plots[0].box.viewRange()[1][1] == pytest.approx(0.96 * 1.15)
    np.testing.assert_allclose(plots[1]._curves[1].getData()[1], trace_of(view._session).units("c")[:, 3])
    assert [plot._padding._ranges for plot in plots] == [((4, 6),)] * 6
    assert len(plots[0]._markers.data) == STEPS
    sizes = {(round(plot.box.width()), round(plot.box.height())) for plot in plots}
    assert len(sizes) == 1, "plots beside one another are compared: their insides are of one size"
    columns = columns_for(6, grid.width(), grid.height())
    assert [plot.left.isVisible() for plot in plots] == [at % columns == 0 for at in range(6)]
    assert [plot.bottom.isVisible() for plot in plots] == [at + columns >= 6 for at in range(6)]


def test_small_plots_share_clock_and_range(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """The line of the clock in each, and what is chosen in one."""
    grid = arranged(view, qtbot)
    traced.shown.set_clock(step=2)
    grid.plots[4].box.brushed.emit(Span(1, 3))
    assert traced.shown.span == Span(1, 3)
    assert [(plot.cursor_line.value(), plot._span) for plot in grid.plots] == [(2, Span(1, 3))] * 6
    grid.plots[3].box.pointed.emit(QPointF(4.1, 0.0), Qt.KeyboardModifier.NoModifier)
    assert traced.shown.clock.step == 4
    assert view.shown_units == (2, 3, 4, 5, 6, 7)


def test_units_come_and_go_in_small_plots(view: TracesView, qtbot: QtBot) -> None:
    """Up to twelve are typed; in one plot again, as many of them as it takes, the last."""
    grid = arranged(view, qtbot)
    view.choose_units([5])
    qtbot.waitUntil(lambda: not grid.drawing.is_busy)
    assert [plot.isVisible() for plot in grid.plots] == [True] + [False] * 5
    view.choose_units(range(8))
    qtbot.waitUntil(lambda: not grid.drawing.is_busy)
    assert [plot.isVisible() for plot in grid.plots] == [True] * 8
    assert "up to 12 numbers" in view.units.toolTip()
    view._themes.set_theme(DARK)
    qtbot.waitUntil(lambda: DARK.units[1] in grid.plots[1].head.text())
    view.arrangement.setCurrentIndex(0)
    qtbot.waitUntil(lambda: view.shown_units == (2, 3, 4, 5, 6, 7))
    assert "up to 6 numbers" in view.units.toolTip()


def test_an_old_run_is_faint_in_small_plots_too(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """As in one plot."""
    grid = arranged(view, qtbot)
    traced.push(SetArgument("b3", "units", 9), "set units")
    qtbot.waitUntil(lambda: grid.plots[0]._curves[0].opacity() == OLD)
