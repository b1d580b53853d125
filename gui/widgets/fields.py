"""Fields that never change by accident: the wheel counts only where the keyboard is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)

LABEL_AIR = 2
"""What Qt leaves beside the words of a combo box, in pixels."""


class WheelGuard(QObject):
    """Lets a field ignore the wheel unless it has the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Swallows the wheel for fields without focus; the panel scrolls instead."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)


def guarded(field: QComboBox | QSpinBox) -> None:
    """Puts a wheel guard on a field."""
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.installEventFilter(WheelGuard(field))


def restyled(widget: QWidget, name: str, value: object) -> bool:
    """Sets a property that the style sheet looks at; True where that changed anything."""
    if widget.property(name) == value:
        return False
    widget.setProperty(name, value)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        widget.style().unpolish(widget)
        widget.style().polish(widget)
    return True


class Choice(QComboBox):
    """A combo box that ignores the wheel unless focused and may be narrower than its longest entry."""

    def __init__(self) -> None:
        super().__init__()
        guarded(self)
        self.setMinimumWidth(64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def fit_contents(self, narrowest: int) -> None:
        """As wide as its entries, and not so wide where there is no room."""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(narrowest)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Where it is as wide as its contents, the air beside the words counts too."""
        hint = super().sizeHint()
        fits = self.sizeAdjustPolicy() == QComboBox.SizeAdjustPolicy.AdjustToContents
        return QSize(hint.width() + LABEL_AIR, hint.height()) if fits else hint

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """As Qt paints it; what is wider than the field ends in an ellipsis."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter = QStylePainter(self)
        with painter:
            painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
            option.currentText = self._elided(option)  # pyright: ignore[reportAttributeAccessIssue]
            painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def event(self, event: QEvent) -> bool:
        """Its tooltip begins with what the field has no room for."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            option = QStyleOptionComboBox()
            self.initStyleOption(option)
            whole = self.currentText() if self._elided(option) != self.currentText() else ""
            QToolTip.showText(event.globalPos(), "\n".join(filter(None, (whole, self.toolTip()))), self)
            return True
        return super().event(event)

    def _elided(self, option: QStyleOptionComboBox) -> str:
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room - LABEL_AIR)


class Number(QSpinBox):
    """A whole number, ignoring the wheel unless focused; it says a value when editing ends, not at each digit."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__()
        guarded(self)
        self.setRange(low, high)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)


class Switch(QAbstractButton):
    """On or off, told by place as well as colour."""

    SIZE = QSize(36, 20)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedSize(self.SIZE)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Always the same."""
        return self.SIZE

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """A track and a knob."""
        palette = self.palette()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            edge = palette.highlight().color() if self.isChecked() else palette.placeholderText().color()
            area = QRectF(self.rect()).adjusted(3.5, 3.5, -3.5, -3.5)
            painter.setPen(edge)
            painter.setBrush(edge if self.isChecked() else palette.mid().color())
            painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
            size = area.height() - 4
            left = area.right() - size - 2 if self.isChecked() else area.left() + 2
            painter.setBrush(QColor(palette.base().color()))
            painter.drawEllipse(QRectF(left, area.top() + 2, size, size))
            if self.hasFocus():
                painter.setPen(palette.highlight().color())
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


class ElidedLabel(QLabel):
    """A label that ends in an ellipsis where it lacks room, with the whole text as tooltip."""

    def __init__(self, text: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._whole, self._mode = text, mode
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.set_whole(text)

    def set_whole(self, text: str) -> None:
        """The text as it should be read."""
        self._whole = text
        self._elide()

    def whole(self) -> str:
        """The text as it should be read."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Elides anew."""
        super().resizeEvent(event)
        self._elide()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 4, super().sizeHint().height())

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(self.width(), 1))
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")
