"""What could be connected to an input that has nothing: candidates, nearest first; the worker keeps those that work."""

from __future__ import annotations

from collections.abc import Iterator

from engine.analysis.values import Fix
from engine.document.names import free_name, id_number
from engine.graph.order import downstream
from engine.graph.values import Block, Graph, PortRef

MOST = 3


def connection_fixes(block: Block, port: str, graph: Graph) -> Iterator[Fix]:
    """Candidates for a required input without a wire."""
    from engine.document.edits import AddBlock, Connect  # not before the first paint

    target = PortRef(block.id, port)
    offered = 0
    for source in _sources(block, graph):
        if offered == MOST:
            return
        offered += 1
        yield Fix(f"Connect {graph.by_id[source.block].name} to {port}", (Connect(source, target),))
    if offered == 0 and port == "inputs":
        number = max(id_number(other.id) for other in graph.blocks) + 1
        name = free_name("input", (other.name for other in graph.blocks))
        made = Block(f"b{number}", "Input", name, {"shape": [None, 3]})
        yield Fix(
            "Add an Input of sequences with 3 features", (AddBlock(made), Connect(PortRef(made.id, "output"), target))
        )


def _sources(block: Block, graph: Graph) -> Iterator[PortRef]:
    """What its other inputs have, then outputs that feed nothing yet, then all others; never what lies below."""
    siblings = [wire.source for wire in graph.wires_into.get(block.id, ()) if wire.source.block in graph]
    yield from dict.fromkeys(siblings)
    below = downstream(graph, (block.id,)) | {block.id}
    others = [other for other in reversed(graph.blocks) if other.id not in below]
    ends = [other for other in others if not graph.wires_from.get(other.id)]
    for other in [*ends, *(other for other in others if other not in ends)]:
        source = PortRef(other.id, "output")
        if source not in siblings:
            yield source
