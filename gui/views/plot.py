"""A plot over steps as every view draws it: its axes, its look, and what the mouse does in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap, QRegion
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsWidget, QToolTip

from gui.session.clock import Span
from gui.theme.measures import mono_font
from gui.theme.theme import Theme
from gui.widgets.span_paint import paint_span

if TYPE_CHECKING:
    from gui.session.shown import Shown

    AxisItem = Any  # pyqtgraph says nothing of its types
    GraphicsView = Any
    ViewBox = Any
else:
    AxisItem = pg.AxisItem
    GraphicsView = pg.GraphicsView
    ViewBox = pg.ViewBox

TICK_GAP = 4
TOP, RIGHT = 8, 6
LEFT_WIDTH = 40
STRIP = 2
"""Pixels beside a cursor that are painted with it."""


LONGEST_NAME = 10
NAME_GAP = 8
"""Between the names of two steps."""


def short_name(name: str) -> str:
    """The name of a step as it stands at an axis; a dot where there is none."""
    return (name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…") or "·"


class StepBox(ViewBox):
    """The inside of a plot over steps: the left button goes along the steps, the wheel zooms, the middle button pans.

    With Shift the left button chooses a range of steps; a click with Shift chooses none.

    Attributes:
        downwards: the steps stand below one another.
    """

    downwards = False
    _brushes = False
    pointed = Signal(QPointF, Qt.KeyboardModifier)
    """A click at a place of the plot."""
    dragged = Signal(QPointF)
    """The left button is down over a place of the plot."""
    brushed = Signal(object)
    """The `Span` between where the left button came down and where it is, None: it did not move."""

    def mouseClickEvent(self, ev: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """A click of the left button."""
        if ev.button() == Qt.MouseButton.LeftButton:
            ev.accept()
            if ev.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.brushed.emit(None)
            else:
                self.pointed.emit(self.mapSceneToView(ev.scenePos()), ev.modifiers())
        else:
            super().mouseClickEvent(ev)

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """The left button down and moved; what it does is settled as it begins to move."""
        if ev.button() != Qt.MouseButton.LeftButton or axis is not None:
            super().mouseDragEvent(ev, axis)
            return
        ev.accept()
        if ev.isStart():
            self._brushes = bool(ev.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._brushes:
            self.brushed.emit(Span.between(self._step_at(ev.buttonDownScenePos()), self._step_at(ev.scenePos())))
        else:
            self.dragged.emit(self.mapSceneToView(ev.scenePos()))

    def _step_at(self, place: QPointF) -> int:
        at = self.mapSceneToView(place)
        return round(at.y() if self.downwards else at.x())


class StepCursor:
    """A line that marks a step of a plot; moved, it is drawn over a picture of the plot, which stands still meanwhile."""

    def __init__(self, plot: Plot, pen: QPen) -> None:
        self._plot, self._pen = plot, pen
        self._value, self._visible = 0.0, True

    def value(self) -> float:
        """The step."""
        return self._value

    def isVisible(self) -> bool:  # noqa: N802 - as pyqtgraph's lines
        """It is drawn."""
        return self._visible

    def setValue(self, value: float) -> None:  # noqa: N802 - as pyqtgraph's lines
        """Marks another step."""
        if value != self._value:
            self._move(value, visible=self._visible)

    def setVisible(self, visible: bool) -> None:  # noqa: N802, FBT001 - as pyqtgraph's lines
        """Shows or hides it."""
        if visible != self._visible:
            self._move(self._value, visible=visible)

    def setPen(self, pen: QPen) -> None:  # noqa: N802 - as pyqtgraph's lines
        """Draws it in another colour."""
        self._pen = pen
        self._plot.viewport().update()

    def _move(self, value: float, *, visible: bool) -> None:
        self._plot.strip_changed(self.line())
        self._value, self._visible = value, visible
        self._plot.strip_changed(self.line())

    def line(self) -> QLineF | None:
        """Where it stands in the plot's pixels; None: out of sight."""
        if not self._visible:
            return None
        area, x = self._plot.box.sceneBoundingRect(), self._plot.box.mapViewToScene(QPointF(self._value, 0)).x()
        return QLineF(x, area.top(), x, area.bottom()) if area.left() <= x <= area.right() else None

    def paint(self, painter: QPainter) -> None:
        """Draws it."""
        line = self.line()
        if line is not None:
            painter.setPen(self._pen)
            painter.drawLine(line)


class Axis(AxisItem):
    """An axis without a label of its own: to lay out an empty one eleven times is a quarter of what a plot takes.

    Its steps can have names, such as tokens: as many of them are written as have room.
    """

    def __init__(self, side: str, **options: Any) -> None:
        super().__init__(side, **options)
        self._across = side in ("top", "bottom")
        self._names: tuple[str, ...] = ()

    def name_steps(self, names: Sequence[str]) -> None:
        """Writes these in the place of numbers, one for each step from 0 on; none: numbers again."""
        shown = tuple(short_name(name) for name in names)
        if shown == self._names:
            return
        self._names = shown
        if not self._across:
            self.setWidth(max(LEFT_WIDTH, self._widest + 3 * TICK_GAP) if shown else LEFT_WIDTH)
        self.picture = None
        self.update()

    @property
    def _widest(self) -> int:
        metrics = QFontMetrics(mono_font(11))
        return max((metrics.horizontalAdvance(name) for name in self._names), default=0)

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803 - pyqtgraph's names
        """Every step with a name, or every second, third … where they would touch."""
        if not self._names:
            return super().tickValues(minVal, maxVal, size)
        minVal, maxVal = sorted((minVal, maxVal))  # noqa: N806 - downwards it counts the other way round
        room = self._widest + NAME_GAP if self._across else QFontMetrics(mono_font(11)).height()
        every = max(1, ceil(room * (maxVal - minVal) / max(size, 1.0)))
        first, last = max(ceil(minVal / every) * every, 0), min(floor(maxVal), len(self._names) - 1)
        return [(every, [float(step) for step in range(first, last + 1, every)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802 - pyqtgraph's name
        """Names, or numbers."""
        return (
            [self._names[round(step)] for step in values]
            if self._names
            else super().tickStrings(values, scale, spacing)
        )

    def _updateLabel(self) -> None:  # noqa: N802 - pyqtgraph's name
        """Only the numbers."""
        self.picture = None
        self.update()


class Plot(GraphicsView):
    """A box between an axis at its left and the steps below it; what the axes are is said above the plot.

    Of pyqtgraph's parts only those that a view shows: its PlotWidget makes menus, buttons, a title and four axes, which
    takes 30 ms where this takes 5, and as much longer to paint.

    Attributes:
        box: holds what is drawn, in steps and whatever the left axis counts.
    """

    def __init__(self, theme: Theme, *, name: str, downwards: bool = False) -> None:
        super().__init__()
        self.box: Any = StepBox(enableMenu=False, invertY=downwards)
        self.box.disableAutoRange()
        self.left, self.bottom = (Axis(side, linkView=self.box) for side in ("left", "bottom"))
        self._grid = QGraphicsGridLayout()
        self._grid.setSpacing(0)
        self._grid.setContentsMargins(0, TOP, RIGHT, 0)  # the outer ticks' numbers reach that far
        for part, row, column in ((self.left, 0, 0), (self.box, 0, 1), (self.bottom, 1, 1)):
            self._grid.addItem(part, row, column)
        whole = QGraphicsWidget()
        whole.setLayout(self._grid)
        self.setCentralItem(whole)
        self.setAccessibleName(name)
        self._cursors: list[StepCursor] = []
        self._ranges: tuple[int, tuple[float, float]] = (0, (0.0, 0.0))
        self._span: Span | None = None
        self._steps = 0
        self._picture: QPixmap | None = None
        self._strips = QRegion()
        self.box.sigRangeChanged.connect(lambda *_: self.viewport().update())
        scene: Any = self.scene()
        scene.changed.connect(self._scene_changed)
        self._colour(theme)

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._colour(theme)

    def _colour(self, theme: Theme) -> None:
        self._theme = theme
        self.setBackground(theme.panel)
        font = mono_font(11)
        for axis in (self.left, self.bottom):
            axis.setPen(pg.mkPen(theme.line))
            axis.setTextPen(pg.mkPen(theme.secondary))
            axis.setTickFont(font)
            axis.setStyle(tickLength=0, tickTextOffset=TICK_GAP)
            axis.enableAutoSIPrefix(False)
        self.left.setWidth(LEFT_WIDTH)
        self.bottom.setHeight(bottom_height())  # known before the first paint: nothing moves

    def set_margin(self, top: int) -> None:
        """Leaves another margin above: there are no numbers that reach up."""
        self._grid.setContentsMargins(0, top, RIGHT, 0)

    def add_cursor(self, pen: QPen) -> StepCursor:
        """A line that marks a step."""
        self._cursors.append(StepCursor(self, pen))
        return self._cursors[-1]

    def strip_changed(self, line: QLineF | None) -> None:
        """A cursor came to or left a place: that strip alone is painted."""
        if line is not None:
            strip = QRectF(line.p1(), line.p2()).toAlignedRect().adjusted(-STRIP, 0, STRIP, 0)
            self._strips += strip
            self.viewport().update(strip)

    def follow_span(self, shown: Shown) -> None:
        """The range of steps that is chosen here is that of all views, and the other way round."""
        self.box.brushed.connect(shown.choose_span)
        shown.span_changed.connect(self.show_span)
        self.show_span(shown.span)

    def show_span(self, span: Span | None) -> None:
        """Marks a range of steps, or none."""
        if span != self._span:
            self._span = span
            area = self.box.sceneBoundingRect().toAlignedRect()
            self._strips += area
            self.viewport().update(area)

    def _paint_span(self, painter: QPainter) -> None:
        if self._span is None or self._span.first >= self._steps:
            return
        places = (self.box.mapViewToScene(QPointF(at, at)) for at in (self._span.first - 0.5, self._span.last + 0.5))
        first, last = ((at.y() if self.box.downwards else at.x()) for at in places)
        paint_span(painter, self.box.sceneBoundingRect(), (first, last), self._theme, downwards=self.box.downwards)

    def paintEvent(self, ev: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """As it is; where nothing but a cursor or the range moved, from a picture of it."""
        strips, self._strips = self._strips, QRegion()
        moved_alone = ev.region().subtracted(strips).isEmpty()
        if moved_alone and self._picture is None:
            self._picture = self._pictured()
        elif not moved_alone:
            self._picture = None
            super().paintEvent(ev)
        with QPainter(self.viewport()) as painter:
            if self._picture is not None:
                part = _scaled(ev.rect(), self._picture.devicePixelRatio())
                painter.drawPixmap(QRectF(ev.rect()), self._picture, part)
            self._paint_span(painter)
            for cursor in self._cursors:
                cursor.paint(painter)

    def _scene_changed(self, _: object) -> None:
        """What is drawn has changed, perhaps in the same turn as the range: the picture is old."""
        if self._picture is not None:
            self._picture = None
            self.viewport().update()

    def _pictured(self) -> QPixmap:
        """All but the cursors and the range."""
        ratio = self.viewport().devicePixelRatioF()
        picture = QPixmap(self.viewport().size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(self.backgroundBrush().color())
        with QPainter(picture) as painter:
            self.render(painter, QRectF(self.viewport().rect()), self.viewport().rect())
        return picture

    def keyPressEvent(self, ev: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing in a plot takes keys: they go on to what holds it."""
        ev.ignore()

    def add(self, item: Any) -> None:
        """Puts something into the box, which takes the clicks: a marker would keep those on it to itself."""
        if hasattr(item, "mouseClickEvent"):
            item.mouseClickEvent = lambda ev: ev.ignore()
        self.box.addItem(item, ignoreBounds=True)

    def take_away(self, item: Any) -> None:
        """Takes something out of the box."""
        self.box.removeItem(item)

    def show_range(self, steps: int, low: float, high: float) -> None:
        """Shows all steps, from 0 on, and the left axis between two values; nothing lies beyond them.

        As many steps as before, or the same values: who looks at a part of them goes on looking there.
        """
        before, self._ranges = self._ranges, (steps, (low, high))
        self._steps = round(high + 0.5) if self.box.downwards else steps
        self.box.setLimits(xMin=-0.5, xMax=steps - 0.5, yMin=low, yMax=high)
        whole = {"xRange": (-0.5, steps - 0.5), "yRange": (low, high)}
        new = {
            axis: span
            for axis, span, old, now in zip(whole, whole.values(), before, self._ranges, strict=True)
            if old != now
        }
        if new:
            self.box.setRange(**new, padding=0)


class PlotTip(QObject):
    """Says what lies under the pointer where it rests over a plot.

    Attributes:
        told: of a place of the plot, which may lie outside of what is drawn: over an axis.
    """

    def __init__(self, plot: Plot, told: Callable[[QPointF], str]) -> None:
        super().__init__(plot)
        self._plot, self.told = plot, told
        plot.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Nothing but the request for a tip."""
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return False
        place = self._plot.box.mapSceneToView(QPointF(self._plot.mapToScene(event.pos())))
        QToolTip.showText(event.globalPos(), self.told(place), self._plot)
        return True


def bottom_height() -> int:
    """What the numbers of the steps take below a plot, in pixels."""
    return QFontMetrics(mono_font(11)).height() + 2 * TICK_GAP


def _scaled(area: QRect, ratio: float) -> QRectF:
    """An area of the plot in pixels of its picture."""
    return QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
