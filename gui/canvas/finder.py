"""A small list at the pointer: typing filters, Enter takes, Esc closes. For layers to add and ports to wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.session.search import ranked
from gui.theme.measures import mono_font

WIDTH, HEIGHT = 380, 340
NO_FIT = "Keras does not take this tensor here; it can be placed all the same."
KEYS = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})


@dataclass(frozen=True)
class Row:
    """One thing to choose.

    Attributes:
        id: what `chosen` says.
        hint: told behind the text, such as a shape.
        words: what it goes by in a search, in lower case.
        fits: False: dimmed, and after those that fit, unless its name was typed.
        asked: False: whether it fits is not asked, so nothing is said of it.
    """

    id: str
    text: str
    hint: str = ""
    words: tuple[str, ...] = field(default=())
    icon: QPixmap | None = None
    fits: bool = True
    asked: bool = True

    @property
    def called(self) -> tuple[str, ...]:
        """What it goes by."""
        return self.words or (self.text.lower(),)

    def begins(self, text: str) -> bool:
        """Somebody who types this means it."""
        return bool(text) and any(word.startswith(text) for word in self.called)


class Finder(QFrame):
    """Offers rows below a sentence that says what is chosen."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("finder")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.head = QLabel()
        self.head.setObjectName("secondary")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Type to filter, Enter takes")
        self.search.setAccessibleName("Filter")
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(0)
        self.list.setUniformRowHeights(True)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.setAccessibleName("What is offered")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        for part in (self.head, self.search, self.list):
            layout.addWidget(part)
        self._rows: tuple[Row, ...] = ()
        self.search.textChanged.connect(lambda _: self._fill())
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(lambda item, _: self._take(item))

    def offer(self, sentence: str, rows: Sequence[Row], at: QPoint) -> None:
        """Opens at a point of the screen, wholly on it."""
        self.head.setText(sentence)
        self._rows = tuple(rows)
        self.search.clear()
        self._fill()
        self.setFixedSize(WIDTH, HEIGHT)
        screen = QApplication.screenAt(at) or QApplication.primaryScreen()
        room = screen.availableGeometry()
        self.move(min(at.x(), room.right() - WIDTH), min(at.y(), room.bottom() - HEIGHT))
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_fits(self, hints: dict[str, str]) -> None:
        """Says what each row gives; rows that are not named do not fit."""
        self._rows = tuple(
            replace(row, hint=hints.get(row.id, ""), fits=row.id in hints or not row.asked) for row in self._rows
        )
        self._fill()

    @property
    def shown(self) -> list[str]:
        """The ids that are offered now, in order."""
        items = (self.list.topLevelItem(at) for at in range(self.list.topLevelItemCount()))
        return [str(item.data(0, Qt.ItemDataRole.UserRole)) for item in items if item is not None]

    def _fill(self) -> None:
        text = self.search.text().strip().lower()
        rows = self._rows
        if text:
            rows = tuple(ranked(text, ((row, row.called) for row in rows), most=30))
        rows = tuple(sorted(rows, key=lambda row: (not row.begins(text), not row.fits)))
        self.list.clear()
        faint = self.palette().placeholderText().color()
        for row in rows:
            item = QTreeWidgetItem(self.list, [row.text, row.hint])
            item.setData(0, Qt.ItemDataRole.UserRole, row.id)
            item.setFont(1, mono_font(12))
            item.setForeground(1, QColor(faint))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, row.text if row.fits else f"{row.text}: {NO_FIT}")
            if row.icon is not None:
                item.setIcon(0, QIcon(row.icon))
            if not row.fits:
                item.setForeground(0, QColor(faint))
        if not rows:
            QTreeWidgetItem(self.list, ["Nothing has that name"]).setFlags(Qt.ItemFlag.NoItemFlags)
        first = self.list.topLevelItem(0)
        if first is not None:
            self.list.setCurrentItem(first)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """The keyboard stays in the field: arrows move in the list, Enter takes."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
                return True
            if event.key() in KEYS:
                QApplication.sendEvent(self.list, event)
                return True
        return super().eventFilter(watched, event)

    def _take(self, item: QTreeWidgetItem | None) -> None:
        wanted = item.data(0, Qt.ItemDataRole.UserRole) if item is not None else None
        if wanted is not None:
            self.hide()
            self.chosen.emit(str(wanted))
