"""The rows of the Shapes view as a Qt model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from engine.analysis.values import spoken_time
from gui.session.ports import LOSS, MASK_MEANING, PortRow, memory_text
from gui.theme.measures import mono_font
from gui.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex
TOP = QModelIndex()
NONE = "–"


@dataclass(frozen=True)
class Column:
    """A column: its title, what it says and sorts by, and more on hover.

    Attributes:
        width: in pixels at 100 %.
        is_number: right-aligned and monospace.
    """

    title: str
    width: int
    text: Callable[[PortRow], str]
    order: Callable[[PortRow], int | str]
    tip: Callable[[PortRow], str]
    mono: bool = False
    is_number: bool = False


def _shape(row: PortRow) -> str:
    return row.spec.text() if row.spec is not None else "not known"


def _shape_tip(row: PortRow) -> str:
    if row.spec is None:
        return "Not known: this block, or one above it, has an error (see Problems)."
    axes = ", ".join(row.spec.axes)
    ran = f"in the last run {row.result.shape}" if row.result is not None else "no run yet"
    return f"{row.spec.text()}{f': {axes}' if axes else ''}; {ran}"


def _steps(row: PortRow) -> str:
    if row.spec is None or row.spec.time is None:
        return NONE
    told = spoken_time(row.spec.time)
    return told if row.steps is None or told.isdigit() else f"{told} = {row.steps}"


def _steps_tip(row: PortRow) -> str:
    if row.spec is None or row.spec.time is None:
        return "No time axis, or its length is not known."
    return "Length of the time axis, as a formula of the input's length T, and in the last run"


def _mask(row: PortRow) -> str:
    makers = f", from {' and '.join(row.makers)}" if row.makers and row.mask != "made" else ""
    if row.mask == "lost":
        return f"lost{', with a warning' if row.warned else ' silently'}{makers}"
    return f"{row.mask}{makers}"


def _mask_tip(row: PortRow) -> str:
    loss = LOSS[row.warned] if row.mask == "lost" else ""
    makers = f"Made by {' and '.join(row.makers)}." if row.makers else ""
    return " ".join(part for part in (MASK_MEANING[row.mask], loss, makers) if part)


def _memory(row: PortRow) -> str:
    return NONE if row.size is None else memory_text(row.size)


def _memory_tip(row: PortRow) -> str:
    if row.side == "in":
        return "The tensor of the port it comes from: it takes no memory of its own."
    if row.result is None:
        return "Known after a run."
    return f"{row.result.shape} of {row.result.dtype} in the last run"


COLUMNS = (
    Column("Block", 136, lambda row: row.name, lambda row: row.name.lower(), lambda row: row.name),
    Column(
        "Port",
        124,
        lambda row: f"{'→ ' if row.side == 'in' else ''}{row.port}{'' if row.side == 'in' else ' →'}",
        lambda row: row.side + row.port,
        lambda row: f"{row.name}.{row.port}: " + ("what arrives" if row.side == "in" else "what leaves"),
    ),
    Column(
        "Shape", 156, _shape, lambda row: len(row.spec.shape) if row.spec is not None else -1, _shape_tip, mono=True
    ),
    Column(
        "Type",
        76,
        lambda row: row.spec.dtype if row.spec is not None else NONE,
        lambda row: row.spec.dtype if row.spec is not None else "",
        lambda row: "The type of the numbers",
        mono=True,
    ),
    Column("Mask", 176, _mask, _mask, _mask_tip),
    Column("Steps", 116, _steps, lambda row: row.steps or -1, _steps_tip, mono=True, is_number=True),
    Column(
        "Memory", 96, _memory, lambda row: -1 if row.size is None else row.size, _memory_tip, mono=True, is_number=True
    ),
)
OF_THE_RUN = frozenset({"Steps", "Memory"})


class PortTable(QAbstractTableModel):
    """Rows of ports; the same ports again are changed in place, so that nothing moves."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[PortRow] = ()
        self._in_order: Sequence[PortRow] = ()
        self._sorted_by = -1
        self._descending = False
        self._theme = theme
        self._old_shapes = self._old_run = False
        self._mono = mono_font(12)

    def show_rows(self, rows: Sequence[PortRow], *, old_shapes: bool, old_run: bool) -> None:
        """Takes rows in model order; the same ports in the same places are changed in place, so that nothing moves."""
        self._in_order, self._old_shapes, self._old_run = rows, old_shapes, old_run
        self._put(self._sorted())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column, equal ones in model order; by column -1: model order."""
        self._sorted_by, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._put(self._sorted())

    def _sorted(self) -> Sequence[PortRow]:
        if self._sorted_by < 0:
            return self._in_order
        order = COLUMNS[self._sorted_by].order
        return sorted(self._in_order, key=order, reverse=self._descending)  # pyright: ignore[reportArgumentType, reportCallIssue]

    def _put(self, rows: Sequence[PortRow]) -> None:
        others = [row.key for row in rows] != [row.key for row in self.rows]
        if others:
            self.beginResetModel()
        self.rows = rows
        if others:
            self.endResetModel()
        else:
            self._changed()

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme
        self._changed()

    def _changed(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = TOP) -> int:  # noqa: N802 - Qt's name
        """Number of ports."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = TOP) -> int:  # noqa: N802 - Qt's name
        """Number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(COLUMNS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell."""
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.ToolTipRole:
                return column.tip(row)
            case Qt.ItemDataRole.FontRole:
                return self._mono if column.mono else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ForegroundRole:
                return QColor(self._colour(row, column))
            case _:
                return None

    def _colour(self, row: PortRow, column: Column) -> str:
        """Old numbers and what only arrives stand back; a lost mask stands out, as its word does."""
        theme = self._theme
        if column.title == "Mask" and row.mask == "lost":
            return theme.warning
        old = self._old_run if column.title in OF_THE_RUN else self._old_shapes
        return theme.faint if old or row.side == "in" else theme.text


def _alignment(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
