"""Where an activation is bounded, found by asking it, and which values are near its bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.plan.values import Call, Operate, Plan
from engine.protocol.messages import Array, Flags
from engine.protocol.port_facts import NEAR
from engine.runtime.environment import keras

FAR = (-1e6, -1e3, 1e3, 1e6)
"""Where an activation is asked; it has a bound on a side where both numbers give the same, but for `STILL`."""
STILL = 0.01
ACTIVATIONS = "keras.src.layers.activations"
OPERATIONS = "keras.ops."
KEEP_BOUNDS = (None, "concat", "ave")
"""How a Bidirectional may merge what two layers gave, and it stays within their bounds."""


@dataclass(frozen=True)
class Bounds:
    """What an activation gives far below and far above 0, infinite where it has no bound."""

    low: float
    high: float

    @property
    def both(self) -> bool:
        """It has a bound on either side."""
        return isfinite(self.low) and isfinite(self.high)


def saturated(values: Array, low: float, high: float) -> Flags:
    """Which values are near a bound; one is bounded on both sides.

    >>> saturated(np.array([-0.96, 0.0, 0.951]), -1, 1).tolist()
    [True, False, True]
    """
    numbers: NDArray[Any] = values
    return (numbers < low + NEAR) | (numbers > high - NEAR)


def bounds_of(activation: Callable[[Any], Any]) -> Bounds | None:
    """The bounds of an activation of single numbers; None: it has none, or it takes several numbers together."""
    if isinstance(activation, keras.layers.Layer):  # kept, it would keep the whole model that it stands in
        return _asked_bounds(activation)
    return _bounds_of_function(activation)


@lru_cache(maxsize=256)
def _bounds_of_function(function: Callable[[Any], Any]) -> Bounds | None:
    return _asked_bounds(function)


def _asked_bounds(activation: Callable[[Any], Any]) -> Bounds | None:
    try:
        found = _asked(activation, FAR)
        alone = np.concatenate([_asked(activation, (number,)) for number in FAR])
    except Exception:  # whatever Keras or a custom function raises: it cannot be asked
        return None
    if found.shape != alone.shape or not np.allclose(found, alone, equal_nan=True):
        return None
    with np.errstate(invalid="ignore"):
        low = float(found[0]) if abs(found[0] - found[1]) < STILL else -inf
        high = float(found[3]) if abs(found[3] - found[2]) < STILL else inf
    return Bounds(low, high) if low < high and (isfinite(low) or isfinite(high)) else None


def _asked(activation: Callable[[Any], Any], numbers: tuple[float, ...]) -> NDArray[np.float64]:
    """What it gives for a row of numbers."""
    given = keras.ops.convert_to_tensor([numbers], "float32")
    return np.asarray(keras.ops.cast(activation(given), "float32"), np.float64)[0]


def activations_of(plan: Plan, layers: dict[str, Any]) -> dict[str, Callable[[str], Bounds | None]]:
    """By block: the bounds of the activation that made what leaves an output port."""
    found: dict[str, Callable[[str], Bounds | None]] = {}
    for step in plan.steps:
        if isinstance(step, Call) and step.layer in layers:
            found[step.block] = lambda port, layer=layers[step.layer]: bounds_of_layer(layer, port)
        elif isinstance(step, Operate) and len(step.operands) == 1 and not step.arguments:
            function = getattr(keras.activations, step.type.removeprefix(OPERATIONS), None)
            if callable(function):
                found[step.block] = lambda _, function=function: bounds_of(function)
    return found


def bounds_of_layer(layer: Any, port: str) -> Bounds | None:
    """The bounds of what leaves a layer at a port."""
    if isinstance(layer, keras.layers.TimeDistributed):
        return bounds_of_layer(layer.layer, port)
    if isinstance(layer, keras.layers.Bidirectional):
        return bounds_of_layer(layer.forward_layer, port) if layer.merge_mode in KEEP_BOUNDS else None
    if isinstance(layer, keras.layers.RNN):
        return _of_cell(layer.cell, port)
    if type(layer).__module__.startswith(ACTIVATIONS) and not layer.weights:
        return bounds_of(layer)
    activation = getattr(layer, "activation", None)
    return bounds_of(activation) if callable(activation) else None


def _of_cell(cell: Any, port: str) -> Bounds | None:
    """Of the hidden state: an activation times gates from 0 to 1, or mixed by them; c has no bound."""
    if isinstance(cell, keras.layers.StackedRNNCells):
        return _of_cell(cell.cells[-1], port) if port == "output" else None
    activation = getattr(cell, "activation", None)
    if port.endswith("_c") or not callable(activation):
        return None
    gate, bounds = getattr(cell, "recurrent_activation", None), bounds_of(activation)
    gates = bounds_of(gate) if callable(gate) else Bounds(0.0, 1.0)
    if bounds is None or gates is None or not 0 <= gates.low <= gates.high <= 1:
        return None
    return Bounds(min(bounds.low, 0.0), max(bounds.high, 0.0)) if callable(gate) else bounds
