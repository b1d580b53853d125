"""A question that a click asks, and its answer below or in the tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton, QWidget

PADDING = "Does padding change my results?"


class Question(QPushButton):
    """A button that asks; its tooltip holds the last answer."""

    def __init__(self, question: str, ask: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(question, parent)
        self._question = question
        self.setMinimumWidth(1)  # a narrow panel stays narrow: the tooltip says it all
        self.clicked.connect(lambda _: ask())
        self.show_answer("", asking=False)

    def show_answer(self, answer: str, *, asking: bool) -> None:
        """The answer, empty where there is none; while it is being asked nobody asks again."""
        self.setEnabled(not asking)
        self.setText("Running every sequence alone …" if asking else self._question)
        self.setToolTip(answer or "Run every sequence alone and unpadded, and compare it with the padded batch")
