"""Python in the theme's colours."""

from __future__ import annotations

from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, String
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.theme.theme import Theme

PLAIN, COLOURED = -1, 1
LEXER = PythonLexer(stripnl=False, ensurenl=False)
"""Made where this module is imported, beside the window's thread: Pygments compiles its expressions then."""


class PythonHighlighter(QSyntaxHighlighter):
    """Colours Python by Pygments' tokens, line by line, and only the lines that came into sight."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._colours = _token_colours(theme)
        self._visible = range(0)

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._colours = _token_colours(theme)
        self.rehighlight()

    def show_lines(self, visible: range) -> None:
        """These lines, counted from 0, are in sight: those that are plain yet are coloured."""
        self._visible = visible
        block = self.document().findBlockByNumber(visible.start)
        while block.isValid() and block.blockNumber() < visible.stop:
            if block.userState() != COLOURED:
                self.rehighlightBlock(block)
            block = block.next()

    def highlightBlock(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Colours one line; the exporter's only text over several lines is a docstring's, which stays plain."""
        if self.currentBlock().blockNumber() not in self._visible:
            self.setCurrentBlockState(PLAIN)
            return
        self.setCurrentBlockState(COLOURED)
        for start, token, value in LEXER.get_tokens_unprocessed(text):
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
