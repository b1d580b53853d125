"""A question that a click asks, and its answer below or in the tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

PADDING = "Does padding change my results?"


class Question(QPushButton):
    """A button that asks; its tooltip holds the last answer."""

    def __init__(self, question: str, ask: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(question, parent)
        self._question = self._whole = question
        self.setMinimumWidth(1)  # a narrow panel stays narrow: the tooltip says it all
        self.clicked.connect(lambda _: ask())
        self._answer = ""
        self.show_answer("", asking=False)

    def show_answer(self, answer: str, *, asking: bool) -> None:
        """The answer, empty where there is none; while it is being asked nobody asks again."""
        self.setEnabled(not asking)
        self._whole = "Running every sequence alone …" if asking else self._question
        self._answer = answer or "Run every sequence alone and unpadded, and compare it with the padded batch"
        self._elide()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as the whole text."""
        hint, metrics = super().sizeHint(), self.fontMetrics()
        beside = hint.width() - metrics.horizontalAdvance(self.text())
        return QSize(beside + metrics.horizontalAdvance(self._whole), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Elides anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics = self.fontMetrics()
        room = self.width() - (self.sizeHint().width() - metrics.horizontalAdvance(self._whole))
        shown = metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setText(shown)
        self.setAccessibleName(self._whole)
        self.setToolTip(self._answer if shown == self._whole else f"{self._whole}\n{self._answer}")
