"""One pass over a document: what Keras answers for every block, asking only where something changed.

The pass keeps a record of each block. A record stands as long as its block, its wires and what arrives over them are the
same; what leaves a block is kept as one `Leaving` object while it is equal, so that blocks below an edit that changed
nothing for them are not even looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.analysis.values import BlockAnalysis, MaskFate, TensorSpec
from engine.catalog.operations import without_wired
from engine.catalog.ports import ports_of, reused_block
from engine.catalog.spec import OPERATION, Catalog, Ports
from engine.document.outputs import is_mask, without_mask
from engine.graph.order import topological_order
from engine.graph.values import INPUT, REUSE, Block, Graph, JsonObject, Wire
from engine.protocol.work import Work
from engine.runtime.axes import Axes, Found, Tie, input_axes, output_axes
from engine.runtime.calls import leaf_ports, operands_of
from engine.runtime.infer import CallKey, Inference, Known, Operand, Operands, Outcome, content_key
from engine.runtime.lengths import Length, renamed, time_axis, time_of
from engine.runtime.masks import fate_of


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves a block: tensors and their axes by output port."""

    tensors: Mapping[str, Known]
    axes: Mapping[str, Axes]

    @property
    def lengths(self) -> Mapping[str, Length | None]:
        """The lengths of the time axes, by output port."""
        return {port: axes.length(self.tensors[port]) for port, axes in self.axes.items()}


@dataclass(frozen=True, slots=True)
class Basis:
    """What a record was made from; it stands while this is the same.

    Attributes:
        owner: the block whose layer is called (a Reuse names another); None: there is none.
        above: for each wire, what leaves its source; None: not known.
        first: the operands of the call that built the layer, where that was an earlier one.
        variable: of an Input, how its length is called.
        blocked: it has an error of structure and is not asked.
    """

    block: Block
    owner: Block | None
    wires: tuple[Wire, ...]
    above: tuple[Leaving | None, ...]
    first: Operands | None
    variable: str
    blocked: bool

    def same(self, other: Basis) -> bool:
        """Whether a record made from the one stands for the other."""
        return (
            self.block is other.block
            and self.owner is other.owner
            and self.blocked == other.blocked
            and self.variable == other.variable
            and len(self.above) == len(other.above)
            and all(mine is others for mine, others in zip(self.above, other.above, strict=True))
            and (self.wires is other.wires or self.wires == other.wires)
            and (self.first is other.first or self.first == other.first)
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a block.

    Attributes:
        inputs: tensors by input port, where they are known; a growing port has a tuple.
        maskless: the wires that ask for a mask that is not there.
        key, outcome: what Keras was asked and what it answered; None: it was not asked.
        leaving: None: not known.
        arriving: the axes at each input port, by place.
        ties: lengths of inputs that must be equal here, by name.
    """

    basis: Basis
    ports: Ports
    inputs: Mapping[str, Operand]
    analysis: BlockAnalysis
    maskless: tuple[Wire, ...] = ()
    key: CallKey | None = None
    outcome: Outcome | None = None
    leaving: Leaving | None = None
    arriving: Mapping[str, tuple[Axes, ...]] = field(default_factory=dict[str, "tuple[Axes, ...]"])
    ties: tuple[Tie, ...] = ()

    @property
    def layer(self) -> Block:
        """The block whose layer is called: the same, unless it is a Reuse."""
        return self.basis.owner or self.block

    @property
    def block(self) -> Block:
        """The block this is known of."""
        return self.basis.block

    @property
    def fate(self) -> MaskFate:
        """The fate of the mask in this block."""
        return self.analysis.mask


class Survey:
    """The passes over one document as it is edited.

    Attributes:
        inference: asks Keras and remembers.
        num_made: the records that the last pass made anew; tests count by it.
    """

    def __init__(self, inference: Inference, catalog: Catalog) -> None:
        self.inference = inference
        self.num_made = 0
        self._catalog = catalog
        self._records: Mapping[str, Record] = {}
        self._order: tuple[str, ...] = ()
        self._ordered: Graph | None = None

    def survey(self, graph: Graph, blocked: frozenset[str], work: Work | None = None) -> Mapping[str, Record]:
        """Records by block, in topological order; blocks on and below a cycle have none.

        Args:
            blocked: ids of the blocks that have an error of structure: they are not asked.

        Raises:
            Cancelled: a stop was asked for; what was known before the pass stays.
        """
        work = work or Work()
        variables = _variables(graph)
        records: dict[str, Record] = {}
        firsts: dict[str, Operands] = {}
        self.num_made = 0
        for block_id in self._topological(graph):
            basis = _basis(graph, block_id, records, firsts, variables.get(block_id, ""), block_id in blocked)
            record = self._records.get(block_id)
            if record is None or not record.basis.same(basis):
                work.check()
                record = self._made(basis, record, graph)
            if record.key is not None and record.leaving is not None and basis.owner is not None:
                firsts.setdefault(basis.owner.id, record.key.operands)
            records[block_id] = record
        self._records = records
        ties = [tie for record in records.values() for tie in record.ties]
        return _tied(records, ties, list(variables.values())) if ties else records

    def _topological(self, graph: Graph) -> tuple[str, ...]:
        before = self._ordered
        same_wires = before is not None and (before.wires is graph.wires or before.wires == graph.wires)
        if before is None or not same_wires or [b.id for b in before.blocks] != [b.id for b in graph.blocks]:
            self._order = topological_order(graph)
        self._ordered = graph
        return self._order

    def _made(self, basis: Basis, before: Record | None, graph: Graph) -> Record:
        self.num_made += 1
        ports = ports_of(basis.block, graph, self._catalog)
        inputs, axes, maskless = _arriving(basis, ports)
        specs = {port: _specs(operand, axes[port]) for port, operand in inputs.items()}
        record = Record(basis, ports, inputs, BlockAnalysis(inputs=specs), maskless, arriving=axes)
        if basis.blocked or maskless or not _all_there(basis, ports, inputs) or basis.owner is None:
            return record
        if basis.block.type == INPUT:
            record = replace(record, outcome=self.inference.input(basis.block.arguments))
        else:
            operands = operands_of(ports, inputs, basis.block.call)
            owner = basis.owner
            if owner.type.startswith(OPERATION):
                settings = without_wired(owner.arguments, inputs)
                key = CallKey(owner.type, content_key(settings), operands, operands)
            else:
                key = CallKey(owner.type, content_key(owner.arguments), basis.first or operands, operands)
            record = replace(record, key=key, outcome=self.inference.call(key))
        return self._answered(record, before)

    def _answered(self, record: Record, before: Record | None) -> Record:
        outcome = record.outcome
        if outcome is None or outcome.failure is not None:
            return record
        leaving, ties = self._leaving(record, outcome)
        if before is not None and before.leaving == leaving:
            leaving = before.leaving or leaving
        own = record.block.type != REUSE
        return replace(
            record,
            leaving=leaving,
            ties=ties,
            analysis=replace(
                record.analysis,
                outputs={port: _spec(known, leaving.axes[port]) for port, known in leaving.tensors.items()},
                parameters=outcome.parameters if own else 0,
                weights=outcome.weights if own else (),
                mask=fate_of(self.inference, record.key, outcome),
            ),
        )

    def _leaving(self, record: Record, outcome: Outcome) -> tuple[Leaving, tuple[Tie, ...]]:
        names = [port.name for port in record.ports.outputs]
        if record.key is None:
            found = Found(tuple(input_axes(known, record.basis.variable) for known in outcome.outputs))
        else:
            given = [record.arriving[port][place] for port, place in leaf_ports(record.ports, record.inputs)]
            found = output_axes(self.inference, record.key, outcome, given)
        tensors = dict(zip(names, outcome.outputs, strict=False))
        return Leaving(tensors, dict(zip(names, found.axes, strict=False))), found.ties


def _basis(
    graph: Graph,
    block_id: str,
    records: Mapping[str, Record],
    firsts: Mapping[str, Operands],
    variable: str,
    blocked: bool,
) -> Basis:
    block = graph.by_id[block_id]
    owner = reused_block(block, graph) if block.type == REUSE else block
    wires = graph.wires_into.get(block_id, ())
    above = tuple(record.leaving if (record := records.get(wire.source.block)) else None for wire in wires)
    return Basis(block, owner, wires, above, firsts.get(owner.id) if owner else None, variable, blocked)


def _variables(graph: Graph) -> Mapping[str, str]:
    """How the length of each Input is called: `T`, or `T_NAME` where several are unknown."""
    unknown = [block for block in graph.inputs if _has_unknown_length(block.arguments)]
    if len(unknown) == 1:
        return {unknown[0].id: "T"}
    return {block.id: f"T_{block.name}" for block in unknown}


def _has_unknown_length(arguments: JsonObject) -> bool:
    shape = arguments.get("shape")
    if isinstance(shape, Sequence) and not isinstance(shape, str):
        return len(shape) > 0 and shape[0] is None
    whole = arguments.get("batch_shape")
    return isinstance(whole, Sequence) and not isinstance(whole, str) and len(whole) > 1 and whole[1] is None


def _arriving(basis: Basis, ports: Ports) -> tuple[dict[str, Operand], dict[str, tuple[Axes, ...]], tuple[Wire, ...]]:
    """What arrives at each port, its axes, and the wires that ask for a mask that is not there."""
    tensors: dict[str, list[Known]] = {}
    axes: dict[str, list[Axes]] = {}
    unknown: set[str] = set()
    maskless: list[Wire] = []
    for wire, leaving in zip(basis.wires, basis.above, strict=True):
        port, source = wire.target.port, without_mask(wire.source).port
        known = leaving.tensors.get(source) if leaving is not None else None
        if known is not None and leaving is not None:
            found = leaving.axes[source]
            if is_mask(wire.source):
                if known.mask is None:
                    maskless.append(wire)
                    continue
                known = Known(known.mask, "bool")
                found = found.mask(known)
            tensors.setdefault(port, []).append(known)
            axes.setdefault(port, []).append(found)
        else:
            unknown.add(port)
    growing = {port.name for port in ports.inputs if port.growing}
    inputs: dict[str, Operand] = {
        port: tuple(found) if port in growing else found[0] for port, found in tensors.items() if port not in unknown
    }
    return inputs, {port: tuple(axes[port]) for port in inputs}, tuple(maskless)


def _all_there(basis: Basis, ports: Ports, inputs: Mapping[str, Operand]) -> bool:
    wired = {wire.target.port for wire in basis.wires}
    required = {port.name for port in ports.inputs if port.required}
    return (wired | required) <= set(inputs)


def _specs(
    operand: Operand, axes: Sequence[Axes], names: Mapping[str, str] | None = None
) -> TensorSpec | tuple[TensorSpec, ...]:
    if isinstance(operand, Known):
        return _spec(operand, axes[0], names)
    return tuple(_spec(known, one, names) for known, one in zip(operand, axes, strict=True))


def _spec(known: Known, axes: Axes, names: Mapping[str, str] | None = None) -> TensorSpec:
    """A tensor as it is told; `names` are those of lengths that were found to be equal to others."""
    if names:
        axes = axes._replace(sizes=tuple(length and renamed(length, names) for length in axes.sizes))
    time = time_of(known, axes.length(known), axes.names)
    at = time_axis(known, axes.names)
    sizes = tuple(length.formula if length and axis != at else None for axis, length in enumerate(axes.sizes))
    return TensorSpec(known.shape, known.dtype, known.mask is not None, time, axes.names, sizes if any(sizes) else ())


def _tied(records: Mapping[str, Record], ties: Sequence[Tie], order: Sequence[str]) -> dict[str, Record]:
    """The records as they are told when lengths that must be equal are called by the name of the first input."""
    names: dict[str, str] = {}
    for pair in ties:
        first, other = sorted((names.get(name, name) for name in pair), key=order.index)
        names = {name: first if told == other else told for name, told in names.items()} | {other: first}
    return {block: _told(record, names) for block, record in records.items()}


def _told(record: Record, names: Mapping[str, str]) -> Record:
    known, leaving = record.analysis, record.leaving
    inputs = {port: _specs(operand, record.arriving[port], names) for port, operand in record.inputs.items()}
    outputs = leaving and {port: _spec(known, leaving.axes[port], names) for port, known in leaving.tensors.items()}
    return replace(record, analysis=replace(known, inputs=inputs, outputs=outputs))
