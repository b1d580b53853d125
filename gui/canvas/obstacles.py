"""What stands in view and must not be covered by cards and maps."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize

from gui.canvas.boxes import Box, Boxes, grown
from gui.canvas.curves import Points, curve_points
from gui.canvas.painter import DETAILS_FROM
from gui.canvas.scene import Scene
from gui.canvas.view import View

RING = 8.0
"""How far rings and dots reach beyond a block."""
WIRES, BLOCKS = 60, 200
"""As many as are looked at."""


def seen_area(view: View, size: QSize) -> Box:
    """The part of the canvas in view."""
    left, top = view.to_canvas(QPointF(0, 0))
    return left, top, size.width() / view.scale, size.height() / view.scale


def parts_in_view(scene: Scene, view: View, size: QSize) -> Boxes:
    """Blocks, outputs, notes, labels, captions and tags, in pixels of the view."""
    geometry, seen = scene.geometry, seen_area(view, size)
    found = [grown(geometry.boxes.rows[at], RING) for at in geometry.boxes.touching(grown(seen, RING))[:BLOCKS]]
    for boxes in (geometry.output_boxes, geometry.note_boxes):
        found += [boxes.rows[at] for at in boxes.touching(seen)[:BLOCKS]]
    if view.scale >= DETAILS_FROM:
        labels = (scene.label(at) for at in geometry.span_boxes.touching(seen)[:BLOCKS])
        found += [*(label.box for label in labels if label is not None), *scene.reserved.boxes]
    return _on_screen(found, view)


def wires_in_view(scene: Scene, view: View, size: QSize) -> Boxes:
    """The rectangles round pieces of wires, in pixels of the view."""
    geometry = scene.geometry
    wires = geometry.span_boxes.touching(seen_area(view, size))[:WIRES]
    return _on_screen([box for at in wires for box in _pieces(curve_points(geometry.all_spans[at], 12))], view)


def _pieces(points: Points) -> list[Box]:
    pairs = zip(points, points[1:], strict=False)
    return [(min(a, c), min(b, d), abs(c - a), abs(d - b)) for (a, b), (c, d) in pairs]


def _on_screen(boxes: list[Box], view: View) -> Boxes:
    scale, x, y = view.scale, view.x, view.y
    return Boxes(tuple((left * scale + x, top * scale + y, w * scale, h * scale) for left, top, w, h in boxes))
