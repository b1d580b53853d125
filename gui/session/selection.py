"""What is selected on the canvas."""

from __future__ import annotations

from typing import NamedTuple

from engine.graph.values import Graph, Wire


class Selection(NamedTuple):
    """Blocks by id, and wires."""

    blocks: frozenset[str] = frozenset()
    wires: frozenset[Wire] = frozenset()

    @property
    def block(self) -> str:
        """The one selected block, or an empty string where there is none or several."""
        return next(iter(self.blocks)) if len(self.blocks) == 1 else ""

    def __bool__(self) -> bool:
        return bool(self.blocks or self.wires)

    def within(self, graph: Graph) -> Selection:
        """What of it is in a graph."""
        alive, wires = graph.by_id.keys(), set(graph.wires) if self.wires else set[Wire]()
        if self.blocks <= alive and self.wires <= wires:
            return self
        return Selection(self.blocks & alive, self.wires & wires)
