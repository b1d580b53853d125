"""Small things that tests of plain Keras share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.runtime.environment import keras

L = keras.layers
LENGTHS = (2, 4, 6)
Values = NDArray[Any]


def padded(length: int = 9, features: int = 3, seed: int = 0) -> Values:
    """Three sequences of 2, 4 and 6 steps, padded with zeros behind."""
    values = np.random.default_rng(seed).normal(size=(len(LENGTHS), length, features)).astype("float32")
    for sequence, valid in enumerate(LENGTHS):
        values[sequence, valid:] = 0
    return values


def flags(length: int = 9) -> Values:
    """The mask that belongs to `padded`."""
    return np.arange(length) < np.asarray(LENGTHS)[:, None]


def tokens(length: int = 9) -> Values:
    """Tokens of these lengths, padded with 0."""
    found = np.random.default_rng(0).integers(1, 9, (len(LENGTHS), length)).astype("int32")
    found[~flags(length)] = 0
    return found


def mask_of(tensor: Any) -> Values | None:
    """The mask that a tensor carries."""
    mask = keras.src.backend.get_keras_mask(tensor)
    return None if mask is None else np.asarray(mask)


def masked(values: Values, mask: Values | None = None) -> Any:
    """A tensor that carries a mask."""
    tensor = keras.ops.convert_to_tensor(values)
    keras.src.backend.set_keras_mask(
        tensor, keras.ops.convert_to_tensor(flags(values.shape[1]) if mask is None else mask)
    )
    return tensor


def symbolic(*shape: int | None, dtype: str = "float32", mask: bool = False) -> Any:
    """A tensor without values, the batch unknown; with a mask of (batch, time) if asked for."""
    tensor = keras.KerasTensor((None, *shape), dtype)
    if mask:
        keras.src.backend.set_keras_mask(tensor, keras.KerasTensor((None, shape[0]), "bool"))
    return tensor


def has_mask(tensor: Any) -> bool:
    """A mask leaves with it."""
    return keras.src.backend.get_keras_mask(tensor) is not None
