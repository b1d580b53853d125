"""A heat map of units by steps as one graphics object: an indexed image, padding hatched, leaving steps bracketed."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.theme.theme import Theme
from gui.views.colours import Scale, colour_table, to_indices
from gui.views.hatching import paint_hatch, runs


class HeatMap(pg.GraphicsObject):
    """Values (T, units) drawn with time to the right and unit 0 at the top.

    Where units or steps share a pixel, the strongest of them is drawn: nothing that matters falls between two pixels.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale: Scale = "diverging"
        self._images: dict[tuple[int, int], QImage] = {}
        self._values: NDArray[np.floating] = np.zeros((0, 0), np.float32)
        self._range = (-1.0, 1.0)
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
        self._values = np.where(valid[:, None], values, np.nan)
        self._range, self._scale = (low, high), scale
        self._images = {}
        self._padding = runs(~valid)
        self._read_padding = runs(valid & ~real)
        self._leaves = runs(leaves)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Recolours without touching the values."""
        self._theme = theme
        self._images = {}
        self.update()

    def _image(self, steps: int, units: int) -> QImage:
        """The values as pixels, so many steps and units to each."""
        key = (steps, units)
        if key not in self._images:
            shown = strongest(self._values, steps, units)
            bits = np.ascontiguousarray(to_indices(shown, *self._range).T)  # (rows, columns)
            rows, columns = bits.shape
            image = QImage(bits.data, columns, rows, columns, QImage.Format.Format_Indexed8).copy()
            image.setColorTable(colour_table(self._theme, self._scale))
            self._images[key] = image
        return self._images[key]

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Steps from -0.5 to T - 0.5, units from -0.5 to units - 0.5."""
        return QRectF(-0.5, -0.5, max(self._steps, 1), max(self._units, 1))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Hatching, the image over it, then the brackets."""
        if self._values.size == 0:
            return
        hatch = QColor(self._theme.hatch)
        for start, stop in self._padding:
            paint_hatch(painter, QRectF(start - 0.5, -0.5, stop - start, self._units), hatch)
        to_device = painter.deviceTransform()
        steps, units = sharing(to_device.m11()), sharing(to_device.m22())
        image = self._image(steps, units)
        painter.drawImage(QRectF(-0.5, -0.5, image.width() * steps, image.height() * units), image)
        for (
            start,
            stop,
        ) in self._read_padding:  # padding that nothing masks: the layer reads it, its values stay visible
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


def sharing(pixels: float) -> int:
    """How many units (or steps) share a pixel where one takes so many pixels: a power of 2, so that few images are made.

    >>> sharing(7.5), sharing(1.0), sharing(0.4), sharing(0.01)
    (1, 1, 2, 64)
    """
    return 1 if abs(pixels) >= 1 or pixels == 0 else 2 ** math.floor(math.log2(1 / abs(pixels)) + 1e-9)


def strongest(values: NDArray[np.floating], steps: int, units: int) -> NDArray[np.floating]:
    """Of so many steps and units that lie together, the value of largest magnitude.

    Args:
        values: (T, units), NaN where there is nothing to show.
    """
    for axis, share in ((0, steps), (1, units)):
        if share > 1:
            values = _strongest_along(values, axis, share)
    return values


def _strongest_along(values: NDArray[np.floating], axis: int, share: int) -> NDArray[np.floating]:
    size = values.shape[axis]
    missing = [(0, 0), (0, 0)]
    missing[axis] = (0, -size % share)
    padded = np.pad(values, missing, constant_values=np.nan)
    shape = list(padded.shape)
    shape[axis : axis + 1] = [-1, share]
    groups = padded.reshape(shape)
    strength = np.where(np.isfinite(groups), np.abs(groups), -1.0)
    best = np.expand_dims(strength.argmax(axis=axis + 1), axis + 1)
    return np.take_along_axis(groups, best, axis=axis + 1).squeeze(axis + 1)
