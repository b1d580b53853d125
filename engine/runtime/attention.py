"""Attention scores: a second call of the layer on what it was given in the pass, never instead of the pass's own.

MultiHeadAttention takes another path where it returns its scores, and its output then differs for a fully masked row.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from engine.protocol.messages import Array
from engine.runtime.environment import keras, tensorflow
from engine.runtime.tensors import masks_of, tensors_of

ASKED = "return_attention_scores"
MOST_SCORES = 4_000_000
"""More scores of one sequence are not sent to be looked at."""


class ScoresMissingError(Exception):
    """Why there are no scores to show, in a sentence."""


@dataclass(frozen=True)
class AttentionCall:
    """What an attention layer was given in a pass.

    Attributes:
        masks: of the tensors among its arguments, in their order, as they were when it was called: it deletes them.
    """

    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    masks: tuple[Any, ...]

    def scores(self, sequence: int) -> Array:
        """(heads, query steps, value steps) of one sequence of the batch; one head where the layer knows none.

        Raises:
            ScoresMissingError: they are too many, or not of a query step and a value step.
        """
        tensors = tensors_of(self.args, self.kwargs)
        query, value = tensors[0], tensors[min(1, len(tensors) - 1)]
        if len(query.shape) != 3:
            raise ScoresMissingError(f"The query {tuple(query.shape)} has more axes than (batch, time, features).")
        heads = getattr(self.layer, "num_heads", None) or getattr(self.layer, "num_query_heads", None) or 1
        count = heads * query.shape[1] * value.shape[1]
        if count > MOST_SCORES:
            size = f"{heads} × {query.shape[1]:,} × {value.shape[1]:,}"
            raise ScoresMissingError(f"One sequence has {size} scores here; up to {MOST_SCORES:,} are shown.")
        args, kwargs = self._of(sequence, batch=int(query.shape[0]))
        with keras.StatelessScope(initialize_variables=False):
            found = np.asarray(self.layer(*args, **{**kwargs, ASKED: True})[1])[0]
        return found if found.ndim == 3 else found[None]

    def _of(self, sequence: int, batch: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments for one sequence, on fresh tensors with the masks they had."""
        masks = iter(self.masks)

        def one(leaf: Any) -> Any:
            if not tensorflow.is_tensor(leaf):
                return leaf
            mask, alone = next(masks), _row(leaf, sequence, batch)
            if mask is not None:
                keras.src.backend.set_keras_mask(alone, _row(mask, sequence, batch))
            return alone

        args, kwargs = keras.tree.map_structure(one, (self.args, self.kwargs))
        return args, {**kwargs, **({"training": False} if "training" in kwargs else {})}


def attention_call(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> AttentionCall | None:
    """What is kept of a call that is about to be made, None: the layer has no scores to tell."""
    if not isinstance(layer, keras.layers.Layer) or not _tells_scores(type(layer).call):
        return None
    return AttentionCall(layer, args, kwargs, masks_of(tensors_of(args, kwargs)))


@lru_cache(maxsize=1024)
def _tells_scores(call: Callable[..., Any]) -> bool:
    return ASKED in inspect.signature(call).parameters


def _row(tensor: Any, sequence: int, batch: int) -> Any:
    """One row of the batch; what is broadcast over it stays as it is."""
    if len(tensor.shape) and tensor.shape[0] == batch:
        return tensor[sequence : sequence + 1]
    return tensorflow.identity(tensor)
