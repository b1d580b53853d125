"""Rows of bars as pixels: solid = valid, hatched = padding under a mask, open outline = padding that nothing masks.

An image costs the same however many holes a sequence has, and however many steps share a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from gui.theme.theme import Theme

VALID, MASKED, OPEN = 0, 1, 2
"""What a step is; where several share a pixel the largest counts, so that no hole is lost."""
GROUND, SOLID, HATCH, LINE = 0, 1, 2, 3
HATCH_PX = 5.0


@dataclass(frozen=True)
class BarSize:
    """Measures of the rows in pixels of the device.

    Attributes:
        width: of all steps.
        row: from one row to the next.
        bar: height of a bar.
        scale: pixels of the device for one of the design.
    """

    width: int
    row: int
    bar: int
    scale: float


def kinds_of(valid: NDArray[np.bool_] | None, shape: tuple[int, int], *, masked: bool) -> NDArray[np.uint8]:
    """(rows, T) what each step is; without `valid` nothing says which are padding, so all count."""
    if valid is None:
        return np.zeros(shape, np.uint8)
    return np.where(valid, VALID, MASKED if masked else OPEN).astype(np.uint8)


def columns_of(kinds: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """(rows, width) what each column of pixels shows."""
    steps = kinds.shape[1]
    if steps == 0 or width <= 0:
        return np.zeros((len(kinds), max(width, 0)), np.uint8)
    starts = np.arange(width) * steps // width
    return kinds[:, starts] if steps <= width else np.maximum.reduceat(kinds, starts, axis=1)


def bar_pixels(kinds: NDArray[np.uint8], size: BarSize) -> NDArray[np.uint8]:
    """(rows * size.row, width) indices of colours: ground, solid, hatch, line."""
    columns = columns_of(kinds, size.width)
    rows, width = columns.shape
    thick = max(round(size.scale), 1)
    pixels = np.zeros((rows, size.row, width), np.uint8)
    body = pixels[:, : size.bar]
    y, x = np.arange(size.bar)[:, None], np.arange(width)[None, :]
    stroke = (x + y) % max(round(HATCH_PX * size.scale), 2) < thick * 1.2
    edge = (y < thick) | (y >= size.bar - thick)  # (bar, 1): above and below
    for kind, inside in ((VALID, np.full((1, 1), SOLID)), (MASKED, np.where(stroke, HATCH, GROUND))):
        body[...] = np.where((columns == kind)[:, None, :], inside.astype(np.uint8), body)
    is_open = (columns == OPEN)[:, None, :]
    ends = _ends(columns == OPEN, thick)[:, None, :]
    body[...] = np.where(is_open, np.where(edge | ends, LINE, GROUND).astype(np.uint8), body)
    return pixels.reshape(rows * size.row, width)


def _ends(flags: NDArray[np.bool_], thick: int) -> NDArray[np.bool_]:
    """(rows, width) the pixels within `thick` of the beginning or the end of a run of flags."""
    inner = flags.copy()
    for shift in range(1, thick + 1):
        inner[:, shift:] &= flags[:, :-shift]
        inner[:, :-shift] &= flags[:, shift:]
        inner[:, :shift] = inner[:, -shift:] = False
    return flags & ~inner


def bar_image(pixels: NDArray[np.uint8], theme: Theme, *, faint: bool = False) -> QImage:
    """The pixels in the theme's colours, over whatever is below them."""
    whole = np.ascontiguousarray(pixels)
    height, width = whole.shape
    image = QImage(whole.data, width, height, width, QImage.Format.Format_Indexed8).copy()
    solid = QColor(theme.hatch if faint else theme.wire)
    outline = QColor(theme.hatch if faint else theme.warning)
    image.setColorTable([0, solid.rgba(), QColor(theme.hatch).rgba(), outline.rgba()])
    return image
