"""What lies under a point of the canvas."""

from __future__ import annotations

from math import hypot
from typing import NamedTuple

from engine.graph.values import PortRef, Wire
from gui.canvas.curves import curve_point
from gui.canvas.geometry import Geometry
from gui.theme.measures import PORT_HIT

WIRE_REACH = 7.0
SAMPLES = 48


class Hit(NamedTuple):
    """A port, else a block, else an output of the model, else a wire, else nothing."""

    port: PortRef | None = None
    is_input: bool = False
    block: str = ""
    wire: Wire | None = None
    output: PortRef | None = None


def hit(geometry: Geometry, x: float, y: float, scale: float) -> Hit:
    """What a click at (x, y) in canvas pixels means; ports have a hit area larger than their circle."""
    reach = PORT_HIT / 2 / min(scale, 1.0)
    near = geometry.boxes.touching((x - reach, y - reach, 2 * reach, 2 * reach))
    best, found = reach, Hit()
    for at in near[::-1]:
        left, top, _, _ = geometry.boxes.rows[at]
        for row in geometry.shapes[at].rows:
            distance = hypot(left + row.x - x, top + row.y - y)
            if distance < best:
                best, found = distance, Hit(PortRef(geometry.ids[at], row.port.name), row.is_input, geometry.ids[at])
    if found.port is not None:
        return found
    for at in near[::-1]:
        left, top, width, height = geometry.boxes.rows[at]
        if left <= x <= left + width and top <= y <= top + height:
            return Hit(block=geometry.ids[at])
    for at in geometry.output_boxes.touching((x, y, 0.0, 0.0)):
        return Hit(output=geometry.outputs[at])
    return Hit(wire=nearest_wire(geometry, x, y, WIRE_REACH / min(scale, 1.0)))


def nearest_wire(geometry: Geometry, x: float, y: float, reach: float) -> Wire | None:
    """The wire whose curve passes nearest to a point, within reach."""
    close = geometry.span_boxes.touching((x - reach, y - reach, 2 * reach, 2 * reach))
    best, found = reach, None
    for at in close:
        if at >= len(geometry.wires):
            continue
        distance = min(
            hypot(point.x() - x, point.y() - y)
            for point in (curve_point(geometry.spans[at], part / SAMPLES) for part in range(SAMPLES + 1))
        )
        if distance <= best:
            best, found = distance, geometry.wires[at]
    return found


def blocks_inside(geometry: Geometry, left: float, top: float, right: float, bottom: float) -> tuple[str, ...]:
    """The blocks that a box touches."""
    return tuple(geometry.ids[at] for at in geometry.boxes.touching((left, top, right - left, bottom - top)))
