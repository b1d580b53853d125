"""The numbers behind a plot, with the names of their axes, as `.npz` or CSV; written a little at a time."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.document.file import replacing
from engine.protocol.messages import Array

AXES = ".axes"
ROWS_A_STEP = 500
"""So many lines of CSV take a few milliseconds."""


@dataclass(frozen=True)
class Named:
    """One array of a plot.

    Attributes:
        name: what it is: `h`, `gate_i`, `valid`.
        axes: what each of its axes counts: `step`, `unit`.
    """

    name: str
    axes: tuple[str, ...]
    values: Array


def writing(path: Path, arrays: Sequence[Named]) -> Iterator[None]:
    """Writes arrays to a file, by its suffix, in steps; the file is there when the last is done, whole.

    Raises:
        OSError: as the system says.
    """
    with replacing(path) as file:
        yield from (_csv if path.suffix.lower() == ".csv" else _npz)(file, arrays)


def _npz(file: BinaryIO, arrays: Sequence[Named]) -> Iterator[None]:
    """Each array under its name, and beside it the names of its axes (`NAME.axes`)."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in arrays:
            for name, values in ((one.name, one.values), (f"{one.name}{AXES}", np.array(one.axes, np.str_))):
                with archive.open(f"{name.replace('/', '_')}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asanyarray(values), allow_pickle=False)
            yield


def _csv(file: BinaryIO, arrays: Sequence[Named]) -> Iterator[None]:
    """A line for each place: its axes, then what every array has there; arrays with other axes follow below."""
    axes = list(dict.fromkeys(axis for one in arrays for axis in one.axes))
    names = [one.name for one in arrays]
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow([*axes, *names])
    for group in _groups(arrays):
        shape, own = group[0].values.shape, group[0].axes
        filled = {one.name: one.values.reshape(-1) for one in group}
        places = np.ndindex(*shape)
        for start in range(0, int(np.prod(shape)), ROWS_A_STEP):
            block = {name: values[start : start + ROWS_A_STEP].tolist() for name, values in filled.items()}
            count = len(next(iter(block.values())))
            for at in range(count):
                place = dict(zip(own, next(places), strict=True))
                known = [block[name][at] if name in block else "" for name in names]
                rows.writerow([*(place.get(axis, "") for axis in axes), *known])
            yield
    text.detach()


def _groups(arrays: Sequence[Named]) -> list[list[Named]]:
    """Arrays that share their axes and sizes stand in the same lines."""
    groups: dict[object, list[Named]] = {}
    for one in arrays:
        groups.setdefault((one.axes, one.values.shape), []).append(one)
    return list(groups.values())


def flags(name: str, values: Array | None, axis: str = "step") -> list[Named]:
    """Which steps are so, where that is known."""
    return [] if values is None else [Named(name, (axis,), values)]
