"""Rectangles in number: a plain loop while they are few, arrays where they are many.

A few hundred are looked through faster than numpy takes to load, so the first paint of a usual model does not wait for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, width, height."""
Span: TypeAlias = tuple[float, float, float, float]
"""From x, y to x, y."""
FEW = 300


@dataclass(frozen=True)
class Boxes:
    """Rectangles with one question: which of them does an area touch?"""

    rows: tuple[Box, ...] = ()

    @cached_property
    def array(self) -> NDArray[np.float64]:
        """(N, 4): left, top, width, height."""
        import numpy as np

        return np.array(self.rows, float).reshape(-1, 4)

    def touching(self, area: Box) -> list[int]:
        """The places of the rectangles that an area overlaps, in order."""
        left, top, width, height = area
        right, bottom = left + width, top + height
        if len(self.rows) <= FEW:
            return [
                place
                for place, (x, y, w, h) in enumerate(self.rows)
                if x < right and x + w > left and y < bottom and y + h > top
            ]
        x, y, w, h = self.array.T
        found = (x < right) & (x + w > left) & (y < bottom) & (y + h > top)
        return found.nonzero()[0].tolist()

    def shifted(self, places: Collection[int], dx: float, dy: float) -> Boxes:
        """The same with some rectangles elsewhere."""
        rows = list(self.rows)
        for place in places:
            x, y, w, h = rows[place]
            rows[place] = (x + dx, y + dy, w, h)
        moved = Boxes(tuple(rows))
        if "array" in self.__dict__:
            moved.__dict__["array"] = array = self.array.copy()
            array[list(places), :2] += (dx, dy)
        return moved

    def bounds(self) -> Box | None:
        """The rectangle round all, or None: there are none."""
        if not self.rows:
            return None
        if len(self.rows) > FEW:
            x, y, w, h = self.array.T
            left, top, right, bottom = float(x.min()), float(y.min()), float((x + w).max()), float((y + h).max())
            return left, top, right - left, bottom - top
        left, top = min(row[0] for row in self.rows), min(row[1] for row in self.rows)
        right, bottom = max(row[0] + row[2] for row in self.rows), max(row[1] + row[3] for row in self.rows)
        return left, top, right - left, bottom - top


def around(spans: tuple[Span, ...]) -> Boxes:
    """The rectangles round spans."""
    if len(spans) <= FEW:
        return Boxes(tuple((min(a, c), min(b, d), abs(c - a), abs(d - b)) for a, b, c, d in spans))
    import numpy as np

    x1, y1, x2, y2 = np.array(spans, float).T
    boxes = Boxes(spans)  # so many are looked through by their array alone
    boxes.__dict__["array"] = np.stack([np.minimum(x1, x2), np.minimum(y1, y2), np.abs(x2 - x1), np.abs(y2 - y1)], 1)
    return boxes


def grown(area: Box, margin: float) -> Box:
    """An area with a margin on every side."""
    left, top, width, height = area
    return left - margin, top - margin, width + 2 * margin, height + 2 * margin


CELL = 256.0


class Crowd:
    """Rectangles that grow in number, asked whether a new one would cover any: a grid of cells, each with its own few."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[Box]] = {}

    def add(self, box: Box) -> None:
        """One more."""
        for cell in _cells(box):
            self._cells.setdefault(cell, []).append(box)

    def remove(self, box: Box) -> None:
        """One less."""
        for cell in _cells(box):
            self._cells[cell].remove(box)

    def is_free(self, box: Box) -> bool:
        """Nothing stands where `box` would stand."""
        left, top, width, height = box
        right, bottom = left + width, top + height
        return not any(
            x < right and x + w > left and y < bottom and y + h > top
            for cell in _cells(box)
            for x, y, w, h in self._cells.get(cell, ())
        )


def _cells(box: Box) -> list[tuple[int, int]]:
    left, top, width, height = box
    across = range(int(left // CELL), int((left + width) // CELL) + 1)
    down = range(int(top // CELL), int((top + height) // CELL) + 1)
    return [(column, row) for column in across for row in down]
