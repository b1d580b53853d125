"""What lies under a point of the canvas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.graph.values import PortRef, Wire
from gui.canvas.geometry import Geometry
from gui.canvas.scene import distances
from gui.theme.measures import PORT_HIT

WIRE_REACH = 7.0


@dataclass(frozen=True)
class Hit:
    """A port, else a block, else a wire, else nothing."""

    port: PortRef | None = None
    is_input: bool = False
    block: str = ""
    wire: Wire | None = None


def hit(geometry: Geometry, x: float, y: float, scale: float) -> Hit:
    """What a click at (x, y) in canvas pixels means; ports have a hit area larger than their circle."""
    reach = PORT_HIT / 2 / min(scale, 1.0)
    rects = geometry.rects
    near = np.flatnonzero(
        (rects[:, 0] - reach <= x)
        & (rects[:, 0] + rects[:, 2] + reach >= x)
        & (rects[:, 1] - reach <= y)
        & (rects[:, 1] + rects[:, 3] + reach >= y)
    )
    best, found = reach, Hit()
    for at in near[::-1]:
        left, top = rects[at, 0], rects[at, 1]
        for row in geometry.shapes[at].rows:
            distance = float(np.hypot(left + row.x - x, top + row.y - y))
            if distance < best:
                best, found = distance, Hit(PortRef(geometry.ids[at], row.port.name), row.is_input, geometry.ids[at])
    if found.port is not None:
        return found
    for at in near[::-1]:
        left, top, width, height = rects[at]
        if left <= x <= left + width and top <= y <= top + height:
            return Hit(block=geometry.ids[at])
    away = distances(geometry.lines, x, y)
    if len(away) and away.min() <= WIRE_REACH / min(scale, 1.0):
        return Hit(wire=geometry.wires[int(away.argmin())])
    return Hit()


def blocks_inside(geometry: Geometry, left: float, top: float, right: float, bottom: float) -> tuple[str, ...]:
    """The blocks that a box touches."""
    rects = geometry.rects
    inside = (
        (rects[:, 0] < right)
        & (rects[:, 0] + rects[:, 2] > left)
        & (rects[:, 1] < bottom)
        & (rects[:, 1] + rects[:, 3] > top)
    )
    return tuple(geometry.ids[at] for at in np.flatnonzero(inside))
