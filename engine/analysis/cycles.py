"""Cycles in a graph: one diagnostic each, with the wire that closes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.analysis.values import Diagnostic, Fix
from engine.graph.order import successors, topological_order
from engine.graph.values import Graph, Wire

SHOWN = 6


def cycle_problems(graph: Graph) -> Iterator[Diagnostic]:
    """One diagnostic for each group of blocks that feed themselves; the fix removes the wires that close it."""
    rest = {block.id for block in graph.blocks}.difference(topological_order(graph))
    if not rest:
        return
    from engine.document.edits import Disconnect  # not before the first paint

    below = {block_id: tuple(b for b in targets if b in rest) for block_id, targets in successors(graph).items()}
    for group in _groups([block.id for block in graph.blocks if block.id in rest], below):
        closing = _closing_wires(graph, group, below)
        first = group[0]
        names = [graph.by_id[block_id].name for block_id in group]
        path = " → ".join([*names[:SHOWN], *(["…"] if len(names) > SHOWN else []), names[0]])
        sources = ", ".join(graph.by_id[wire.source.block].name for wire in closing)
        yield Diagnostic(
            "wire.cycle",
            "error",
            "structure",
            first,
            f"{names[0]} feeds itself: {path}.",
            "A model's wires may not run in a circle; a recurrent layer keeps its own state from step to step.",
            port=closing[0].target.port if closing else "",
            cause=closing[0].source.block if closing else "",
            fixes=(
                Fix(
                    f"Remove the wire that closes the circle (from {sources})",
                    tuple(Disconnect(wire.source, wire.target) for wire in closing),
                ),
            ),
        )


def _groups(block_ids: Sequence[str], below: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """The strongly connected groups that contain a cycle, each in the order of a walk (Tarjan, without recursion)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_blocks: list[str] = []
    is_open: set[str] = set()
    for root in block_ids:
        if root in index:
            continue
        walk: list[tuple[str, Iterator[str]]] = []

        def enter(block_id: str, walk: list[tuple[str, Iterator[str]]] = walk) -> None:
            index[block_id] = lowest[block_id] = len(index)
            open_blocks.append(block_id)
            is_open.add(block_id)
            walk.append((block_id, iter(below[block_id])))

        enter(root)
        while walk:
            block_id, targets = walk[-1]
            target = next(targets, None)
            if target is not None:
                if target not in index:
                    enter(target)
                elif target in is_open:
                    lowest[block_id] = min(lowest[block_id], index[target])
                continue
            walk.pop()
            if walk:
                lowest[walk[-1][0]] = min(lowest[walk[-1][0]], lowest[block_id])
            if lowest[block_id] == index[block_id]:
                place = open_blocks.index(block_id)
                group = open_blocks[place:]
                del open_blocks[place:]
                is_open.difference_update(group)
                if len(group) > 1 or block_id in below[block_id]:
                    yield group


def _closing_wires(graph: Graph, group: Sequence[str], below: Mapping[str, Sequence[str]]) -> tuple[Wire, ...]:
    """The wires of the group that lead back to a block that the walk is still inside of: without them it is open."""
    inside = set(group)
    closing: set[tuple[str, str]] = set()
    done: set[str] = set()
    entered = next((block_id for block_id in group if _fed_from_outside(graph, block_id, inside)), group[0])
    for root in (entered, *group):
        if root in done:
            continue
        path = [root]
        on_path = {root}
        walk = [iter(below[root])]
        while walk:
            target = next((b for b in walk[-1] if b in inside), None)
            if target is None:
                walk.pop()
                done.add(path[-1])
                on_path.discard(path.pop())
            elif target in on_path:
                closing.add((path[-1], target))
            elif target not in done:
                path.append(target)
                on_path.add(target)
                walk.append(iter(below[target]))
    return tuple(wire for wire in graph.wires if (wire.source.block, wire.target.block) in closing)


def _fed_from_outside(graph: Graph, block_id: str, inside: set[str]) -> bool:
    return any(wire.source.block not in inside for wire in graph.wires_into.get(block_id, ()))
