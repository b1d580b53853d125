"""A tool button whose face is made of parts: words of several weights and small pictures, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionToolButton, QToolButton, QWidget

SIDE, BETWEEN = 11.0, 8.0


@dataclass(frozen=True)
class Part:
    """Words, or a picture in their place."""

    text: str = ""
    strong: bool = False
    picture: QPixmap | None = None


class PartsButton(QToolButton):
    """Shows its parts; its `text` says the same to a screen reader."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: tuple[Part, ...] = ()

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Shows other parts."""
        if tuple(parts) == self._parts:
            return
        self._parts = tuple(parts)
        self.setText("  ".join(part.text for part in parts if part.text))
        self.updateGeometry()
        self.update()

    def _metrics(self, part: Part) -> QFontMetricsF:
        font = self.font()
        font.setBold(part.strong)
        return QFontMetricsF(font)

    def _width(self, part: Part) -> float:
        if part.picture is not None:
            return part.picture.deviceIndependentSize().width()
        return self._metrics(part).horizontalAdvance(part.text)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All parts side by side."""
        width = sum(self._width(part) for part in self._parts) + BETWEEN * (len(self._parts) - 1) + 2 * SIDE
        return QSize(round(width + 0.5), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Nothing is cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The style's button without a face, and the parts on it."""
        with QPainter(self) as painter:
            option = QStyleOptionToolButton()
            self.initStyleOption(option)
            option.text, option.icon = "", QIcon()  # type: ignore[attr-defined]
            self.style().drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option, painter, self)
            painter.setPen(self.palette().buttonText().color())
            left = SIDE
            for part in self._parts:
                width = self._width(part)
                if part.picture is not None:
                    height = part.picture.deviceIndependentSize().height()
                    painter.drawPixmap(QPointF(left, (self.height() - height) / 2), part.picture)
                else:
                    font = self.font()
                    font.setBold(part.strong)
                    painter.setFont(font)
                    painter.drawText(
                        QRectF(left, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, part.text
                    )
                left += width + BETWEEN
