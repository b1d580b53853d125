"""What the window does with pasted code and errors: the field to put them in, the line that tells what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from engine.analysis.values import Analysis
from engine.document.values import FORMAT
from gui.session.pasting import Pasted
from gui.theme.measures import mono_font

if TYPE_CHECKING:
    from gui.window.window import MainWindow

MOST_TAKEN = 100_000
"""Characters of the clipboard that the field takes by itself; more is for its owner to paste."""
INVITATION = (
    "Python that builds a model, a Keras traceback or message, or both. It is read and drawn; nothing of it is run."
)


class Pastes(QObject):
    """Opens the field, shows the answer."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: QDialog | None = None
        self._to_open = ""
        pasting = window.session.pasting
        pasting.pasted.connect(self._show)
        window.session.analysis_changed.connect(self._open_card)

    def ask(self) -> None:
        """A field for code and errors; it starts with the clipboard's text."""
        text = QGuiApplication.clipboard().text()
        taken = text if len(text) <= MOST_TAKEN and f'"format": "{FORMAT}"' not in text[:200] else ""
        dialog = TextDialog("Explain an error", INVITATION, taken, self._window)
        dialog.accepted.connect(lambda: self._window.session.pasting.ask(dialog.text.toPlainText()))
        self._open(dialog)

    def _show(self, pasted: Pasted) -> None:
        self._window.canvas.setFocus()
        self._window.canvas.fit()
        self._to_open = pasted.complaining
        choices = [("Details", lambda: self._tell(pasted))] if pasted.details else []
        self._window.notice.ask(pasted.sentence, [*choices, ("Close", lambda: None)])

    def _open_card(self, analysis: Analysis) -> None:
        """What the paste was about is known: its card is opened, unless its owner looks at something else by now."""
        block = self._to_open
        if not block or not analysis.complete:
            return
        self._to_open = ""
        if self._window.session.selection.block == block and any(p.block == block for p in analysis.diagnostics):
            self._window.canvas.fit()
            self._window.canvas.problems.open(block)

    def _tell(self, pasted: Pasted) -> None:
        dialog = TextDialog(
            "What was pasted", pasted.sentence, "\n\n".join(pasted.details), self._window, read_only=True
        )
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.open()


class TextDialog(QDialog):
    """A sentence and a text: to be written, or to be read."""

    def __init__(self, title: str, sentence: str, text: str, parent: QWidget, *, read_only: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 460)
        label = QLabel(sentence, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.text = QPlainTextEdit(text, readOnly=read_only)
        self.text.setFont(mono_font(12))
        self.text.setAccessibleName(title)
        self.text.setTabChangesFocus(True)
        layout = QVBoxLayout(self)
        for part in (label, self.text, self._buttons(read_only=read_only)):
            layout.addWidget(part)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.text.setFocus()
        self.text.selectAll()

    def _buttons(self, *, read_only: bool) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        if read_only:
            buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        else:
            explain = buttons.addButton("Explain", QDialogButtonBox.ButtonRole.AcceptRole)
            explain.setToolTip("Draw it and name the cause  (Ctrl+Enter)")
            buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
            QShortcut(QKeySequence("Ctrl+Return"), self, self.accept)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons
