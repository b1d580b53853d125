"""The numbers of the units that are drawn as lines, to be read and to be typed."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QLineEdit

PREFIX = ("Unit ", "Units ")
ROOM, NARROWEST, WIDEST = 18, 70, 260
MOST_UNITS = 6


class UnitField(QLineEdit):
    """“Units 26, 36, 51”: other numbers and Enter choose others; what is no unit is put back."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("heading")
        self.setAccessibleName("Units drawn as lines")
        self._units: tuple[int, ...] = ()
        self._count = 0
        self.editingFinished.connect(self._take)

    def set_count(self, count: int, word: str = "unit", *, most: int = MOST_UNITS) -> None:
        """How many units there are, what they are counted through (`row × channel`), and how many are drawn at most."""
        self._count = count
        counted = "" if word == "unit" else f", counted through {word}"
        self.setToolTip(
            f"Units drawn as lines, of 0 to {count - 1}{counted}: type up to {most} numbers and Enter, "
            "or click in the heat map (Ctrl adds)"
        )

    def show_units(self, units: Sequence[int]) -> None:
        """The units that are drawn."""
        self._units = tuple(units)
        text = PREFIX[len(units) != 1] + ", ".join(map(str, units))
        self.setText(text)
        self.setCursorPosition(0)
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        self.setFixedWidth(min(max(QFontMetrics(font).horizontalAdvance(text) + ROOM, NARROWEST), WIDEST))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc puts the numbers back."""
        if event.key() == Qt.Key.Key_Escape:
            self.show_units(self._units)
            return
        super().keyPressEvent(event)

    def _take(self) -> None:
        units = units_in(self.text(), self._count)
        if units == self._units or not units:
            self.show_units(self._units)
        else:
            self.chosen.emit(units)


def units_in(text: str, count: int) -> tuple[int, ...]:
    """The units a text names, each once; empty where one of them does not exist.

    >>> units_in("Units 3, 1 3", 8), units_in("9", 8)
    ((3, 1), ())
    """
    units = tuple(dict.fromkeys(int(number) for number in re.findall(r"\d+", text)))
    return units if all(unit < count for unit in units) else ()
