"""The tensors among the arguments of a call, and the masks that they carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.runtime.environment import keras, tensorflow


def tensors_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The tensors among the arguments of a call, in their order."""
    return [leaf for leaf in keras.tree.flatten((args, kwargs)) if tensorflow.is_tensor(leaf)]


def masks_of(tensors: Sequence[Any]) -> tuple[Any, ...]:
    """The mask that each tensor carries now, or None."""
    return tuple(keras.src.backend.get_keras_mask(tensor) for tensor in tensors)


def masked(tensors: Sequence[Any]) -> tuple[bool, ...]:
    """Of each tensor, whether it carries a mask now."""
    return tuple(mask is not None for mask in masks_of(tensors))
