"""The states of many units in few: paths in the plane of their two main directions, and units put beside their like."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from engine.protocol.messages import Array, Flags
from engine.protocol.readings import OrderRule, StateSpace, UnitOrder
from engine.runtime.arrays import array_of
from engine.runtime.fed import Fed
from engine.runtime.kept import NO_STATES, KeptRun

Floats = NDArray[np.floating]
MOST_PATHS = 64
"""So many sequences are drawn."""
MOST_FITTED = 20_000
"""From so many steps at most the directions are found, taken at even distances."""
NO_PATH = "Every step holds the same state: a path needs two that differ."
MOST_CORRELATED = 4_000
LARGE = 1e12
MOST_ORDERED = 256
"""Of more units the clusters are not turned so that like ends meet: that takes the cube of their number."""


def state_space_of(kept: KeptRun, key: str, signal: str, colour: tuple[str, int] | None) -> StateSpace:
    """The paths of the sequences in the plane of the two main directions (PCA) of a state over all real steps.

    Args:
        colour: an Input and one of its features, whose value colours each step.
    """
    empty = StateSpace(kept.result.number, key, signal)
    found = units_of(kept, key, signal)
    if found is None:
        return replace(empty, missing=NO_STATES)
    units, real, odd = found
    places, odd_steps = np.argwhere(real), int(odd.sum())
    if len(places) < 2:
        return replace(empty, odd=odd_steps, missing=_too_few(len(places), odd_steps))
    steps = _evenly(units, places, MOST_FITTED)
    size = scale_of(steps)
    if (steps == steps[0]).all():
        return replace(empty, odd=odd_steps, missing=NO_PATH)
    from sklearn.decomposition import PCA  # a second of import, for this alone

    directions = PCA(n_components=min(2, steps.shape[1], len(steps)), random_state=0)
    directions.fit(steps / size)
    paths = min(len(units), MOST_PATHS)
    points = np.full((paths, units.shape[1], 2), np.nan, np.float32)
    for path in np.flatnonzero(real[:paths].any(axis=1)):
        projected = directions.transform(units[path][real[path]] / size) * size
        points[path, real[path]] = np.pad(projected, ((0, 0), (0, 2 - projected.shape[1])))
    explained = [*(float(share) for share in np.nan_to_num(directions.explained_variance_ratio_)), 0.0][:2]
    return replace(
        empty,
        odd=odd_steps,
        points=points,
        explained=(explained[0], explained[1]),
        colour=_colour(kept, colour, real[:paths]),
    )


def unit_order_of(kept: KeptRun, key: str, signal: str, rule: OrderRule) -> UnitOrder:
    """The units in another order: those that move most first, or beside those they move with."""
    empty = UnitOrder(kept.result.number, key, signal, rule)
    found = units_of(kept, key, signal)
    if found is None:
        return replace(empty, missing=NO_STATES)
    units, real, _ = found
    if rule == "activity":
        moved = np.zeros(units.shape[2])
        for values, there in zip(units, real, strict=True):
            both = there[1:] & there[:-1]
            with np.errstate(invalid="ignore", over="ignore"):  # between steps that hold no numbers
                moved += np.abs(np.diff(values, axis=0))[both].sum(axis=0, dtype=np.float64)
        return replace(empty, order=np.argsort(-moved, kind="stable").astype(np.int32))
    steps = _evenly(units, np.argwhere(real), MOST_CORRELATED)
    return replace(empty, order=clustered(steps / scale_of(steps)).astype(np.int32))


def clustered(steps: Floats) -> NDArray[np.intp]:
    """Units in an order in which those that move alike stand together (average linkage of their correlations).

    Args:
        steps: (steps, units).
    """
    count = steps.shape[1]
    if count < 3 or len(steps) < 2:
        return np.arange(count)
    from scipy.cluster.hierarchy import leaves_list, linkage

    spread = steps.std(axis=0)
    like = (steps - steps.mean(axis=0)) / np.where(spread > 0, spread, 1.0)  # a unit that never moves is like none
    tree = linkage(like.T, method="average", optimal_ordering=count <= MOST_ORDERED)
    return cast("NDArray[np.intp]", leaves_list(tree))


def units_of(kept: KeptRun, key: str, signal: str) -> tuple[Floats, Flags, Flags] | None:
    """A state with all unit axes in one, where it is known, and where it is not.

    Returns:
        (B, T, units) the values, (B, T) the steps that are no padding and hold numbers, (B, T) those that hold NaN or
        infinity instead; None: there is no such state.
    """
    states = kept.states.get(key)
    values = None if states is None else states.states.get(signal)
    if states is None or values is None:
        return None
    real = kept.real_steps(key) & states.valid
    units = values.reshape(*values.shape[:2], -1)
    finite = np.stack([np.isfinite(sequence).all(axis=1) for sequence in units]) if len(units) else real
    return units, real & finite, real & ~finite


def scale_of(steps: Floats) -> float:
    """What states are divided by, so that their squares are numbers: 1 but where they explode."""
    largest = float(np.abs(steps).max(initial=0.0))
    return largest if largest > LARGE else 1.0


def _too_few(steps: int, odd: int) -> str:
    if not odd:
        return "A path needs at least two steps that are no padding."
    return f"There is no path: {odd} of {odd + steps} steps that are no padding hold NaN or infinity."


def _evenly(units: Floats, places: NDArray[np.intp], most: int) -> Floats:
    """(steps, units) at even distances among places, (steps, 2): sequence and step."""
    chosen = places[:: -(-len(places) // most)] if len(places) > most else places
    return units[chosen[:, 0], chosen[:, 1]]


def _colour(kept: KeptRun, colour: tuple[str, int] | None, real: Flags) -> Array | None:
    """(B, T) a feature of an Input where it has as many steps as the states, NaN at padding."""
    fed: Fed | None = None if colour is None else kept.fed.get(colour[0])
    if colour is None or fed is None or fed.values.shape[1:2] != real.shape[1:]:
        return None
    values = array_of(fed.values)[: len(real)].reshape(*real.shape, -1)
    if colour[1] >= values.shape[2]:
        return None
    return np.where(real, values[..., colour[1]].astype(np.float32), np.float32(np.nan))
