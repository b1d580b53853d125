"""Graph to plan: what can be built, in an order in which it can be built; the rest is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.catalog.operations import without_wired
from engine.catalog.ports import ports_of, reused_block, states_together
from engine.catalog.spec import OPERATION, Catalog, Ports, PortSpec
from engine.document.outputs import model_outputs, without_mask
from engine.document.values import Document
from engine.graph.order import topological_order
from engine.graph.values import INPUT, Block, Graph, PortRef
from engine.plan.values import Call, Construct, MakeInput, Operand, Operate, Plan, Step, sources_of


def lower(document: Document, catalog: Catalog) -> Plan:
    """The plan of a document.

    Blocks that cannot be called (unknown or not placeable types, a required input without a wire, a cycle, a Reuse of
    nothing) and everything below them are in `left_out`. A layer is constructed just before its first call.
    """
    graph = document.graph
    steps: list[Step] = []
    planned: dict[str, Ports] = {}
    constructed: set[str] = set()
    for block_id in topological_order(graph):
        block = graph.by_id[block_id]
        owner = reused_block(block, graph)
        if owner is None or not _placeable(owner, catalog):
            continue
        ports = ports_of(block, graph, catalog)
        if block.type == INPUT:
            steps.append(MakeInput(block.id, block.arguments))
            planned[block.id] = ports
            continue
        sources = _sources(block, ports, graph, planned)
        if sources is None:
            continue
        planned[block.id] = ports
        if owner.type.startswith(OPERATION):
            steps.append(_operate(block, owner, ports, sources))
            continue
        if owner.id not in constructed:
            constructed.add(owner.id)
            steps.append(Construct(owner.id, owner.type, owner.arguments))
        steps.append(_call(block, owner, ports, sources))
    return Plan(
        steps=tuple(steps),
        inputs=tuple(block.id for block in graph.inputs),
        outputs=tuple(port for port in model_outputs(document, catalog) if _exists(port, planned)),
        names={block.id: block.name for block in graph.blocks},
        left_out=tuple(block.id for block in graph.blocks if block.id not in planned),
    )


def _placeable(block: Block, catalog: Catalog) -> bool:
    spec = catalog.layers.get(block.type)
    return spec is not None and spec.placeable


def _exists(port: PortRef, planned: Mapping[str, Ports]) -> bool:
    return port.block in planned and planned[port.block].output(without_mask(port).port) is not None


def _sources(
    block: Block, ports: Ports, graph: Graph, planned: Mapping[str, Ports]
) -> Mapping[str, tuple[PortRef, ...]] | None:
    """What is wired to each port of a block, or None where an input that it needs, or one that it has, cannot be had."""
    sources: dict[str, tuple[PortRef, ...]] = {}
    for wire in graph.wires_into.get(block.id, ()):
        if ports.input(wire.target.port) is None or not _exists(wire.source, planned):
            return None
        sources[wire.target.port] = (*sources.get(wire.target.port, ()), wire.source)
    if any(port.required and port.name not in sources for port in ports.inputs):
        return None
    return sources


def _operate(block: Block, owner: Block, ports: Ports, sources: Mapping[str, tuple[PortRef, ...]]) -> Operate:
    operands: dict[str, Operand] = {
        port.name: sources[port.name] if port.growing else sources[port.name][0]
        for port in ports.inputs
        if port.name in sources
    }
    outputs = tuple(port.name for port in ports.outputs)
    return Operate(block.id, owner.type, operands, without_wired(owner.arguments, operands), outputs)


def _call(block: Block, owner: Block, ports: Ports, sources: Mapping[str, tuple[PortRef, ...]]) -> Call:
    positional: list[Operand] = []
    keywords: dict[str, Operand] = {}
    members: list[PortRef] = []
    states: list[tuple[PortSpec, PortRef]] = []
    for port in ports.inputs:
        wired = sources.get(port.name)
        if wired is None:
            continue
        if port.growing:
            positional.append(wired)
        elif port.role == "inputs" or (port.role == "keyword" and port.required and not keywords):
            positional.append(wired[0])
        elif port.role == "list":
            members.append(wired[0])
        elif port.role == "state":
            states.append((port, wired[0]))
        else:
            keywords[port.name] = wired[0]
    if members:
        positional.insert(0, tuple(members))
    if states:
        keywords["initial_state"] = states_together(states)
    outputs = tuple(port.name for port in ports.outputs)
    return Call(block.id, owner.id, tuple(positional), keywords, block.call, outputs)


def restricted(plan: Plan, good: frozenset[str]) -> Plan:
    """The plan of the blocks that are known to build; where an output is lost, what leads nowhere else takes its place."""
    if not plan.left_out and all(step.block in good for step in plan.steps if not isinstance(step, Construct)):
        return plan
    steps = tuple(step for step in plan.steps if isinstance(step, Construct) or step.block in good)
    needed = {step.layer for step in steps if isinstance(step, Call)}
    steps = tuple(step for step in steps if not isinstance(step, Construct) or step.block in needed)
    used = {without_mask(port) for step in steps for port in sources_of(step)}
    outputs = tuple(port for port in plan.outputs if port.block in good)
    ends = tuple(
        PortRef(step.block, name) for step in steps if isinstance(step, Call | Operate) for name in step.outputs
    )
    kept = outputs or tuple(port for port in ends if port not in used)
    return replace(plan, steps=steps, inputs=tuple(block for block in plan.inputs if block in good), outputs=kept)
