"""The sequence chooser: a button that says which sequence is shown, and a list of all with their steps as bars."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from engine.protocol.messages import Flags
from gui.session.session import EditorSession
from gui.session.steps import fed_steps
from gui.theme.measures import mono_font
from gui.theme.theme import Theme, ThemeHolder
from gui.views.bars import BarSize, bar_image, bar_pixels, kinds_of

Index = QModelIndex | QPersistentModelIndex
TOP = QModelIndex()
ELIDED = Qt.TextElideMode.ElideRight
ROW, WIDTH, MOST_ROWS = 22, 280, 12
NUMBER, COUNT, LABEL, BAR, GAP = 44, 64, 72, 8, 8


class SequenceRows(QAbstractListModel):
    """Every sequence of the run: its number, counted from 0, its label, and how many of its steps are valid."""

    def __init__(self, valid: Flags | None, count: int, labels: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.labels = labels
        self.valid = valid if valid is not None and len(valid) == count else None
        self._count = count

    def rowCount(self, parent: Index = TOP) -> int:  # noqa: N802 - Qt's name
        """Number of sequences."""
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The row in words; typing a number finds it."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        words = f", {self.steps(index.row())} steps valid" if self.valid is not None else ""
        return f"{index.row()}{', ' if self.labels else ''}{self.label(index.row())}{words}"

    def label(self, row: int) -> str:
        """“label 4”; empty where nothing says what the sequences are."""
        return f"label {self.labels[row]}" if row < len(self.labels) else ""

    def steps(self, row: int) -> str:
        """“9 of 15”; empty where nothing has steps."""
        return f"{int(self.valid[row].sum())} of {self.valid.shape[1]}" if self.valid is not None else ""


class SequenceDelegate(QStyledItemDelegate):
    """Paints number, bar and count."""

    def __init__(self, rows: SequenceRows, theme: Theme) -> None:
        super().__init__(rows)
        self._rows, self._theme = rows, theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """One line."""
        return QSize(WIDTH, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One line."""
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        theme, row = self._theme, index.row()
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(area, QColor(theme.window))
            painter.fillRect(QRect(area.left(), area.top(), 2, area.height()), QColor(theme.accent))
        painter.setFont(mono_font(12))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(theme.text))
        painter.drawText(QRect(area.left(), area.top(), NUMBER - GAP, area.height()), right, str(row))
        painter.setPen(QColor(theme.secondary))
        painter.drawText(area.adjusted(0, 0, -GAP, 0), right, self._rows.steps(row))
        label = LABEL if self._rows.labels else 0
        words = QRect(area.left() + NUMBER, area.top(), label - GAP, area.height())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(words, left, painter.fontMetrics().elidedText(self._rows.label(row), ELIDED, words.width()))
        if self._rows.valid is not None:
            width = area.width() - NUMBER - COUNT - 2 * GAP - label
            place = QPointF(area.left() + NUMBER + label, area.center().y() - BAR / 2 + 1)
            self._paint_bar(painter, place, width, row)

    def _paint_bar(self, painter: QPainter, at: QPointF, width: int, row: int) -> None:
        valid = self._rows.valid
        if valid is None:
            return
        scale = painter.device().devicePixelRatio()
        size = BarSize(round(width * scale), round(BAR * scale), round(BAR * scale), scale)
        kinds = kinds_of(valid[row : row + 1], (1, valid.shape[1]), masked=True)
        image = bar_image(bar_pixels(kinds, size), self._theme)
        image.setDevicePixelRatio(scale)
        painter.drawImage(at, image)


class SequenceList(QFrame):
    """All sequences below the button; the row that the keyboard or the mouse is on is shown at once, Enter closes."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("finder")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self.rows = SequenceRows(
            fed_steps(session), session.shown.num_sequences, session.run.labels if session.run else ()
        )
        self.list = QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(SequenceDelegate(self.rows, themes.theme))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("Sequences of the batch, counted from 0")
        self.list.setCurrentIndex(self.rows.index(session.shown.clock.sequence, 0))
        self.list.selectionModel().currentChanged.connect(self._choose)
        self.list.clicked.connect(lambda _: self.close())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.list)
        self.setFixedSize(WIDTH + 20, ROW * min(self.rows.rowCount(), MOST_ROWS) + 12)

    def open_at(self, right: QPoint) -> None:
        """Opens above the button, its right edge there: below is the view that one wants to see."""
        self.move(right.x() - self.width(), right.y() - self.height())
        self.show()
        self.list.setFocus()
        self.list.scrollTo(self.list.currentIndex())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter and Esc close; what was moved over is what is shown."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.close()
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        self._session.shown.set_clock(sequence=index.row())
