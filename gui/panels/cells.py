"""One cell of a stack: its type, and buttons that move or remove it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.panels.arguments import Row
from gui.theme.measures import mono_font
from gui.widgets.fields import Choice

WITH_BUTTONS = 156


class MemberField(QWidget):
    """The type of a cell; with several cells, its place among them."""

    type_chosen = Signal(str)
    moved = Signal(int)
    removed = Signal()

    def __init__(self, row: Row) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        self.box = Choice()
        self.box.setFont(mono_font(12))
        self.box.addItems(row.types)
        self.box.textActivated.connect(self.type_chosen)
        self.setFocusProxy(self.box)
        line.addWidget(self.box, 1)
        self.buttons: list[QToolButton] = []
        for text, name, act in (
            ("↑", "Move the cell down the stack", lambda: self.moved.emit(-1)),
            ("↓", "Move the cell up the stack", lambda: self.moved.emit(1)),
            ("×", "Remove the cell", self.removed.emit),
        ):
            button = QToolButton()
            button.setObjectName("dot")
            button.setText(text)
            button.setAccessibleName(name)
            button.setToolTip(name)
            button.setFixedSize(16, 22)
            button.clicked.connect(act)
            line.addWidget(button)
            self.buttons.append(button)
        if row.count > 1:
            self.setMinimumWidth(WITH_BUTTONS)
        self.show_member(row)

    def setAccessibleName(self, name: str) -> None:  # noqa: N802 - Qt's name
        """The name belongs to the box, which has the keyboard."""
        self.box.setAccessibleName(name)

    def show_member(self, row: Row) -> None:
        """A single cell stays where it is."""
        self.box.setCurrentText(row.type)
        for button, possible in zip(self.buttons, (row.place > 0, row.place < row.count - 1, True), strict=True):
            button.setVisible(row.count > 1)
            button.setEnabled(possible)
