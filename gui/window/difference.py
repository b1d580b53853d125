"""What was edited by hand in a file that an export would write anew."""

from __future__ import annotations

import difflib
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from gui.theme.measures import mono_font
from gui.theme.theme import Theme


class DifferenceDialog(QDialog):
    """Shows how a file differs from what an export would write. Nothing is written from here."""

    def __init__(self, target: Path, now: str, new: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"{target.name} was edited")
        self.resize(780, 520)
        sentence = QLabel(
            f"{target.name} was changed since SeqLoom wrote it, so it is left as it is. "
            "Lines with − are in the file, lines with + are what the model gives now.",
            wordWrap=True,
        )
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setFont(mono_font(12))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("Difference")
        self._write(now, new, theme)
        buttons = QDialogButtonBox()
        self.save_as = buttons.addButton("Save under another name …", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Close)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (sentence, self.text, buttons):
            layout.addWidget(part)
        self.setWindowModality(Qt.WindowModality.WindowModal)

    def _write(self, now: str, new: str, theme: Theme) -> None:
        colours = {"+": theme.good, "-": theme.error, "@": theme.secondary}
        cursor = QTextCursor(self.text.document())
        for line in difflib.unified_diff(now.splitlines(), new.splitlines(), "the file", "the model", lineterm=""):
            form = QTextCharFormat()
            form.setForeground(QColor(colours.get(line[:1], theme.text)))
            cursor.insertText(line.replace("-", "−", 1) + "\n" if line.startswith("-") else line + "\n", form)
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
