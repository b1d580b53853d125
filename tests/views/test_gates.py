"""The Gates view: a cell's own equation with the numbers of the clock's step, line by line, and its gates over time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QTextDocumentFragment
from pytestqt.qtbot import QtBot

from engine.protocol.results import Trace
from engine.protocol.terms import CellTerms, GateTerms
from gui.session.session import EditorSession
from gui.theme.theme import DARK, ThemeHolder
from gui.views.equations import ROWS, equations
from gui.views.gates import GatesView
from tests.documents import traced_cell
from tests.views.conftest import STEPS, run_of
from tests.views.test_readings import answer, asked, shown

UNITS = 4
VALID = np.array([True] * 4 + [False] * 2)
NAMES = {"LSTM": ("h", "c", "gate_i", "gate_f", "gate_g", "gate_o"), "GRU": ("h", "gate_z", "gate_r", "gate_n")}
COLOURS = dict.fromkeys("ifgozrnch", "#000000")


def gate(name: str, activation: str = "sigmoid", **parts: Any) -> GateTerms:
    """A gate of round numbers."""
    known: dict[str, Any] = {
        "inputs": 0.5,
        "state": -0.25,
        "bias": 1.0,
        "state_bias": None,
        "before": 1.25,
        "value": 0.75,
    }
    return GateTerms(name, activation=activation, **{**known, **parts})


def lstm_terms(**parts: Any) -> CellTerms:
    """Of unit 3 at step 0."""
    gates = (gate("i"), gate("f", value=0.5), gate("g", "tanh", value=-0.8), gate("o"))
    before, after = {"h": 0.1, "c": -0.2}, {"h": -0.457, "c": -0.7}
    return replace(CellTerms(2, "b3", 0, 0, 3, "LSTM", gates, before, after, "tanh"), **parts)


def plain(text: str) -> str:
    """Rich text as it is read."""
    return QTextDocumentFragment.fromHtml(text).toPlainText()


def written(found: CellTerms) -> list[str]:
    """The lines of a cell: symbols and numbers."""
    return [f"{plain(line.symbols)} {plain(line.numbers)}" for line in equations(found, COLOURS)]


def trace_of(session: EditorSession, kind: str = "LSTM") -> Trace:
    """States and gates that grow with the unit."""
    cell = traced_cell("b3", UNITS, *NAMES[kind], kind=kind)
    time, unit = np.arange(STEPS)[:, None] + 1, np.arange(UNITS)[None, :] + 1
    arrays = {name: (place + 1) * time * unit / 100 for place, name in enumerate(NAMES[kind])}
    return Trace(2, cell, session.shown.clock.sequence, VALID, VALID, np.arange(STEPS) == 3, arrays)


@pytest.fixture
def ran(session: EditorSession) -> EditorSession:
    """A run with one LSTM to look at."""
    session.show_run(replace(run_of(session), number=2, traced={"b3": traced_cell("b3", UNITS, *NAMES["LSTM"])}))
    session.shown.show_trace(trace_of(session))
    return session


@pytest.fixture
def view(ran: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> GatesView:
    """On the screen, with the answer of the first question."""
    made = shown(GatesView(ran, themes), qtbot)
    answer(ran, "terms", lstm_terms())
    qtbot.waitUntil(lambda: made.sheet.is_open)
    return made


def test_an_lstm_is_written_term_by_term_down_to_h() -> None:
    """What stands in each gate, what comes of it, c from f and i, h from o."""
    assert written(lstm_terms()) == [
        "it = σ(W·xt + U·ht-1 + b) = σ(0.500 − 0.250 + 1.000) = σ(1.250) = 0.750",
        "ft = σ(W·xt + U·ht-1 + b) = σ(0.500 − 0.250 + 1.000) = σ(1.250) = 0.500",
        "gt = tanh(W·xt + U·ht-1 + b) = tanh(0.500 − 0.250 + 1.000) = tanh(1.250) = −0.800",
        "ot = σ(W·xt + U·ht-1 + b) = σ(0.500 − 0.250 + 1.000) = σ(1.250) = 0.750",
        "ct = ft·ct-1 + it·gt = 0.500·(−0.200) + 0.750·(−0.800) = −0.700",
        "ht = ot·tanh(ct) = 0.750·tanh(−0.700) = −0.457",
    ]


def test_both_kinds_of_gru_are_written_as_they_are() -> None:
    """One resets U·h with its bias, the other h itself; a cell without bias has none."""
    z, r = (gate(name, bias=0.5, state_bias=0.5) for name in "zr")
    n = gate("n", "tanh", bias=0.5, state_bias=0.125, value=0.5)
    states: dict[str, Any] = {"before": {"h": -0.5}, "after": {"h": -0.25}}
    after = written(CellTerms(2, "b3", 0, 0, 3, "GRU", (z, r, n), activation="tanh", **states))
    assert after[0].startswith("zt = σ(W·xt + b + U·ht-1 + b′) = σ(0.500 + 0.500 − 0.250 + 0.500)")
    assert after[2] == (
        "nt = tanh(W·xt + b + rt·(U·ht-1 + b′)) = tanh(0.500 + 0.500 + 0.750·(−0.250 + 0.125)) = tanh(1.250) = 0.500"
    )
    assert after[3] == "ht = zt·ht-1 + (1 − zt)·nt = 0.750·(−0.500) + (1 − 0.750)·0.500 = −0.250"
    gates = tuple(gate(name, bias=None, activation="relu") for name in "zrn")
    before = written(CellTerms(2, "b3", 0, 0, 3, "GRU", gates, activation="tanh", reset_after=False, **states))
    assert before[2].startswith("nt = relu(W·xt + U·(rt·ht-1)) = relu(0.500 − 0.250) = relu(1.250)")


def test_a_simple_cell_is_one_line_and_a_linear_activation_is_not_written() -> None:
    """h is what is summed."""
    found = CellTerms(2, "b3", 0, 0, 3, "SimpleRNN", (gate("h", "linear"),), {"h": 0.1}, {"h": 0.75})
    assert written(found) == ["ht = (W·xt + U·ht-1 + b) = (0.500 − 0.250 + 1.000) = (1.250) = 0.750"]


def test_a_masked_step_is_held() -> None:
    """Gates are not used; the states are what they were."""
    found = lstm_terms(held=True, before={"h": 0.1, "c": -0.2}, after={"h": 0.1, "c": -0.2})
    lines = written(found)
    assert lines[0] == "it = σ(W·xt + U·ht-1 + b) masked step: not used"
    assert lines[4:] == ["ct = ct-1 = −0.200 (masked step: held)", "ht = ht-1 = 0.100 (masked step: held)"]


def test_the_strongest_unit_is_asked_for_and_its_lines_are_drawn(view: GatesView, ran: EditorSession) -> None:
    """Each gate has its equation and its plot, in the same colour; padding is hatched in each."""
    assert asked(ran, "terms") == [{"run": 2, "key": "b3", "sequence": 0, "step": 0, "unit": 3}]
    assert [line.name for line in view.lines if line.isVisible()] == list(ROWS["LSTM"])
    palette = view._theme.units
    for line, colour in zip(view.lines, (0, 1, 2, 3, 4, 5), strict=True):
        assert palette[colour] in line.equation.text()
        curve = next(thing for thing in line.plot._drawn if type(thing).__name__ == "StepCurve")
        assert curve.opts["pen"].color().name() == palette[colour]
        signal = line.name if line.name in "ch" else f"gate_{line.name}"
        assert np.allclose(curve.getData()[1], np.asarray(trace_of(ran).units(signal), float)[:, 3])
        assert line.plot._padding._ranges == ((4, 6),)
    assert view.lines[5].equation.accessibleName().endswith("= 0.750·tanh(−0.700) = −0.457")
    assert view.sheet.caption.whole() == "LSTM, step 0: valid, 3 more valid steps"


def test_clock_and_unit_ask_for_other_numbers(view: GatesView, ran: EditorSession, qtbot: QtBot) -> None:
    """The old ones stand until the new ones come; a click in a plot moves the clock; the unit is the session's."""
    before = view.lines[0].equation.text()
    view.lines[2].plot.box.pointed.emit(QPointF(2.2, 0), Qt.KeyboardModifier.NoModifier)
    assert ran.shown.clock.step == 2
    assert asked(ran, "terms")[-1]["step"] == 2
    assert view.lines[0].equation.text() == before
    assert view.lines[0].cursor_line.value() == 2
    view.unit.setValue(1)
    assert ran.shown.unit == 1
    assert asked(ran, "terms")[-1] == {"run": 2, "key": "b3", "sequence": 0, "step": 2, "unit": 1}
    ran.shown.choose_unit(2)
    assert asked(ran, "terms")[-1]["unit"] == view.unit.value() == 2
    answer(ran, "terms", lstm_terms(step=2, gates=tuple(gate(name, value=0.125) for name in "ifgo")))
    qtbot.waitUntil(lambda: "0.125" in view.lines[0].equation.text())


def test_another_kind_of_cell_has_other_lines(view: GatesView, ran: EditorSession, qtbot: QtBot) -> None:
    """A GRU has four; a cell of one's own none, and it is said."""
    ran.shown.trace = None
    ran.shown.show_trace(trace_of(ran, "GRU"))
    qtbot.waitUntil(lambda: [line.name for line in view.lines if line.isVisible()] == list(ROWS["GRU"]))
    ran.shown.show_trace(replace(trace_of(ran), cell=traced_cell("b3", UNITS, *NAMES["LSTM"], kind="Own")))
    qtbot.waitUntil(lambda: "Own is a cell of its own" in view.sheet.sentence.text())


def test_it_fits_a_small_place_and_a_dark_one(view: GatesView, themes: ThemeHolder, qtbot: QtBot) -> None:
    """One below the other where it is narrow, and it scrolls; colours follow the theme."""
    view.resize(600, 180)
    assert (view.width(), view.height()) == (600, 180)
    qtbot.waitUntil(lambda: {line.x() for line in view.lines} == {0})
    assert view._area.verticalScrollBar().maximum() > 0
    themes.set_theme(DARK)
    assert DARK.units[1] in view.lines[1].equation.text()
    view.resize(1200, 300)
    qtbot.waitUntil(lambda: view.lines[1].x() > 300)


def test_without_a_recurrent_block_a_sentence_says_so(
    session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """In the place of empty plots."""
    made = shown(GatesView(session, themes), qtbot)
    assert "no recurrent block" in made.sheet.sentence.text()
