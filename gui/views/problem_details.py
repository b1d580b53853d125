"""What unfolds below a chosen problem: the cause, the fixes as buttons, Keras's own words."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from engine.analysis.values import Diagnostic, Fix
from gui.theme.measures import mono_font
from gui.widgets.flow import FlowLayout

HEAD, LEFT, SPACE = 30, 26, 6


class ProblemDetails(QWidget):
    """One diagnostic; room for the row's own line is left above."""

    chosen = Signal(object)
    """A fix."""
    grown = Signal()

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__()
        self.problem = problem
        self.buttons: list[QPushButton] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(LEFT, HEAD, LEFT, SPACE * 2)
        self._layout.setSpacing(SPACE)
        if problem.detail:
            self._add(QLabel(problem.detail, wordWrap=True))
        self._add_fixes(problem.fixes)
        self.keras = QLabel(wordWrap=True)
        self.keras.setText(f"Keras: {problem.keras}")
        self.keras.setFont(mono_font(12))
        self.keras.setObjectName("secondary")
        self._add(self.keras)
        self.keras.setVisible(bool(problem.keras))
        if not (problem.detail or problem.fixes or problem.keras):
            self._add(QLabel("There is no more to say about it."))

    def _add(self, label: QLabel) -> None:
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        label.setStyleSheet("background: transparent;")
        self._layout.addWidget(label)

    def _add_fixes(self, fixes: tuple[Fix, ...]) -> None:
        if not fixes:
            return
        row = QWidget()
        flow = FlowLayout(row, spacing=8)
        for place, fix in enumerate(fixes):
            button = QPushButton(fix.title[:1].upper() + fix.title[1:])
            button.setObjectName("primary" if place == 0 else "")
            button.clicked.connect(partial(self.chosen.emit, fix))
            flow.addWidget(button)
            self.buttons.append(button)
        self._layout.addWidget(row)

    def resizeEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Another width is another height."""
        self.grown.emit()
