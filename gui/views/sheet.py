"""The frame of a view: a line that says what is shown, tools beside it, the contents; or one sentence in their place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from gui.views.export_plot import Exports
from gui.widgets.fields import ElidedLabel

MARGIN, GAP, HEAD = 16, 8, 24
LOADING = "Loading …"


class Sheet(QStackedWidget):
    """Shows either its contents under a caption, or a sentence."""

    def __init__(self, contents: QWidget, *tools: QWidget, headed: bool = True) -> None:
        super().__init__()
        self.sentence = QLabel(LOADING, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.sentence.setObjectName("secondary")
        self.sentence.setContentsMargins(MARGIN, GAP, MARGIN, GAP)
        self.sentence.setMinimumSize(1, 1)
        self.caption = ElidedLabel()
        self.caption.setObjectName("secondary")
        self.contents = contents
        self.page = QWidget()
        self.page.setObjectName("view")
        self.addWidget(self.sentence)
        self.addWidget(self.page)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        for tool in tools:
            top.addWidget(tool)
        top.insertWidget(0, self.caption, 1)
        layout = QVBoxLayout(self.page)
        layout.setContentsMargins(MARGIN, GAP, MARGIN, GAP)
        layout.setSpacing(GAP)
        if headed:
            layout.addLayout(top)
        layout.addWidget(contents, 1)

    @property
    def is_open(self) -> bool:
        """The contents are shown, no sentence."""
        return self.currentWidget() is self.page

    def say(self, sentence: str) -> None:
        """One sentence in the place of the contents."""
        self.sentence.setText(sentence)
        self.setCurrentWidget(self.sentence)

    def show_contents(self, caption: str) -> None:
        """The contents, and what is said of them."""
        self.caption.set_whole(caption)
        self.setCurrentWidget(self.page)


def fill(view: QWidget, sheet: Sheet) -> None:
    """Makes a sheet all that a view holds, and lets its picture and numbers be taken away."""
    view.setObjectName("view")
    view.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    layout = QVBoxLayout(view)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(sheet)
    Exports(view, sheet.page, lambda: sheet.is_open)


def side_by_side(gap: int = 12) -> tuple[QWidget, QHBoxLayout]:
    """The contents of a view whose plots stand in a row, and the row."""
    contents = QWidget()
    row = QHBoxLayout(contents)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(gap)
    return contents, row


def titled(heads: Sequence[QWidget], contents: QWidget | QHBoxLayout) -> QVBoxLayout:
    """Contents under a line that says what they are."""
    column, line = QVBoxLayout(), QHBoxLayout()
    column.setSpacing(2)
    line.setSpacing(8)
    for head in heads:
        line.addWidget(head, int(isinstance(head, ElidedLabel)))
        head.setMinimumHeight(HEAD)
    column.addLayout(line)
    if isinstance(contents, QWidget):
        column.addWidget(contents, 1)
    else:
        column.addLayout(contents, 1)
    return column
