"""How one unit of a recurrent cell came by its state at one step of a kept run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from engine.protocol.terms import CellTerms, GateTerms
from engine.runtime.cells import GATES, is_known, kind_of
from engine.runtime.gates import Floats, Summed, summed_of
from engine.runtime.kept import NO_STATES, KeptRun
from engine.runtime.trace import KeptStates, behind


def terms_of(kept: KeptRun, key: str, sequence: int, step: int, unit: int) -> CellTerms:
    """Every term that made the state of a unit, or a sentence that says why there are none.

    Args:
        unit: of all unit axes in one.
    """
    empty, states = CellTerms(kept.result.number, key, sequence, step, unit), kept.states.get(key)
    if states is None or not _is_there(states, sequence, step, unit):
        return replace(empty, missing=NO_STATES)
    cell = states.cell
    if not is_known(cell):
        return replace(
            empty, missing=f"{kind_of(cell)} is a cell of its own: what it computes is known to its code alone."
        )
    entered = states.entered(sequence, step)
    found = replace(
        empty,
        kind=kind_of(cell),
        before={name: _at(value, unit) for name, value in entered.items()},
        after={name: _at(values[sequence, step], unit) for name, values in states.states.items()},
        activation=_name(cell.activation),
        reset_after=bool(getattr(cell, "reset_after", True)),
    )
    names = GATES.get(type(cell), (states.main,))
    summed = summed_of(
        cell,
        states.inputs[sequence : sequence + 1, step : step + 1],
        entered[states.main][None, None],
        states.dropout_of([sequence]),
    )
    shape = entered[states.main].shape
    gates = tuple(_gate(name, one, shape, unit) for name, one in zip(names, summed, strict=True))
    return replace(found, gates=gates, held=_is_held(states, sequence, step, unit))


def _is_there(states: KeptStates, sequence: int, step: int, unit: int) -> bool:
    h = states.states[states.main]
    return 0 <= sequence < h.shape[0] and 0 <= step < h.shape[1] and 0 <= unit < h[0, 0].size


def _is_held(states: KeptStates, sequence: int, step: int, unit: int) -> bool:
    """The step is masked, at the unit's own place where places have masks of their own."""
    if states.mask is None:
        return False
    h = states.states[states.main][sequence, step]
    valid = np.broadcast_to(behind(np.asarray(states.mask[sequence, step]), h), h.shape)
    return not valid.reshape(-1)[unit]


def _gate(name: str, summed: Summed, shape: tuple[int, ...], unit: int) -> GateTerms:
    def of(values: Floats | None) -> float | None:
        return None if values is None else _at(np.broadcast_to(values, (1, 1, *shape)), unit)

    return GateTerms(
        name=name,
        inputs=_at(summed.inputs, unit),
        state=_at(summed.state, unit),
        bias=of(summed.bias),
        state_bias=of(summed.state_bias),
        before=_at(summed.before, unit),
        value=_at(summed.value, unit),
        activation=_name(summed.function),
    )


def _at(values: Floats, unit: int) -> float:
    return float(values.reshape(-1)[unit])


def _name(activation: Any) -> str:
    return str(getattr(activation, "__name__", type(activation).__name__))
