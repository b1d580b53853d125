"""Which ports may be wired; shapes are Keras's matter, not ours."""

from __future__ import annotations

from engine.graph.values import PortRef
from gui.session.session import EditorSession


def can_connect(session: EditorSession, source: PortRef, target: PortRef) -> str:
    """Why a wire cannot be drawn, in one sentence; empty: it can. A cycle is a wrong model, which may be drawn."""
    if source.block == target.block:
        return "A block cannot feed itself."
    if session.ports(target.block).input(target.port) is None:
        return f"{session.document.block(target.block).name} has no input called {target.port}."
    return ""


def best_port(session: EditorSession, port: PortRef, block: str, *, from_input: bool) -> PortRef | None:
    """The port of a block that a wire dropped on its body goes to: a free one of the same kind, else any free one."""
    ports = session.ports(block)
    if from_input:
        mine = session.ports(port.block).input(port.port)
        outputs = ports.outputs
        fitting = [out for out in outputs if mine is None or out.state == mine.state] or list(outputs)
        return PortRef(block, fitting[0].name) if fitting else None
    mine = session.ports(port.block).output(port.port)
    wired = {wire.target.port for wire in session.document.graph.wires_into.get(block, ())}
    free = [end for end in ports.inputs if end.growing or (end.name not in wired and end.role != "mask")]
    fitting = [end for end in free if mine is None or end.state == mine.state] or free
    if mine is not None and mine.state:
        same = [end for end in fitting if end.name.endswith(port.port.removeprefix("state"))]
        fitting = same or fitting
    if fitting:
        return PortRef(block, fitting[0].name)
    return PortRef(block, ports.inputs[0].name) if ports.inputs else None
