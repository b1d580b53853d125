"""What a block's layer is called with, from what is known at its input ports."""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalog.ports import states_together
from engine.catalog.spec import Ports, PortSpec
from engine.graph.values import JsonObject
from engine.runtime.infer import Known, Nested, Operand, Operands, content_key


def operands_of(ports: Ports, inputs: Mapping[str, Operand], settings: JsonObject) -> Operands:
    """The operands of a call; ports that have nothing are left out."""
    positional: list[Nested] = []
    members: list[Known] = []
    states: list[tuple[PortSpec, Known]] = []
    keywords: list[tuple[str, Nested]] = []
    for port in ports.inputs:
        operand = inputs.get(port.name)
        if operand is None:
            continue
        if port.role == "inputs" or (port.role == "keyword" and port.required and not keywords):
            positional.append(operand)
        elif port.role == "list" and isinstance(operand, Known):
            members.append(operand)
        elif port.role == "state" and isinstance(operand, Known):
            states.append((port, operand))
        else:
            keywords.append((port.name, operand))
    if members:
        positional.append(tuple(members))
    if states:
        keywords.append(("initial_state", states_together(states)))
    return Operands(tuple(positional), tuple(keywords), content_key(settings))


def leaf_ports(ports: Ports, inputs: Mapping[str, Operand]) -> tuple[tuple[str, int], ...]:
    """For each tensor of the call, in the order of `engine.runtime.infer.leaves`: its port, and its place in there."""
    places = {"list": 0, "inputs": 1, "keyword": 2, "mask": 2, "tensor": 2, "state": 3}
    order = sorted(ports.inputs, key=lambda port: places[port.role])  # stable: within a role in port order
    found: list[tuple[str, int]] = []
    for port in order:
        operand = inputs.get(port.name)
        if operand is not None:
            count = 1 if isinstance(operand, Known) else len(operand)
            found.extend((port.name, place) for place in range(count))
    return tuple(found)
