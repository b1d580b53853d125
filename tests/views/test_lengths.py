"""The Lengths view: bars as they are, what leaves, the clock."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from engine.graph.values import PortRef
from engine.protocol.results import PortResult
from gui.session.port_lengths import Model, PortLengths, port_lengths
from gui.session.session import EditorSession
from gui.theme.theme import DARK, ThemeHolder
from gui.views.bars import GROUND, HATCH, LINE, MASKED, OPEN, SOLID, VALID, BarSize, bar_pixels, columns_of, kinds_of
from gui.views.length_columns import HEADER
from gui.views.lengths import LengthsView
from tests.documents import graph_of
from tests.views.conftest import LENGTHS, STEPS, run_of, valid_steps


@pytest.fixture
def view(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> LengthsView:
    """The view on the screen."""
    made = LengthsView(session, themes)
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    return made


def test_every_port_with_a_time_axis_is_a_column_in_model_order(view: LengthsView) -> None:
    """Header: block and port, shape, how many are valid; the last block has no time and no column."""
    assert [column.name for column in view.columns] == [
        "series.output", "block_2.output", "block_3.output", "block_4.output",
    ]  # fmt: skip
    assert [column.shape_text for column in view.columns] == ["(B, T, 3)", "(B, T, 3)", "(B, T, 4)", "(B, 5)"]
    assert [column.masked for column in view.columns] == [False, True, True, True]
    assert view.columns[0].head == "0 to 5 valid"
    assert view.columns[2].head == "0 to 5 valid, all leave"
    assert view.columns[3].head == "only the last valid step leaves"
    assert view.sheet.caption.whole() == "4 sequences by step, counted from 0"


def test_what_leaves_is_the_last_valid_step_of_each_sequence(view: LengthsView) -> None:
    """Padding before, a hole and a sequence without any step included."""
    column = view.columns[3]
    valid = valid_steps()
    for sequence in range(len(LENGTHS)):
        steps = np.flatnonzero(valid[sequence])
        assert column.leaving_steps(sequence) == ((steps[-1],) if len(steps) else ())
    assert column.says(0, 2) == "valid, leaves the block"
    assert column.says(0, 3) == "padding under a mask"
    assert view.columns[0].says(0, 3) == "padding that nothing masks here"


@pytest.mark.parametrize(
    ("layer", "masked", "ends"),
    [
        (("LSTM", {"units": 2}), False, (5,)),
        (("GRU", {"units": 2, "go_backwards": True}), True, (0,)),
        (("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 2}}}), True, (2, 0)),
        (("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 2}}}), False, (5, 0)),
    ],
)
def test_where_a_layer_ends_depends_on_its_direction_and_mask(
    layer: tuple[str, dict[str, object]], masked: bool, ends: tuple[int, ...], session: EditorSession
) -> None:
    """Without a mask the last step leaves, though it be padding."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": layer},  # type: ignore[dict-item]
        [("b1.output", "b2.inputs")],
    )
    assert session.run is not None
    valid = valid_steps()
    session._put(document, None)
    ports = {
        PortRef("b1", "output"): PortResult((4, STEPS, 3), "float32", valid if masked else None),
        PortRef("b2", "output"): PortResult((4, 2), "float32"),
    }
    run = replace(run_of(session), ports=ports)
    model = Model(document, session.model_order, session.ports, session.catalog, session.analysis, run)
    column = port_lengths(model)[1]
    assert column.leaving_steps(0) == ends
    if not masked:
        assert "and it leaves the block" in column.says(0, 5)


def test_a_length_that_nothing_knows_is_not_made_up(session: EditorSession) -> None:
    """Behind a layer that changed the length without a mask every step counts, and the column says so."""
    column = PortLengths(PortRef("b9", "output"), "conv.output", (4, 5, 2), None, False, 4, 5)
    assert column.text == "5 steps, no mask"
    assert column.counts == (5, 5)
    assert "every step counts" in column.says(0, 4)


def test_bars_are_pixels_of_three_kinds() -> None:
    """Solid, hatched, outlined; no hole is lost where steps share pixels."""
    valid = np.array([[True, True, False, False]])
    size = BarSize(40, 10, 8, 1.0)
    masked = bar_pixels(kinds_of(valid, (1, 4), masked=True), size)
    assert masked.shape == (10, 40)
    assert (masked[:8, :20] == SOLID).all()
    assert set(np.unique(masked[:8, 20:])) == {GROUND, HATCH}
    assert (masked[8:] == GROUND).all()
    bare = bar_pixels(kinds_of(valid, (1, 4), masked=False), size)
    assert (bare[[0, 7], 20:] == LINE).all()
    assert (bare[:8, [20, 39]] == LINE).all()
    assert (bare[2:6, 22:38] == GROUND).all()
    long = np.zeros((1, 1000), np.uint8)
    long[0, 503] = MASKED
    assert (columns_of(long, 100) == MASKED).sum() == 1
    assert columns_of(np.array([[VALID, OPEN]], np.uint8), 4).tolist() == [[VALID, VALID, OPEN, OPEN]]


def test_a_click_sets_the_clock_and_selects_the_block(view: LengthsView, session: EditorSession) -> None:
    """Arrows move on from there."""
    bars = view.bars
    x = round(bars.left_of(1) + (4 + 0.5) * bars.bar_width / STEPS)
    QTest.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, bars.top_of(1) + 4))
    assert session.selection.blocks == {"b2"}
    assert (session.shown.clock.sequence, session.shown.clock.step) == (1, 4)
    QTest.keyClick(bars, Qt.Key.Key_Down)
    QTest.keyClick(bars, Qt.Key.Key_Left)
    assert (session.shown.clock.sequence, session.shown.clock.step) == (2, 3)
    assert "Sequence 2, step 3. block_2.output" in bars.accessibleDescription()
    QTest.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(bars.left_of(0) + 4, 10))
    assert session.selection.blocks == {"b1"}
    assert (session.shown.clock.sequence, session.shown.clock.step) == (2, 3)


def test_what_the_pointer_is_over_is_said_in_words(view: LengthsView) -> None:
    """Also of heads that are cut."""
    bars = view.bars
    spot = QPoint(bars.left_of(3) + 4, bars.top_of(0) + 2)
    assert bars.says_at(spot) == "block_4.output, sequence 0, step 0: valid"
    assert bars.says_at(QPoint(bars.left_of(3) + 4, 5)).splitlines() == [
        "block_4.output (B, 5)", "0 to 5 valid", "only the last valid step leaves",
    ]  # fmt: skip
    assert bars.says_at(QPoint(2, HEADER + 2)) == ""


def test_an_old_run_is_dimmed_and_themes_recolour(
    view: LengthsView, session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """The bars lose their colour, not their place."""
    spot = QPoint(view.bars.left_of(1) + 4, view.bars.top_of(1) + 3)

    def colour() -> str:
        return view.bars.viewport().grab().toImage().pixelColor(spot).name()

    assert colour() == themes.theme.wire
    session.push(SetArgument("b3", "units", 9), "set units")
    qtbot.waitUntil(lambda: "from before" in view.sheet.caption.whole())
    assert colour() == themes.theme.hatch
    themes.set_theme(DARK)
    assert colour() == DARK.hatch


def test_a_large_batch_is_painted_in_a_moment(view: LengthsView, themes: ThemeHolder) -> None:
    """512 sequences of 1,000 steps with random holes at 100 ports: only what is visible is painted.

    Held against what one column costs in full, in the same run.
    """
    valid = np.random.default_rng(0).random((512, 1000)) > 0.3
    columns = [
        PortLengths(PortRef(f"b{at}", "output"), f"block_{at}.output", (512, 1000, 8), valid, True, 512, 1000)
        for at in range(100)
    ]
    view.bars.show_columns(columns, faint=False)
    start = time.perf_counter()
    view.bars.viewport().repaint()
    painted = time.perf_counter() - start
    start = time.perf_counter()
    bar_pixels(kinds_of(valid, (512, 1000), masked=True), BarSize(148, 8, 5, 1.0))
    whole_column = time.perf_counter() - start
    assert painted < 5 * whole_column
    assert view.bars.horizontalScrollBar().maximum() > 0
    assert view.bars.verticalScrollBar().maximum() > 0
