"""The Code view: the model as Python, live and read only."""

from __future__ import annotations

from functools import partial
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.session.session import EditorSession
from gui.theme.measures import mono_font
from gui.theme.theme import Theme, ThemeHolder

LINE_STATE = 0


class PythonHighlighter(QSyntaxHighlighter):
    """Colours Python by Pygments' tokens, the whole text lexed once per change."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._colours = _token_colours(theme)
        self._lexer = PythonLexer(stripnl=False, ensurenl=False)

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._colours = _token_colours(theme)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Colours one line; the exporter's only text over several lines is a docstring's, which stays plain."""
        for start, token, value in self._lexer.get_tokens_unprocessed(text):
            colour = next((colour for kind, colour in self._colours if token in kind), None)
            if colour is not None:
                style = QTextCharFormat()
                style.setForeground(QColor(colour))
                self.setFormat(start, len(value), style)


def _token_colours(theme: Theme) -> tuple[tuple[Any, str], ...]:
    return (
        (Comment, theme.faint),
        (Keyword, theme.category["recurrent"]),
        (String, theme.category["timestep"]),
        (Number, theme.category["length"]),
        (Name.Function, theme.accent),
    )


class CodeView(QWidget):
    """Shows `session.code`; copies it whole."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("view")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(mono_font(13))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("The model as Python")
        self._highlighter = PythonHighlighter(self.text.document(), themes.theme)
        self._state = QLabel()
        self._state.setObjectName("secondary")
        self.copy_button = QPushButton("Copy")
        self.copy_button.setToolTip("Copy the whole Python source")
        self.copy_button.clicked.connect(self.copy)
        top = QHBoxLayout()
        top.addWidget(self._state, 1)
        top.addWidget(self.copy_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 8)
        layout.addLayout(top)
        layout.addWidget(self.text)
        session.document_changed.connect(partial(self._refresh))
        session.analysis_changed.connect(partial(self._refresh))
        themes.theme_changed.connect(self._highlighter.set_theme)
        self._refresh()

    def copy(self) -> None:
        """Puts the whole source on the clipboard."""
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def _refresh(self, _: object = None) -> None:
        code = self._session.code
        if code != self.text.toPlainText():
            place = self.text.verticalScrollBar().value()
            self.text.setPlainText(code)
            self.text.verticalScrollBar().setValue(place)
        self._state.setText(_state_sentence(self._session))


def _state_sentence(session: EditorSession) -> str:
    if not session.document.graph.blocks:
        return "The code of the model appears here. Drag a layer onto the canvas first."
    if not session.analysis.ok:
        return "The model has errors: the lines that cannot run are comments."
    return "What Export writes, after running it and comparing the numbers."
