"""Arrays out of TensorFlow and onto disk, without pickles."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.document.file import replacing
from engine.protocol.messages import Array
from engine.runtime.environment import tensorflow


def array_of(value: Any) -> Array:
    """A tensor as an array of a type that numpy itself knows: text as text, half precision of 16 bits as float32."""
    if isinstance(value, tensorflow.SparseTensor):
        value = tensorflow.sparse.to_dense(value)
    if isinstance(value, tensorflow.RaggedTensor):
        value = value.to_tensor()
    array = np.asarray(value)
    if array.dtype.kind == "O":
        return array.astype(np.str_)
    return array.astype(np.float32) if array.dtype.kind == "V" or array.dtype.name == "bfloat16" else array


def write_npz(path: Path, arrays: Mapping[str, Array] | Iterable[tuple[str, Array]]) -> None:
    """Writes arrays by name in one step, one after the other: the file is whole or as it was.

    Raises:
        OSError: the file cannot be written.
    """
    pairs = arrays.items() if isinstance(arrays, Mapping) else arrays
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in pairs:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
