"""Which steps of a tensor are real, found by running each sequence alone: what is shorter there was padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.graph.values import PortRef
from engine.protocol.messages import Array, Flags
from engine.runtime.environment import keras
from engine.runtime.fed import Fed

TOLERANCE = 1e-4
"""What counts as a difference, as a share of the largest value (at least 1): far above rounding."""


def alone(fed: Mapping[str, Fed], sequence: int) -> dict[str, Array] | None:
    """One sequence without its padding, by the id of the Input; None: an Input has no real step in it."""
    feeds: dict[str, Array] = {}
    for block, given in fed.items():
        row = given.values[sequence : sequence + 1]  # (1, T, …)
        feeds[block] = row if given.valid is None else row[:, given.valid[sequence]]
        if 0 in feeds[block].shape:
            return None
    return feeds


@dataclass
class Difference:
    """The largest difference at a port so far, and in which sequence."""

    value: float = 0.0
    sequence: int = 0
    matters: bool = False

    def take(self, value: float, sequence: int, *, matters: bool) -> None:
        """One more sequence was compared."""
        if value > self.value or (matters and not self.matters):
            self.value, self.sequence = value, sequence
        self.matters = self.matters or matters


@dataclass
class Steps:
    """What running sequences alone showed of every port.

    Attributes:
        fed: the padded batch.
        sizes: by port, the sizes of each sequence's tensor when it runs alone.
        differences: by port.
    """

    fed: Mapping[str, Fed]
    sizes: dict[PortRef, dict[int, tuple[int, ...]]] = field(
        default_factory=dict[PortRef, "dict[int, tuple[int, ...]]"]
    )
    differences: dict[PortRef, Difference] = field(default_factory=dict[PortRef, Difference])

    def compare(self, padded: Mapping[PortRef, Any], single: Mapping[PortRef, Any], sequence: int) -> None:
        """Notes the sizes and differences of one sequence at every port."""
        for port, value in single.items():
            whole = np.asarray(padded[port])
            lonely = np.asarray(value)
            if whole.ndim != lonely.ndim or not whole.ndim or lonely.shape[0] != 1 or len(whole) <= sequence:
                continue
            self.sizes.setdefault(port, {})[sequence] = lonely.shape[1:]
            found, matters = self._difference(whole[sequence], lonely[0], sequence)
            self.differences.setdefault(port, Difference()).take(found, sequence, matters=matters)

    def _difference(self, row: Array, lonely: Array, sequence: int) -> tuple[float, bool]:
        """The difference at real steps; where time runs backwards these stand at the other end."""
        places = (self._real(row.shape, lonely.shape, sequence, turned=turned) for turned in (False, True))
        best = min(largest_difference(row[np.ix_(*real)] if row.ndim else row, lonely) for real in places)
        return best, best > TOLERANCE * scale_of(lonely)

    def _real(
        self, padded: Sequence[int], single: Sequence[int], sequence: int, *, turned: bool = False
    ) -> list[NDArray[np.intp]]:
        """For each axis after the batch, the places of a padded tensor that a sequence alone has too."""
        return [
            np.arange(size) if size == own else self._places(size, own, sequence, turned=turned)
            for size, own in zip(padded, single, strict=True)
        ]

    def _places(self, size: int, own: int, sequence: int, *, turned: bool) -> NDArray[np.intp]:
        for given in self.fed.values():
            if given.valid is not None and given.valid.shape[1] == size and given.valid[sequence].sum() == own:
                places = np.flatnonzero(given.valid[sequence])
                return size - 1 - places[::-1] if turned else places
        before = any(given.valid is not None and not given.valid[sequence][0] for given in self.fed.values())
        own = min(own, size)
        return np.arange(size - own, size) if before is not turned else np.arange(own)

    def real_steps(self, port: PortRef, shape: Sequence[int]) -> Flags | None:
        """(B, T') of a port with a time axis: which steps are real; None: it has none, or padding never reaches it."""
        sizes = self.sizes.get(port)
        if sizes is None or len(shape) < 2:
            return None
        real = np.ones((shape[0], shape[1]), bool)
        for sequence, single in sizes.items():
            if single[0] != shape[1]:
                real[sequence] = False
                real[sequence, self._places(shape[1], single[0], sequence, turned=False)] = True
        return None if real.all() else real


def scale_of(values: Array) -> float:
    """The largest value, at least 1."""
    return max(1.0, float(np.abs(values).max(initial=0.0))) if values.dtype.kind in "fiu" else 1.0


def largest_difference(one: Array, other: Array) -> float:
    """The largest difference of two arrays; a number against not-a-number counts as at least 1, other sizes as 1."""
    if one.shape != other.shape:
        return 1.0
    if one.dtype.kind not in "fiu" or not one.size:
        return float(one.size and not np.array_equal(one, other))
    ours, theirs = one.astype(np.float64), other.astype(np.float64)
    with np.errstate(invalid="ignore"):
        away = np.abs(ours - theirs)
    away[(np.isnan(ours) & np.isnan(theirs)) | (ours == theirs)] = 0.0
    broken = ~np.isfinite(away)
    away[broken] = np.maximum(np.nan_to_num(np.abs(theirs[broken]), posinf=1.0), 1.0)
    return float(away.max())


def noised(tensor: Any, real: Flags, random: np.random.Generator) -> Any:
    """A tensor with noise in its padded steps, its mask as it was."""
    values = np.asarray(tensor).copy()
    padding = ~real
    shape = values[padding].shape
    if values.dtype.kind in "iu":
        values[padding] = random.integers(0, max(int(values.max(initial=0)), 1), shape, endpoint=True)
    elif values.dtype.kind == "f":
        values[padding] += random.normal(scale=1.0 + np.abs(values).max(initial=0.0), size=shape)
    fresh = keras.ops.convert_to_tensor(values, dtype=tensor.dtype)
    mask = keras.src.backend.get_keras_mask(tensor)
    if mask is not None:
        keras.src.backend.set_keras_mask(fresh, mask)
    return fresh
