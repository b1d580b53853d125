"""The window of the help: contents and search on the left, the page on the right."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.help.examples import Examples
from gui.help.pages import FIRST, GROUPS, Library
from gui.help.reader import Painter, Reader
from gui.help.search import find_pages
from gui.help.values import Page
from gui.theme.measures import ui_font
from gui.theme.theme import ThemeHolder

SIZE, SMALLEST = QSize(1000, 680), QSize(560, 360)
LIST_WIDTH = 240
OPEN = frozenset(GROUPS.values()) - {GROUPS["problems"]}
ADDRESS = Qt.ItemDataRole.UserRole


class HelpWindow(QWidget):
    """Pages to read beside the main window, which goes on."""

    closed = Signal()

    def __init__(
        self, library: Library, examples: Examples, paint: Painter, themes: ThemeHolder, parent: QWidget
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("SeqLoom help")
        self.setMinimumSize(SMALLEST)
        self.resize(SIZE.boundedTo(parent.screen().availableSize()))
        self.library, self._themes = library, themes
        self.reader = Reader(library, examples, paint, themes)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search the help  (Ctrl+F)")
        self.search.setAccessibleName("Search the help")
        self.search.setClearButtonEnabled(True)
        self.contents = QTreeWidget()
        self.contents.setHeaderHidden(True)
        self.contents.setAccessibleName("Contents")
        self.contents.setIndentation(12)
        self.contents.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.back, self.forward, self.home = (
            _button("◀", "Back  (Alt+Left)"),
            _button("▶", "Forward  (Alt+Right)"),
            _button("Contents", "The first page"),
        )
        self._lay_out()
        self._connect()
        QTimer.singleShot(0, self, lambda: self._fill(self.search.text()))

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(10, 10, 4, 4)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.back, self.forward, self.home):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.search)
        column.addWidget(self.contents, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.reader)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([LIST_WIDTH, SIZE.width() - LIST_WIDTH])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _connect(self) -> None:
        reader = self.reader
        self.back.clicked.connect(reader.backward)
        self.forward.clicked.connect(reader.forward)
        self.home.clicked.connect(lambda: self.open(FIRST))
        reader.backwardAvailable.connect(self.back.setEnabled)
        reader.forwardAvailable.connect(self.forward.setEnabled)
        self.back.setEnabled(False)
        self.forward.setEnabled(False)
        reader.sourceChanged.connect(lambda _: self._page_changed())
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.contents.currentItemChanged.connect(lambda item, _: self._chosen(item))
        self._themes.theme_changed.connect(lambda _: self._fill(self.search.text()))
        for keys, act in (
            ("Esc", self.close), ("Alt+Left", reader.backward), ("Alt+Right", reader.forward),
            ("Ctrl+F", self.search.setFocus), ("F1", lambda: self.open(FIRST)),
        ):  # fmt: skip
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def open(self, address: str) -> None:
        """Shows a page and comes to the front; the keyboard is on the page."""
        self.reader.open(address)
        self.show()
        self.raise_()
        self.activateWindow()
        self.reader.setFocus(Qt.FocusReason.OtherFocusReason)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Says so: its place is remembered."""
        self.closed.emit()
        super().closeEvent(event)

    def _page_changed(self) -> None:
        page = self.reader.page
        self.setWindowTitle(f"{page.title} – SeqLoom help" if page is not None else "SeqLoom help")
        self._mark(page)

    # --- the list ------------------------------------------------------------------------------------------------

    def _fill(self, text: str) -> None:
        """The contents; while something is searched, what was found."""
        self.contents.blockSignals(True)
        self.contents.clear()
        if text.strip():
            found = find_pages(text, self.library.pages.values())
            self._add("Found" if found else "No page says that", found).setExpanded(True)
        else:
            groups: dict[str, list[Page]] = {}
            for page in self.library.pages.values():
                groups.setdefault(page.group, []).append(page)
            for group, pages in groups.items():
                self._add(group, pages).setExpanded(group in OPEN)
        self.contents.blockSignals(False)
        self._mark(self.reader.page)

    def _add(self, head: str, pages: Iterable[Page]) -> QTreeWidgetItem:
        parent = QTreeWidgetItem(self.contents, [head])
        parent.setFont(0, ui_font(round(11 * self._themes.text_scale), semibold=True))
        parent.setForeground(0, QColor(self._themes.theme.secondary))
        for page in pages:
            child = QTreeWidgetItem(parent, [page.title])
            child.setData(0, ADDRESS, page.address)
            child.setToolTip(0, page.title)
        return parent

    def _mark(self, page: Page | None) -> None:
        """The page that is shown is marked in the list."""
        self.contents.blockSignals(True)
        for item in self.listed():
            if page is not None and item.data(0, ADDRESS) == page.address:
                self.contents.setCurrentItem(item)
                break
        self.contents.blockSignals(False)

    def listed(self) -> list[QTreeWidgetItem]:
        """The pages in the list, in order."""
        heads = (self.contents.topLevelItem(at) for at in range(self.contents.topLevelItemCount()))
        rows = (head.child(at) for head in heads if head is not None for at in range(head.childCount()))
        return [row for row in rows if row is not None]

    def _chosen(self, item: QTreeWidgetItem | None) -> None:
        address = item.data(0, ADDRESS) if item is not None else None
        if address and address != self.reader.source().toString():
            self.reader.open(str(address))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """In the search field: Enter opens the first hit, Down goes to the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            found = self.listed()
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and found:
                self.open(str(found[0].data(0, ADDRESS)))
                return True
            if event.key() == Qt.Key.Key_Down and found:
                self.contents.setFocus(Qt.FocusReason.OtherFocusReason)
                self.contents.setCurrentItem(found[0])
                return True
        return super().eventFilter(watched, event)


def _button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition("  (")[0])
    return button
