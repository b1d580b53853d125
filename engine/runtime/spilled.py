"""Arrays too large for the memory, in files without a name: gone with whoever holds them, however the process ends."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
import tempfile

import numpy as np

from engine.protocol.messages import Array
from engine.setup.places import cache_folder

LEFT_FREE = 2
"""An array is put on a disk that has this many times its size free."""


def spilled(array: Array) -> Array:
    """The same numbers, read from a memory-mapped file as far as they are looked at.

    Args:
        array: of one axis or more; written row by row, since what is a view may not lie in one piece.

    Raises:
        OSError: the disk has too little room.
    """
    if not array.nbytes:
        return array
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < LEFT_FREE * array.nbytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with tempfile.TemporaryFile(dir=folder) as file:
        for row in array:
            np.ascontiguousarray(row).tofile(file)
        file.flush()
        return np.memmap(file, array.dtype, "r", shape=array.shape)


def is_spilled(array: Array) -> bool:
    """It is on the disk, not in memory."""
    return isinstance(array, np.memmap)


def give_back() -> None:
    """Returns to the system what was freed in small pieces; the C library of Linux would hold it, twice the states."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    if trim is not None:
        trim(0)
