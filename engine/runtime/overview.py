"""What a long sequence of many units looks like in few numbers: the strongest value of each group, nothing averaged away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.protocol.readings import Overview
from engine.protocol.traced import Stretch
from engine.runtime.gates import Floats
from engine.runtime.kept import NO_STATES, KeptRun
from engine.runtime.parts import parts, strongest_along, valid_numbers
from engine.runtime.trace import KeptStates

MOST_NUMBERS = 2**20
"""So many numbers cross to the window, 4 MiB: more than a heat map has pixels."""


def overview_of(kept: KeptRun, key: str, signal: str, sequence: int, stretch: Stretch) -> Overview:
    """A state or gate of one sequence over a stretch of steps; where that is much, several steps in one column."""
    empty, states = Overview(kept.result.number, key, signal, sequence), kept.states.get(key)
    known = states is not None and signal in (one.name for one in kept.result.traced[key].signals)
    if states is None or not known or not 0 <= sequence < len(states.valid):
        return replace(empty, missing=NO_STATES)
    steps, count = stretch.of(states.valid.shape[1]), kept.result.traced[key].signal(signal).count
    share = -(-(steps.stop - steps.start) // max(1, MOST_NUMBERS // count))
    columns = [
        strongest_along(valid_values(states, signal, sequence, part), 0, share) for part in parts(steps, count, share)
    ]
    return replace(empty, first=steps.start, share=share, values=np.concatenate(columns))


def valid_values(states: KeptStates, signal: str, sequence: int, steps: slice) -> Floats:
    """(T', units) float32, NaN at steps that are not valid, infinite where a valid one holds no number."""
    state = states.states.get(signal)
    values = states.gates([sequence], steps)[signal][0] if state is None else state[sequence, steps]
    return valid_numbers(np.asarray(values, np.float32).reshape(len(values), -1), states.valid[sequence, steps, None])
