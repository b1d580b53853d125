"""How many sequences are how long: a bar for each length, or for some lengths together where there are many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.theme.measures import mono_font
from gui.theme.theme import ThemeHolder

BARS, HEIGHT, WORDS, WIDEST, GAP = 24, 40, 16, 28, 1


class LengthHistogram(QWidget):
    """Bars over the lengths, the shortest and the longest below them."""

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self.bins: tuple[tuple[int, int, int], ...] = ()
        self.setAccessibleName("Histogram of lengths")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT + WORDS + 4)
        self.setFont(mono_font(10))

    def show_lengths(self, lengths: Sequence[int]) -> None:
        """Steps of each sequence."""
        self.bins = binned(lengths)
        self.setAccessibleDescription("; ".join(map(said, self.bins)))
        self.update()

    def _pitch(self) -> float:
        return min(self.width() / max(len(self.bins), 1), WIDEST)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Heights are numbers of sequences; a single one is still seen."""
        if not self.bins:
            return
        theme, pitch = self._themes.theme, self._pitch()
        most = max(count for _, _, count in self.bins)
        with QPainter(self) as painter:
            for at, (_, _, count) in enumerate(self.bins):
                height = max(HEIGHT * count / most, 2.0) if count else 0.0
                painter.fillRect(QRectF(at * pitch, HEIGHT + 2 - height, pitch - GAP, height), QColor(theme.wire))
            end = len(self.bins) * pitch
            painter.fillRect(QRectF(0, HEIGHT + 2, end, 1), QColor(theme.line))
            painter.setPen(QColor(theme.secondary))
            words = QRectF(0, HEIGHT + 4, self.width(), WORDS)
            shortest, longest = self.bins[0][0], self.bins[-1][1]
            span = f"{shortest} to {longest} steps" if longest > shortest else f"{longest} steps"
            painter.drawText(
                words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{span}; at most {most} a bar"
            )

    def event(self, event: QEvent) -> bool:
        """Hovering a bar says what it counts."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = int(event.pos().x() // self._pitch()) if self.bins else -1
            if 0 <= at < len(self.bins):
                QToolTip.showText(event.globalPos(), said(self.bins[at]), self)
                return True
        return super().event(event)


def binned(lengths: Sequence[int], bars: int = BARS) -> tuple[tuple[int, int, int], ...]:
    """Lengths as `(from, to, how many sequences)`, both ends included, all equally wide."""
    if not lengths:
        return ()
    shortest, longest = min(lengths), max(lengths)
    width = -(-(longest - shortest + 1) // bars)
    counts = [0] * ((longest - shortest) // width + 1)
    for length in lengths:
        counts[(length - shortest) // width] += 1
    starts = (shortest + at * width for at in range(len(counts)))
    return tuple((start, min(start + width - 1, longest), count) for start, count in zip(starts, counts, strict=True))


def said(part: tuple[int, int, int]) -> str:
    """“3 to 4 steps: 7 sequences”."""
    first, last, count = part
    steps = f"{first}" if first == last else f"{first} to {last}"
    return f"{steps} {'step' if steps == '1' else 'steps'}: {count} {'sequence' if count == 1 else 'sequences'}"
