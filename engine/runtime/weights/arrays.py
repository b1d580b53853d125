"""The arrays of an HDF5 file, walked by hand: nothing outside the file is opened, nothing declared is believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from engine.protocol.messages import Array

DEEPEST, MOST_OBJECTS = 32, 100_000
SMALL_BYTES, MOST_TIMES_STORED = 1024**2, 20
"""A declared size that is neither small nor in proportion to what is stored is a trap."""
LARGEST_BYTES = 2 * 1024**3
NAME = "name"


class UnsafeFileError(ValueError):
    """The file is not what a weights file is; the text says why, to stand after the file's name."""


def datasets(root: Any) -> Iterator[tuple[str, Any]]:
    """Path and dataset of every array, each checked, in the file's order.

    Args:
        root: an open `h5py.File`.

    Raises:
        UnsafeFileError: a link leads out of the file or in a circle, an array is no array of numbers, or too large.
    """
    waiting, seen, total = [("", root, 0)], {root.id}, 0  # ids are equal where they name one thing of the file
    while waiting:
        path, group, depth = waiting.pop()
        if depth > DEEPEST:
            raise UnsafeFileError(f"is nested deeper than {DEEPEST} groups")
        for name in group:
            where = f"{path}/{name}".lstrip("/")
            found = _hard_linked(group, name, where)
            if found.id in seen:
                raise UnsafeFileError(f"holds one thing under two names ({where})")
            seen.add(found.id)
            if len(seen) > MOST_OBJECTS:
                raise UnsafeFileError(f"holds more than {MOST_OBJECTS} groups and arrays")
            if isinstance(found, h5py.Group):
                waiting.append((where, found, depth + 1))
            elif isinstance(found, h5py.Dataset):
                total += _declared(found, where)
                if total > LARGEST_BYTES:
                    raise UnsafeFileError(f"holds more than {LARGEST_BYTES >> 30} GiB of weights")
                yield where, found


def _hard_linked(group: Any, name: str, where: str) -> Any:
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise UnsafeFileError(f"has a link to somewhere else ({where})")
    return group[name]


def _declared(dataset: Any, where: str) -> int:
    """Bytes that an array says it has."""
    if dataset.external or dataset.is_virtual:
        raise UnsafeFileError(f"keeps {where} in another file")
    if dataset.shape is None or not (dataset.dtype.kind in "biuf" or _is_bfloat16(dataset)):
        raise UnsafeFileError(f"holds something that is no array of numbers ({where})")
    declared = dataset.size * dataset.dtype.itemsize
    if declared > max(SMALL_BYTES, MOST_TIMES_STORED * dataset.id.get_storage_size()):
        raise UnsafeFileError(f"declares {declared / 2**20:,.0f} MiB for {where} and does not hold them")
    return declared


def _is_bfloat16(dataset: Any) -> bool:
    """As Keras writes it: two bytes that HDF5 has no type for."""
    return dataset.dtype.kind == "V" and dataset.dtype.itemsize == 2 and text_of(dataset, "dtype") == "bfloat16"


def text_of(found: Any, attribute: str) -> str:
    """A text attribute of a group or array; empty: it has none."""
    try:
        value = found.attrs.get(attribute)
    except (OSError, TypeError, ValueError):
        return ""
    return value if isinstance(value, str) else ""


def values_of(dataset: Any) -> Array:
    """The values of a checked array; bfloat16 as float32, which holds it whole."""
    if not _is_bfloat16(dataset):
        return np.asarray(dataset[()])
    halves = np.asarray(dataset[()]).view(np.uint16).astype(np.uint32)
    return (halves << 16).view(np.float32)
