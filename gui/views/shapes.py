"""The Shapes view: every port of the model as a table."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from engine.analysis.values import BlockAnalysis
from gui.session.ports import PortRow, memory_text, port_rows
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.views.port_table import COLUMNS, PortTable
from gui.views.sheet import Sheet, fill
from gui.views.telling import joined, nothing_yet, run_note
from gui.views.when_seen import WhenSeen

ROW = 24
SUBJECT = "Shapes, types, masks and lengths of every port"


class ShapesView(QWidget):
    """A table of ports; a selected row is a selected block, and the other way round."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = PortTable(themes.theme, self)
        self.table = _table(self.model)
        self.sheet = Sheet(self.table)
        fill(self, self.sheet)
        self._selecting = False
        self._seen = WhenSeen(self, self._refresh)
        self.model.modelReset.connect(self._mark_selection)
        signals = (session.document_changed, session.analysis_changed, session.run_changed, session.run_state_changed)
        for signal in signals:
            signal.connect(self._seen.ask)
        session.selection_changed.connect(lambda _: self._mark_selection())
        themes.theme_changed.connect(self.model.set_theme)
        self.table.selectionModel().selectionChanged.connect(self._select_blocks)

    def _refresh(self) -> None:
        session = self._session
        sentence = _sentence(session)
        if sentence:
            self.sheet.say(sentence)
            return
        rows = rows_of(session)
        self.model.show_rows(rows, old_shapes=not session.analysis.complete, old_run=bool(session.run_state.stale))
        self._mark_selection()
        self.sheet.show_contents(_caption(session, rows))

    def _select_blocks(self) -> None:
        """The blocks of the chosen rows are the selected blocks."""
        if self._selecting:
            return
        chosen = {self.model.rows[index.row()].ref.block for index in self.table.selectionModel().selectedRows()}
        if chosen:
            self._session.select(chosen)

    def _mark_selection(self) -> None:
        """The rows of the selected blocks are the chosen rows, unless they already are of these blocks."""
        if not self.isVisible():
            return
        wanted = self._session.selection.blocks
        model = self.table.selectionModel()
        if {self.model.rows[index.row()].ref.block for index in model.selectedRows()} == wanted:
            return
        last = len(COLUMNS) - 1
        found = [at for at, row in enumerate(self.model.rows) if row.ref.block in wanted]
        selection = QItemSelection()
        for row in found:
            selection.select(self.model.index(row, 0), self.model.index(row, last))
        self._selecting = True
        model.select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._selecting = False
        if found:
            self.table.scrollTo(self.model.index(found[0], 0))


def rows_of(session: EditorSession) -> list[PortRow]:
    """Every port of the document, in model order."""
    known = session.analysis.blocks
    graph = session.document.graph
    blocks = [(block, session.ports(block), known.get(block, BlockAnalysis())) for block in session.model_order]
    return port_rows(graph, blocks, session.run)


def _sentence(session: EditorSession) -> str:
    if not session.document.graph.blocks:
        return nothing_yet(SUBJECT)
    analysis = session.analysis
    if not analysis.complete and all(known.outputs is None for known in analysis.blocks.values()):
        return session.run_state.text if session.run_state.phase != "idle" else "Asking Keras for the shapes …"
    return ""


def _caption(session: EditorSession, rows: list[PortRow]) -> str:
    outputs = [row for row in rows if row.side == "out"]
    unknown = len({row.ref.block for row in outputs if row.spec is None})
    missing = f", {unknown} block{'' if unknown == 1 else 's'} not known" if unknown else ""
    count = f"{len(outputs)} output{'' if len(outputs) == 1 else 's'}{missing}"
    asked = "" if session.analysis.complete else "asking Keras after the last edit …"
    if session.run is None:
        return joined(count, asked, "memory is known after a run")
    total = memory_text(sum(row.size or 0 for row in outputs))
    least = "at least " if unknown else ""
    return joined(count, f"{least}{total} for {session.shown.num_sequences} sequences", asked, run_note(session))


def _table(model: PortTable) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSortingEnabled(True)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setAccessibleName("Ports of the model")
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(ROW)
    header = table.horizontalHeader()
    header.setSortIndicatorClearable(True)
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    header.setHighlightSections(False)
    for place, column in enumerate(COLUMNS):
        header.resizeSection(place, column.width)
    header.setStretchLastSection(False)
    return table
