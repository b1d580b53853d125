"""A plot that holds one heat map, the line that marks the clock's step in it, and the bar of its colours."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme.measures import mono_font
from gui.theme.theme import Theme
from gui.views.colours import LEVELS, Scale, colour_table
from gui.views.heat import HeatMap
from gui.views.plot import Plot, StepCursor

WHEEL_FACTOR = 0.8
BAR_WIDTH, BAR_GAP, BAR_ROOM, LINE = 9, 6, 68, 16


def heat_plot(heat: HeatMap, theme: Theme, *, name: str) -> Plot:
    """A plot over steps with row 0 at the top."""
    plot = Plot(theme, name=name, downwards=True)
    plot.add(heat)
    return plot


def shares_rows(plot: Plot, units: int) -> bool:
    """More units than pixel rows: each row shows the strongest of its units."""
    return units > max(plot.box.height() * plot.devicePixelRatioF(), 1.0)


def cursor_pen(theme: Theme) -> QPen:
    """The pen of the clock's line."""
    pen = QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine)
    pen.setCosmetic(True)  # a pixel, whatever a step or a row is
    return pen


def step_cursor(plot: Plot, theme: Theme) -> StepCursor:
    """The clock's line in a plot."""
    return plot.add_cursor(cursor_pen(theme))


class ColourBar(QWidget):
    """The colours of a heat map from its lowest to its highest value, beside the plot; below it what the steps are."""

    def __init__(self, plot: Plot, theme: Theme, heat: HeatMap | None = None) -> None:
        super().__init__()
        self._plot, self._theme, self._heat = plot, theme, heat
        self._whole = (-1.0, 1.0)
        self._scale: Scale = "diverging"
        self._low, self._high = -1.0, 1.0
        self._axis = "step"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        plot.box.sigResized.connect(lambda _: self.update())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Bar and numbers."""
        return QSize(BAR_ROOM, 40)

    def set_range(self, scale: Scale, low: float, high: float, axis: str = "step") -> None:
        """What the ends of the bar mean, and the name of the axis to the left of it."""
        self._scale, self._axis, self._whole = scale, axis, (low, high)
        self._set_levels(low, high)

    def _set_levels(self, low: float, high: float) -> None:
        self._low, self._high = low, high
        self.setAccessibleName(f"Colours from {low:.2g} to {high:.2g}")
        change = "" if self._heat is None else "; the wheel changes that, a double click shows all"
        self.setToolTip(f"Colours from {low:.3g} to {high:.3g}, over the valid steps{change}")
        self.update()

    def wheel(self, angle: int) -> None:
        """Turned: the colours stand for fewer or for more values, of the heat map too."""
        if self._heat is not None:
            factor = WHEEL_FACTOR ** (angle / 120)
            self._set_levels(self._low * factor, self._high * factor)
            self._heat.set_levels(self._low, self._high)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """See `wheel`."""
        self.wheel(event.angleDelta().y())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The whole range again."""
        if self._heat is not None:
            self._set_levels(*self._whole)
            self._heat.set_levels(*self._whole)

    def set_theme(self, theme: Theme) -> None:
        """Recolours."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The bar as high as the inside of the plot, its ends and 0 in numbers."""
        inside: QRectF = self._plot.box.sceneBoundingRect()
        top, height = round(inside.top()), round(inside.height())
        colours = QImage(1, LEVELS, QImage.Format.Format_RGB32)
        for row, colour in enumerate(reversed(colour_table(self._theme, self._scale)[:LEVELS])):
            colours.setPixel(0, row, colour)
        with QPainter(self) as painter:
            bar = QRect(BAR_GAP, top, BAR_WIDTH, height)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(bar, colours)
            painter.setPen(QColor(self._theme.line))
            painter.drawRect(bar)
            painter.setPen(QColor(self._theme.secondary))
            painter.setFont(mono_font(11))
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            marks = [(0.0, self._high), (1.0, self._low)]
            if self._low < 0 < self._high and height > 3 * LINE:
                marks.append((self._high / (self._high - self._low), 0.0))
            for place, value in marks:
                middle = min(max(top + place * height, top + LINE / 2 - 2), top + height - LINE / 2 + 2)
                numbers = QRect(bar.right() + 5, round(middle) - LINE // 2, BAR_ROOM - BAR_WIDTH - BAR_GAP - 5, LINE)
                painter.drawText(numbers, left, f"{value:.2g}".replace("e-0", "e-").replace("e+0", "e"))
            below = QRect(0, top + height + 3, BAR_ROOM, LINE)
            painter.drawText(below, left, self._axis)
