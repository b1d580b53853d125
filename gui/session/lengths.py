"""The pictogram of a wire: which steps are valid, which are padding under a mask, which are padding that nothing masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.document.values import Document
from engine.graph.order import upstream
from engine.graph.values import INPUT, PortRef

if TYPE_CHECKING:
    from engine.protocol.messages import Flags
    from engine.protocol.results import RunResult


class WireLengths(NamedTuple):
    """Rows for a pictogram.

    Attributes:
        valid: (B, T) bool: the steps that the mask (else the sample) calls valid.
        masked: there is a mask on this wire.
    """

    valid: Flags
    masked: bool

    @property
    def has_padding(self) -> bool:
        """A sequence without padding needs no pictogram."""
        return not bool(self.valid.all())


def wire_lengths(run: RunResult, document: Document, source: PortRef) -> WireLengths | None:
    """What a wire from this port carries, or None: it has no time axis, or nothing is known."""
    port = run.ports.get(source)
    if port is None or len(port.shape) < 2:
        return None
    if port.mask is not None:
        return WireLengths(port.mask, masked=True)
    if len(port.shape) < 3 and document.graph.by_id[source.block].type != INPUT:
        return None
    for above in (source.block, *sorted(upstream(document.graph, (source.block,)))):
        fed = run.inputs.get(above)
        if fed is not None and fed.valid is not None and fed.valid.shape == port.shape[:2]:
            return WireLengths(fed.valid, masked=False)
    return None
