"""Where the labels of wires stand: beside their wires, covering no block, no other label and not their own wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtGui import QFontMetricsF

from gui.canvas.boxes import Box, Boxes, Crowd, Span, around, grown
from gui.canvas.curves import Points, bends, crosses, curve_points
from gui.canvas.geometry import Geometry
from gui.theme.measures import mono_font

LABEL_HEIGHT, PICTOGRAM = 18.0, 26.0
PAD, BETWEEN = 3.0, 4.0
"""Air at both ends of a label, and between its text and its pictogram."""
GAP = 5.0
"""From the middle of a wire to its label."""
PARTS = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82, 0.1, 0.9)
FROM_END = 6.0
STEEP = 1.0
NEAR = 4.0
"""How close to a label other wires are looked at."""


class Label(NamedTuple):
    """Where a label stands and what it holds."""

    box: Box
    text: bool
    pictogram: bool


class Labels:
    """The labels of one geometry.

    A label is placed when its wire is first seen and stays there as long as its width and the geometry stay. Where other
    wires leave no room it may cross them; where there is no room for shape and pictogram the shape stands alone, else the
    pictogram; where nothing is free beside its wire it is left out. Of another geometry only what has changed near its
    wire moves a label.

    Attributes:
        reserved: rectangles, beside those of the geometry, that labels keep off.
    """

    def __init__(self, geometry: Geometry, reserved: tuple[Box, ...] = (), before: Labels | None = None) -> None:
        self.geometry, self.reserved = geometry, reserved
        self._crowd = Crowd()
        for box in reserved:
            self._crowd.add(box)
        self._places: dict[int, tuple[float, Label | None]] = {}
        if before is not None and before._places:
            self._keep(before)

    def _keep(self, before: Labels) -> None:
        """Takes over the labels near whose wires everything is as it was before."""
        old, new = before.geometry.all_spans, self.geometry.all_spans
        moved, spans = _changed(before, self)
        places = _places_after(before.geometry, self.geometry)
        for then, (width, label) in before._places.items():
            at = places.get(then)
            if at is None or label is None or old[then] != new[at]:
                continue
            area = _reach(new[at], width)
            if not moved.touching(area) and not spans.touching(area):
                self._places[at] = (width, label)
                self._crowd.add(label.box)

    def place(self, at: int, text: str, *, pictogram: bool) -> Label | None:
        """The label of a wire, None: nowhere near its wire is room."""
        width = label_width(text, pictogram=pictogram)
        known = self._places.get(at)
        if known is not None and known[0] == width:
            return known[1]
        if known is not None and known[1] is not None:
            self._crowd.remove(known[1].box)
        place = self._find(at, text, pictogram=pictogram) if text else None
        if place is not None:
            self._crowd.add(place.box)
        self._places[at] = (width, place)
        return place

    def _find(self, at: int, text: str, *, pictogram: bool) -> Label | None:
        line = self.geometry.all_spans[at]
        whole = self._room(line, label_width(text, pictogram=pictogram))
        if whole is not None or not pictogram:
            return Label(whole, text=True, pictogram=pictogram) if whole is not None else None
        alone = self._room(line, label_width(text, pictogram=False))
        if alone is not None:
            return Label(alone, text=True, pictogram=False)
        small = self._room(line, PICTOGRAM + 2 * PAD)
        return Label(small, text=False, pictogram=True) if small is not None else None

    def is_free(self, box: Box) -> bool:
        """Neither a block nor a label nor a note stands there."""
        geometry = self.geometry
        taken = (boxes.touching(box) for boxes in (geometry.boxes, geometry.output_boxes, geometry.note_boxes))
        return self._crowd.is_free(box) and not any(taken)

    def _room(self, line: Span, width: float) -> Box | None:
        points = curve_points(line)
        second: Box | None = None
        for box in _beside(points, width):
            if crosses(points, grown(box, 1.0)) or not self.is_free(box):
                continue
            if not self._crosses_any(line, box):
                return box
            second = second or box
        return second

    def _crosses_any(self, line: Span, box: Box) -> bool:
        spans = self.geometry.all_spans
        near = self.geometry.span_boxes.touching(grown(box, NEAR))
        return any(spans[at] != line and crosses(curve_points(spans[at]), box) for at in near)


def _places_after(before: Geometry, now: Geometry) -> Mapping[int, int]:
    """Where the wires of a geometry stand among those of the next; documents share their wires between revisions."""
    if before.wires is now.wires and before.outputs == now.outputs:
        return {at: at for at in range(len(now.all_spans))}
    places = {key: at for at, key in enumerate([*map(id, now.wires), *now.outputs])}
    keys = [*map(id, before.wires), *before.outputs]
    return {at: places[key] for at, key in enumerate(keys) if key in places}


def _changed(before: Labels, now: Labels) -> tuple[Boxes, Boxes]:
    """Rectangles that have come, gone or moved, and those round such wires."""
    old, new = before.geometry, now.geometry
    rows = _differing(before.reserved, now.reserved)
    for then, boxes in (
        (old.boxes, new.boxes),
        (old.output_boxes, new.output_boxes),
        (old.note_boxes, new.note_boxes),
    ):
        rows += _differing(then.rows, boxes.rows)
    return Boxes(tuple(rows)), around(tuple(_differing(old.all_spans, new.all_spans)))


def _differing(then: tuple[Box, ...], now: tuple[Box, ...]) -> list[Box]:
    if len(then) != len(now):
        return [*frozenset(then) ^ frozenset(now)]
    return [row for pair in zip(then, now, strict=True) if pair[0] != pair[1] for row in pair]


def _reach(line: Span, width: float) -> Box:
    """All that decides where a wire's label of some width stands."""
    x1, y1, x2, y2 = line
    xs = (x1, x2, *bends(line))
    left, top = min(xs) - width - GAP, min(y1, y2) - LABEL_HEIGHT - GAP
    area = (left, top, max(xs) + width + GAP - left, max(y1, y2) + LABEL_HEIGHT + GAP - top)
    return grown(area, NEAR)


def label_width(text: str, *, pictogram: bool) -> float:
    """The width of a label; 0: it has no text."""
    return text_width(text) + 2 * PAD + (PICTOGRAM + BETWEEN if pictogram else 0.0) if text else 0.0


@lru_cache(maxsize=4096)
def text_width(text: str) -> float:
    """The width of a shape on a wire."""
    return QFontMetricsF(mono_font(12)).horizontalAdvance(text)


def _beside(points: Points, width: float) -> Iterator[Box]:
    """Places beside a curve, best first: above it, then to its sides where it is steep, then below."""
    last = len(points) - 1
    anchors = [points[round(part * last)] for part in PARTS]
    ends = (points[0][0] + FROM_END, points[-1][0] - FROM_END - width)
    lefts = [*(x - width / 2 for x, _ in anchors), *ends]
    yield from (_over(points, left, width, above=True) for left in lefts)
    if abs(points[-1][1] - points[0][1]) > STEEP * LABEL_HEIGHT:
        for _, y in anchors:
            left = min(px for px, py in points if abs(py - y) <= LABEL_HEIGHT) - GAP - width
            right = max(px for px, py in points if abs(py - y) <= LABEL_HEIGHT) + GAP
            yield from ((side, y - LABEL_HEIGHT / 2, width, LABEL_HEIGHT) for side in (left, right))
    yield from (_over(points, left, width, above=False) for left in lefts)


def _over(points: Points, left: float, width: float, *, above: bool) -> Box:
    """The place just above or below the part of a curve that a label of this width spans."""
    inside = [y for x, y in points if left - 2 <= x <= left + width + 2] or [points[len(points) // 2][1]]
    top = min(inside) - GAP - LABEL_HEIGHT if above else max(inside) + GAP
    return left, top, width, LABEL_HEIGHT
