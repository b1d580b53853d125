"""Wires that end or start where nothing is, and inputs with a wire too many: told before Keras is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.analysis.values import Diagnostic, Fix
from engine.document.names import free_name, id_number
from engine.graph.values import Block, Graph, PortRef, Wire

if TYPE_CHECKING:
    from engine.document.edits import Edit

STATES = ("state", "forward_", "backward_")
DIRECTIONS = ("forward", "backward")


def dangling(wire: Wire, graph: Graph, *, no_target: bool) -> Diagnostic:
    """A wire whose source or target does not exist.

    Args:
        no_target: the input does not exist, else the output.
    """
    from engine.document.edits import Disconnect  # not before the first paint

    source = graph.by_id.get(wire.source.block)
    target = graph.by_id[wire.target.block]
    fixes = [Fix("Remove the wire", (Disconnect(wire.source, wire.target),))]
    detail = "A wire leads from an output to an input that are both there."
    if source is None:
        title = f"A wire into {target.name} starts at a block that does not exist ({wire.source.block})."
    elif no_target:
        title = f"A wire from {source.name} ends at {target.name}'s input {wire.target.port}, which does not exist."
    else:
        title = f"A wire into {target.name} starts at {source.name}'s output {wire.source.port}, which does not exist."
        fixes = [*_lost_output(wire, source), *fixes]
        detail = _why_no_output(wire, source)
    return Diagnostic(
        "wire.dangling",
        "error",
        "structure",
        target.id,
        title,
        detail,
        port=wire.target.port,
        cause=source.id if source is not None and not no_target else "",
        fixes=tuple(fixes),
    )


def _why_no_output(wire: Wire, source: Block) -> str:
    if wire.source.port.startswith(STATES):
        return f"{source.name} gives its states only with return_state."
    if source.arguments.get("merge_mode", "") is None:
        return f"With merge_mode null {source.name} gives both directions by themselves, forward and backward."
    return f"{source.name} has no such output with these arguments."


def _lost_output(wire: Wire, source: Block) -> Iterator[Fix]:
    """The argument that brings an output (back)."""
    from engine.document.edits import Connect, SetArgument  # not before the first paint

    port = wire.source.port
    if port.startswith(STATES):
        path = "layer.arguments.return_state" if source.type == "Bidirectional" else "return_state"
        yield Fix(f"Turn on return_state in {source.name}", (SetArgument(source.id, path, True),))
    if port == "output" and source.arguments.get("merge_mode", "") is None:
        yield Fix(
            f"Join both directions of {source.name} (merge_mode concat)",
            (SetArgument(source.id, "merge_mode", "concat"),),
        )
        yield Fix(f"Use the forward direction of {source.name}", (Connect(PortRef(source.id, "forward"), wire.target),))


def too_many(wires: Sequence[Wire], block: Block, graph: Graph) -> Diagnostic:
    """Several wires into an input that takes one."""
    port = wires[0].target.port
    sources = list(dict.fromkeys(graph.by_id[wire.source.block].name for wire in wires if wire.source.block in graph))
    one = graph.by_id.get(wires[0].source.block) if len(sources) == 1 else None
    if one is not None:
        ports = ", ".join(wire.source.port for wire in wires)
        title = f"{block.name} takes one tensor at {port}, {one.name} gives {len(wires)} ({ports})."
        detail = f"{one.name} {_why_several(one)}; Keras would hand {block.name} all of them."
    else:
        title = f"{block.name} takes one tensor at {port}, and {len(wires)} wires end there."
        detail = f"They come from {' and '.join(sources)}; only a merge layer joins several tensors."
    return Diagnostic(
        "wire.duplicate",
        "error",
        "structure",
        block.id,
        title,
        detail,
        port=port,
        cause=one.id if one is not None else "",
        fixes=tuple(_fewer(wires, block, graph, one)),
    )


def _why_several(source: Block) -> str:
    if source.arguments.get("merge_mode", "") is None:
        return "gives both directions by themselves (merge_mode null)"
    return "returns its states beside its output (return_state)"


def _fewer(wires: Sequence[Wire], block: Block, graph: Graph, one: Block | None) -> Iterator[Fix]:
    from engine.document.edits import AddBlock, Connect, Disconnect, SetArgument  # not before the first paint

    if one is not None and {wire.source.port for wire in wires} == set(DIRECTIONS):
        edits: list[Edit] = [SetArgument(one.id, "merge_mode", "concat")]
        edits += [Disconnect(wire.source, wire.target) for wire in wires]
        edits.append(Connect(PortRef(one.id, "output"), wires[0].target))
        yield Fix(f"Join both directions of {one.name} (merge_mode concat)", tuple(edits))
    for kept in wires[:1] if one is not None else wires:
        rest = _without(wires, kept)
        name = graph.by_id[kept.source.block].name if kept.source.block in graph else kept.source.block
        what = f"{kept.source.port} of {name}" if one is not None else name
        yield Fix(f"Use only {what}", rest)
    number = max(id_number(other.id) for other in graph.blocks) + 1
    joined = Block(f"b{number}", "Concatenate", free_name("concatenate", [other.name for other in graph.blocks]))
    edits = [AddBlock(joined), *_without(wires, None)]
    edits += [Connect(wire.source, PortRef(joined.id, "inputs")) for wire in wires]
    edits.append(Connect(PortRef(joined.id, "output"), wires[0].target))
    yield Fix("Put them side by side (Concatenate)", tuple(edits))


def _without(wires: Sequence[Wire], kept: Wire | None) -> tuple[Edit, ...]:
    """Takes all wires away but the first that is like the one to keep."""
    from engine.document.edits import Disconnect  # not before the first paint

    rest = list(wires)
    if kept is not None:
        rest.remove(kept)
    return tuple(Disconnect(wire.source, wire.target) for wire in rest)


def stray_wires(graph: Graph) -> Iterator[Diagnostic]:
    """Wires that end at no block: they stand with the block they start at, or with none."""
    if not graph.wires_into.keys() - graph.by_id.keys():
        return
    from engine.document.edits import Disconnect  # not before the first paint

    for wire in graph.wires:
        if wire.target.block not in graph:
            source = graph.by_id.get(wire.source.block)
            name = source.name if source is not None else wire.source.block
            yield Diagnostic(
                "wire.dangling",
                "error",
                "structure",
                source.id if source is not None else "",
                f"A wire from {name} ends at a block that does not exist ({wire.target.block}).",
                fixes=(Fix("Remove the wire", (Disconnect(wire.source, wire.target),)),),
            )
