"""Rows of facts below a head: label at the left, what is known at the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.panels.facts import Fact
from gui.widgets.fields import ElidedLabel, restyled


class FactsView(QWidget):
    """A section of the inspector; labels are kept and get other texts, so that nothing flickers."""

    def __init__(self, head: str) -> None:
        super().__init__()
        self.facts: tuple[Fact, ...] = ()
        self._labels: list[tuple[QLabel, QLabel]] = []
        self.setAccessibleName(head)
        title = QLabel(head)
        title.setObjectName("head")
        rule = QFrame()
        rule.setObjectName("rule")
        self.age = ElidedLabel()
        self.age.setObjectName("hint")
        self.age.setAlignment(Qt.AlignmentFlag.AlignRight)
        heading = QHBoxLayout()
        heading.addWidget(title)
        heading.addWidget(self.age, 1)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 4, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(rule)
        whole.addSpacing(4)
        whole.addLayout(heading)
        whole.addLayout(self._grid)

    def show_facts(self, facts: Sequence[Fact], age: str = "") -> None:
        """Shows facts; old ones stand back, and the heading says since when."""
        self.facts = tuple(facts)
        self.age.set_whole(age)
        for _ in self.make_room(len(facts)):
            pass
        for at, pair in enumerate(self._labels):
            for label in pair:
                label.setVisible(at < len(facts))
            if at < len(facts):
                self._show(facts[at], *pair)
        self.setVisible(bool(facts))

    def make_room(self, count: int) -> Iterator[None]:
        """Makes labels for so many facts, out of sight and in steps."""
        while len(self._labels) < count:
            self._labels.append(self._made(len(self._labels)))
            yield

    def _show(self, fact: Fact, name: QLabel, value: QLabel) -> None:
        name.setText(fact.label)
        value.setText(fact.text)
        restyled(value, "tone", fact.tone)
        restyled(value, "old", fact.old)
        value.setAlignment((Qt.AlignmentFlag.AlignRight if fact.label else Qt.AlignmentFlag.AlignLeft) | TOP)
        for label in (name, value):
            label.setToolTip(fact.tip)
        value.setAccessibleName(f"{fact.label}: {fact.text}")
        value.setAccessibleDescription(fact.tip)

    def _made(self, row: int) -> tuple[QLabel, QLabel]:
        name, value = QLabel(), QLabel(wordWrap=True)
        name.setObjectName("secondary")
        value.setObjectName("fact")
        for label in (name, value):
            label.setTextFormat(Qt.TextFormat.PlainText)
        name.setAlignment(TOP)
        for column, label in enumerate((name, value)):
            label.hide()
            self._grid.addWidget(label, row, column)
            label.ensurePolished()
        return name, value


TOP = Qt.AlignmentFlag.AlignTop
