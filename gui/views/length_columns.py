"""Sequences by ports, painted: one column a port, one row a sequence; only what is visible is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from gui.session.clock import Clock, Span
from gui.session.port_lengths import PortLengths
from gui.theme.measures import mono_font, ui_font
from gui.theme.theme import Theme
from gui.views.bars import BarSize, bar_image, bar_pixels, kinds_of
from gui.widgets.span_paint import paint_span

GUTTER, HEADER, TOP, LINE = 40, 58, 2, 17
NARROWEST, WIDEST, SPACE = 148, 320, 20
ROW_LEAST, ROW_MOST = 8, 16
MOST_PIXMAPS = 64


@dataclass(frozen=True)
class Place:
    """Where in the picture: which column, sequence and step."""

    column: int
    sequence: int
    step: int


class LengthColumns(QAbstractScrollArea):
    """Paints the bars; says where it was clicked."""

    clicked = Signal(object)
    """A `Place`."""
    moved = Signal(int, int)
    """By the arrow keys: sequences and steps."""
    brushed = Signal(object)
    """The `Span` that was drawn over with Shift, None: a click with Shift."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._columns: Sequence[PortLengths] = ()
        self._chosen: frozenset[str] = frozenset()
        self._clock = Clock()
        self._clock_steps = 0
        self._span: Span | None = None
        self._brush: Place | None = None
        self._faint = False
        self._pixmaps: dict[tuple[int, int, int, int, int], QPixmap] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName("Valid steps of every sequence at every port")
        self.viewport().setMouseTracking(True)
        self.horizontalScrollBar().valueChanged.connect(lambda _: self.viewport().update())
        self.verticalScrollBar().valueChanged.connect(lambda _: self.viewport().update())

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_columns(self, columns: Sequence[PortLengths], *, faint: bool) -> None:
        """Takes the ports of a run; `faint`: of an old one."""
        self._columns, self._faint = columns, faint
        self._pixmaps.clear()
        self._measure()
        self.viewport().update()

    def show_clock(self, clock: Clock, span: Span | None, steps: int) -> None:
        """Moves cursor and range; they stand in the columns that have as many steps as the clock counts."""
        self._clock, self._span, self._clock_steps = clock, span, steps
        self.viewport().update()
        self._describe()

    def show_chosen(self, blocks: frozenset[str]) -> None:
        """Marks the columns of the selected blocks and brings the first into sight."""
        if blocks == self._chosen:
            return
        self._chosen = blocks
        self.viewport().update()
        place = next((at for at, column in enumerate(self._columns) if column.ref.block in blocks), None)
        if place is not None:
            bar, left = self.horizontalScrollBar(), place * self.pitch
            if left < bar.value() or left + self.pitch > bar.value() + self._room().width():
                bar.setValue(left - SPACE)

    def show_sequence(self, sequence: int) -> None:
        """Brings a sequence into sight."""
        bar, top = self.verticalScrollBar(), sequence * self.row
        if top < bar.value() or top + self.row > bar.value() + self._room().height():
            bar.setValue(top - self._room().height() // 2)

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme
        self._pixmaps.clear()
        self.viewport().update()

    def _describe(self) -> None:
        """What a screen reader says of the clock's place."""
        now = self._clock
        texts = [
            f"{column.name} {column.text}: {column.says(now.sequence, now.step)}"
            for column in self._columns
            if column.ref.block in self._chosen and now.sequence < column.sequences and now.step < column.steps
        ]
        self.setAccessibleDescription(f"Sequence {now.sequence}, step {now.step}. " + " ".join(texts))

    # --- measures ------------------------------------------------------------------------------------------------

    @property
    def sequences(self) -> int:
        """The most sequences of a column."""
        return max((column.sequences for column in self._columns), default=0)

    @property
    def row(self) -> int:
        """From one row to the next: few sequences share the room, many scroll."""
        fitting = self._room().height() // max(self.sequences, 1)
        return min(max(fitting, ROW_LEAST), ROW_MOST)

    @property
    def bar_width(self) -> int:
        """Of all steps of a sequence: few ports share the room, many scroll."""
        fitting = self._room().width() // max(len(self._columns), 1) - SPACE
        return min(max(fitting, NARROWEST), WIDEST)

    @property
    def pitch(self) -> int:
        """From one column to the next."""
        return self.bar_width + SPACE

    def _room(self) -> QRect:
        """Where the bars are, right of the numbers and below the heads."""
        return self.viewport().rect().adjusted(GUTTER, HEADER, 0, 0)

    def _measure(self) -> None:
        room = self._room()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setRange(0, max(len(self._columns) * self.pitch - room.width(), 0))
        across.setPageStep(room.width())
        across.setSingleStep(self.pitch)
        down.setRange(0, max(self.sequences * self.row - room.height(), 0))
        down.setPageStep(room.height())
        down.setSingleStep(self.row * 3)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Measures anew."""
        self._pixmaps.clear()
        self._measure()

    def _visible_columns(self) -> range:
        left = self.horizontalScrollBar().value()
        return range(left // self.pitch, min((left + self._room().width()) // self.pitch + 1, len(self._columns)))

    def _visible_rows(self) -> range:
        top = self.verticalScrollBar().value()
        return range(top // self.row, min((top + self._room().height()) // self.row + 1, self.sequences))

    def left_of(self, column: int) -> int:
        """The left end of a column's bars in the viewport."""
        return GUTTER + column * self.pitch - self.horizontalScrollBar().value()

    def top_of(self, sequence: int) -> int:
        """The upper end of a row in the viewport."""
        return HEADER + sequence * self.row - self.verticalScrollBar().value()

    def place_at(self, point: QPoint) -> Place | None:
        """What is under a point of the viewport."""
        column = (point.x() - GUTTER + self.horizontalScrollBar().value()) // self.pitch
        if point.x() < GUTTER or not 0 <= column < len(self._columns):
            return None
        found = self._columns[column]
        sequence = (point.y() - HEADER + self.verticalScrollBar().value()) // self.row
        step = (point.x() - self.left_of(column)) * found.steps // self.bar_width
        if point.y() < HEADER or sequence >= found.sequences:
            return Place(column, -1, -1) if point.y() < HEADER else None
        return Place(column, sequence, step if step < found.steps else -1)

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The visible bars, the cursor over them, heads and numbers at the edges."""
        with QPainter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), QColor(self._theme.panel))
            if not self._columns:
                return
            painter.setClipRect(self._room())
            self._paint_sequence(painter)
            for at in self._visible_columns():
                self._paint_bars(painter, at)
                self._paint_leaving(painter, at)
                self._paint_step(painter, at)
            painter.setClipRect(QRect(GUTTER, 0, self.viewport().width() - GUTTER, HEADER))
            for at in self._visible_columns():
                self._paint_head(painter, at)
            painter.setClipRect(QRect(0, HEADER - 4, GUTTER, self.viewport().height() - HEADER + 4))
            self._paint_numbers(painter)
            if self.hasFocus():
                painter.setClipping(False)
                painter.setPen(QColor(self._theme.accent))
                painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_sequence(self, painter: QPainter) -> None:
        area = QRect(GUTTER, self.top_of(self._clock.sequence) - 1, self.viewport().width(), self.row)
        painter.fillRect(area, QColor(self._theme.line))

    def _paint_bars(self, painter: QPainter, at: int) -> None:
        rows = self._visible_rows()
        last = min(rows.stop, self._columns[at].sequences)
        if last > rows.start:
            painter.drawPixmap(QPoint(self.left_of(at), self.top_of(rows.start)), self._pixmap(at, rows.start, last))

    def _pixmap(self, at: int, first: int, last: int) -> QPixmap:
        """The bars of some rows of a column, made once."""
        key = (at, first, last, self.bar_width, self.row)
        if key not in self._pixmaps:
            if len(self._pixmaps) >= MOST_PIXMAPS:
                self._pixmaps.clear()
            column, scale = self._columns[at], self.devicePixelRatioF()
            size = BarSize(
                round(self.bar_width * scale), round(self.row * scale), round((self.row - 3) * scale), scale
            )  # fmt: skip
            valid = None if column.valid is None else np.asarray(column.valid[first:last], bool)
            kinds = kinds_of(valid, (last - first, column.steps), masked=column.masked)
            image = bar_image(bar_pixels(kinds, size), self._theme, faint=self._faint)
            image.setDevicePixelRatio(scale)
            self._pixmaps[key] = QPixmap.fromImage(image)
        return self._pixmaps[key]

    def _paint_leaving(self, painter: QPainter, at: int) -> None:
        """A frame round each single step that leaves a recurrent block."""
        column = self._columns[at]
        if column.leaving in ("", "all"):
            return
        step = self.bar_width / max(column.steps, 1)
        painter.setPen(QPen(QColor(self._theme.secondary if self._faint else self._theme.text), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for sequence in self._visible_rows():
            for place in column.leaving_steps(sequence) if sequence < column.sequences else ():
                left = self.left_of(at) + place * step
                painter.drawRect(QRectF(left, self.top_of(sequence) - 0.5, max(step, 4.0), self.row - 2.5))

    def _paint_step(self, painter: QPainter, at: int) -> None:
        column, step = self._columns[at], self._clock.step
        if column.steps != self._clock_steps or step >= column.steps:
            return
        left, wide = self.left_of(at), self.bar_width / column.steps
        if self._span is not None:
            bars = QRectF(left, HEADER, self.bar_width, self.top_of(column.sequences) - HEADER)
            ends = left + self._span.first * wide, left + (self._span.last + 1) * wide
            paint_span(painter, bars, ends, self._theme)
        x = left + (step + 0.5) * wide
        painter.setPen(QPen(QColor(self._theme.accent), 1.4, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, HEADER), QPointF(x, self.top_of(column.sequences)))

    def _paint_head(self, painter: QPainter, at: int) -> None:
        column, theme = self._columns[at], self._theme
        left = self.left_of(at)
        chosen = column.ref.block in self._chosen
        if chosen:
            painter.fillRect(QRect(left, HEADER - 4, self.bar_width, 2), QColor(theme.accent))
        for line, (text, font, colour) in enumerate(
            (
                (column.name, ui_font(12, semibold=True), theme.text),
                (column.shape_text, mono_font(12), theme.secondary),
                (column.head, ui_font(12), theme.secondary),
            )
        ):
            painter.setFont(font)
            painter.setPen(QColor(theme.faint if self._faint else colour))
            area = QRect(left, TOP + line * LINE, self.bar_width, LINE)
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_numbers(self, painter: QPainter) -> None:
        """Numbers of the sequences, as many as have room; the clock's always."""
        painter.setFont(mono_font(11))
        each = -(-14 // self.row)
        now = self._clock.sequence
        rows = [row for row in self._visible_rows() if row % each == 0 and abs(row - now) >= each]
        for row in (*rows, now):
            painter.setPen(QColor(self._theme.accent if row == now else self._theme.secondary))
            area = QRect(0, self.top_of(row) - 4, GUTTER - 8, self.row + 6)
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(row))

    # --- hands ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A click chooses port, sequence and step; with Shift a range of steps begins there, or there is none."""
        place = self.place_at(event.position().toPoint())
        self._brush = None
        if place is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._brush = place if self._columns[place.column].steps == self._clock_steps else None
            self.brushed.emit(None)
        else:
            self.clicked.emit(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The range goes on in the column in which it began."""
        if self._brush is not None and event.buttons() & Qt.MouseButton.LeftButton:
            away = event.position().toPoint().x() - self.left_of(self._brush.column)
            step = away * self._clock_steps // self.bar_width
            self.brushed.emit(Span.between(self._brush.step, step))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Arrows move the clock."""
        moves = {
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
        }  # fmt: skip
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(*move)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Tooltips."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.says_at(event.pos())
            QToolTip.showText(event.globalPos(), text, self.viewport()) if text else QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def says_at(self, point: QPoint) -> str:
        """What is under a point, in words."""
        place = self.place_at(point)
        if place is None:
            return ""
        column = self._columns[place.column]
        if place.step < 0:
            parts = (f"{column.name} {column.shape_text}", column.text, column.leaving_text)
            return "\n".join(part for part in parts if part)
        return f"{column.name}, sequence {place.sequence}, step {place.step}: {column.says(place.sequence, place.step)}"
