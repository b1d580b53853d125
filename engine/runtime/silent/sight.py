"""One block in a run that succeeded: what arrived, what left, and which steps were real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.values import Diagnostic, Fix
from engine.catalog.arguments import effective
from engine.catalog.spec import Catalog
from engine.document.outputs import without_mask
from engine.document.values import Document
from engine.graph.values import INPUT, Block, PortRef, Wire
from engine.runtime.explain.case import Arrival, Records, above, arrivals_at
from engine.runtime.fed import Fed
from engine.runtime.probe import Probed
from engine.runtime.survey import Record

Values = NDArray[Any]
Flags = NDArray[np.bool_]
CallLayer = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Sight:
    """A block and its run.

    Attributes:
        call: calls a layer on one tensor, the way runs do.
    """

    document: Document
    records: Records
    catalog: Catalog
    probed: Probed
    record: Record
    call: CallLayer

    @property
    def block(self) -> Block:
        """The block that is looked at."""
        return self.record.block

    @property
    def layer(self) -> Block:
        """The block whose layer is called."""
        return self.record.layer

    @cached_property
    def main(self) -> Arrival | None:
        """What arrives at the first input."""
        return next(arrivals_at(self.record, self.records, masks=False), None)

    @property
    def source(self) -> Block | None:
        """The block that the first input comes from."""
        return self.document.block(self.main.wire.source.block) if self.main is not None else None

    def argument(self, name: str) -> object:
        """What Keras sees as an argument of the layer."""
        return effective(self.layer.arguments, self.catalog.layers.get(self.layer.type), name)

    @property
    def has_mask_wire(self) -> bool:
        """A mask is wired to it by itself."""
        return any(True for _ in arrivals_at(self.record, self.records, masks=True))

    @cached_property
    def arrived(self) -> Values | None:
        """The values at the first input."""
        return self._value(self.main.wire.source) if self.main is not None else None

    @cached_property
    def arrived_mask(self) -> Flags | None:
        """The mask that the first input carried in the run."""
        seen = self.probed.seen
        mask = seen.masks.get(self.main.wire.source) if seen is not None and self.main is not None else None
        return None if mask is None else np.asarray(mask)

    @cached_property
    def left(self) -> Values | None:
        """The values at the first output."""
        return self._value(self.out) if self.record.ports.outputs else None

    @property
    def left_mask(self) -> Flags | None:
        """The mask at the first output."""
        seen = self.probed.seen
        mask = seen.masks.get(self.out) if seen is not None and self.record.ports.outputs else None
        return None if mask is None else np.asarray(mask)

    @property
    def out(self) -> PortRef:
        """The first output."""
        return PortRef(self.block.id, self.record.ports.outputs[0].name)

    def _value(self, port: PortRef) -> Values | None:
        seen = self.probed.seen
        found = seen.values.get(without_mask(port)) if seen is not None else None
        return None if found is None else np.asarray(found)

    @cached_property
    def padded_input(self) -> tuple[Block, Fed] | None:
        """The nearest Input above whose sample has padded steps, if what arrives is as long as it."""
        values = self.arrived
        if values is None or values.ndim < 2:
            return None
        for block in above(self.document, self.records, self.block.id, lambda known: len(known.shape) > 1):
            fed = self.probed.fed.get(block.id)
            if block.type != INPUT or fed is None or fed.valid is None or fed.valid.all():
                continue
            return (block, fed) if fed.valid.shape == values.shape[:2] and self._same_steps(block) else None
        return None

    def _same_steps(self, start: Block) -> bool:
        """Step t of what arrives is step t of the Input: no block between has changed the length."""
        main = self.main
        record = self.records.get(start.id)
        began = next(iter(record.leaving.lengths.values()), None) if record is not None and record.leaving else None
        return main is not None and main.length == began

    def path_wire(self, start: Block) -> Wire | None:
        """The wire out of an Input that leads to this block."""
        for block in above(self.document, self.records, self.block.id, lambda _: True):
            for wire in self.document.graph.wires_into.get(block.id, ()):
                if wire.source.block == start.id:
                    return wire
        return None

    def told(
        self, code: str, title: str, detail: str, fixes: Iterator[Fix] | list[Fix], cause: Block | None = None
    ) -> Diagnostic:
        """A warning at this block."""
        return Diagnostic(
            code,
            "warning",
            "run",
            self.block.id,
            title,
            detail,
            port=self.main.wire.target.port if self.main is not None else "",
            cause=cause.id if cause is not None and cause.id != self.block.id else "",
            fixes=tuple(fixes),
        )
