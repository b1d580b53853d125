"""One refusal of Keras, with all that is known around the block that complains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.analysis.values import Diagnostic, Fix, Stage, TensorSpec
from engine.catalog.arguments import effective, nested_layer
from engine.catalog.spec import Catalog
from engine.document.outputs import without_mask
from engine.document.values import Document
from engine.graph.values import INPUT, REUSE, Block, JsonObject, PortRef, Wire
from engine.runtime.infer import Known, Shape
from engine.runtime.lengths import Length, axes_of, time_of
from engine.runtime.survey import Record

Records = Mapping[str, Record]


@dataclass(frozen=True)
class Arrival:
    """A tensor that arrives at a block: over which wire, and what is known of it."""

    wire: Wire
    known: Known
    length: Length | None

    @property
    def shape(self) -> Shape:
        """Its shape; None where a size is unknown."""
        return self.known.shape


@dataclass(frozen=True)
class Case:
    """A refusal to be explained.

    Attributes:
        message: Keras's words, with the block's name in them.
    """

    document: Document
    records: Records
    catalog: Catalog
    record: Record
    stage: Stage
    message: str

    @property
    def block(self) -> Block:
        """The block that complains."""
        return self.record.block

    @property
    def layer(self) -> Block:
        """The block whose layer is called: the same, unless it is a Reuse."""
        return self.record.layer

    @property
    def name(self) -> str:
        """What people call the block that complains."""
        return self.block.name

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """What is known to arrive, in the order of the wires; masks that are wired by themselves are left out."""
        return tuple(arrivals_at(self.record, self.records, masks=False))

    @property
    def main(self) -> Arrival | None:
        """What arrives at the first input."""
        first = self.record.ports.inputs[0].name if self.record.ports.inputs else ""
        return next((arrival for arrival in self.arrivals if arrival.wire.target.port == first), None)

    @property
    def inner(self) -> tuple[str, JsonObject] | None:
        """Type and arguments of the layer inside a wrapper."""
        return nested_layer(self.layer.arguments.get("layer"))

    def source(self, arrival: Arrival) -> Block:
        """The block that a tensor comes from."""
        return self.document.block(arrival.wire.source.block)

    def gives(self, arrival: Arrival) -> str:
        """`lstm gives (B, 64)`: where a tensor comes from, and its shape with its length as a formula."""
        return f"{self.source(arrival).name} gives {written(arrival)}"

    def argument(self, name: str) -> object:
        """What Keras sees as an argument of the layer: the value set, else the default."""
        return effective(self.layer.arguments, self.catalog.layers.get(self.layer.type), name)

    def has_argument(self, name: str) -> bool:
        """The layer has an argument of this name."""
        spec = self.catalog.layers.get(self.layer.type)
        return spec is not None and spec.argument(name) is not None

    def in_keras_words(self) -> Diagnostic:
        """The diagnostic when nobody knows better."""
        title = f"{self.name}: {first_sentence(self.message)}"
        if self.stage == "run":
            title = f"{self.name} fails when data runs through it"
        detail = self.message.splitlines()[0][:240] if self.stage == "run" else ""
        return Diagnostic(f"keras.{self.stage}", "error", self.stage, self.block.id, title, detail, keras=self.message)

    def told(
        self, code: str, title: str, detail: str, fixes: Iterator[Fix] | Sequence[Fix] = (), cause: Block | None = None
    ) -> Diagnostic:
        """The diagnostic of this refusal, explained; it points at the first input unless `at_port` says otherwise."""
        main = self.main
        return replace(
            self.in_keras_words(),
            code=code,
            title=title,
            detail=detail,
            port=main.wire.target.port if main is not None else "",
            cause=cause.id if cause is not None else "",
            fixes=tuple(fixes),
        )


Family = Callable[[Case], "Diagnostic | None"]
"""Explains a refusal, or says that it is none of its own."""


def arrivals_at(record: Record, records: Records, *, masks: bool) -> Iterator[Arrival]:
    """What is known to arrive at a block.

    Args:
        masks: the masks that are wired by themselves, else all others.
    """
    for wire in record.basis.wires:
        port = record.ports.input(wire.target.port)
        if port is None or (port.role == "mask") is not masks:
            continue
        known = leaving(records, wire.source)
        if known is not None:
            yield Arrival(wire, known, length_of(records, wire.source))


def leaving(records: Records, source: PortRef) -> Known | None:
    """What leaves a port, if it is known; of `output.mask` the mask itself."""
    record, port = records.get(source.block), without_mask(source)
    known = record.leaving.tensors.get(port.port) if record is not None and record.leaving is not None else None
    if port == source or known is None:
        return known
    return Known(known.mask, "bool") if known.mask is not None else None


def length_of(records: Records, source: PortRef) -> Length | None:
    """The length of a sequence that leaves a port, as a function of an input's."""
    record = records.get(source.block)
    return record.leaving.lengths.get(without_mask(source).port) if record is not None and record.leaving else None


def written(arrival: Arrival) -> str:
    """A shape with its length as a formula: `(B, T-2, 64)`; a size that is no length of an input is `?`."""
    known = arrival.known
    axes = axes_of(known) if len(known.shape) > 2 or arrival.length is not None else ("batch",)
    return TensorSpec(known.shape, known.dtype, time=time_of(known, arrival.length), axes=axes).text()


def first_sentence(message: str) -> str:
    """The first sentence of a message of Keras, on one line."""
    text = " ".join(message.split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", text, maxsplit=1)[0][:300]


def above(document: Document, records: Records, start: str, keep: Callable[[Known], bool]) -> Iterator[Block]:
    """Blocks at and above one, nearest first, along tensors of a kind.

    Args:
        keep: whether to go on up over a tensor.
    """
    waiting, seen = [start], {start}
    while waiting:
        block = document.block(waiting.pop(0))
        yield block
        for wire in document.graph.wires_into.get(block.id, ()):
            known = leaving(records, wire.source)
            if known is not None and keep(known) and wire.source.block not in seen:
                seen.add(wire.source.block)
                waiting.append(wire.source.block)


def first_input(document: Document, records: Records, start: str) -> Block | None:
    """The nearest Input at or above a block."""
    return next((block for block in above(document, records, start, lambda _: True) if block.type == INPUT), None)


def sequences_path(block: Block, catalog: Catalog, *, on: bool = False) -> str:
    """The path of `return_sequences` where it is off (or `on`), in a Bidirectional that of the layer inside; empty: none."""
    spec = catalog.layers.get(block.type)
    if spec is not None and spec.argument("return_sequences") is not None:
        return "return_sequences" if bool(effective(block.arguments, spec, "return_sequences")) is on else ""
    nested = nested_layer(block.arguments.get("layer"))
    inner = catalog.layers.get(nested[0]) if nested is not None and block.type == "Bidirectional" else None
    if nested is None or inner is None or inner.argument("return_sequences") is None:
        return ""
    here = bool(effective(nested[1], inner, "return_sequences")) is on
    return "layer.arguments.return_sequences" if here else ""


def last_step_only(document: Document, records: Records, start: str, catalog: Catalog, rank: int = 2) -> Block | None:
    """The nearest block at or above `start`, along tensors without a time axis, that returns only its last timestep.

    Args:
        rank: how many axes a tensor without time has (frames of images have more).
    """
    for block in above(document, records, start, lambda known: len(known.shape) <= rank):
        owner = records[block.id].basis.owner if block.type == REUSE and block.id in records else block
        if owner is not None and sequences_path(owner, catalog):
            return owner
    return None
