"""Arrays that may be larger than the memory, read a part at a time, and many numbers in few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
PART = 2**21
"""So many numbers are read at once."""
PREVIEW_ROWS, PREVIEW_COLUMNS = 12, 120


def parts(steps: slice, units: int, share: int = 1) -> Iterator[slice]:
    """A stretch of steps in parts of a size that takes little memory, each of whole groups of `share` steps."""
    size = max(PART // max(units * share, 1), 1) * share
    for first in range(steps.start, steps.stop, size):
        yield slice(first, min(first + size, steps.stop))


def strongest_along(values: Floats, axis: int, share: int) -> Floats:
    """Of `share` places that lie together along an axis, the value of largest magnitude; NaN where there is none."""
    if share == 1:
        return values
    size = values.shape[axis]
    places = -(-size // share)
    padding = [(0, 0)] * values.ndim
    padding[axis] = (0, places * share - size)
    groups = np.pad(values, padding, constant_values=np.nan)
    groups = groups.reshape(*values.shape[:axis], places, share, *values.shape[axis + 1 :])
    strength = np.where(np.isnan(groups), -1.0, np.abs(groups))
    chosen = np.expand_dims(strength.argmax(axis=axis + 1), axis + 1)
    return np.take_along_axis(groups, chosen, axis=axis + 1).squeeze(axis + 1)


def preview_image(values: Floats, valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A small image of states, see `Preview`.

    Args:
        values: (T, *units).
        valid: (T,) the steps that count.
    """
    values = values.reshape(len(values), -1)
    steps, units = values.shape
    share = max(-(-steps // PREVIEW_COLUMNS), 1)
    columns = [
        strongest_along(valid_numbers(values[part], valid[part, None]), 0, share)
        for part in parts(slice(0, steps), units, share)
    ]
    whole = np.concatenate(columns) if columns else np.zeros((0, units), np.float32)
    known = strongest_along(whole, 1, max(-(-units // PREVIEW_ROWS), 1)).T  # (rows, columns)
    finite = np.isfinite(known)
    numbers = np.where(finite, known, 0.0)
    reach = float(np.abs(numbers).max(initial=0.0)) or 1.0
    shades = np.rint(numbers / reach * 126) + 126
    return np.where(finite, shades, np.where(np.isinf(known), 254, 255)).astype(np.uint8)


def valid_numbers(values: Floats, valid: NDArray[np.bool_]) -> Floats:
    """float32 values, NaN where they are not valid, infinite where they are and no number: stronger than any."""
    known = np.where(np.isfinite(values), values, np.inf).astype(np.float32)
    return np.where(valid, known, np.float32(np.nan))
