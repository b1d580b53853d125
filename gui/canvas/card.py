"""The problem card: title, cause, fixes as buttons, Keras's first line."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.analysis.values import Diagnostic, Fix
from gui.theme.measures import mono_font
from gui.widgets.flow import FlowLayout

NARROWEST, WIDEST = 260, 580
KERAS_WIDEST = 400
SIDES, ENDS = 16, 12
"""Air between the texts and the frame, in pixels."""
WORDS_HIGHEST = 132
SLACK = 4
"""A row of buttons that just fits stays a row."""


class ProblemCard(QFrame):
    """One diagnostic with its fixes."""

    chosen = Signal(object)
    folded = Signal()
    resized = Signal()
    attended = Signal()
    """It was clicked beside its buttons."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName("Problem")
        self.diagnostic: Diagnostic | None = None
        self._room, self._short = WIDEST, False
        self.title = QLabel(wordWrap=True)
        self.title.setObjectName("strong")
        self.detail = QLabel(wordWrap=True)
        self.detail.setObjectName("secondary")
        self.buttons: list[QPushButton] = []
        self._fixes = QWidget()
        self._flow = FlowLayout(self._fixes, spacing=8)
        self.keras = QToolButton()
        self.keras.setObjectName("flat")
        self.keras.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.keras.setAccessibleName("Keras's own message")
        self.keras.clicked.connect(self._unfold)
        self.words = QPlainTextEdit(readOnly=True)
        self.words.setAccessibleName("Keras's own words")
        self.words.setTabChangesFocus(True)
        self.words.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SIDES, ENDS, SIDES, ENDS)
        layout.setSpacing(6)
        for part in (self.title, self.detail, self._fixes, self.keras, self.words):
            layout.addWidget(part)
        self.hide()

    def show_problem(self, diagnostic: Diagnostic, room: int = WIDEST, *, short: bool = False) -> None:
        """Shows a problem; the same one again changes nothing, so that nothing moves under the pointer.

        Args:
            room: the width there is.
            short: with title and fixes alone, the rest as the title's tooltip.
        """
        room = max(min(room, WIDEST), NARROWEST)
        if diagnostic == self.diagnostic and (room, short) == (self._room, self._short):
            return
        same = diagnostic == self.diagnostic
        self._room, self._short = room, short
        if not same:
            self._fill(diagnostic)
        self._fit()

    @property
    def is_short(self) -> bool:
        """It shows title and fixes alone."""
        return self._short

    @property
    def is_unfolded(self) -> bool:
        """Keras's own message is shown whole."""
        return not self.words.isHidden()

    def _fill(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        self.setProperty("severity", diagnostic.severity)
        self.style().polish(self)
        self.title.setText(diagnostic.title)
        self.detail.setText(diagnostic.detail)
        self._set_fixes(diagnostic.fixes)
        self.keras.setToolTip(diagnostic.keras)
        self.words.setPlainText(diagnostic.keras)
        self.words.hide()

    def _set_fixes(self, fixes: tuple[Fix, ...]) -> None:
        for button in self.buttons:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for place, fix in enumerate(fixes):
            button = QPushButton(self._fixes)
            button.setObjectName("primary" if place == 0 else "fix")
            button.setText(fix.title[:1].upper() + fix.title[1:])
            button.clicked.connect(partial(self.chosen.emit, fix))
            self._flow.addWidget(button)
            button.show()
            self.buttons.append(button)
        self._fixes.setVisible(bool(fixes))

    def _unfold(self) -> None:
        self.words.setVisible(self.words.isHidden())
        self._fit()
        self.resized.emit()

    def _fit(self) -> None:
        """As wide as its longest line, within the room; what is wider still ends in an ellipsis."""
        self.detail.setVisible(bool(self.detail.text()) and not self._short)
        self.keras.setVisible(bool(self.keras.toolTip()) and not self._short)
        self.title.setToolTip(self.detail.text() if self._short else "")
        for part in (self, self.title, self.detail, self.keras, self.words, *self.buttons):
            part.ensurePolished()
        self.keras.setFont(mono_font(self.detail.fontInfo().pixelSize() - 1))
        self.words.setFont(self.keras.font())
        shown = [label for label in (self.title, self.detail) if not label.isHidden()]
        lines = [label.fontMetrics().horizontalAdvance(label.text()) + 2 for label in shown]
        spacing = self._flow.spacing()
        row = sum(button.sizeHint().width() + spacing for button in self.buttons) - spacing + SLACK
        keras = 0 if self.keras.isHidden() else KERAS_WIDEST
        width = min(max(*lines, row, keras, NARROWEST - 2 * SIDES), self._room - 2 * SIDES)
        self._elide(width)
        lines_shown = self.words.document().size().height() + 1
        self.words.setHidden(self.words.isHidden() or self._short)
        self.words.setFixedHeight(min(round(lines_shown * self.words.fontMetrics().lineSpacing()) + 8, WORDS_HIGHEST))
        self.setFixedWidth(width + 2 * SIDES)
        self._fixes.updateGeometry()  # else Qt remembers the height of the fixes that stood there before
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            self.setFixedHeight(layout.totalHeightForWidth(width + 2 * SIDES))
            layout.activate()

    def _elide(self, width: int) -> None:
        diagnostic = self.diagnostic
        fixes = diagnostic.fixes if diagnostic is not None else ()
        for button, fix in zip(self.buttons, fixes, strict=True):
            whole = fix.title[:1].upper() + fix.title[1:]
            button.setText(whole)
            spare = width - (button.sizeHint().width() - button.fontMetrics().horizontalAdvance(whole))
            shown = button.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, spare)
            button.setText(shown)
            button.setToolTip(whole if shown != whole else "")
        first = self.keras.toolTip().partition("\n")[0]
        arrow = "▸" if self.words.isHidden() else "▾"
        text = f"{arrow} Keras: {first}"
        self.keras.setText(self.keras.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width - 14))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Text of another size asks for another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.diagnostic is not None:
            self._fit()
            self.resized.emit()

    def focus_fixes(self) -> None:
        """Ctrl+.: the keyboard goes to the first fix."""
        if self.buttons:
            self.buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """What lies below the card is not meant."""
        event.accept()
        self.attended.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Nor here."""
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Nor here."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc folds; Enter presses the button that has the focus."""
        focused = next((button for button in self.buttons if button.hasFocus()), None)
        if event.key() == Qt.Key.Key_Escape:
            self.folded.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and focused is not None:
            focused.click()
        else:
            super().keyPressEvent(event)
