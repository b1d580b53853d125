"""The Code view: the model as Python, live and read only; the selected block's lines are marked."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
)  # fmt: skip
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QTextEdit, QWidget

from gui.session.session import EditorSession
from gui.theme.measures import mono_font
from gui.theme.theme import Theme, ThemeHolder
from gui.views.highlighter import PythonHighlighter
from gui.views.sheet import Sheet, fill
from gui.views.telling import nothing_yet
from gui.views.when_seen import WhenSeen

TINT = 28


class CodeText(QPlainTextEdit):
    """Python to read; says which line was clicked, or gone to with Enter."""

    chosen = Signal(int)
    """A line, counted from 1."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(mono_font(13))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setAccessibleName("The model as Python")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click chooses the line; a drag only selects text."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.chosen.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter chooses the line of the caret."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.textCursor().blockNumber() + 1)
        else:
            super().keyPressEvent(event)

    def change_to(self, text: str) -> None:
        """Writes only the lines that differ: what is in sight stays there."""
        old, new = self.toPlainText(), text
        if old == new:
            return
        start, end = unequal_part(old, new)
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(len(old) - end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(new[start : len(new) - end])
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)

    def mark(self, first: int, last: int, theme: Theme) -> None:
        """Marks lines, counted from 1, and brings them into sight; 0: none."""
        marks: list[QTextEdit.ExtraSelection] = []
        style = QTextCharFormat()
        tint = QColor(theme.accent)
        tint.setAlpha(TINT)
        style.setBackground(tint)
        style.setProperty(QTextFormat.Property.FullWidthSelection, True)
        for line in range(first, last + 1) if first else ():
            mark = QTextEdit.ExtraSelection()
            mark.format = style  # pyright: ignore[reportAttributeAccessIssue]
            mark.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))  # pyright: ignore[reportAttributeAccessIssue]
            marks.append(mark)
        self.setExtraSelections(marks)

    def lines_in_sight(self) -> range:
        """Counted from 0."""
        first = self.firstVisibleBlock().blockNumber()
        return range(first, first + self.viewport().height() // max(self.fontMetrics().lineSpacing(), 1) + 2)

    def show_line(self, line: int) -> None:
        """Brings a line into sight, if it is not."""
        bar = self.verticalScrollBar()
        if not bar.value() <= line - 1 < bar.value() + bar.pageStep():
            bar.setValue(max(line - 1 - bar.pageStep() // 3, 0))


class CodeView(QWidget):
    """Shows `session.written.source.text`; copies it whole."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, themes.theme
        self.text = CodeText()
        self._highlighter = PythonHighlighter(self.text.document(), themes.theme)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy the whole Python source")
        self.copy_button.clicked.connect(self.copy)
        self.sheet = Sheet(self.text, self.copy_button)
        fill(self, self.sheet)
        self._marked = frozenset[str]()
        self._seen = WhenSeen(self, self._refresh)
        for signal in (session.document_changed, session.analysis_changed, session.selection_changed):
            signal.connect(self._seen.ask)
        themes.theme_changed.connect(self._set_theme)
        self.text.chosen.connect(self._choose)
        self.text.updateRequest.connect(lambda area, moved: self._highlighter.show_lines(self.text.lines_in_sight()))

    def copy(self) -> None:
        """Puts the whole source on the clipboard."""
        QGuiApplication.clipboard().setText(self._session.written.source.text)
        self._session.told.emit("Copied the Python source.")

    def _refresh(self) -> None:
        session = self._session
        if not session.document.graph.blocks:
            self.sheet.say(nothing_yet("The lines of the model as Python"))
            return
        self.text.change_to(session.written.source.text)
        self._mark()
        self.sheet.show_contents(_state_sentence(session))

    def _mark(self) -> None:
        """The lines of the one selected block; newly selected, they are brought into sight."""
        session = self._session
        first, last = session.written.source.lines.get(session.selection.block, (0, 0))
        self.text.mark(first, last, self._theme)
        if first and session.selection.blocks != self._marked:
            QTimer.singleShot(0, self.text, lambda: self.text.show_line(first))  # after the layout of a first show
        self._marked = session.selection.blocks

    def _choose(self, line: int) -> None:
        block = block_at(self._session.written.source.lines, line)
        if block:
            self._marked = frozenset({block})  # it is in sight already
            self._session.select([block])

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._highlighter.set_theme(theme)
        self._seen.ask()


def block_at(lines: Mapping[str, tuple[int, int]], line: int) -> str:
    """The block that a line, counted from 1, is about: of several the one with the fewest lines; empty: none."""
    around = [(last - first, block) for block, (first, last) in lines.items() if first <= line <= last]
    return min(around)[1] if around else ""


def unequal_part(old: str, new: str) -> tuple[int, int]:
    """How many characters two texts share at the start and at the end, in whole lines.

    >>> unequal_part("a\\nb\\nc\\n", "a\\nx\\nc\\n")
    (2, 3)
    """
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    most = min(len(before), len(after))
    start = next((at for at in range(most) if before[at] != after[at]), most)
    end = next((at for at in range(most - start) if before[-1 - at] != after[-1 - at]), most - start)
    return sum(map(len, before[:start])), sum(map(len, before[len(before) - end :]))


def _state_sentence(session: EditorSession) -> str:
    if not session.analysis.complete:
        return "Written from the drawing; Keras has not checked it yet."
    if not session.analysis.ok:
        return "The model has errors: the lines that cannot run are comments."
    return "What Export writes, after running it and comparing the numbers."
