"""What one number of a kept run depends on: by its gradient, and by removing one step of the input at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.document.sample import Padding, read_sample
from engine.graph.values import PortRef
from engine.protocol.messages import Array, Flags
from engine.protocol.readings import Influence, Occlusion, Place
from engine.protocol.work import Work
from engine.runtime.arrays import array_of
from engine.runtime.devices import choose_device
from engine.runtime.environment import tensorflow
from engine.runtime.forward import forward
from engine.runtime.influence import Differentiator, Gradients
from engine.runtime.kept import KeptRun
from engine.runtime.port_values import NOT_KEPT, NOT_REACHED, steps_of
from engine.runtime.run_failure import run_failure

TOLERANCE = 1e-4
IN_TRAINING = "In training mode each pass drops other values, so a step less says nothing: run the model in inference."
MOST_ROWS = 64
"""So many sequences with a step removed are run at once."""


@dataclass(frozen=True)
class Filled:
    """What is put in for a step that goes, and where."""

    padding: Padding
    value: float


class NoNumberError(Exception):
    """Why there is nothing to look back from, in a sentence."""


def influence_of(kept: KeptRun, place: Place, differentiator: Differentiator) -> Influence:
    """The gradient of one number, or a sentence that says why there is none."""
    empty = Influence(kept.result.number, place)
    try:
        known, values = _settled(kept, place)
    except NoNumberError as why:
        return replace(empty, missing=str(why))
    features = values.shape[1:] if known.step is not None else values.shape
    index = np.unravel_index(known.unit or 0, features)
    where = (*(() if known.step is None else (known.step,)), *(int(part) for part in index))
    try:
        with tensorflow.device(choose_device(kept.result.device).tensorflow_name):
            found = _gradients(kept, known, where, float(values[where]), differentiator)
    except Exception as error:  # whatever Keras or TensorFlow raises is an answer
        return replace(
            empty, missing=f"The gradient cannot be computed: {run_failure(kept.document, '', error).detail}"
        )
    states = {f"{key}/{name}": _norms(values) for (key, name), values in found.states.items()}
    inputs = {block: _norms(values) for block, values in found.inputs.items() if values.ndim > 1}
    return Influence(
        run=kept.result.number,
        place=known,
        output=found.output,
        units=int(np.prod(features)),
        states=states,
        inputs=inputs,
        real=_real_steps(kept, known.sequence, states, inputs),
    )


def _gradients(
    kept: KeptRun, place: Place, where: tuple[int, ...], output: float, differentiator: Differentiator
) -> Gradients:
    """Of the sequence alone; of the whole batch where the model mixes its sequences, its batch is fixed, or it is run as in
    training, where what dropout drops depends on the whole batch."""
    feeds = {block: fed.values for block, fed in kept.fed.items()}
    alone = {block: values[place.sequence : place.sequence + 1] for block, values in feeds.items()}

    def of_all() -> Gradients:
        return differentiator.gradients(kept.model, feeds, place.port, where, place.sequence)

    if kept.model.training:
        found = of_all()
        if not np.isclose(found.output, output, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True):
            raise ValueError("another pass in training mode draws other random numbers; run it in inference.")
        return found
    try:
        found = differentiator.gradients(kept.model, alone, place.port, where, 0)
    except Exception:  # a fixed batch refuses one sequence; what refuses all of them too is told
        return of_all()
    alike = np.isclose(found.output, output, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
    return found if alike else of_all()


def _settled(kept: KeptRun, place: Place) -> tuple[Place, NDArray[np.floating]]:
    """The place with step and unit chosen, and the values of the sequence at the port.

    Raises:
        NoNumberError: there is no such number.
    """
    tensor = kept.seen.values.get(place.port)
    if tensor is None:
        raise NoNumberError(NOT_KEPT if place.port in kept.result.ports else NOT_REACHED)
    if len(tensor.shape) == 0 or not 0 <= place.sequence < int(tensor.shape[0]):
        raise NoNumberError(f"The tensor {tuple(tensor.shape)} has no sequence {place.sequence}.")
    if not tensor.dtype.is_floating:
        raise NoNumberError(f"Values of type {tensor.dtype.name} have no gradient: choose an output of real numbers.")
    values = cast("NDArray[np.floating]", array_of(tensor[place.sequence]))
    valid, real = steps_of(kept.document, kept.seen, kept.fed, place.port, place.sequence)
    step, at_step = None, values
    if valid is not None and real is not None:
        step = _step(place, valid & real)
        at_step = values[step]
    unit = place.unit if place.unit is not None else int(np.argmax(np.abs(np.nan_to_num(at_step.ravel()))))
    if not 0 <= unit < max(at_step.size, 1):
        raise NoNumberError(f"There are {at_step.size} units here, counted from 0: there is no unit {unit}.")
    return replace(place, step=step, unit=unit), values


def _step(place: Place, real: Flags) -> int:
    """The step that is wanted, else the last one that is no padding.

    Raises:
        NoNumberError: every step is padding.
    """
    if place.step is not None and 0 <= place.step < len(real):
        return place.step
    steps = np.flatnonzero(real)
    if not len(steps):
        raise NoNumberError(f"Sequence {place.sequence} has no real step here, so there is no last one: choose a step.")
    return int(steps[-1])


def _norms(values: Array) -> Array:
    """(T,) over everything but time."""
    return np.linalg.norm(np.asarray(values, np.float64).reshape(len(values), -1), axis=1).astype(np.float32)


def _real_steps(
    kept: KeptRun, sequence: int, states: Mapping[str, Array], inputs: Mapping[str, Array]
) -> dict[str, Flags]:
    real: dict[str, Flags] = {}
    for key, norms in states.items():
        owner = key.rpartition("/")[0]
        cell = kept.states.get(owner)
        if cell is not None and cell.valid.shape[1] == len(norms):
            real[key] = (cell.valid & kept.real_steps(owner))[sequence]
    for block in inputs:
        valid = kept.fed[block].valid
        if valid is not None:
            real[block] = valid[sequence]
    return real


# --- one step less -----------------------------------------------------------------------------------------------


def occlusion_of(kept: KeptRun, place: Place, block: str, work: Work) -> Occlusion:
    """The number without each step of an Input, one at a time, or a sentence that says why it cannot be told.

    Raises:
        Cancelled: a stop was asked for.
    """
    empty = Occlusion(kept.result.number, place, block)
    fed = kept.fed.get(block)
    if fed is None or fed.valid is None:
        return replace(empty, missing="Steps are removed from an Input with a time axis: this one has none.")
    try:
        known, values = _settled(kept, place)
    except NoNumberError as why:
        return replace(empty, missing=str(why))
    valid = fed.valid[place.sequence]
    if kept.model.training:
        return replace(empty, missing=IN_TRAINING)
    if not valid.any():
        return replace(empty, missing="This sequence has no real step: there is none to remove.")
    steps = [int(step) for step in np.flatnonzero(valid) if step != known.step]
    if len(valid) == 1 or not steps:
        return replace(empty, missing="This sequence has a single step: without it nothing is left.")
    without = np.full(len(valid), np.nan, np.float32)
    for first in range(0, len(steps), MOST_ROWS):
        work.progress(first / len(steps), f"step {steps[first]}")
        chosen = steps[first : first + MOST_ROWS]
        found = _without(kept, known, block, chosen, work)
        if isinstance(found, str):
            return replace(empty, missing=found)
        without[chosen] = found
    at_step = values if known.step is None else values[known.step]
    return Occlusion(kept.result.number, known, block, float(at_step.ravel()[known.unit or 0]), without)


def _without(kept: KeptRun, place: Place, block: str, steps: list[int], work: Work) -> list[float] | str:
    """The number without each of these steps: of the Input alone, or of all that have as many steps."""
    length = kept.fed[block].values.shape[1]
    alike = [other for other, fed in kept.fed.items() if fed.valid is not None and fed.values.shape[1] == length]
    refused, filled = "", {other: _filled(kept, other) for other in alike}
    for shortened in dict.fromkeys(((block,), tuple(alike))):
        feeds = {
            other: _shortened(kept, other, place.sequence, steps, filled[other])
            if other in shortened
            else np.repeat(fed.values[place.sequence : place.sequence + 1], len(steps), axis=0)
            for other, fed in kept.fed.items()
        }
        with tensorflow.device(choose_device(kept.result.device).tensorflow_name):
            seen = forward(kept.model, feeds, Work(cancelled=work.cancelled))
        if seen.error is None:
            tensor = seen.values[place.port]
            length = kept.seen.values[place.port].shape[1] if place.step is not None else 0
            return [_number(tensor[row], place, length, step, filled[block]) for row, step in enumerate(steps)]
        refused = refused or run_failure(kept.document, seen.failed, seen.error).detail
    return f"The model does not run without a step: {refused}"


def _number(row: Any, place: Place, length: int, removed: int, filled: Filled | None) -> float:
    """The number that stands at the place in a sequence without a step; `length` steps stood at the port with it."""
    values = np.asarray(array_of(row))
    at_step = values if place.step is None else values[_moved(place.step, removed, length, len(values), filled)]
    return float(at_step.ravel()[place.unit or 0])


def _shortened(kept: KeptRun, block: str, sequence: int, steps: list[int], filled: Filled | None) -> Array:
    """(len(steps), T - 1, …) the sequence without each of these steps; of a fixed length: with a padded step instead."""
    values = kept.fed[block].values[sequence]
    rows = np.stack([np.delete(values, step, axis=0) for step in steps])
    if filled is None:
        return rows
    padding = np.full_like(rows[:, :1], filled.value)
    return np.concatenate([padding, rows] if filled.padding == "pre" else [rows, padding], axis=1)


def _filled(kept: KeptRun, block: str) -> Filled | None:
    """None: the Input takes any length."""
    shape = kept.model.assembled.tensors[PortRef(block, "output")].shape
    if shape[1] is None:
        return None
    entry = read_sample(kept.document).inputs[block]
    return Filled(entry.padding, entry.pad_value)


def _moved(step: int, removed: int, length: int, left: int, filled: Filled | None) -> int:
    """Where a step stands after another was removed; of `length` steps at the port so many are left."""
    missing = 1 if filled is not None else length - left
    if filled is not None and filled.padding == "pre":
        step += missing if removed > step else 0
    else:
        step -= missing if removed < step else 0
    return min(max(step, 0), left - 1)
