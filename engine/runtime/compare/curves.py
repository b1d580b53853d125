"""What can be said of the states of any layer, step by step, over all sequences: medians and bands."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from engine.graph.values import PortRef
from engine.protocol.comparison import Measure
from engine.protocol.messages import Flags
from engine.runtime.activations import saturated as saturated_of
from engine.runtime.arrays import array_of
from engine.runtime.devices import choose_device
from engine.runtime.environment import tensorflow
from engine.runtime.influence import Differentiator
from engine.runtime.kept import KeptRun
from engine.runtime.port_values import steps_of
from engine.runtime.trace import KeptStates

Floats: TypeAlias = NDArray[np.floating]
MOST_SEQUENCES = 256
"""Of so many sequences at most the medians are taken: the first of the batch."""
SIGMOID_GATES = ("gate_i", "gate_f", "gate_o", "gate_z", "gate_r")
BAND = (10, 50, 90)


class OddGradientError(Exception):
    """The gradient is NaN or infinite in every sequence that has a real step."""


def has_sigmoid_gates(states: KeptStates) -> bool:
    """There are gates that can be closed or open."""
    return any(name in SIGMOID_GATES for name in states.gates([0] if len(states.valid) else []))


def read_steps(kept: KeptRun, key: str) -> Flags:
    """(B, T) the steps that are real and read, of the sequences that count."""
    return (kept.real_steps(key) & kept.states[key].valid)[:MOST_SEQUENCES]


def curves_of(kept: KeptRun, key: str, *, gates: bool) -> dict[Measure, Floats]:
    """Norm of h, mean |Δh| and the saturated share by real step, (3, steps) each.

    Args:
        gates: saturation is that of the sigmoid gates; else of h.
    """
    states = kept.states[key]
    real = read_steps(kept, key)
    rows = slice(0, len(real))
    h = _flat(states.states[states.main][rows])
    start = _flat(states.initial[states.main][rows][:, None])
    flip = slice(None, None, -1) if states.layer.go_backwards else slice(None)
    h, real = h[:, flip], real[:, flip]
    with np.errstate(invalid="ignore", over="ignore"):  # what holds no numbers is left out below
        change = np.abs(h - np.concatenate([start, h[:, :-1]], axis=1)).mean(axis=2, dtype=np.float64)
        norm = np.sqrt(np.einsum("btu,btu->bt", h, h, dtype=np.float64))
    if gates:
        found = [cast("Floats", gate) for name, gate in states.gates(rows).items() if name in SIGMOID_GATES]
        shares = [saturated_of(gate, 0.0, 1.0).reshape(*gate.shape[:2], -1).mean(axis=2) for gate in found]
        saturated = np.mean(shares, axis=0)[:, flip]
    else:
        saturated = saturated_of(h, -1.0, 1.0).mean(axis=2)
    saturated = np.where(np.isfinite(norm), saturated, np.nan)
    return {
        "norm": band_of(aligned(norm, real)),
        "change": band_of(aligned(change, real)),
        "saturated": band_of(aligned(saturated, real)),
    }


def states_of_sequence(kept: KeptRun, key: str, sequence: int) -> Floats:
    """(steps, units) the hidden state at the real steps of one sequence, in the order of the input."""
    states = kept.states[key]
    real = (kept.real_steps(key) & states.valid)[sequence]
    return _flat(states.states[states.main][sequence : sequence + 1])[0][real]


def _flat(values: Floats) -> Floats:
    return values.reshape(*values.shape[:2], -1)


def aligned(values: Floats, real: Flags) -> Floats:
    """(B, steps) the values at real steps moved to the left, NaN behind them and for infinity: neither is counted."""
    counts = real.sum(axis=1)
    moved = np.full((len(values), max(int(counts.max(initial=0)), 1)), np.nan)
    moved[np.arange(moved.shape[1]) < counts[:, None]] = np.where(np.isfinite(values), values, np.nan)[real]
    return moved


def odd_sequences(kept: KeptRun, key: str) -> int:
    """How many sequences hold NaN or infinity in a state at a real step."""
    states, real = kept.states[key], read_steps(kept, key)
    h = _flat(states.states[states.main][: len(real)])
    return int((~np.isfinite(h).all(axis=2) & real).any(axis=1).sum())


def band_of(values: Floats) -> Floats:
    """(3, steps) the 10th, 50th and 90th percentile over the sequences that have a number there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a step without any number stays without one
        return np.nanpercentile(values, BAND, axis=0).astype(np.float32)


# --- how far back -------------------------------------------------------------------------------------------------


def chosen_units(kept: KeptRun, port: PortRef) -> tuple[list[int | None], NDArray[np.intp]]:
    """For each sequence the last real step of a port (None: it has no time axis) and its strongest unit there."""
    tensor = kept.seen.values[port]
    steps: list[int | None] = []
    units: list[int] = []
    for sequence in range(min(int(tensor.shape[0]), MOST_SEQUENCES)):
        valid, real = steps_of(kept.document, kept.seen, kept.fed, port, sequence)
        values = np.abs(np.nan_to_num(cast("Floats", array_of(tensor[sequence]))))
        step = None
        if valid is not None and real is not None:
            known = np.flatnonzero(valid & real)
            step = int(known[-1]) if len(known) else len(real) - 1
            values = values[step]
        steps.append(step)
        units.append(int(np.argmax(values.ravel())) if values.size else 0)
    return steps, np.asarray(units, np.intp)


def gradient_shares(
    kept: KeptRun, key: str, port: PortRef, units: NDArray[np.intp], differentiator: Differentiator
) -> Floats:
    """(B, steps) by steps back from the last real one: the norm of d output / d h, as a share of each sequence's largest.

    One backward pass for all sequences: the sum of one number of each, its unit at its last real step.

    Raises:
        OddGradientError: no sequence has a gradient of numbers.
        Exception: whatever Keras or TensorFlow raises.
    """
    states = kept.states[key]
    places = _places(kept, port, units)
    feeds: dict[str, Any] = {block: fed.values for block, fed in kept.fed.items()}
    fixed = any(tensor.shape[0] is not None for tensor in kept.model.assembled.model.inputs)
    if not fixed and not kept.model.training:  # what dropout drops depends on the whole batch
        feeds = {block: values[: len(places)] for block, values in feeds.items()}
    with tensorflow.device(choose_device(kept.result.device).tensorflow_name):
        found = differentiator.gradients_of_sum(kept.model, feeds, port, places)
    by_state = np.asarray(found.states[key, states.main], np.float64)[: len(places)]
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(_flat(by_state), axis=2)
    real = read_steps(kept, key)
    back = slice(None) if states.layer.go_backwards else slice(None, None, -1)
    odd = (~np.isfinite(norms) & real).any(axis=1)
    if odd.any() and odd[real.any(axis=1)].all():
        raise OddGradientError
    norms[odd] = np.nan  # a share of infinity is none
    steps_back = aligned(norms[:, back], real[:, back])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a sequence without a step, or without any gradient
        largest = np.nanmax(steps_back, axis=1, keepdims=True)
        return steps_back / np.where(largest > 0, largest, np.nan)


def _places(kept: KeptRun, port: PortRef, units: Sequence[int] | NDArray[np.intp]) -> list[tuple[int, ...]]:
    """Where the number of each sequence stands in the tensor at a port."""
    steps, _ = chosen_units(kept, port)
    timed = bool(steps) and steps[0] is not None
    features = kept.seen.values[port].shape[2 if timed else 1 :]
    places: list[tuple[int, ...]] = []
    for row, (step, unit) in enumerate(zip(steps, units, strict=True)):
        index = (int(part) for part in np.unravel_index(int(unit), tuple(features)))
        places.append((row, *(() if step is None else (step,)), *index))
    return places


def reach_of(band: Floats, share: float) -> int | None:
    """The last step back at which the median is still a share; None: nothing is known of any step.

    >>> reach_of(np.array([[0.1, 0.1], [1.0, 0.05], [1.0, 1.0]]), 0.1)
    0
    """
    heard = np.flatnonzero(np.nan_to_num(band[1]) >= share)
    return int(heard[-1]) if len(heard) else None
