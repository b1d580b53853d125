"""What is equal between two runs, really compared; and where their values part first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.document.sample import read_sample
from engine.document.values import Document
from engine.graph.order import topological_order, upstream
from engine.graph.values import PortRef
from engine.protocol.comparison import Equal, Parting
from engine.protocol.messages import Array
from engine.runtime.arrays import array_of
from engine.runtime.compare.curves import states_of_sequence
from engine.runtime.fed import Fed
from engine.runtime.kept import KeptRun
from engine.runtime.port_values import steps_of

PARTED = 1e-4
"""Values that differ by more than this have parted."""
MOST_NAMED = 3


def same_weights(this: KeptRun, other: KeptRun) -> dict[str, bool]:
    """For each block with weights on either side: the other has the very same."""
    sides = (this.model.assembled.layers, other.model.assembled.layers)
    owners = dict.fromkeys(block for layers in sides for block, layer in layers.items() if layer.weights)
    return {block: _equal_weights(*(layers.get(block) for layers in sides)) for block in owners}


def _equal_weights(first: Any, second: Any) -> bool:
    if first is None or second is None or len(first.weights) != len(second.weights):
        return False
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    return type(first) is type(second) and all(np.array_equal(one, two) for one, two in pairs)


def by_unit(this: KeptRun, other: KeptRun, key: str, weights: dict[str, bool]) -> bool:
    """A unit of a cell means the same on both sides: the same layer, and the same weights in it and above it."""
    cells = this.result.traced[key], other.result.traced[key]
    if (cells[0].kind, cells[0].main.sizes) != (cells[1].kind, cells[1].main.sizes):
        return False
    block = cells[0].block
    concerned = {block} | upstream(this.document.graph, [block]) | upstream(other.document.graph, [block])
    return all(same for owner, same in weights.items() if owner in concerned)


def facts_of(this: KeptRun, other: KeptRun, weights: dict[str, bool]) -> tuple[Equal, ...]:
    """Sample, weights, masks and mode, and what else differs."""
    found = [_sample(this, other), _weights(this, other, weights), _masks(this, other), _mode(this, other)]
    if this.result.seed != other.result.seed:
        found.append(Equal("seed", False, f"seeds {this.result.seed} and {other.result.seed}"))
    if this.result.device != other.result.device:
        found.append(Equal("device", False, f"on {this.result.device} and {other.result.device}"))
    return tuple(found)


def _sample(this: KeptRun, other: KeptRun) -> Equal:
    shared = [block for block in this.fed if block in other.fed]
    if len(shared) < max(len(this.fed), len(other.fed)):
        return Equal("sample", False, "other Inputs")
    if all(_same_feed(this.fed[block], other.fed[block]) for block in shared):
        return Equal("sample", True, "the same sample")
    if all(_same_steps(this.fed[block], other.fed[block]) for block in shared):
        ends = ("before" if _pads_before(side.document) else "after" for side in (this, other))
        return Equal("padding", False, f"the same sequences, padded {' and padded '.join(ends)}")
    return Equal("sample", False, "other sequences")


def _same_feed(first: Fed, second: Fed) -> bool:
    if (first.valid is None) != (second.valid is None) or not _same_values(first.values, second.values):
        return False
    return first.valid is None or second.valid is None or np.array_equal(first.valid, second.valid)


def _same_values(first: Array, second: Array) -> bool:
    return np.array_equal(first, second, equal_nan=first.dtype.kind == "f")


def _same_steps(first: Fed, second: Fed) -> bool:
    """The real steps of each sequence are the same, wherever they stand."""
    if first.valid is None or second.valid is None or len(first.valid) != len(second.valid):
        return _same_feed(first, second)
    counts = np.array_equal(first.valid.sum(axis=1), second.valid.sum(axis=1))
    return counts and np.array_equal(first.values[first.valid], second.values[second.valid])


def _pads_before(document: Document) -> bool:
    return any(told.padding == "pre" for told in read_sample(document).inputs.values())


def _weights(this: KeptRun, other: KeptRun, weights: dict[str, bool]) -> Equal:
    differing = [block for block, same in weights.items() if not same]
    if not differing:
        return Equal("weights", True, "the same weights")
    return Equal("weights", False, f"other weights in {_named(this, other, differing)}")


def _masks(this: KeptRun, other: KeptRun) -> Equal:
    shared = [port for port in this.result.ports if port in other.result.ports]
    differing = [
        port.block
        for port in shared
        if (this.result.ports[port].mask_shape is None) != (other.result.ports[port].mask_shape is None)
    ]
    gone = [block for block in _maskers(this) if block not in other.document.graph]
    gone += [block for block in _maskers(other) if block not in this.document.graph]
    if not differing and not gone:
        return Equal("masks", True, "the same masks")
    return Equal("masks", False, f"a mask on one side alone at {_named(this, other, [*gone, *differing])}")


def _maskers(kept: KeptRun) -> Iterator[str]:
    return (port.block for port, known in kept.result.ports.items() if known.mask_shape is not None)


def _mode(this: KeptRun, other: KeptRun) -> Equal:
    if this.result.training is other.result.training:
        return Equal("mode", True, "both in training mode" if this.result.training else "both in inference")
    words = ("training mode" if kept.result.training else "inference" for kept in (this, other))
    return Equal("mode", False, " and ".join(words))


def _named(this: KeptRun, other: KeptRun, blocks: Iterable[str]) -> str:
    known = {**other.document.graph.by_id, **this.document.graph.by_id}
    names = [known[block].name for block in dict.fromkeys(blocks) if block in known]
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


# --- where they part ----------------------------------------------------------------------------------------------


def parting_of(this: KeptRun, other: KeptRun, sequence: int) -> Parting | None:
    """The first block, in the order of the model, whose states or values at real steps differ for one sequence.

    Values that cannot be put side by side (of other shapes, or of another number of steps) are passed over.
    """
    for block in topological_order(this.document.graph):
        for name, first, second, timed in _pairs(this, other, block, sequence):
            if first.shape != second.shape or first.dtype.kind not in "biuf":
                continue
            away = _away(first, second)
            parted = ~(away <= PARTED * np.maximum(1.0, np.where(np.isfinite(first), np.abs(first), 0.0)))
            if not parted.any():
                continue
            if not timed:
                return Parting(block, name, None, float(away.max()))
            step = int(np.flatnonzero(parted.reshape(len(parted), -1).any(axis=1))[0])
            return Parting(block, name, step, float(away[step].max()))
    return None


def _away(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.floating]:
    """How far values are apart; infinitely where one of them alone is no number, or both are and not the same."""
    with np.errstate(invalid="ignore"):
        away = np.abs(first.astype(np.float64) - second.astype(np.float64))
    away[(first == second) | (np.isnan(first) & np.isnan(second))] = 0.0
    return np.where(np.isnan(away), np.inf, away)


def _pairs(
    this: KeptRun, other: KeptRun, block: str, sequence: int
) -> Iterator[tuple[str, NDArray[Any], NDArray[Any], bool]]:
    """Name, both values, and whether their first axis is the real steps: the states of a block, then its ports."""
    for key, cell in this.result.traced.items():
        if cell.block == block and key in this.states and key in other.states:
            if sequence >= min(len(this.states[key].valid), len(other.states[key].valid)):
                continue
            here, there = (states_of_sequence(kept, key, sequence) for kept in (this, other))
            yield cell.main.name, here, there, True
    for port in this.seen.values:
        if port.block == block and port in other.seen.values:
            first, second = _at_real(this, port, sequence), _at_real(other, port, sequence)
            if first is not None and second is not None and first[1] == second[1]:
                yield port.port, first[0], second[0], first[1]


def _at_real(kept: KeptRun, port: PortRef, sequence: int) -> tuple[NDArray[Any], bool] | None:
    """The values of a sequence at its real steps, and whether there are steps."""
    tensor = kept.seen.values[port]
    if len(tensor.shape) == 0 or not 0 <= sequence < int(tensor.shape[0]):
        return None
    values = np.asarray(array_of(tensor[sequence]))
    valid, real = steps_of(kept.document, kept.seen, kept.fed, port, sequence)
    if valid is None or real is None:
        return values, False
    return values[valid & real], True
