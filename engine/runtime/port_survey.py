"""What a pass showed of the numbers at every port: saturated, dead, NaN and infinite, over all its sequences.

It costs little beside the pass: the lowest and the highest number say whether all are finite, and of units that differ in
the first steps no more is looked at. What is known of a tensor is known of it again when the next pass gives the same one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.values import Plan, sources_of
from engine.protocol.messages import Array, Flags
from engine.protocol.port_facts import NEAR, NonFinite, PortFacts
from engine.runtime.activations import Bounds, activations_of, saturated
from engine.runtime.arrays import array_of
from engine.runtime.environment import tensorflow
from engine.runtime.fed import Fed
from engine.runtime.forward import Seen, WatchedModel
from engine.runtime.port_values import Steps

FIRST_ROWS = 64
"""A unit that differs in so many steps is not constant."""
CHUNK = 1_000_000
"""Numbers that are looked at together."""
MOST_NAMED = 32
"""So many dead units are named at most."""


class PortSurvey:
    """Looks at the ports of one pass after the other."""

    def __init__(self) -> None:
        self._known: dict[PortRef, tuple[Any, Any, PortFacts]] = {}
        self._valid: dict[str, Flags | None] = {}

    def facts_of(
        self, document: Document, model: WatchedModel, seen: Seen, fed: Mapping[str, Fed], *, keep: bool
    ) -> dict[PortRef, PortFacts]:
        """The facts of every port with real numbers.

        Args:
            keep: the tensors are kept for the next pass anyway, so that they may be known there.
        """
        valid = {block: given.valid for block, given in fed.items()}
        before = self._known if _are_equal(valid, self._valid) else {}
        steps, plan = Steps(document, seen, fed), model.assembled.plan
        bounds = activations_of(plan, dict(model.assembled.layers))
        known: dict[PortRef, tuple[Any, Any, PortFacts]] = {}
        for port, tensor in seen.values.items():
            if not _is_real(tensor):
                continue
            mask = seen.masks.get(port)
            old = before.get(port)
            if old is not None and old[0] is tensor and old[1] is mask:
                known[port] = old
                continue
            made = bounds.get(port.block)
            look = _Look(tensor, steps, port, None if made is None else made(port.port))
            known[port] = (tensor, mask, look.facts())
        self._known, self._valid = (known, valid) if keep else ({}, {})
        return _with_causes(plan, {port: facts for port, (_, _, facts) in known.items()})


def _is_real(tensor: Any) -> bool:
    plain = not isinstance(tensor, tensorflow.SparseTensor | tensorflow.RaggedTensor)
    return plain and tensor.dtype.is_floating and len(tensor.shape) > 0 and prod(tensor.shape) > 0


def _are_equal(one: Mapping[str, Flags | None], other: Mapping[str, Flags | None]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)  # type: ignore[arg-type]


def _with_causes(plan: Plan, found: Mapping[PortRef, PortFacts]) -> dict[PortRef, PortFacts]:
    """Of each port with NaN or infinity, whether any came with what the block was given."""
    broken = {port for port, facts in found.items() if facts.non_finite is not None}
    passed = {step.block for step in plan.steps if broken.intersection(sources_of(step))} if broken else set[str]()
    told = dict(found)
    for port in broken:
        non_finite = found[port].non_finite
        if non_finite is not None and port.block in passed:
            told[port] = replace(found[port], non_finite=replace(non_finite, arises=False))
    return told


class _Look:
    """At one tensor."""

    def __init__(self, tensor: Any, steps: Steps, port: PortRef, bounds: Bounds | None) -> None:
        self._tensor, self._steps, self._port, self._bounds = tensor, steps, port, bounds

    def facts(self) -> PortFacts:
        """Everything about it."""
        count = int(self._counted.sum())
        found = PortFacts(sequences=int(self._tensor.shape[0]), steps=count, units=self._units)
        if self._bounds is not None:
            found = replace(found, rectified=self._bounds.low == 0)
            if self._bounds.both:
                share = self._saturated(self._bounds) if count else None
                found = replace(found, low=self._bounds.low, high=self._bounds.high, saturated=share)
        if count > 1:
            found = self._with_still(found)
        return found if np.isfinite(self._ends).all() else replace(found, non_finite=self._non_finite())

    @cached_property
    def _has_time(self) -> bool:
        return self._steps.has_time(self._port)

    @cached_property
    def _units(self) -> int:
        return prod(self._tensor.shape[2 if self._has_time else 1 :])

    @cached_property
    def _counted(self) -> NDArray[np.bool_]:
        """(steps of all sequences,) those that are valid and real."""
        flags = self._steps.of(self._port)
        return np.ones(self._tensor.shape[0], bool) if flags is None else (flags[0] & flags[1]).ravel()

    @cached_property
    def _rows(self) -> Array:
        """(steps of all sequences, units)."""
        return array_of(self._tensor).reshape(len(self._counted), -1)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """The lowest and the highest number of all; NaN where one is NaN."""
        rows = self._rows if self._rows.dtype.itemsize >= 4 else self._rows.astype(np.float32)
        return float(rows.min()), float(rows.max())

    def _chunks(self) -> Iterator[NDArray[Any]]:
        """The counted steps, some at a time."""
        whole = bool(self._counted.all())
        size = max(1, CHUNK // max(self._units, 1))
        for start in range(0, len(self._counted), size):
            part = slice(start, start + size)
            yield self._rows[part] if whole else self._rows[part][self._counted[part]]

    def _saturated(self, bounds: Bounds) -> float:
        if all(bounds.low + NEAR <= end <= bounds.high - NEAR for end in self._ends):  # most often
            return 0.0
        near = sum(int(np.count_nonzero(saturated(part, bounds.low, bounds.high))) for part in self._chunks())
        return near / max(int(self._counted.sum()) * self._units, 1)

    def _with_still(self, found: PortFacts) -> PortFacts:
        """With the units that are the same number at every step."""
        first = self._rows[np.flatnonzero(self._counted)[:FIRST_ROWS]]
        still = np.flatnonzero((first == first[0]).all(axis=0))
        for part in self._chunks() if len(still) else ():
            still = still[(part[:, still] == first[0, still]).all(axis=0)]
        dead, constant = still[first[0, still] == 0], still[first[0, still] != 0]
        return replace(
            found,
            num_dead=len(dead),
            num_constant=len(constant),
            dead=tuple(dead[:MOST_NAMED].tolist()),
            constant=tuple(constant[:MOST_NAMED].tolist()),
        )

    def _non_finite(self) -> NonFinite:
        broken = ~np.isfinite(self._rows)
        of_steps = broken.any(axis=1)
        counted = self._rows[self._counted]
        nan = int(np.isnan(counted).sum())
        inside = of_steps & self._counted
        first = int((inside if inside.any() else of_steps).argmax())
        length = int(self._tensor.shape[1]) if self._has_time else 1
        return NonFinite(
            nan=nan,
            infinite=int(np.isinf(counted).sum()),
            padded=int(broken[~self._counted].sum()),
            sequence=first // length,
            step=first % length if self._has_time else None,
        )
