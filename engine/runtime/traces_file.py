"""The `.npz` of `run --traces`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.protocol.messages import Array
from engine.protocol.work import Work
from engine.runtime.arrays import array_of, write_npz
from engine.runtime.kept import KeptRun


def write_traces(path: Path, kept: KeptRun, work: Work) -> None:
    """Writes `BLOCK/PORT`, `BLOCK/PORT.mask`, `BLOCK/h`, `BLOCK/gate_i`, … (batch, time, units) in one step.

    Raises:
        OSError: the file cannot be written.
        Cancelled: a stop was asked for.
    """
    write_npz(path, _arrays(kept, work))


def _arrays(kept: KeptRun, work: Work) -> Iterator[tuple[str, Array]]:
    for port, value in kept.seen.values.items():
        work.check()
        yield str(port), array_of(value)
        if port in kept.seen.masks:
            yield f"{port}.mask", array_of(kept.seen.masks[port])
    for key, states in kept.states.items():
        work.check()
        for name, values in {**states.states, **states.gates(slice(None))}.items():
            yield f"{key}/{name}", array_of(values)
