"""Places for blocks: columns along the wires, rows near what feeds them."""

from __future__ import annotations

from engine.document.values import Position
from engine.graph.order import topological_order
from engine.graph.values import Graph

COLUMN, ROW = 280, 152
"""How far apart blocks stand: a block, a wire label, and air."""


def lay_out(graph: Graph) -> dict[str, Position]:
    """A place for every block; blocks on a cycle stand in the first column."""
    columns = _columns(graph)
    members: dict[int, list[str]] = {}
    for block in graph.blocks:
        members.setdefault(columns.get(block.id, 0), []).append(block.id)
    rows: dict[str, float] = {}
    for column in sorted(members):
        wanted = {block: _wanted(block, graph, rows) for block in members[column]}
        _place(sorted(members[column], key=lambda block: wanted[block]), wanted, rows)
    top = min(rows.values(), default=0)
    return {
        block.id: (columns.get(block.id, 0) * COLUMN, round((rows[block.id] - top) * ROW)) for block in graph.blocks
    }


def _columns(graph: Graph) -> dict[str, int]:
    """The longest way from a start; what nothing feeds stands just before the first block that it feeds."""
    order = topological_order(graph)
    columns: dict[str, int] = {}
    for block in order:
        above = [columns[w.source.block] for w in graph.wires_into.get(block, ()) if w.source.block in columns]
        columns[block] = max(above, default=-1) + 1
    for block in order:
        below = [columns[w.target.block] for w in graph.wires_from.get(block, ()) if w.target.block in columns]
        if below and not graph.wires_into.get(block):
            columns[block] = min(below) - 1
    return columns


def _wanted(block: str, graph: Graph, rows: dict[str, float]) -> float:
    """The mean row of what feeds a block."""
    above = [rows[w.source.block] for w in graph.wires_into.get(block, ()) if w.source.block in rows]
    return sum(above) / len(above) if above else 0.0


def _place(column: list[str], wanted: dict[str, float], rows: dict[str, float]) -> None:
    """Each block as near as may be to where it wants to stand, the column in the middle of all their wishes."""
    place = float("-inf")
    for block in column:
        place = rows[block] = max(wanted[block], place + 1)
    off = sum(rows[block] - wanted[block] for block in column) / len(column)
    for block in column:
        rows[block] -= round(off * 2) / 2
