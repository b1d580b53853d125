"""The fields of the sample form: what is typed, a file, one word of several."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from engine.graph.values import Json
from gui.theme.measures import mono_font
from gui.widgets.fields import Choice


class Typed(QLineEdit):
    """A value that is said when editing ends; what cannot be read is told and not said."""

    typed = Signal(object)
    complained = Signal(str)

    def __init__(self, read: Callable[[str], Json]) -> None:
        super().__init__()
        self._read = read
        self._before = ""
        self.setFont(mono_font(12))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._finish)

    def put(self, text: str) -> None:
        """Shows a value."""
        self._before = text
        self.setText(text)
        self.setCursorPosition(0)

    def _finish(self) -> None:
        if self.text() == self._before:
            self.complained.emit("")
            return
        try:
            value = self._read(self.text())
        except ValueError as error:
            self.complained.emit(f"{error} The sample keeps what it had.")
            return
        self._before = self.text()
        self.complained.emit("")
        self.typed.emit(value)


class FileField(QWidget):
    """A path, typed or chosen."""

    chosen = Signal(str)
    browse_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setPlaceholderText("FILE.csv")
        self.line.editingFinished.connect(self._finish)
        self._before = ""
        browse = QToolButton()
        browse.setObjectName("dot")
        browse.setText("…")
        browse.setFixedSize(24, 24)
        browse.setAccessibleName("Choose a file")
        browse.clicked.connect(self.browse_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(browse)
        self.setMinimumWidth(156)
        self.setFocusProxy(self.line)

    def setAccessibleName(self, name: str) -> None:  # noqa: N802 - Qt's name
        """The name belongs to the line, which has the keyboard."""
        self.line.setAccessibleName(name)

    def put(self, text: str) -> None:
        """Shows a path."""
        self._before = text
        self.line.setText(text)
        self.line.setToolTip(text)

    def _finish(self) -> None:
        if self.line.text() != self._before:
            self.chosen.emit(self.line.text())


def choice(choices: tuple[str, ...], chosen: Callable[[str], None], *, editable: bool = False) -> Choice:
    """A combo box of words."""
    box = Choice()
    box.setFont(mono_font(12))
    box.addItems(choices)
    box.setEditable(editable)
    box.textActivated.connect(chosen)
    return box


def put(field: QWidget, text: str) -> None:
    """Shows a value in a field of the form."""
    if isinstance(field, Typed | FileField):
        field.put(text)
    elif isinstance(field, Choice):
        if field.findText(text) < 0:
            field.addItem(text)
        field.setCurrentText(text)
