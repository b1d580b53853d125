"""The `.npz` of `run --traces`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.protocol.work import Work
from engine.runtime.arrays import write_npz

if TYPE_CHECKING:
    from engine.protocol.messages import Array
    from engine.runtime.execute import KeptRun


def write_traces(path: Path, kept: KeptRun, work: Work) -> None:
    """Writes `BLOCK/PORT`, `BLOCK/PORT.mask`, `BLOCK/h`, `BLOCK/gate_i`, … (batch, time, units) in one step.

    Raises:
        OSError: the file cannot be written.
        Cancelled: a stop was asked for.
    """
    arrays: dict[str, Array] = {}
    for port, value in kept.seen.values.items():
        arrays[str(port)] = np.asarray(value)
        if port in kept.seen.masks:
            arrays[f"{port}.mask"] = np.asarray(kept.seen.masks[port])
    for key, states in kept.states.items():
        work.check()
        arrays |= {f"{key}/{name}": values for name, values in states.states.items()}
        arrays |= {f"{key}/{name}": values for name, values in states.gates(slice(None)).items()}
    write_npz(path, arrays)
