"""Every port of the model as a row: what it carries, what becomes of the mask, how long, how large."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from engine.analysis.values import BlockAnalysis, MaskFate, TensorSpec
from engine.catalog.spec import Ports
from engine.graph.order import topological_order
from engine.graph.values import Graph, PortRef

if TYPE_CHECKING:
    from engine.protocol.results import PortResult, RunResult

Side: TypeAlias = Literal["in", "out"]
MaskWord: TypeAlias = Literal["made", "passed", "used", "lost", "arrives", "none"]
MASK_MEANING: dict[MaskWord, str] = {
    "made": "This block makes the mask that leaves here.",
    "passed": "The mask that arrives leaves here too.",
    "used": "The block uses the mask that arrives and rightly ends it here.",
    "lost": "A mask arrives, the block does not use it, and it does not leave: padding counts from here on.",
    "arrives": "This tensor carries a mask.",
    "none": "No mask here.",
}
LOSS = {
    True: "Keras warns of it when the layer is called.",
    False: "Keras says nothing of it.",
}
"""By whether Keras warned."""
_OWN_WORD: dict[MaskFate, MaskWord] = {"dropped": "lost", "consumed": "used"}
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class PortRow(NamedTuple):
    """One port.

    Attributes:
        name: the block's.
        place: which wire of a growing port, from 0; None at any other.
        spec: what Keras says of the tensor; None: not known.
        carried: the output port whose tensor this is; None at an input that is not wired.
        result: of the run that is shown; None: it did not reach this.
        makers: names of the blocks that made the mask told of here.
        warned: Keras warned that the mask is lost here.
    """

    ref: PortRef
    name: str
    side: Side
    place: int | None
    spec: TensorSpec | None
    mask: MaskWord
    carried: PortRef | None
    result: PortResult | None
    makers: tuple[str, ...] = ()
    warned: bool = False

    @property
    def key(self) -> tuple[PortRef, Side, int | None]:
        """What stays the same while values change."""
        return self.ref, self.side, self.place

    @property
    def port(self) -> str:
        """The port as people read it: `inputs[1]` is the second wire of a growing port."""
        return self.ref.port if self.place is None else f"{self.ref.port}[{self.place}]"

    @property
    def steps(self) -> int | None:
        """Length of the time axis in the run."""
        axis = self.spec.time_axis if self.spec is not None else None
        return self.result.shape[axis] if axis is not None and self.result is not None else None

    @property
    def size(self) -> int | None:
        """Bytes of the tensor in the run; an input has none of its own, it is the tensor of another port."""
        return size_of(self.result) if self.result is not None and self.side == "out" else None


def port_rows(graph: Graph, blocks: Sequence[tuple[str, Ports, BlockAnalysis]], run: RunResult | None) -> list[PortRow]:
    """The rows of these blocks, in their order: inputs, then outputs."""
    rows: list[PortRow] = []
    makers = {block: maker_names(known, graph) for block, _, known in blocks}
    for block, ports, known in blocks:
        rows += (_told(row, makers, known) for row in _inputs(graph, block, known, run))
        rows += (_told(row, makers, known) for row in _outputs(graph, block, ports, known, run))
    return rows


def maker_names(known: BlockAnalysis, graph: Graph) -> tuple[str, ...]:
    """The names of the blocks that made the masks which arrive at a block, or which it makes."""
    return tuple(graph.by_id[maker].name for maker in known.mask_from if maker in graph)


def _told(row: PortRow, makers: Mapping[str, tuple[str, ...]], known: BlockAnalysis) -> PortRow:
    """With who made the mask: at an input, those whose masks leave the block that it is wired to."""
    if row.mask == "none":
        return row
    block = row.carried.block if row.side == "in" and row.carried is not None else row.ref.block
    return row._replace(makers=makers.get(block, ()), warned=row.mask == "lost" and known.mask_warned)


def model_order(graph: Graph) -> tuple[str, ...]:
    """Every block after what feeds it; what stands on a cycle, or below one, comes last."""
    ordered = topological_order(graph)
    return (*ordered, *(block for block in graph.by_id if block not in set(ordered)))


def _inputs(graph: Graph, block: str, known: BlockAnalysis, run: RunResult | None) -> Iterator[PortRow]:
    for name, spec in known.inputs.items():
        ref = PortRef(block, name)
        sources = graph.sources(ref)
        growing = isinstance(spec, tuple)
        for place, one in enumerate(spec if isinstance(spec, tuple) else (spec,)):
            carried = sources[place] if place < len(sources) else None
            result = run.ports.get(carried) if run is not None and carried is not None else None
            word: MaskWord = "arrives" if one.mask else "none"
            yield PortRow(
                ref, graph.by_id[block].name, "in", place if growing else None, one, word, carried, result
            )  # fmt: skip


def _outputs(graph: Graph, block: str, ports: Ports, known: BlockAnalysis, run: RunResult | None) -> Iterator[PortRow]:
    for port in ports.outputs:
        ref = PortRef(block, port.name)
        spec = (known.outputs or {}).get(port.name)
        result = run.ports.get(ref) if run is not None else None
        word = mask_word(known.mask, leaves=spec is not None and spec.mask, first=port is ports.outputs[0])
        yield PortRow(ref, graph.by_id[block].name, "out", None, spec, word, ref, result)


def mask_word(fate: MaskFate, *, leaves: bool, first: bool) -> MaskWord:
    """What became of the mask at an output; only the first output of a block tells of one that ended in it."""
    if leaves:
        return "made" if fate == "created" else "passed"
    return _OWN_WORD.get(fate, "none") if first else "none"


def size_of(result: PortResult) -> int | None:
    """Bytes of a tensor; None where its type has no fixed size."""
    bits = 8 if result.dtype == "bool" else int(found[0]) if (found := re.findall(r"\d+$", result.dtype)) else None
    return None if bits is None else prod(result.shape) * bits // 8


def memory_text(size: int) -> str:
    """Bytes as people read them.

    >>> memory_text(30720)
    '30.0 KiB'
    """
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.0f} B" if unit == 0 else f"{amount:.1f} {_UNITS[unit]}"
