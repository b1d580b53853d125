"""Shows one page, follows links, keeps a history; examples on it are live."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QColor, QImage, QResizeEvent, QTextBlock, QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from gui.help.dress import dress
from gui.help.examples import Examples, facts, title_of
from gui.help.pages import PAGE_SCHEMES, Library
from gui.help.values import Page
from gui.session.session import EditorSession
from gui.theme.theme import Theme, ThemeHolder

Painter: TypeAlias = Callable[[EditorSession, Theme, int, float], QImage]
"""Paints the document of a session in a theme, as wide as said (pixels at 100 %), for a device of some pixel ratio."""

SIDE = 28
WIDEST = 780
ABOVE = 40
_EXAMPLE = re.compile(r"^\{\{example:([\w-]+)\}\}$", re.MULTILINE)
RESOURCES = QTextDocument.ResourceType


class Reader(QTextBrowser):
    """Shows a page.

    Attributes:
        page: the one that is shown.
    """

    followed = Signal(str)
    """A link that leads to no page but does something: `example:…`, `action:…`, `show:…`, `place:…`."""

    def __init__(
        self, library: Library, examples: Examples, paint: Painter, themes: ThemeHolder, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library, self._examples, self._paint, self._themes = library, examples, paint, themes
        self.page: Page | None = None
        self._shown: list[str] = []
        self._place = ""
        self.setAccessibleName("Page")
        self.setUndoRedoEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # one layout a page
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(lambda _, most: bar.setEnabled(most > 0))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(SIDE - 12)
        self.sourceChanged.connect(self._dress)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        examples.changed.connect(self._example_changed)
        themes.theme_changed.connect(lambda _: self.refresh())

    def open(self, address: str) -> None:
        """Shows a page; behind a `#` stands a line of it to go to."""
        self.setSource(QUrl(address), RESOURCES.MarkdownResource)

    def doSetSource(self, name: QUrl | str, type: RESOURCES = RESOURCES.UnknownResource) -> None:  # noqa: A002, N802 - Qt's
        """A link: to a page, or to something that the window does."""
        address = QUrl(name)
        if address.scheme() not in PAGE_SCHEMES:
            self.followed.emit(address.toString())
            return
        super().doSetSource(address, RESOURCES.MarkdownResource)
        self.go_to_line(address.fragment())

    def loadResource(self, type: int, name: QUrl | str) -> object:  # noqa: A002, N802 - Qt's names
        """The text of a page, the picture of an example."""
        address = QUrl(name)
        if address.scheme() == "picture":
            return self._picture(address.path())
        page = self._library.find(address.toString())
        if page is None:
            return f"# There is no such page\n\n{address.toString()}\n\n[Contents](page:contents)"
        self._shown = _EXAMPLE.findall(page.text)
        self.document().setLayoutEnabled(False)  # laid out once, when it is dressed
        return f"# {page.title}\n\n{_EXAMPLE.sub(lambda found: self._live(found[1]), page.text)}"

    def refresh(self) -> None:
        """The page anew, where it was scrolled to."""
        place = self.verticalScrollBar().value()
        self.document().clear()  # forgets the pictures
        self.reload()
        self.verticalScrollBar().setValue(place)

    def go_to_line(self, text: str) -> None:
        """Scrolls to the line that says just this, and marks it."""
        self._place = text
        found = self._line(text) if text else None
        self.setExtraSelections([])
        if found is None:
            return
        cursor = QTextCursor(found)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = cursor  # pyright: ignore[reportAttributeAccessIssue]
        mark.cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        mark.format.setBackground(QColor(self._themes.theme.accent))  # pyright: ignore[reportAttributeAccessIssue]
        mark.format.setForeground(QColor(self._themes.theme.accent_text))  # pyright: ignore[reportAttributeAccessIssue]
        mark.format.setProperty(QTextFormat.Property.FullWidthSelection, False)  # pyright: ignore[reportAttributeAccessIssue]
        self.setExtraSelections([mark])
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.cursorRect(QTextCursor(found)).top() - ABOVE)

    def _line(self, text: str) -> QTextBlock | None:
        block = self.document().begin()
        while block.isValid():
            if block.text().strip() == text:
                return block
            block = block.next()
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lines stay short enough to read; a place that was gone to stays in view."""
        super().resizeEvent(event)
        margin = max((event.size().width() - WIDEST) // 2, 0) if event.size().width() > WIDEST else 0
        self.setViewportMargins(0, 0, min(margin, 120), 0)
        if self._place:
            self.go_to_line(self._place)

    def _dress(self, source: QUrl) -> None:
        self.page = self._library.find(source.toString())
        if not self.document().isLayoutEnabled():
            dress(self.document(), self._themes.theme, self._themes.text_scale)
            self.document().setLayoutEnabled(True)

    # --- examples ------------------------------------------------------------------------------------------------

    def _live(self, name: str) -> str:
        session = self._examples.look(name)
        return (
            f"![{title_of(name)}](picture:{name})\n\n{facts(session)}\n\n"
            f"[Open this example in the window](example:{name}) and change it: this page follows."
        )

    def _picture(self, name: str) -> QImage:
        width = max(self.viewport().width() - 2 * round(self.document().documentMargin()), 360)
        return self._paint(self._examples.look(name), self._themes.theme, width, self.devicePixelRatioF())

    def _example_changed(self, name: str) -> None:
        if name in self._shown and self.isVisible():
            self._soon.start()
