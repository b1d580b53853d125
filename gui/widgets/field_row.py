"""A line of a form: a dot where the value was changed, the name, the field at the right, a complaint below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.widgets.fields import ElidedLabel, Switch, restyled

WIDEST, NARROWEST, SHARE = 118, 84, 0.45
DOT, INDENT = 12, 12


class FieldRow(QWidget):
    """Name and field; the field keeps to the right edge, all fields of a form as wide as each other."""

    reset_wanted = Signal()

    def __init__(self, name: str, field: QWidget, hint: str = "", depth: int = 0) -> None:
        super().__init__()
        self.name, self.field, self._least = name, field, field.minimumWidth()
        self.dot = QToolButton()
        self.dot.setObjectName("dot")
        self.dot.setFixedSize(DOT, 20)
        self.dot.clicked.connect(self.reset_wanted)
        self.label = ElidedLabel(name)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint = QLabel(wordWrap=True)
        self.complaint.setObjectName("complaint")
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.hide()
        field.setToolTip(field.toolTip() or hint)
        line = QHBoxLayout()
        line.setContentsMargins(depth * INDENT, 0, 0, 0)
        line.setSpacing(2)
        line.addWidget(self.dot)
        line.addWidget(self.label, 1)
        line.addWidget(field)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(line)
        whole.addWidget(self.complaint)
        if not isinstance(field, Switch):
            field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(hint)
        self.show_changed(changed=False)

    def show_changed(self, *, changed: bool, may_reset: bool = False, default: str = "") -> None:
        """Bold with a dot where the value differs from the default; the dot takes it back."""
        if restyled(self.label, "changed", changed):
            self.label.set_whole(self.name)
        self.dot.setText("•" if changed else "")
        self.dot.setEnabled(changed and may_reset)
        self.dot.setFocusPolicy(Qt.FocusPolicy.TabFocus if self.dot.isEnabled() else Qt.FocusPolicy.NoFocus)
        self.dot.setAccessibleName(f"Reset {self.name}" if self.dot.isEnabled() else "")
        self.dot.setToolTip(f"Changed; click for Keras's default: {default}" if self.dot.isEnabled() else "")

    def complain(self, sentence: str) -> None:
        """Shows what is wrong with what was typed; empty: nothing is."""
        self.complaint.setText(sentence)
        self.complaint.setVisible(bool(sentence))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """In a narrow panel the fields give some room to the names."""
        super().resizeEvent(event)
        if not isinstance(self.field, Switch):
            self.field.setFixedWidth(max(round(min(max(event.size().width() * SHARE, NARROWEST), WIDEST)), self._least))
