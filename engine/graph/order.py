"""Orders over a graph: topological order, cycles, what lies above and below a block. All iterative: long chains are normal."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from engine.graph.values import Graph


def successors(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """The blocks each block feeds, without repeats, in wire order; dangling wires are passed over."""
    return {
        block.id: tuple(
            dict.fromkeys(
                wire.target.block for wire in graph.wires_from.get(block.id, ()) if wire.target.block in graph
            )
        )
        for block in graph.blocks
    }


def topological_order(graph: Graph) -> tuple[str, ...]:
    """Block ids such that every block stands after what feeds it; ties by block order.

    Blocks on a cycle, and those below one, are left out: `cyclic_blocks` tells which.
    """
    below = successors(graph)
    waiting = {block.id: 0 for block in graph.blocks}
    for targets in below.values():
        for target in targets:
            waiting[target] += 1
    ready = deque(block.id for block in graph.blocks if waiting[block.id] == 0)
    order: list[str] = []
    while ready:
        block_id = ready.popleft()
        order.append(block_id)
        for target in below[block_id]:
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    return tuple(order)


def cyclic_blocks(graph: Graph) -> tuple[str, ...]:
    """The ids of the blocks that lie on a cycle, in block order (empty: there is none)."""
    rest = {block.id for block in graph.blocks}.difference(topological_order(graph))
    below = successors(graph)
    return tuple(
        block.id
        for block in graph.blocks
        if block.id in rest and block.id in _reached(below[block.id], lambda b: below[b])
    )


def downstream(graph: Graph, block_ids: Iterable[str]) -> frozenset[str]:
    """The ids of all blocks that can be reached from these along wires, without these unless on a cycle."""
    below = successors(graph)
    return _reached((target for block_id in block_ids for target in below.get(block_id, ())), lambda b: below[b])


def upstream(graph: Graph, block_ids: Iterable[str]) -> frozenset[str]:
    """The ids of all blocks from which these can be reached along wires."""

    def above(block_id: str) -> Iterable[str]:
        return (wire.source.block for wire in graph.wires_into.get(block_id, ()) if wire.source.block in graph)

    return _reached((source for block_id in block_ids for source in above(block_id)), above)


def _reached(start: Iterable[str], step: Callable[[str], Iterable[str]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        block_id = waiting.pop()
        if block_id not in seen:
            seen.add(block_id)
            waiting.extend(step(block_id))
    return frozenset(seen)
