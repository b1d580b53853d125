"""The values of one sequence as a table: steps down, features across."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from engine.protocol.results import PortValues
from gui.session.clock import Span
from gui.theme.measures import mono_font
from gui.theme.theme import Theme
from gui.views.hatching import paint_hatch
from gui.views.plot import short_name
from gui.widgets.span_paint import paint_span

Index = QModelIndex | QPersistentModelIndex
TOP = QModelIndex()
PADDING = Qt.ItemDataRole.UserRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def as_matrix(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """(T, F), whatever the shape: further axes lie one after the other."""
    return values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(-1, 1)


def number_text(value: object) -> str:
    """A number in at most four digits, as people read it."""
    if isinstance(value, float | np.floating):
        return "NaN" if np.isnan(value) else f"{value:.4g}"
    return str(value)


class ValuesTable(QAbstractTableModel):
    """One `PortValues`; without a time axis it is a single row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.matrix: NDArray[np.generic] = np.zeros((0, 0))
        self._valid: NDArray[np.bool_] = np.zeros(0, bool)
        self._real: NDArray[np.bool_] = np.zeros(0, bool)
        self._has_time = True
        self._features: tuple[int, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._font = mono_font(12)
        self._colour: QColor | None = None

    def show_values(self, given: PortValues) -> None:
        """Takes other values; of the same size they change in place, so that nothing moves."""
        values = np.zeros((0, 0)) if given.values is None else given.values
        self._has_time = given.valid is not None
        matrix = as_matrix(values) if self._has_time else values.reshape(1, -1)
        others, renamed = matrix.shape != self.matrix.shape, given.labels != self._labels
        if others:
            self.beginResetModel()
        self.matrix, self._labels = matrix, given.labels
        self._features = values.shape[1:] if self._has_time else values.shape
        everything = np.ones(len(matrix), bool)
        self._valid = everything if given.valid is None else given.valid
        self._real = everything if given.real is None else given.real
        if others:
            self.endResetModel()
        elif matrix.size:
            self.dataChanged.emit(self.index(0, 0), self.index(matrix.shape[0] - 1, matrix.shape[1] - 1))
        if renamed and not others:
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(matrix) - 1)

    def set_colour(self, colour: str) -> None:
        """Of the numbers; those of an old run stand back."""
        if self._colour != QColor(colour):
            self._colour = QColor(colour)
            if self.matrix.size:
                self.dataChanged.emit(self.index(0, 0), self.index(self.matrix.shape[0] - 1, self.matrix.shape[1] - 1))

    def rowCount(self, parent: Index = TOP) -> int:  # noqa: N802 - Qt's name
        """Steps."""
        return 0 if parent.isValid() else self.matrix.shape[0]

    def columnCount(self, parent: Index = TOP) -> int:  # noqa: N802 - Qt's name
        """Features."""
        return 0 if parent.isValid() else self.matrix.shape[1]

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Steps and features, counted from 0; a feature of several axes has one number of each."""
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        label = self._label(section) if orientation == Qt.Orientation.Vertical else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return label or None
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return f"{short_name(label)} {section}" if label else str(section) if self._has_time else "all"
        if len(self._features) > 1:
            return ",".join(str(int(place)) for place in np.unravel_index(section, self._features))
        return str(section)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A number."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            value = self.matrix[index.row(), index.column()].item()
            return number_text(value) if role == Qt.ItemDataRole.DisplayRole else self._tip(index.row(), value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour
        if role == PADDING:
            return not (self._valid[index.row()] and self._real[index.row()])
        return None

    def _label(self, step: int) -> str:
        return self._labels[step] if step < len(self._labels) else ""

    def _tip(self, step: int, value: object) -> str:
        if not self._has_time:
            return repr(value)
        kind = "valid" if self._real[step] else "padding that nothing masks here"
        named = f" “{label}”" if (label := self._label(step)) else ""
        return f"{value!r}\nstep {step}{named}: {kind if self._valid[step] else 'padding under a mask'}"


class PaddingDelegate(QStyledItemDelegate):
    """Cells of padded steps are hatched; the number stands on a clear ground."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.span: Span | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """The hatching first; what is valid is left to Qt; a row outside the range of steps stands back."""
        area = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        if index.data(PADDING):
            self._paint_padding(painter, area, str(index.data()))
        else:
            super().paint(painter, option, index)
        if self.span is not None:
            first, height = area.top() - index.row() * area.height(), area.height()
            ends = first + self.span.first * height, first + (self.span.last + 1) * height
            painter.save()
            paint_span(painter, QRectF(area), ends, self.theme, downwards=True)
            painter.restore()

    def _paint_padding(self, painter: QPainter, area: QRect, text: str) -> None:
        painter.save()
        painter.fillRect(area, QColor(self.theme.panel))
        paint_hatch(painter, QRectF(area), QColor(self.theme.hatch))
        painter.setFont(mono_font(12))
        inner = area.adjusted(3, 0, -3, 0)
        ground = painter.boundingRect(inner, RIGHT, text)
        painter.fillRect(ground.adjusted(-3, 0, 3, 0), QColor(self.theme.panel))
        painter.setPen(QColor(self.theme.secondary))
        painter.drawText(inner, RIGHT, text)
        painter.restore()
