"""The Shapes view: every port as a row; rows and blocks are selected together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QFontInfo
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.port_table import COLUMNS
from gui.views.shapes import ShapesView
from tests.views.conftest import analysis_of

TITLES = [column.title for column in COLUMNS]


@pytest.fixture
def view(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> ShapesView:
    """The view on the screen."""
    made = ShapesView(session, themes)
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


def cells(view: ShapesView, title: str) -> list[str]:
    """What a column says."""
    column = TITLES.index(title)
    return [str(view.model.index(row, column).data()) for row in range(view.model.rowCount())]


def test_every_port_is_a_row_with_its_facts(view: ShapesView) -> None:
    """In model order; memory is that of this run's batch."""
    assert cells(view, "Block")[:4] == ["series", "block_2", "block_2", "block_3"]
    assert cells(view, "Port")[:3] == ["output →", "→ inputs", "output →"]
    assert cells(view, "Shape")[-2:] == ["(B, 5)", "(B, 2)"]
    assert cells(view, "Mask") == ["none", "none", "made", "arrives", "passed", "arrives", "used", "none", "none"]
    assert cells(view, "Steps")[:2] == ["T = 6", "T = 6"]
    assert cells(view, "Steps")[-1] == "–"
    assert cells(view, "Memory")[0] == f"{4 * 6 * 3 * 4} B"
    assert cells(view, "Memory")[1] == "–"
    total = (4 * 6 * (3 + 3 + 4) + 4 * 7) * 4
    assert view.sheet.caption.whole() == f"5 outputs · {total / 1024:.1f} KiB for 4 sequences"


def test_numbers_are_monospace_and_every_cell_tells_more(view: ShapesView) -> None:
    """Tooltips hold what a narrow column cuts."""
    row = view.model.index(2, TITLES.index("Shape"))
    assert QFontInfo(row.data(Qt.ItemDataRole.FontRole)).fixedPitch()
    assert "batch, time, features; in the last run (4, 6, 3)" in row.data(Qt.ItemDataRole.ToolTipRole)
    for at in range(len(COLUMNS)):
        for line in range(view.model.rowCount()):
            assert view.model.index(line, at).data(Qt.ItemDataRole.ToolTipRole)


def test_rows_and_blocks_are_selected_together(view: ShapesView, session: EditorSession) -> None:
    """Both ways, without a loop."""
    rows = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    view.table.selectionModel().select(view.model.index(3, 0), rows)
    assert session.selection.blocks == {"b3"}
    assert [index.row() for index in view.table.selectionModel().selectedRows()] == [3]
    session.select(["b2"])
    assert sorted(index.row() for index in view.table.selectionModel().selectedRows()) == [1, 2]
    session.select()
    assert view.table.selectionModel().selectedRows() == []


def test_columns_sort_and_model_order_comes_back(view: ShapesView, session: EditorSession) -> None:
    """Memory by bytes, not by text; the selection stays with its block."""
    session.select(["b5"])
    before = cells(view, "Block")
    view.table.sortByColumn(TITLES.index("Memory"), Qt.SortOrder.DescendingOrder)
    assert cells(view, "Block")[0] == "block_3"
    assert {view.model.rows[index.row()].ref.block for index in view.table.selectionModel().selectedRows()} == {"b5"}
    view.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert cells(view, "Block") == before


def test_an_answer_changes_cells_in_place(view: ShapesView, session: EditorSession, qtbot: QtBot) -> None:
    """No reset: selection and place stay; what Keras is being asked for is said."""
    session.select(["b3"])
    resets: list[bool] = []
    view.model.modelReset.connect(lambda: resets.append(True))
    session.push(SetArgument("b3", "units", 9), "set units")
    qtbot.waitUntil(lambda: "asking Keras" in view.sheet.caption.whole())
    session.show_analysis(analysis_of(session), session.revision)
    qtbot.waitUntil(lambda: "asking Keras" not in view.sheet.caption.whole())
    assert resets == []
    assert session.selection.blocks == {"b3"}


def test_the_mask_column_says_whose_it_is_and_who_lost_it(
    view: ShapesView, session: EditorSession, qtbot: QtBot
) -> None:
    """From the analysis: at an input the makers behind its wire, at an output the block's; and whether Keras warned."""
    known = analysis_of(session)
    padding, other = session.document.block("b2").name, session.document.block("b3").name
    blocks = dict(known.blocks)
    blocks["b2"] = replace(blocks["b2"], mask_from=("b2",))
    blocks["b3"] = replace(blocks["b3"], mask_from=("b2",))
    blocks["b4"] = replace(blocks["b4"], mask="dropped", mask_from=("b2", "b3"), mask_warned=True)
    session.show_analysis(replace(known, blocks=blocks), session.revision)
    lost = f"lost, with a warning, from {padding} and {other}"
    qtbot.waitUntil(lambda: lost in cells(view, "Mask"))
    assert cells(view, "Mask") == [
        "none", "none", "made", f"arrives, from {padding}", f"passed, from {padding}", f"arrives, from {padding}", lost,
        "none", "none",
    ]  # fmt: skip
    tip = view.model.index(6, TITLES.index("Mask")).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.endswith(f"Keras warns of it when the layer is called. Made by {padding} and {other}.")
    blocks["b4"] = replace(blocks["b4"], mask_warned=False)
    session.show_analysis(replace(known, blocks=blocks), session.revision)
    qtbot.waitUntil(lambda: f"lost silently, from {padding} and {other}" in cells(view, "Mask"))
