"""The problem card: title, cause, fixes as buttons, Keras's first line."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.analysis.values import Diagnostic, Fix
from gui.theme.measures import mono_font
from gui.widgets.flow import FlowLayout

WIDTH = 400
LONGEST = 90


class ProblemCard(QFrame):
    """One diagnostic with its fixes."""

    chosen = Signal(object)
    folded = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName("Problem")
        self.diagnostic: Diagnostic | None = None
        self.title = QLabel(wordWrap=True)
        self.title.setStyleSheet("font-weight: 600;")
        self.detail = QLabel(wordWrap=True)
        self.detail.setObjectName("secondary")
        self.buttons: list[QPushButton] = []
        self._fixes = QWidget()
        self._flow = FlowLayout(self._fixes, spacing=8)
        self.keras = QToolButton()
        self.keras.setObjectName("flat")
        self.keras.setFont(mono_font(11))
        self.keras.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.keras.clicked.connect(self._unfold)
        self.words = QLabel(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setFont(mono_font(11))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(6)
        for part in (self.title, self.detail, self._fixes, self.keras, self.words):
            layout.addWidget(part)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hide()

    def show_problem(self, diagnostic: Diagnostic) -> None:
        """Shows a problem; the same one again changes nothing, so that nothing moves under the pointer."""
        if diagnostic == self.diagnostic:
            return
        self.diagnostic = diagnostic
        self.setProperty("severity", diagnostic.severity)
        self.style().polish(self)
        self.title.setText(diagnostic.title)
        self.detail.setText(diagnostic.detail)
        self.detail.setVisible(bool(diagnostic.detail))
        self._set_fixes(diagnostic.fixes)
        first = diagnostic.keras.splitlines()[0] if diagnostic.keras else ""
        self.keras.setText("▸ Keras: " + (first if len(first) <= LONGEST // 2 else first[: LONGEST // 2 - 1] + "…"))
        self.keras.setToolTip(diagnostic.keras)
        self.keras.setVisible(bool(first))
        self.words.setText(diagnostic.keras)
        self.words.hide()
        self._fit()

    def _set_fixes(self, fixes: tuple[Fix, ...]) -> None:
        for button in self.buttons:
            self._flow.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for place, fix in enumerate(fixes):
            button = QPushButton(fix.title[:1].upper() + fix.title[1:], self._fixes)
            if place == 0:
                button.setObjectName("primary")
            button.clicked.connect(partial(self.chosen.emit, fix))
            self._flow.addWidget(button)
            self.buttons.append(button)
        self._fixes.setVisible(bool(fixes))

    def _unfold(self) -> None:
        self.words.setVisible(self.words.isHidden())
        self.keras.setText(("▾" if not self.words.isHidden() else "▸") + self.keras.text()[1:])
        self._fit()

    def _fit(self) -> None:
        self.setFixedWidth(WIDTH)
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setFixedHeight(layout.heightForWidth(WIDTH))

    def focus_fixes(self) -> None:
        """Ctrl+.: the keyboard goes to the first fix."""
        if self.buttons:
            self.buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc folds; Enter presses the button that has the focus."""
        focused = next((button for button in self.buttons if button.hasFocus()), None)
        if event.key() == Qt.Key.Key_Escape:
            self.folded.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and focused is not None:
            focused.click()
        else:
            super().keyPressEvent(event)
