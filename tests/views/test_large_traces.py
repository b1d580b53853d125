"""Traces and Gates of states too large to be there whole: what crosses is what is looked at, and the caption says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from engine.protocol.readings import Overview
from engine.protocol.results import Trace
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.gates import GatesView
from gui.views.traces import TracesView, trace_data
from tests.documents import traced_cell
from tests.steps import whole
from tests.views.conftest import run_of
from tests.views.test_readings import answer, asked, shown

STEPS, UNITS, SHARE = 900, 40, 10
NAMES = ("h", "c", "gate_i", "gate_f", "gate_g", "gate_o")


def values_of(steps: int = STEPS) -> np.ndarray[Any, Any]:
    """(T, units): each unit strong at a step of its own."""
    values = np.full((steps, UNITS), 0.01, np.float32)
    values[np.arange(UNITS) * 20, np.arange(UNITS)] = -1.0
    return values


def trace_of(session: EditorSession, *chosen: int) -> Trace:
    """The numbers of a few units; the last hundred steps are padding."""
    valid = np.arange(STEPS) < STEPS - 100
    cell = traced_cell(session.shown.trace_key, UNITS, *NAMES)
    arrays = {name: values_of()[:, list(chosen)] * (2 if name == "c" else 1) for name in NAMES}
    start = {name: np.zeros(len(chosen), np.float32) for name in ("h", "c")}
    number = session.run.number if session.run is not None else 0
    flags = {"valid": valid, "real": valid, "leaves": valid, "arrays": arrays, "initial": start}
    return Trace(number, cell, session.shown.clock.sequence, **flags, chosen=chosen)


def overview_of(session: EditorSession, first: int = 0, share: int = SHARE, columns: int = STEPS // SHARE) -> Overview:
    """The strongest of each few steps, by the numbers of `values_of`."""
    trace = session.shown.trace
    assert trace is not None
    steps = values_of()[first : first + share * columns].reshape(columns, share, UNITS)
    strong = np.take_along_axis(steps, np.abs(steps).argmax(axis=1)[:, None], axis=1)[:, 0]
    strong[(first + np.arange(columns) * share) >= STEPS - 100] = np.nan
    return Overview(trace.run, trace.key, "h", trace.sequence, first, share, strong)


@pytest.fixture
def traced(session: EditorSession) -> EditorSession:
    """A run whose block_3 has states, of which three units are there."""
    session.show_run(replace(run_of(session), number=2, traced={"b3": traced_cell("b3", UNITS, *NAMES)}))
    return session


@pytest.fixture
def view(traced: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> TracesView:
    """On the screen, its heat map read."""
    made = shown(TracesView(traced, themes), qtbot)
    traced.shown.show_trace(trace_of(traced, 3, 7, 20))
    qtbot.waitUntil(lambda: bool(asked(traced, "overview")))
    answer(traced, "overview", overview_of(traced))
    qtbot.waitUntil(lambda: made.heat.indices.shape == (STEPS // SHARE, UNITS))
    return made


def test_the_heat_map_is_read_in_few_columns_and_says_so(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """One question for all steps; every unit's one strong step is seen, padding is not drawn."""
    assert asked(traced, "overview") == [{"run": 2, "key": "b3", "sequence": 0, "signal": "h", "steps": None}]
    strong = (view.heat.indices == view.heat.indices.min(axis=0)).argmax(axis=0)
    assert strong.tolist() == (np.arange(UNITS) * 20 // SHARE).tolist()
    assert (view.heat.indices[-10:] == 255).all()
    qtbot.waitUntil(lambda: "10 steps a column, the strongest is shown" in view.caption.whole())
    assert view.heat.boundingRect().width() == STEPS
    assert view.shown_units == (3, 7, 20)
    assert view.readout.text().count("bgcolor") == 3
    before = view.grab().toImage()
    view.heat.set_levels(-0.02, 0.02)
    assert view.grab().toImage() != before


def test_steps_in_sight_are_read_anew_and_stay_in_sight(view: TracesView, traced: EditorSession, qtbot: QtBot) -> None:
    """After a pause, with as many beside them; back at all steps nothing is asked again."""
    box = view.heat_plot.box
    box.setRange(xRange=(199.5, 239.5), padding=0)
    qtbot.waitUntil(lambda: asked(traced, "overview")[-1]["steps"] == [180, 260])
    answer(traced, "overview", overview_of(traced, 180, 1, 80))
    qtbot.waitUntil(lambda: "each step in sight" in view.caption.whole())
    assert view.heat.indices.shape == (STEPS // SHARE, UNITS)
    assert np.allclose(box.viewRange()[0], (199.5, 239.5))
    view.grab()
    assert view.heat.shown_image.width() == 80
    count = len(asked(traced, "overview"))
    box.setRange(xRange=(209.5, 229.5), padding=0)
    qtbot.wait(200)
    box.setRange(xRange=(-0.5, STEPS - 0.5), padding=0)
    qtbot.wait(200)
    assert len(asked(traced, "overview")) == count


def test_a_unit_that_is_not_there_is_asked_for_and_drawn_when_it_comes(
    view: TracesView, traced: EditorSession, qtbot: QtBot
) -> None:
    """A click in the heat map; the others stay meanwhile and are at hand later; the zoom stays as it is."""
    box = view.heat_plot.box
    box.setRange(xRange=(99.5, 399.5), padding=0)
    view.heat_plot.box.pointed.emit(QPointF(240.0, 12.0), Qt.KeyboardModifier.ControlModifier)
    assert asked(traced, "trace")[-1] == (2, "b3", 0, 12)
    assert view.shown_units == (3, 7, 20, 12)
    assert view.readout.text().count("bgcolor") == 3
    assert len(asked(traced, "trace")) == 2
    traced.shown.show_trace(trace_of(traced, 3, 7, 12, 20))
    qtbot.waitUntil(lambda: view.readout.text().count("bgcolor") == 4)
    assert "h&nbsp;-1.00&nbsp;c&nbsp;-2.00" in view.readout.text()
    assert np.allclose(box.viewRange()[0], (99.5, 399.5))
    assert view.heat.indices.shape == (STEPS // SHARE, UNITS)
    traced.shown.set_clock(sequence=1)
    assert asked(traced, "trace")[-1] == (2, "b3", 1, 12)
    data = {one.name: (one.axes, one.values.shape) for one in trace_data(trace_of(traced, 3, 7))}
    assert data["units"] == (("unit",), (2,))
    assert data["h"] == (("step", "unit"), (STEPS, 2))


def test_another_sequence_is_not_drawn_from_the_old_overview(
    view: TracesView, traced: EditorSession, qtbot: QtBot
) -> None:
    """Until its own comes, nothing is; a sentence of the worker is said."""
    traced.shown.set_clock(sequence=1)
    traced.shown.show_trace(trace_of(traced, 3, 7, 20))
    qtbot.waitUntil(lambda: (view.heat.indices == 255).all())
    assert asked(traced, "overview")[-1]["sequence"] == 1
    assert "Reading …" in view.caption.whole()
    answer(traced, "overview", "The states of that run are no longer kept.")
    qtbot.waitUntil(lambda: "no longer kept" in view.caption.whole())
    traced.new()
    assert view.stretches.whole is None


def test_gates_asks_for_its_unit(traced: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """The last numbers stand until those of the unit come."""
    made = shown(whole(GatesView(traced, themes)), qtbot)
    traced.shown.show_trace(trace_of(traced, 3, 7, 20))
    qtbot.waitUntil(lambda: made.sheet.is_open)
    assert made.unit.value() == 3
    made.unit.setValue(11)
    qtbot.waitUntil(lambda: asked(traced, "trace")[-1] == (2, "b3", 0, 11))
    traced.shown.show_trace(trace_of(traced, 3, 7, 11, 20))
    qtbot.waitUntil(lambda: "unit 11" in made.lines[0].plot.accessibleName())
    assert {one.name for one in made.data()} >= set(NAMES)
    assert len(asked(traced, "trace")) == 2
