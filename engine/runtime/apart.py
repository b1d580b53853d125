"""Which units of a state tell the sequences of one label from those of another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.protocol.readings import Apart
from engine.runtime.kept import KeptRun
from engine.runtime.state_space import NO_STATES, units_of

Floats = NDArray[np.floating]


def apart_of(kept: KeptRun, key: str, signal: str, labels: tuple[str, str] | None) -> Apart:
    """The units in the order in which they tell two labels apart, by the state after the last real step.

    Args:
        labels: the two; None: the first two that there are.
    """
    told = kept.result.labels
    empty = Apart(kept.result.number, key, signal, tuple(dict.fromkeys(told)))
    found = units_of(kept, key, signal)
    if found is None:
        return replace(empty, missing=NO_STATES)
    if len(empty.labels) < 2:
        return replace(empty, missing=_too_few(empty.labels))
    pair = labels if labels is not None and set(labels) <= set(empty.labels) else (empty.labels[0], empty.labels[1])
    units, finite, odd = found
    real = finite | odd
    backwards = bool(kept.states[key].layer.go_backwards)
    steps = real.argmax(axis=1) if backwards else real.shape[1] - 1 - real[:, ::-1].argmax(axis=1)
    last = units[np.arange(len(units)), steps]  # (B, units)
    numbers = np.isfinite(last).all(axis=1)
    there = real.any(axis=1) & numbers
    empty = replace(empty, pair=pair, odd=int((real.any(axis=1) & ~numbers).sum()))
    first, second = (last[there & (np.asarray(told) == label)] for label in pair)
    if not len(first) or not len(second):
        return replace(empty, missing=_none_left(pair[bool(len(first))], empty.odd))
    share, gap = shares_in_order(first, second), gaps(first, second)
    return replace(
        empty,
        counts=(len(first), len(second)),
        low=np.stack([first.min(axis=0), second.min(axis=0)]).astype(np.float32),
        high=np.stack([first.max(axis=0), second.max(axis=0)]).astype(np.float32),
        order=np.lexsort((-gap, -share)).astype(np.int32),
        clear=int((gap > 0).sum()),
    )


def shares_in_order(first: Floats, second: Floats) -> Floats:
    """(units,) of all pairs of one sequence each, the share in which the one side is above the other, from 0.5 to 1.

    Args:
        first, second: (sequences, units).
    """
    below = np.sort(second, axis=0)
    counted = [np.searchsorted(below[:, unit], first[:, unit], "left") for unit in range(first.shape[1])]
    tied = [np.searchsorted(below[:, unit], first[:, unit], "right") for unit in range(first.shape[1])]
    above = (np.mean(counted, axis=1) + np.mean(tied, axis=1)) / 2 / len(second)
    return np.maximum(above, 1 - above)


def gaps(first: Floats, second: Floats) -> Floats:
    """(units,) how far the ranges of two sides are apart; negative: how far they overlap."""
    up = first.min(axis=0) - second.max(axis=0)
    down = second.min(axis=0) - first.max(axis=0)
    return np.maximum(up, down)


def _none_left(label: str, odd: int) -> str:
    words = "ends in numbers: NaN or infinity is left out" if odd else "has a real step"
    return f"No sequence labelled {label} {words}."


def _too_few(labels: tuple[str, ...]) -> str:
    if labels:
        return f"Every sequence of the sample is labelled {labels[0]}: feed sequences of two labels."
    return "Nothing says what the sequences are: name an array of labels in the sample of the Input."
