"""Colour tables for values: diverging for states, sequential for gates."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from gui.theme.theme import Theme

Scale: TypeAlias = Literal["diverging", "sequential"]
PADDING_INDEX = 255
"""The index of the colour table that stands for padding: transparent, so that the hatching below shows."""
ODD_INDEX = 254
"""NaN and infinity: the colour of errors, which no number has."""
LEVELS = 253
_DIVERGING_ENDS = {False: ("#1f66b0", "#a35a12"), True: ("#4f9cf5", "#e59a3c")}


def colour_table(theme: Theme, scale: Scale) -> list[int]:
    """256 colours as Qt's 0xAARRGGBB: those of numbers, of what is none, and transparent.

    Diverging: blue (lowest) through the panel's background (0) to amber-brown (highest), so that red stays error.
    Sequential: pyqtgraph's viridis, perceptually even.
    """
    rgb = _diverging(theme) if scale == "diverging" else _sequential()
    packed = (255 << 24) | (rgb[:, 0].astype(int) << 16) | (rgb[:, 1].astype(int) << 8) | rgb[:, 2].astype(int)
    odd = int(f"ff{theme.error[1:]}", 16)
    return [*packed.tolist(), odd, odd, 0]


def to_indices(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Values as indices of a colour table: low is 0, high is 252, NaN and infinity are `ODD_INDEX`."""
    scale = (LEVELS - 1) / (high - low if high > low else 1.0)
    places = np.asarray(values, np.float32) * np.float32(scale)
    places -= np.float32(low * scale)
    np.clip(places, 0.0, LEVELS - 1, out=places)
    np.rint(places, out=places)
    known = np.isfinite(values)
    if not known.all():
        places[~known] = ODD_INDEX
    return places.astype(np.uint8)


def _diverging(theme: Theme) -> NDArray[np.floating]:
    low, high = _DIVERGING_ENDS[theme.dark]
    ends = np.array([_rgb(low), _rgb(theme.panel), _rgb(high)], float)
    place = np.linspace(0.0, 2.0, LEVELS)
    return np.stack([np.interp(place, [0, 1, 2], ends[:, channel]) for channel in range(3)], axis=1).round()


def _sequential() -> NDArray[np.floating]:
    viridis: Any = pg.colormap.get("viridis")
    return viridis.getLookupTable(nPts=LEVELS)[:, :3].astype(float)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
