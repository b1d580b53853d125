"""What is wrong with a document that can be told without Keras, in the window's own process, at once.

`StructureChecker` remembers what it found out about blocks that have not changed (a document shares them between
revisions), so that a check after an edit costs little however many blocks there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.analysis.arguments import argument_problems
from engine.analysis.connecting import connection_fixes
from engine.analysis.cycles import cycle_problems
from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic, Fix
from engine.analysis.wires import dangling, stray_wires, too_many
from engine.catalog.ports import ports_of, reused_block
from engine.catalog.spec import Catalog, Ports
from engine.document.outputs import model_outputs, without_mask
from engine.document.values import Document
from engine.graph.values import INPUT, REUSE, Block, Graph, PortRef, Wire


@dataclass(frozen=True, slots=True)
class _Known:
    """What follows from a block alone (and from the block whose layer it calls again)."""

    block: Block
    owner: Block | None
    ports: Ports
    problems: tuple[Diagnostic, ...]


class StructureChecker:
    """Checks one document as it is edited."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: Mapping[str, _Known] = {}

    def check(self, document: Document) -> tuple[Diagnostic, ...]:
        """All that is wrong with the structure, in block order; what concerns the document as a whole comes first."""
        graph = document.graph
        before, self._known = self._known, {}
        self._known = {block.id: self._look(block, graph, before.get(block.id)) for block in graph.blocks}
        found = [*_version_problems(document, self._catalog), *cycle_problems(graph)]
        found += _output_problems(document, self._known)
        taken: dict[str, str] = {}
        for block in graph.blocks:
            found += self._known[block.id].problems
            found += self._wire_problems(block, graph)
            if block.type == INPUT:
                found += _input_problems(block, graph, taken)
        found += stray_wires(graph)
        return tuple(found)

    def ports(self, block: Block, graph: Graph) -> Ports:
        """The ports of a block, remembered from the last check where it was the same."""
        return self._look(block, graph, self._known.get(block.id)).ports

    def _look(self, block: Block, graph: Graph, before: _Known | None) -> _Known:
        owner = reused_block(block, graph) if block.type == REUSE else block
        if before is not None and before.block is block and before.owner is owner:
            return before
        problems = tuple(_type_problems(block, owner, self._catalog))
        return _Known(block, owner, ports_of(block, graph, self._catalog), problems)

    def _wire_problems(self, block: Block, graph: Graph) -> Iterator[Diagnostic]:
        known = self._known[block.id]
        wired: dict[str, list[Wire]] = {}
        for wire in graph.wires_into.get(block.id, ()):
            port = known.ports.input(wire.target.port)
            if port is None or not self._has_output(wire.source):
                yield dangling(wire, graph, no_target=port is None)
            wired.setdefault(wire.target.port, []).append(wire)
        for name, wires in wired.items():
            port = known.ports.input(name)
            if len(wires) > 1 and port is not None and not port.growing:
                yield too_many(wires, block, graph)
        if known.problems and known.owner is None:
            return
        for port in known.ports.inputs:
            if port.required and port.name not in wired:
                yield Diagnostic(
                    "wire.missing",
                    "error",
                    "structure",
                    block.id,
                    f"{block.name} has nothing connected to {port.name}.",
                    f"{block.name} needs a tensor at its input {port.name}.",
                    port=port.name,
                    fixes=tuple(connection_fixes(block, port.name, graph)),
                )

    def _has_output(self, source: PortRef) -> bool:
        known = self._known.get(source.block)
        return known is not None and known.ports.output(without_mask(source).port) is not None


def check_structure(document: Document, catalog: Catalog) -> tuple[Diagnostic, ...]:
    """All that is wrong with the structure of a document, found without Keras."""
    return StructureChecker(catalog).check(document)


def structural_analysis(document: Document, catalog: Catalog, checker: StructureChecker | None = None) -> Analysis:
    """What is known at once, before the worker answers: diagnostics of structure, no shapes."""
    diagnostics = (checker or StructureChecker(catalog)).check(document)
    return Analysis(
        complete=False,
        keras=catalog.keras,
        blocks={block.id: BlockAnalysis() for block in document.graph.blocks},
        outputs=model_outputs(document, catalog),
        diagnostics=diagnostics,
    )


def _version_problems(document: Document, catalog: Catalog) -> Iterator[Diagnostic]:
    written, installed = document.keras.split(".")[:2], catalog.keras.split(".")[:2]
    if document.keras and catalog.keras and written != installed:
        yield Diagnostic(
            "document.keras",
            "warning",
            "structure",
            "",
            f"This document was written for Keras {document.keras}, and Keras {catalog.keras} is installed.",
            "Arguments that are not written in the document take this Keras's defaults, which may differ.",
        )


def _output_problems(document: Document, known: Mapping[str, _Known]) -> Iterator[Diagnostic]:
    if document.outputs is None:
        return
    for port in document.outputs:
        there = known.get(port.block)
        if there is None or there.ports.output(without_mask(port).port) is None:
            from engine.document.edits import SetOutputs  # not before the first paint

            rest = tuple(other for other in document.outputs if other != port)
            name = there.block.name if there is not None else port.block
            yield Diagnostic(
                "output.missing",
                "error",
                "structure",
                port.block if there is not None else "",
                f"The model's output {port.port} of {name} does not exist.",
                fixes=(Fix(f"Take {port.port} of {name} off the model's outputs", (SetOutputs(rest or None),)),),
            )


def _type_problems(block: Block, owner: Block | None, catalog: Catalog) -> Iterator[Diagnostic]:
    if block.type == REUSE:
        if owner is None or owner.type == INPUT:
            yield _reuse_of_nothing(block)
        return
    spec = catalog.layers.get(block.type)
    if spec is None:
        yield Diagnostic(
            "block.unknown",
            "error",
            "structure",
            block.id,
            f"{block.name} is a {block.type}, which Keras {catalog.keras} does not have.",
            "The block is kept as it is; it cannot be run.",
        )
    elif not spec.placeable:
        yield Diagnostic(
            "block.unplaceable",
            "error",
            "structure",
            block.id,
            f"{block.name} is a {block.type}, which cannot stand in a model as a block.",
            spec.reason,
        )
    else:
        yield from argument_problems(block, spec, catalog)


def _reuse_of_nothing(block: Block) -> Diagnostic:
    named = block.arguments.get("of")
    return Diagnostic(
        "reuse.missing",
        "error",
        "structure",
        block.id,
        f"{block.name} calls the layer of {named} again, and there is no such layer."
        if isinstance(named, str)
        else f"{block.name} does not say whose layer it calls again.",
        "Choose the block whose layer (and weights) it shares.",
    )


def _input_problems(block: Block, graph: Graph, taken: dict[str, str]) -> Iterator[Diagnostic]:
    if block.name in taken:
        from engine.document.edits import Rename  # not before the first paint

        free = next(name for number in range(2, 10_000) if (name := f"{block.name}_{number}") not in taken)
        yield Diagnostic(
            "input.name",
            "error",
            "structure",
            block.id,
            f"There are two Inputs called {block.name}.",
            "The sample is given to Inputs by name, so each needs its own.",
            cause=taken[block.name],
            fixes=(Fix(f"Call this one {free}", (Rename(block.id, free),)),),
        )
    taken.setdefault(block.name, block.id)
    if not graph.wires_from.get(block.id):
        yield Diagnostic(
            "input.unused", "warning", "structure", block.id, f"{block.name} is not connected to anything."
        )
