"""Which ports are the model's outputs."""

from __future__ import annotations

from engine.catalog.ports import ports_of
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.graph.values import INPUT, MASK_SUFFIX, PortRef


def model_outputs(document: Document, catalog: Catalog) -> tuple[PortRef, ...]:
    """The chosen outputs that exist, else every output port of every block that feeds nothing, in block order."""
    graph = document.graph
    if document.outputs is not None:
        return tuple(port for port in document.outputs if port.block in graph)
    return tuple(
        PortRef(block.id, port.name)
        for block in graph.blocks
        if block.type != INPUT and not any(wire.target.block in graph for wire in graph.wires_from.get(block.id, ()))
        for port in ports_of(block, graph, catalog).outputs
    )


def is_mask(port: PortRef) -> bool:
    """The port stands for the mask of an output (`output.mask`), not for the output."""
    return port.port.endswith(MASK_SUFFIX)


def without_mask(port: PortRef) -> PortRef:
    """The output port whose mask `port` stands for, or the port itself."""
    return PortRef(port.block, port.port.removesuffix(MASK_SUFFIX))
