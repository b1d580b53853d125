"""A heat map of units by steps as one graphics object: an indexed image, padding hatched, leaving steps bracketed."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.theme.theme import Theme
from gui.views.colours import Scale, colour_table, to_indices
from gui.views.hatching import paint_hatch, runs

MOST_ROWS = 160
"""More units than this share rows; each row shows the strongest of its units."""


class HeatMap(pg.GraphicsObject):
    """Values (T, units) drawn with time to the right and unit 0 at the top.

    Changing the theme or the levels is a new colour table; the values are turned into indices once.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale: Scale = "diverging"
        self._image = QImage()
        self._bits: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._padding: tuple[tuple[int, int], ...] = ()
        self._read_padding: tuple[tuple[int, int], ...] = ()
        self._leaves: tuple[tuple[int, int], ...] = ()
        self._steps = 0
        self._units = 0

    @property
    def units(self) -> int:
        """Number of units shown."""
        return self._units

    def set_values(
        self,
        values: NDArray[np.floating],
        valid: NDArray[np.bool_],
        leaves: NDArray[np.bool_],
        real: NDArray[np.bool_],
        *,
        scale: Scale,
        low: float,
        high: float,
    ) -> None:
        """Shows values (T, units); steps that are not `valid` are hatched alone,
        those that are not `real` but read are hatched over, those that leave are bracketed (all (T,))."""
        self.prepareGeometryChange()
        self._steps, self._units = values.shape
        shown = strongest_rows(np.where(valid[:, None], values, np.nan))
        self._bits = np.ascontiguousarray(to_indices(shown, low, high).T)  # (rows, T)
        self._scale = scale
        self._padding = runs(~valid)
        self._read_padding = runs(valid & ~real)
        self._leaves = runs(leaves)
        self._colour()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Recolours without touching the values."""
        self._theme = theme
        self._colour()
        self.update()

    def _colour(self) -> None:
        if self._bits.size == 0:
            self._image = QImage()
            return
        rows, steps = self._bits.shape
        self._image = QImage(self._bits.data, steps, rows, steps, QImage.Format.Format_Indexed8).copy()
        self._image.setColorTable(colour_table(self._theme, self._scale))

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Steps from -0.5 to T - 0.5, units from -0.5 to units - 0.5."""
        return QRectF(-0.5, -0.5, max(self._steps, 1), max(self._units, 1))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Hatching, the image over it, then the brackets."""
        if self._image.isNull():
            return
        hatch = QColor(self._theme.hatch)
        for start, stop in self._padding:
            paint_hatch(painter, QRectF(start - 0.5, -0.5, stop - start, self._units), hatch)
        painter.drawImage(self.boundingRect(), self._image)
        for (
            start,
            stop,
        ) in self._read_padding:  # padding that nothing masks: the layer reads it, so its values stay visible
            paint_hatch(painter, QRectF(start - 0.5, -0.5, stop - start, self._units), hatch)
        pen = QPen(QColor(self._theme.text), 1.6)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(QBrush(Qt.BrushStyle.NoBrush))
        for start, stop in self._leaves:
            paint_bracket(painter, start - 0.5, stop - 0.5, -0.5, self._units - 0.5)


def paint_bracket(painter: QPainter, left: float, right: float, top: float, bottom: float) -> None:
    """A bracket round steps: both sides whole, top and bottom only a short way in."""
    reach = min(0.35, (right - left) / 2)
    for x, inward in ((left, reach), (right, -reach)):
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.drawLine(QPointF(x, top), QPointF(x + inward, top))
        painter.drawLine(QPointF(x, bottom), QPointF(x + inward, bottom))


def strongest_rows(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """At most `MOST_ROWS` columns: where several units share one, the value of largest magnitude at each step.

    Args:
        values: (T, units), NaN where there is nothing to show.
    """
    steps, units = values.shape
    if units <= MOST_ROWS:
        return values
    share = -(-units // MOST_ROWS)
    padded = np.full((steps, -(-units // share) * share), np.nan, values.dtype)
    padded[:, :units] = values
    groups = padded.reshape(steps, -1, share)  # (T, rows, share)
    strength = np.where(np.isfinite(groups), np.abs(groups), -1.0)
    return np.take_along_axis(groups, strength.argmax(axis=2)[..., None], axis=2)[..., 0]
