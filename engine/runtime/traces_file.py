"""The `.npz` of `run --traces`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.protocol.messages import Array
from engine.protocol.work import Work
from engine.runtime.arrays import array_of, write_npz
from engine.runtime.kept import KeptRun

INITIAL = "initial_"
BESIDE_PORTS = "/cell"


def write_traces(path: Path, kept: KeptRun, work: Work) -> None:
    """Writes `BLOCK/PORT`, `BLOCK/PORT.mask`, `BLOCK/h`, `BLOCK/forward/0/gate_i`, `BLOCK/initial_h`, … in one step.

    States and gates are (batch, time, units), what a cell started from (batch, units). A port keeps its name: where
    it is that of a state (a custom cell with return_state), the states stand under `BLOCK/cell`.

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
    ports = {str(port) for port in kept.seen.values}
    for key, states in kept.states.items():
        work.check()
        folder = f"{key}{BESIDE_PORTS}" if any(f"{key}/{name}" in ports for name in states.states) else key
        for name, values in {**states.states, **states.gates(slice(None))}.items():
            yield f"{folder}/{name}", array_of(values)
        for name, start in states.initial.items():
            yield f"{folder}/{INITIAL}{name}", array_of(start)
