"""The values of one sequence at a port, and what they are like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.document.values import Document
from engine.graph.order import upstream
from engine.graph.values import INPUT, PortRef
from engine.protocol.messages import Array, Flags
from engine.protocol.results import PortValues, RunResult, Statistics
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
    values = _row(tensor, sequence)
    if values.dtype.kind not in "biuf":
        return missing(f"Values of type {tensor.dtype.name} are not numbers that can be drawn.")
    valid, real = steps_of(document, seen, fed, port, sequence)
    statistics = statistics_of(values if valid is None or real is None else values[valid & real])
    if values.size > MOST_NUMBERS:
        sentence = f"One sequence has {values.size:,} numbers here; up to {MOST_NUMBERS:,} are shown."
        return PortValues(result.number, port, sequence, None, valid, real, statistics, sentence)
    return PortValues(result.number, port, sequence, values, valid, real, statistics)


def _row(tensor: Any, sequence: int) -> Array:
    if isinstance(tensor, tensorflow.SparseTensor | tensorflow.RaggedTensor):
        return array_of(tensor)[sequence]
    return array_of(tensor[sequence])


def steps_of(
    document: Document, seen: Seen, fed: Mapping[str, Fed], port: PortRef, sequence: int
) -> tuple[Flags | None, Flags | None]:
    """(T,) the valid and the real steps of one sequence, or None: the port has no time axis."""
    shape, mask = seen.values[port].shape, seen.masks.get(port)
    sizes = shape[:2]
    if mask is not None and mask.shape != sizes:
        mask = None
    if len(shape) < 2 or not (mask is not None or len(shape) > 2 or document.graph.by_id[port.block].type == INPUT):
        return None, None
    valid = np.ones(sizes[1:], bool) if mask is None else np.asarray(mask[sequence], bool)
    above = (port.block, *upstream(document.graph, (port.block,)))
    for block, given in fed.items():
        if block in above and given.valid is not None and given.valid.shape == sizes:
            return valid, given.valid[sequence]
    return valid, valid


def statistics_of(values: Array) -> Statistics:
    """What numbers are like; 64 bits wide, so that many small ones do not get lost."""
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
    )
