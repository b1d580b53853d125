"""The rows of the Problems view: a model, and how a row is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.analysis.values import Diagnostic, Severity
from gui.theme.measures import ui_font
from gui.theme.theme import Theme
from gui.views.problem_details import HEAD, ProblemDetails

Index = QModelIndex | QPersistentModelIndex
TOP = QModelIndex()
SHOWN = Qt.ItemDataRole.UserRole
SIGNS: dict[Severity, tuple[str, str]] = {"error": ("✕", "error"), "warning": ("▲", "warning"), "info": ("i", "note")}
GLYPH, WORD, NAME, SPACE = 18, 64, 150, 8


@dataclass(frozen=True)
class Shown:
    """A problem and the name of its block."""

    problem: Diagnostic
    block: str


class ProblemList(QAbstractListModel):
    """Problems in the order in which they are shown."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: Sequence[Shown] = ()

    def show_problems(self, problems: Sequence[Shown]) -> bool:
        """Takes others; the same ones again change nothing (False), so that nothing moves under the pointer."""
        if list(problems) == list(self.problems):
            return False
        self.beginResetModel()
        self.problems = problems
        self.endResetModel()
        return True

    def problem(self, index: Index) -> Diagnostic | None:
        """The problem of a row."""
        return self.problems[index.row()].problem if 0 <= index.row() < len(self.problems) else None

    def rowCount(self, parent: Index = TOP) -> int:  # noqa: N802 - Qt's name
        """Number of problems."""
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A row as it is read aloud, and what it is painted from."""
        shown = self.problems[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{SIGNS[shown.problem.severity][1]}, {shown.block}: {shown.problem.title}"
        return shown if role == SHOWN else None


class ProblemRows(QListView):
    """The list; says when the keyboard chose another row."""

    moved = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows, letters, Home, End."""
        before = self.currentIndex()
        super().keyPressEvent(event)
        if self.currentIndex() != before:
            self.moved.emit(self.currentIndex())


class ProblemDelegate(QStyledItemDelegate):
    """Paints glyph, word, block and title; the chosen row is as high as its details."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.details: ProblemDetails | None = None

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """The line, and below it the details of the chosen row."""
        view = self.details.parentWidget() if self.details is not None else None
        shown = index.data(SHOWN)
        if self.details is None or view is None or shown.problem is not self.details.problem:
            return QSize(0, HEAD)
        return QSize(0, self.details.heightForWidth(view.width()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One line."""
        shown = index.data(SHOWN)
        theme = self._theme
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        line = QRect(area.left(), area.top(), area.width(), HEAD)
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(theme.window))
            painter.fillRect(QRect(area.left(), area.top(), 2, area.height()), QColor(theme.accent))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(theme.window))
        glyph, word = SIGNS[shown.problem.severity]
        colour = {"error": theme.error, "warning": theme.warning}.get(shown.problem.severity, theme.secondary)
        left = line.left() + SPACE
        for text, width, shade, bold in (
            (glyph, GLYPH, colour, True),
            (word, WORD, colour, False),
            (shown.block, min(NAME, line.width() // 4), theme.text, True),
            (shown.problem.title, 0, theme.text, False),
        ):
            room = QRect(left, line.top(), (width or line.right() - left) - SPACE, HEAD)
            _write(painter, room, text, shade, bold=bold)
            left += width
        painter.restore()


def _write(painter: QPainter, room: QRect, text: str, colour: str, *, bold: bool) -> None:
    font = ui_font(13, semibold=bold)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
