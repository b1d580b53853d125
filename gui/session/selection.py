"""What is selected on the canvas."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.values import Wire


@dataclass(frozen=True)
class Selection:
    """Blocks by id, and wires."""

    blocks: frozenset[str] = frozenset()
    wires: frozenset[Wire] = frozenset()

    @property
    def block(self) -> str:
        """The one selected block, or an empty string where there is none or several."""
        return next(iter(self.blocks)) if len(self.blocks) == 1 else ""

    def __bool__(self) -> bool:
        return bool(self.blocks or self.wires)
