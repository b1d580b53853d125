"""What the three kinds of bar mean, drawn as they are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme.measures import ui_font
from gui.theme.theme import Theme
from gui.views.bars import MASKED, OPEN, VALID, BarSize, bar_image, bar_pixels

ENTRIES = ((VALID, "valid"), (MASKED, "padding, masked"), (OPEN, "padding, nothing masks it"))
BAR, HEIGHT, GAP, SPACE = 22, 9, 5, 14


class LengthLegend(QWidget):
    """A line of bars with words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._metrics = QFontMetrics(ui_font(12))
        self.setAccessibleName("Solid is valid, hatched is padding under a mask, an outline is padding nothing masks")
        self.setToolTip(
            "Solid: a valid step. Hatched: padding under a mask, which layers pass over.\n"
            "Outline: padding that nothing masks here; layers read it as if it were data."
        )
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All bars and words."""
        words = sum(self._metrics.horizontalAdvance(text) + BAR + GAP + SPACE for _, text in ENTRIES)
        return QSize(words, self._metrics.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Bars as in the columns, words beside them."""
        scale = self.devicePixelRatioF()
        size = BarSize(round(BAR * scale), round(HEIGHT * scale), round(HEIGHT * scale), scale)
        with QPainter(self) as painter:
            painter.setFont(ui_font(12))
            painter.setPen(QColor(self._theme.secondary))
            left = 0
            for kind, text in ENTRIES:
                image = bar_image(bar_pixels(np.full((1, 1), kind, np.uint8), size), self._theme)
                image.setDevicePixelRatio(scale)
                painter.drawImage(QPointF(left, (self.height() - HEIGHT) / 2), image)
                left += BAR + GAP
                width = self._metrics.horizontalAdvance(text)
                painter.drawText(QRect(left, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
                left += width + SPACE
