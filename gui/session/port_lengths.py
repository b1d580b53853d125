"""The valid steps of every sequence at every port that has a time axis, and which of them leave a recurrent block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

from engine.analysis.values import Analysis, shape_text
from engine.catalog.arguments import effective, nested_layer
from engine.catalog.ports import reused_block
from engine.catalog.spec import Catalog, Ports
from engine.document.outputs import without_mask
from engine.document.values import Document
from engine.graph.values import INPUT, Block, PortRef
from engine.protocol.messages import Flags

if TYPE_CHECKING:
    from engine.protocol.results import PortResult, RunResult

End: TypeAlias = Literal["first", "last"]
Leaving: TypeAlias = Literal["", "all"] | tuple[End, ...]
BACKWARD = "backward"


@dataclass(frozen=True)
class PortLengths:
    """What a column of the Lengths view is about.

    Attributes:
        ref: the port.
        shape: of its tensor in the run.
        valid: (B, T) bool: the steps that the mask, else the sample, calls valid; None: nothing says which are padding,
            all count.
        masked: a mask leaves the port (or arrives, where only single steps leave).
        steps: T.
        sequences: B.
        leaving: of a recurrent block: every step leaves, or only these of what arrives; then the rows are what arrives.
    """

    ref: PortRef
    name: str
    shape: tuple[int, ...]
    valid: Flags | None
    masked: bool
    sequences: int
    steps: int
    leaving: Leaving = ""

    @cached_property
    def counts(self) -> tuple[int, int]:
        """The fewest and the most valid steps of a sequence."""
        if self.valid is None or self.sequences == 0:
            return self.steps, self.steps
        counts = self.valid.sum(axis=1)
        return int(counts.min()), int(counts.max())

    @property
    def shape_text(self) -> str:
        """`(B, T, 64)`; the sizes of the features are the run's."""
        open_axes = 2 if self.leaving in ("", "all") else 1
        return shape_text((*(None for _ in self.shape[:open_axes]), *self.shape[open_axes:]))

    @property
    def text(self) -> str:
        """How many steps are valid, in words."""
        fewest, most = self.counts
        if self.valid is None:
            return f"{self.steps} steps, no mask"
        if fewest == most == self.steps:
            return f"all {self.steps} valid"
        return f"{fewest} to {most} valid" if fewest != most else f"{most} of {self.steps} valid"

    @property
    def head(self) -> str:
        """The most important of it in a few words."""
        if self.leaving == "all":
            return f"{self.text}, all leave"
        return self.leaving_text or self.text

    @property
    def leaving_text(self) -> str:
        """Which steps leave, in words; empty at a block that is not recurrent."""
        if self.leaving in ("", "all"):
            return "every step leaves" if self.leaving else ""
        valid = "valid step" if self.masked else "step"
        one = len(self.leaving) == 1
        return f"only the {' and '.join(self.leaving)} {valid}{' leaves' if one else 's leave'}"

    def leaving_steps(self, sequence: int) -> tuple[int, ...]:
        """The single steps that leave for a sequence: the last (or first) that the layer read; none without any."""
        if self.leaving in ("", "all"):
            return ()
        if not self.masked or self.valid is None:
            return tuple(0 if end == "first" else self.steps - 1 for end in self.leaving)
        row = self.valid[sequence]
        if not row.any():
            return ()
        first, last = int(row.argmax()), self.steps - 1 - int(row[::-1].argmax())
        return tuple(first if end == "first" else last for end in self.leaving)

    def says(self, sequence: int, step: int) -> str:
        """What a step of a sequence is, in words."""
        if self.valid is None:
            return "no mask here, and the length changed above: every step counts"
        if self.valid[sequence, step]:
            return "valid" + (", leaves the block" if step in self.leaving_steps(sequence) else "")
        kind = "padding under a mask" if self.masked else "padding that nothing masks here"
        return kind + (", and it leaves the block" if step in self.leaving_steps(sequence) else "")


@dataclass(frozen=True)
class Model:
    """A document and what is known of it.

    Attributes:
        order: every block after what feeds it.
        ports: of a block, by its id.
    """

    document: Document
    order: Sequence[str]
    ports: Callable[[str], Ports]
    catalog: Catalog
    analysis: Analysis
    run: RunResult


def port_lengths(model: Model) -> list[PortLengths]:
    """The ports with a time axis, in the blocks' order; of a recurrent block that gives single steps, what arrives."""
    find = _Finder(model)
    blocks = model.document.graph.by_id
    return [found for block in model.order for found in find.columns(blocks[block])]


class _Finder:
    """Looks at one run; what is fed above each block is found once."""

    def __init__(self, model: Model) -> None:
        self._model, self._document, self._run = model, model.document, model.run
        self._catalog, self._analysis = model.catalog, model.analysis
        self._above = _inputs_above(model.document, model.order)
        self._by_block: dict[str, list[PortRef]] = {}
        for ref in model.run.ports:
            self._by_block.setdefault(ref.block, []).append(ref)

    def columns(self, block: Block) -> Iterator[PortLengths]:
        """The columns of one block."""
        owner = reused_block(block, self._document.graph) or block
        spec = self._catalog.layers.get(owner.type)
        recurrent = spec is not None and spec.category == "recurrent"
        for ref in self._by_block.get(block.id, ()):
            result = self._run.ports[ref]
            found = self._own(ref, result, "all" if recurrent else "")
            if found is None and recurrent and not self._is_state(ref):
                found = self._arriving(ref, result, owner)
            if found is not None:
                yield found

    def _is_state(self, ref: PortRef) -> bool:
        return any(port.name == ref.port and port.state for port in self._model.ports(ref.block).outputs)

    def _own(self, ref: PortRef, result: PortResult, leaving: Leaving = "") -> PortLengths | None:
        """A port that has a time axis."""
        if len(result.shape) < 2:
            return None
        name = f"{self._document.graph.by_id[ref.block].name}.{ref.port}"
        if result.mask is not None and result.mask.shape == result.shape[:2]:
            return PortLengths(ref, name, result.shape, result.mask, True, *result.shape[:2], leaving)
        spec = self._analysis.spec(ref)
        is_input = self._document.graph.by_id[ref.block].type == INPUT
        if len(result.shape) < 3 and not is_input and (spec is None or spec.time is None):
            return None
        valid = self._fed(ref.block, result.shape[:2])
        if valid is None and (spec is None or spec.time is None or len(spec.shape) != len(result.shape)):
            return None
        return PortLengths(ref, name, result.shape, valid, False, *result.shape[:2], leaving)

    def _fed(self, block: str, sizes: tuple[int, ...]) -> Flags | None:
        """The sample's real steps, of an Input above that is as long."""
        for above in self._above.get(block, ()):
            fed = self._run.inputs.get(above)
            if fed is not None and fed.valid is not None and fed.valid.shape == sizes:
                return fed.valid
        return None

    def _arriving(self, ref: PortRef, result: PortResult, owner: Block) -> PortLengths | None:
        """A recurrent block that gives single steps: the sequences that arrive there, and which of their steps leave."""
        graph = self._document.graph
        source = next(iter(graph.sources(PortRef(ref.block, "inputs"))), None)
        arrives = self._run.ports.get(source) if source is not None else None
        if source is None or arrives is None or len(arrives.shape) != len(result.shape) + 1:
            return None
        found = self._own(source, arrives)
        if found is None:
            return None
        explicit = next(iter(graph.sources(PortRef(ref.block, "mask"))), None)
        given = self._run.ports.get(without_mask(explicit)) if explicit is not None else None
        if given is not None and given.mask is not None and given.mask.shape == arrives.shape[:2]:
            found = replace(found, valid=given.mask, masked=True)
        ends = self._ends(owner, ref.port)
        return replace(
            found, ref=ref, name=f"{graph.by_id[ref.block].name}.{ref.port}", shape=result.shape, leaving=ends
        )

    def _ends(self, owner: Block, port: str) -> tuple[End, ...]:
        """Where the steps that leave stand: a layer that goes backwards ends at the first step."""
        if owner.type != "Bidirectional":
            spec = self._catalog.layers[owner.type]
            return ("first",) if effective(owner.arguments, spec, "go_backwards") else ("last",)
        inner = nested_layer(owner.arguments.get("layer"))
        turned = inner is not None and bool(inner[1].get("go_backwards"))
        both: tuple[End, ...] = ("first", "last") if turned else ("last", "first")
        return both[1:] if port.startswith(BACKWARD) else both[:1] if port.startswith("forward") else both


def _inputs_above(document: Document, order: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The Inputs from which each block can be reached, itself included, nearest path first."""
    graph = document.graph
    above: dict[str, tuple[str, ...]] = {}
    for block in order:
        own = (block,) if graph.by_id[block].type == INPUT else ()
        given = (above.get(wire.source.block, ()) for wire in graph.wires_into.get(block, ()))
        above[block] = tuple(dict.fromkeys((*own, *(one for group in given for one in group))))
    return above
