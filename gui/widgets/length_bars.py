"""The valid steps of every sequence as upright bars: solid is real, hatched is padding; a click chooses a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.theme.theme import ThemeHolder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEIGHT, NARROWEST, WIDEST, GAP = 56, 4, 14, 1


class LengthBars(QWidget):
    """As many sequences as there is room for, the first ones where there are more."""

    sequence_chosen = Signal(int)

    def __init__(self, themes: ThemeHolder) -> None:
        super().__init__()
        self._themes = themes
        self._valid: NDArray[np.bool_] | None = None
        self._chosen = 0
        self.setAccessibleName("Lengths of the sequences")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT + 4)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as it is."""
        return QSize(160, HEIGHT + 4)

    def show_steps(self, valid: NDArray[np.bool_], chosen: int) -> None:
        """(B, T) bool, and the sequence that is looked at."""
        self._valid, self._chosen = valid, chosen
        self._runs: dict[int, list[tuple[int, int]]] = {}
        counts = valid.sum(axis=1)
        span = f"{counts.min()} to {counts.max()}" if len(counts) else "no"
        self.setAccessibleDescription(f"{len(valid)} sequences of {span} of {valid.shape[1]} steps")
        self.update()

    @property
    def num_shown(self) -> int:
        """How many sequences have a bar."""
        return 0 if self._valid is None else min(len(self._valid), self.width() // NARROWEST)

    def sequence_at(self, x: float) -> int:
        """The sequence whose bar stands there, -1: none."""
        at = int(x // self._pitch()) if self.num_shown else -1
        return at if 0 <= at < self.num_shown else -1

    def _pitch(self) -> float:
        return min(self.width() / max(self.num_shown, 1), WIDEST)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Bars stand on the ground: the first step is at the bottom."""
        if self._valid is None or not self.num_shown:
            return
        theme, pitch = self._themes.theme, self._pitch()
        hatch = QBrush(QColor(theme.hatch), Qt.BrushStyle.BDiagPattern)
        solid, accent = QColor(theme.wire), QColor(theme.accent)
        rows = min(HEIGHT, self._valid.shape[1])
        with QPainter(self) as painter:
            for at in range(self.num_shown):
                bar = QRectF(at * pitch, 2, pitch - GAP, HEIGHT)
                painter.fillRect(bar, hatch)
                colour = accent if at == self._chosen else solid
                if at not in self._runs:
                    self._runs[at] = _runs(_pooled(self._valid[at], rows))
                for first, last in self._runs[at]:
                    top = bar.bottom() - HEIGHT * last / rows
                    painter.fillRect(QRectF(bar.left(), top, bar.width(), HEIGHT * (last - first) / rows), colour)
            if self.hasFocus():
                painter.setPen(accent)
                painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Chooses a sequence."""
        at = self.sequence_at(event.position().x())
        if at >= 0:
            self.sequence_chosen.emit(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Left and right go from sequence to sequence."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or self._valid is None:
            super().keyPressEvent(event)
        elif 0 <= self._chosen + step < len(self._valid):
            self.sequence_chosen.emit(self._chosen + step)

    def event(self, event: QEvent) -> bool:
        """Hovering a bar says its length."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._valid is not None:
            at = self.sequence_at(event.pos().x())
            if at >= 0:
                row = self._valid[at]
                QToolTip.showText(
                    event.globalPos(), f"sequence {at}: {int(row.sum())} of {len(row)} steps are real", self
                )
                return True
        return super().event(event)


def _pooled(row: NDArray[np.bool_], rows: int) -> NDArray[np.bool_]:
    """(T,) as `rows` flags: real where most of the steps that share one are."""
    import numpy as np  # not before the first paint

    if rows == len(row):
        return row
    starts = np.linspace(0, len(row), rows, endpoint=False).astype(np.int64)
    sizes = np.diff(np.append(starts, len(row)))
    return np.add.reduceat(row.astype(np.int64), starts) * 2 >= sizes


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where flags are set: from, to."""
    import numpy as np  # not before the first paint

    edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]
