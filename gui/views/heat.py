"""A heat map of units by steps as one graphics object: an indexed image, padding hatched, leaving steps bracketed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.theme.theme import Theme
from gui.views.colours import LEVELS, ODD_INDEX, PADDING_INDEX, Scale, colour_table, to_indices
from gui.views.hatching import paint_hatch, runs

Indices: TypeAlias = NDArray[np.uint8]


class Pixels:
    """Values as indices of colours, and the images that are made of them.

    Attributes:
        first: the step of the first column.
        share: how many steps lie in one column.
    """

    def __init__(self, indices: Indices, zero: int = 0, first: int = 0, share: int = 1) -> None:
        self.first, self.share = first, share
        self._zero = zero
        self._along: dict[int, Indices] = {1: indices}
        self._images: dict[tuple[int, int], QImage] = {}

    @property
    def indices(self) -> Indices:
        """(columns, units), as they were given."""
        return self._along[1]

    def colour(self, table: list[int]) -> None:
        """Other colours; the pixels stay."""
        for image in self._images.values():
            image.setColorTable(table)

    def image(self, columns: int, units: int, table: Callable[[], list[int]]) -> QImage:
        """The values as pixels, so many columns and units to each."""
        key = (columns, units)
        if key not in self._images:
            shown = strongest(self._in_time(columns), 1, units, self._zero)
            bits = np.ascontiguousarray(shown.T)  # (rows, columns)
            height, width = bits.shape
            image = QImage(bits.data, width, height, width, QImage.Format.Format_Indexed8).copy()
            image.setColorTable(table())
            self._images[key] = image
        return self._images[key]

    def _in_time(self, columns: int) -> Indices:
        """So many columns in one: each level is made of the one before."""
        if columns not in self._along:
            self._along[columns] = strongest(self._in_time(columns // 2), 2, 1, self._zero)
        return self._along[columns]


class HeatMap(pg.GraphicsObject):
    """Values (T, units) drawn with time to the right and unit 0 at the top.

    Where units or steps share a pixel, the strongest of them is drawn: nothing that matters falls between two pixels.
    Of many steps a part may lie over the whole, in which fewer of them share a column.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale: Scale = "diverging"
        self._whole = Pixels(np.zeros((0, 0), np.uint8))
        self._part: Pixels | None = None
        self._base = self._range = (-1.0, 1.0)
        self._shown = (1, 1)
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
        share: int = 1,
    ) -> None:
        """Shows values (T, units); steps that are not `valid` are hatched alone,
        those that are not `real` but read are hatched over, those that leave are bracketed (all (T,)).

        Where `share` steps lie in one column, values are (columns, units), NaN where none of a column is valid, infinite
        where one is no number.
        """
        self.prepareGeometryChange()
        self._steps, self._units = len(valid), values.shape[1]
        indices = to_indices(values, low, high)
        indices[~valid if share == 1 else np.isnan(values)] = PADDING_INDEX
        self._base = self._range = (low, high)
        self._whole, self._part = Pixels(indices, self._zero, share=share), None
        self._scale = scale
        self._padding = runs(~valid)
        self._read_padding = runs(valid & ~real)
        self._leaves = runs(leaves)
        self.update()

    def set_part(self, values: NDArray[np.floating], first: int, share: int) -> None:
        """Shows a part, (columns, units), over the whole: it begins with step `first`."""
        indices = to_indices(values, *self._base)
        indices[np.isnan(values)] = PADDING_INDEX
        self._part = Pixels(indices, self._zero, first, share)
        self._colour_images()

    def set_theme(self, theme: Theme) -> None:
        """Recolours without touching the values."""
        self._theme = theme
        self._colour_images()

    def set_levels(self, low: float, high: float) -> None:
        """The ends of the colours stand for other values: a new table, the pixels stay."""
        self._range = (low, high)
        self._colour_images()

    @property
    def levels(self) -> tuple[float, float]:
        """What the lowest and the highest colour stand for."""
        return self._range

    def _colour_images(self) -> None:
        table = self._table()
        for pixels in self._layers:
            pixels.colour(table)
        self.update()

    @property
    def _layers(self) -> tuple[Pixels, ...]:
        return (self._whole,) if self._part is None else (self._whole, self._part)

    def _table(self) -> list[int]:
        """The colour of each index under the levels."""
        table = colour_table(self._theme, self._scale)
        if self._range == self._base:
            return table
        places = to_indices(np.linspace(*self._base, LEVELS), *self._range)
        return [*(table[place] for place in places), *table[LEVELS:]]

    @property
    def indices(self) -> Indices:
        """(T, units) the values as indices of colours, before any share a pixel."""
        return self._whole.indices

    @property
    def shown_image(self) -> QImage:
        """The pixels that are painted now."""
        return self._layers[-1].image(*self._shown, self._table)

    @property
    def _zero(self) -> int:
        """The index of 0: what is farthest from it is strongest."""
        low, high = self._base
        return round(min(max(-low / (high - low), 0.0), 1.0) * (LEVELS - 1)) if high > low else 0

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Steps from -0.5 to T - 0.5, units from -0.5 to units - 0.5."""
        return QRectF(-0.5, -0.5, max(self._steps, 1), max(self._units, 1))

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Hatching, the image over it, then the brackets."""
        if self.indices.size == 0:
            return
        hatch = QColor(self._theme.hatch)
        for start, stop in self._padding:
            paint_hatch(painter, QRectF(start - 0.5, -0.5, stop - start, self._units), hatch)
        for pixels in self._layers:
            self._paint_pixels(painter, pixels)
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

    def _paint_pixels(self, painter: QPainter, pixels: Pixels) -> None:
        """The columns of an image that are in sight."""
        to_device = painter.deviceTransform()
        self._shown = sharing(to_device.m11() * pixels.share), sharing(to_device.m22())
        image = pixels.image(*self._shown, self._table)
        width = self._shown[0] * pixels.share  # of a column, in steps
        left, right = self._columns_in_sight(pixels.first, width, image.width())
        if left < right:
            part = QRectF(left, 0, right - left, image.height())
            x, height = pixels.first + left * width - 0.5, image.height() * self._shown[1]
            painter.drawImage(QRectF(x, -0.5, (right - left) * width, height), image, part)

    def _columns_in_sight(self, start: int, width: int, columns: int) -> tuple[int, int]:
        """Of columns of so many steps, from a step on, the first that is painted, and before which they end."""
        box = self.getViewBox()
        if box is None:
            return 0, columns
        view = box.viewRect()
        first, last = ((edge + 0.5 - start) / width for edge in (view.left(), view.right()))
        return max(math.floor(first), 0), min(math.ceil(last), columns)


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


def strongest(indices: Indices, steps: int, units: int, zero: int) -> Indices:
    """Of so many steps and units that lie together, the index farthest from the index of 0.

    Args:
        indices: (T, units), `PADDING_INDEX` where there is nothing to show.
    """
    strength = np.abs(np.arange(PADDING_INDEX + 1, dtype=np.int16) - zero).astype(np.uint8)
    strength += 1
    strength[ODD_INDEX] = PADDING_INDEX  # what is no number is never lost
    strength[PADDING_INDEX] = 0
    for axis, share in ((0, steps), (1, units)):
        while share > 1:
            indices, share = _strongest_of_pairs(indices, axis, strength), share // 2
    return indices


def _strongest_of_pairs(indices: Indices, axis: int, strength: Indices) -> Indices:
    if indices.shape[axis] % 2:
        missing = [(0, 0), (0, 0)]
        missing[axis] = (0, 1)
        indices = np.pad(indices, missing, constant_values=PADDING_INDEX)
    one, other = (indices[::2], indices[1::2]) if axis == 0 else (indices[:, ::2], indices[:, 1::2])
    return np.where(strength[one] >= strength[other], one, other)
