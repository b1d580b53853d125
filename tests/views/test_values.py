"""The Values view: image, table, statistics; it asks only while it is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from engine.graph.values import PortRef
from engine.protocol.port_facts import NonFinite, PortFacts
from engine.protocol.results import PortResult, PortValues, Statistics
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, ThemeHolder
from gui.views.values import ValuesView, colour_range
from gui.views.values_table import PADDING, ValuesTable, number_text
from gui.views.values_words import batch_text, statistics_text
from tests.session.test_session import FakeWorker
from tests.steps import whole
from tests.views.conftest import STEPS

READS = PortRef("b3", "output")
FACTS = Statistics(12, -0.5, 0.25, 0.125, 0.0625, 0, 0, 3)


def values_of(port: PortRef = READS, sequence: int = 0, **parts: Any) -> PortValues:
    """Three valid steps, one that nothing masks, two that are masked."""
    given: dict[str, Any] = {
        "values": np.arange(STEPS * 4, dtype=np.float32).reshape(STEPS, 4) / 10 - 1,
        "valid": np.array([True] * 4 + [False] * 2),
        "real": np.array([True] * 3 + [False] * 3),
        "statistics": FACTS,
    }
    return PortValues(1, port, sequence, **{**given, **parts})


@pytest.fixture
def view(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> ValuesView:
    """The view on the screen, over the reading block."""
    session.select(["b3"])
    made = whole(ValuesView(session, themes))
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    return made


def give(view: ValuesView, session: EditorSession, values: PortValues, qtbot: QtBot) -> None:
    """An answer of the worker, shown."""
    session.shown.show_values(values)
    assert session.shown.values is values
    qtbot.waitUntil(lambda: not view._seen._wanted and not view._seen._steps.is_busy)


def asked(session: EditorSession) -> list[Any]:
    """What the worker was asked for."""
    worker = session.worker
    assert isinstance(worker, FakeWorker)
    return [what for verb, what in worker.asked if verb == "values"]


def test_it_asks_while_it_is_seen_and_says_what_it_waits_for(
    view: ValuesView, session: EditorSession, qtbot: QtBot
) -> None:
    """Of the selected block, of the clock's sequence; hidden: no more."""
    assert asked(session) == [(1, READS, 0)]
    assert view.sentence.text() == "Reading block_3.output …"
    session.shown.set_clock(sequence=1)
    session.select(["b2"])
    assert asked(session)[-1] == (1, PortRef("b2", "output"), 1)
    view.hide()
    session.select(["b5"])
    assert asked(session)[-1] == (1, PortRef("b2", "output"), 1)
    view.show()
    assert asked(session)[-1] == (1, PortRef("b5", "output"), 1)


def test_a_view_that_is_made_in_sight_asks_too(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """As one whose tab was clicked before it was made."""
    session.select(["b3"])
    view = ValuesView(session, themes)
    qtbot.addWidget(view)
    view.show()
    assert not asked(session)
    whole(view)
    assert asked(session) == [(1, READS, 0)]


def test_table_and_image_hold_the_numbers(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """Steps down, features across; padding is hatched in both."""
    give(view, session, values_of(), qtbot)
    model = view.model
    assert (model.rowCount(), model.columnCount()) == (STEPS, 4)
    assert model.index(1, 2).data() == "-0.4"
    assert [model.index(step, 0).data(PADDING) for step in range(STEPS)] == [False] * 3 + [True] * 3
    assert view.heat._padding == ((4, 6),)
    assert view.heat._read_padding == ((3, 4),)
    assert "sequence 0: feature by step, 6×4" in view.sheet.caption.whole()
    assert view.colours.accessibleName() == "Colours from -0.5 to 0.5"
    assert view.statistics.whole() == (
        "over 3 valid steps:  min -0.5  max 0.25  mean 0.125  std 0.0625 · 25% zeros · no NaN or inf"
    )
    assert not view.alarm.isVisible()


def test_the_clock_is_one(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """A row that is clicked sets the step; the step chooses the row and moves the line."""
    give(view, session, values_of(), qtbot)
    session.shown.set_clock(step=4)
    assert [index.row() for index in view.table.selectionModel().selectedRows()] == [4]
    assert view._cursor.value() == 4
    view.table.clicked.emit(view.model.index(2, 1))
    assert session.shown.clock.step == 2


def test_the_chooser_offers_every_port_of_the_run(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """In model order, with shapes; it follows the selection and can be set by hand."""
    texts = [view.ports.itemText(at) for at in range(view.ports.count())]
    assert texts[0] == "series.output  (B, T, 3)"
    assert texts[-1] == "block_5.output  (B, 2)"
    assert view.ports.currentText() == "block_3.output  (B, T, 4)"
    view.ports.activated.emit(0)
    assert asked(session)[-1] == (1, PortRef("b1", "output"), 0)
    qtbot.waitUntil(lambda: view.sentence.text() == "Reading series.output …")


def test_without_a_time_axis_there_is_one_row(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """And no cursor."""
    session.select(["b4"])
    give(
        view,
        session,
        values_of(PortRef("b4", "output"), values=np.ones(5, np.float32), valid=None, real=None),
        qtbot,
    )
    assert (view.model.rowCount(), view.model.columnCount()) == (1, 5)
    assert "no time axis" in view.sheet.caption.whole()
    assert view.statistics.whole().startswith("over all numbers")
    assert not view._cursor.isVisible()
    view.table.clicked.emit(view.model.index(0, 1))
    assert session.shown.clock.step == 0


def test_an_old_run_is_dimmed(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """Image and numbers stand back; the edit is named."""
    give(view, session, values_of(), qtbot)
    session.push(SetArgument("b3", "units", 9), "set units")
    qtbot.waitUntil(lambda: "from before “set units”" in view.sheet.caption.whole())
    assert view.heat.opacity() < 1
    assert view.model.index(0, 0).data(Qt.ItemDataRole.ForegroundRole).name() == LIGHT.faint


def test_a_few_rows_are_numbered_without_fractions(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """A single feature is feature 0, not something about 0.2."""
    give(view, session, values_of(values=np.ones(STEPS, np.int32)), qtbot)
    assert view.plot.left._tickLevels == [[(0, "0")]]


def test_what_cannot_be_shown_says_why_and_keeps_its_statistics(
    view: ValuesView, session: EditorSession, qtbot: QtBot
) -> None:
    """NaN and infinity stand out by a sign and words, not by colour alone."""
    facts = replace(FACTS, nan=2, infinite=1)
    give(view, session, values_of(values=None, statistics=facts, missing="One sequence is too large."), qtbot)
    assert view.sentence.text() == "One sequence is too large."
    assert view.pair.isHidden()
    assert view.alarm.text() == "⚠ 2 NaN, 1 infinite"
    assert view.alarm.isVisible()
    assert "2 NaN, 1 inf" in view.statistics.whole()


def test_a_new_theme_keeps_the_values(
    view: ValuesView, session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """Hatched cells are painted in both."""
    give(view, session, values_of(), qtbot)
    themes.set_theme(DARK)
    assert view.hatching.theme is DARK
    assert not view.table.grab().isNull()


def test_features_of_several_axes_are_numbered_by_each() -> None:
    """(T, rows, columns): `1,2` is row 1, column 2."""
    model = ValuesTable()
    shape = (2, 3, 4)
    given = values_of(values=np.zeros(shape, np.int32), valid=np.ones(2, bool), real=np.ones(2, bool))
    model.show_values(given)
    assert model.columnCount() == 12
    assert model.rowCount(QModelIndex()) == 2
    assert model.headerData(6, Qt.Orientation.Horizontal) == "1,2"
    assert model.index(0, 0).data() == "0"


def test_numbers_are_short_and_colours_fit_them() -> None:
    """Negative numbers: symmetric about 0, so that 0 is the ground."""
    assert [number_text(value) for value in (1 / 3, 123456.0, float("nan"), 7)] == ["0.3333", "1.235e+05", "NaN", "7"]
    assert colour_range(FACTS) == (-0.5, 0.5)
    assert colour_range(replace(FACTS, low=0.1)) == (0.0, 0.25)
    assert colour_range(None) == (0.0, 1.0)
    nothing = Statistics(0, None, None, None, None, 0, 0, 0)
    assert statistics_text(nothing, values_of(real=np.zeros(STEPS, bool))) == "over 0 valid steps: no numbers"
    only_nan = Statistics(4, None, None, None, None, 4, 0, 0)
    assert "no finite number" in statistics_text(only_nan, values_of())


LOOKED = PortFacts(4, 13, 4, -1.0, 1.0, 0.305, dead=(0, 3), num_dead=2)
BROKEN = PortFacts(1, 6, 4, constant=(2,), num_constant=1, non_finite=NonFinite(3, 1, 2, 0, 5))


def test_below_it_stands_what_all_sequences_show(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """Saturated of one sequence beside it of all; a unit that is 0 in one sequence alone says little."""
    give(view, session, values_of(), qtbot)
    assert not view.batch.isVisible()
    assert session.run is not None
    run = replace(
        session.run, number=2, ports={**session.run.ports, READS: PortResult((4, STEPS, 4), "float32", facts=LOOKED)}
    )
    session.show_run(run)
    give(view, session, replace(values_of(statistics=replace(FACTS, saturated=6)), run=2), qtbot)
    assert "25% zeros · 50% saturated · no NaN" in view.statistics.whole()
    assert view.batch.isVisible()
    assert view.batch.whole() == (
        "in all 4 sequences:  30% saturated (within 0.05 of -1 or 1) · dead, 0 at every step: units 0, 3 · no NaN or inf"
    )
    assert batch_text(BROKEN) == (
        "in the only sequence:  the same at every step: unit 2 · "
        "3 NaN, 1 inf, 2 more at padded steps, first in sequence 0, step 5"
    )
    assert "no unit is constant" in batch_text(replace(LOOKED, num_dead=0, dead=()))


def test_steps_that_are_tokens_say_so(view: ValuesView, session: EditorSession, qtbot: QtBot) -> None:
    """Beside the step's number in the table, below the image, in the tips; another sequence has others, in place."""
    words = ("the", "cat", "understandings", "", "", "")
    give(view, session, values_of(labels=words), qtbot)
    down = [view.model.headerData(step, Qt.Orientation.Vertical) for step in range(4)]
    assert down == ["the 0", "cat 1", "understan… 2", "3"]
    tip = view.model.headerData(2, Qt.Orientation.Vertical, Qt.ItemDataRole.ToolTipRole)
    assert tip == "understandings"
    assert view.model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole).endswith("step 1 “cat”: valid")
    assert view.plot.bottom.tickStrings([0.0, 4.0], 1.0, 1.0) == ["the", "·"]
    with qtbot.assertNotEmitted(view.model.modelReset), qtbot.waitSignal(view.model.headerDataChanged):
        session.shown.set_clock(sequence=1)
        give(view, session, values_of(sequence=1, labels=("a", *words[1:])), qtbot)
    assert view.model.headerData(0, Qt.Orientation.Vertical) == "a 0"
    session.shown.set_clock(sequence=0)
    give(view, session, values_of(), qtbot)
    assert view.model.headerData(0, Qt.Orientation.Vertical) == "0"
