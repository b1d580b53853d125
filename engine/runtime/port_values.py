"""The values of one sequence at a port, and what they are like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.document.values import Document
from engine.graph.order import downstream
from engine.graph.values import INPUT, PortRef
from engine.protocol.messages import Array, Flags
from engine.protocol.results import PortValues, RunResult, Statistics
from engine.runtime.activations import saturated
from engine.runtime.arrays import array_of
from engine.runtime.environment import tensorflow
from engine.runtime.fed import Fed
from engine.runtime.forward import Seen

MOST_NUMBERS = 512_000
"""More numbers of one sequence are not sent to be looked at; their statistics are."""
NOT_KEPT = "The values of this run were not kept, they take too much memory: use a smaller batch or fewer timesteps."
NOT_REACHED = "The run did not reach this port: a block above it, or the block itself, could not be computed."


def port_values(
    document: Document, result: RunResult, seen: Seen, fed: Mapping[str, Fed], port: PortRef, sequence: int
) -> PortValues:
    """The values of one sequence; where there are none to show, a sentence says why."""
    empty = PortValues(result.number, port, sequence)

    def missing(sentence: str) -> PortValues:
        return PortValues(empty.run, port, sequence, missing=sentence)

    tensor = seen.values.get(port)
    if tensor is None:
        return missing(NOT_KEPT if port in result.ports else NOT_REACHED)
    if len(tensor.shape) == 0 or not 0 <= sequence < int(tensor.shape[0]):
        return missing(f"The tensor {tuple(tensor.shape)} has no sequence {sequence}: its first axis is not the batch.")
    values = row_of(tensor, sequence)
    if values.dtype.kind not in "biuf":
        return missing(f"Values of type {tensor.dtype.name} are not numbers that can be drawn.")
    valid, real = steps_of(document, seen, fed, port, sequence)
    statistics = statistics_of(
        values if valid is None or real is None else values[valid & real], bounds_of(result, port)
    )
    if values.size > MOST_NUMBERS:
        sentence = f"One sequence has {values.size:,} numbers here; up to {MOST_NUMBERS:,} are shown."
        return PortValues(result.number, port, sequence, None, valid, real, statistics, sentence)
    return PortValues(result.number, port, sequence, values, valid, real, statistics)


def bounds_of(result: RunResult, port: PortRef) -> tuple[float, float] | None:
    """Of the activation that made the values of a port, None: it has not two."""
    facts = result.ports[port].facts if port in result.ports else None
    return None if facts is None or facts.low is None or facts.high is None else (facts.low, facts.high)


def row_of(tensor: Any, sequence: int) -> Array:
    """The values of one sequence."""
    if isinstance(tensor, tensorflow.SparseTensor | tensorflow.RaggedTensor):
        return array_of(tensor)[sequence]
    return array_of(tensor[sequence])


class Steps:
    """Which steps at the ports of a pass are valid and which are real, of all sequences at once."""

    def __init__(self, document: Document, seen: Seen, fed: Mapping[str, Fed]) -> None:
        self._document, self._seen, self._fed = document, seen, fed
        self._below: dict[str, frozenset[str]] = {}

    def has_time(self, port: PortRef) -> bool:
        """The second axis of the tensor is time."""
        shape = self._seen.values[port].shape
        if len(shape) < 2:
            return False
        is_input = self._document.graph.by_id[port.block].type == INPUT
        return len(shape) > 2 or is_input or self._mask(port) is not None

    def of(self, port: PortRef) -> tuple[Flags, Flags] | None:
        """(B, T) the valid and the real steps, or None: the port has no time axis."""
        if not self.has_time(port):
            return None
        mask, sizes = self._mask(port), tuple(self._seen.values[port].shape[:2])
        valid = np.ones(sizes, bool) if mask is None else np.asarray(mask, bool)
        for block, given in self._fed.items():
            if given.valid is not None and given.valid.shape == sizes and self._reaches(block, port.block):
                return valid, given.valid
        return valid, valid

    def _mask(self, port: PortRef) -> Any | None:
        """(B, T) where there is one of that shape."""
        mask = self._seen.masks.get(port)
        return mask if mask is not None and mask.shape == self._seen.values[port].shape[:2] else None

    def _reaches(self, source: str, block: str) -> bool:
        if source not in self._below:
            self._below[source] = downstream(self._document.graph, (source,)) | {source}
        return block in self._below[source]


def steps_of(
    document: Document, seen: Seen, fed: Mapping[str, Fed], port: PortRef, sequence: int
) -> tuple[Flags | None, Flags | None]:
    """(T,) the valid and the real steps of one sequence, or None: the port has no time axis."""
    flags = Steps(document, seen, fed).of(port)
    return (None, None) if flags is None else (flags[0][sequence], flags[1][sequence])


def statistics_of(values: Array, bounds: tuple[float, float] | None = None) -> Statistics:
    """What numbers are like; 64 bits wide, so that many small ones do not get lost.

    Args:
        bounds: of the activation that made them.
    """
    wide = np.asarray(values, np.float64).ravel()
    finite = wide[np.isfinite(wide)]
    known = len(finite) > 0
    return Statistics(
        count=wide.size,
        low=float(finite.min()) if known else None,
        high=float(finite.max()) if known else None,
        mean=float(finite.mean()) if known else None,
        std=float(finite.std()) if known else None,
        nan=int(np.isnan(wide).sum()),
        infinite=int(np.isinf(wide).sum()),
        zeros=int((wide == 0).sum()),
        saturated=None if bounds is None else int(saturated(wide, *bounds).sum()),
    )
