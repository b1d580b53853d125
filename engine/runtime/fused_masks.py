"""Whether the GPU's fused kernel takes the masks of a run, and what Keras does where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.fused_kernel import kernel_obstacles
from engine.analysis.values import Diagnostic, Fix
from engine.catalog.arguments import effective, nested_layer
from engine.catalog.ports import reused_block
from engine.catalog.spec import Catalog
from engine.document.edits import SetArgument
from engine.document.values import Document
from engine.graph.values import Block, JsonObject
from engine.runtime.environment import tensorflow


def mask_refusal(valid: NDArray[np.bool_]) -> str:
    """Why the kernel refuses a mask, told by the first sequence; empty: it takes it.

    Keras itself is asked (`_assert_valid_mask` in its `backend/tensorflow/rnn.py`); the words are ours.

    Args:
        valid: (B, T) in the order of the input's time, whichever way the layer reads it.
    """
    # Private: Keras checks a mask inside the call, where only a GPU comes to it.
    rnn: Any = import_module("keras.src.backend.tensorflow.rnn")  # the package gives a function of this name

    mask = tensorflow.constant(valid)
    if not bool(rnn._has_fully_masked_sequence(mask)) and bool(rnn._is_sequence_right_padded(mask)):
        return ""
    return next(f"sequence {place} {wrong}" for place, row in enumerate(valid) if (wrong := _wrong(row)))


def _wrong(row: NDArray[np.bool_]) -> str:
    """What is wrong with the mask of one sequence; empty: nothing is."""
    real = np.flatnonzero(row)
    if not len(real):
        return "has no valid step"
    if real[0] > 0:
        return "is padded before its steps"
    hole = int(np.argmin(row))
    return f"has a hole at step {hole}" if len(real) <= real[-1] else ""


def masks_refused(
    document: Document, masks: Mapping[str, tuple[NDArray[np.bool_], ...]], catalog: Catalog
) -> Iterator[Diagnostic]:
    """A warning for each block that would use the fused kernel but for the mask of the sample.

    Args:
        masks: (B, T) those of a block's layers, by block.
    """
    for block_id, valid in masks.items():
        block = document.graph.by_id[block_id]
        owner = reused_block(block, document.graph)
        if owner is None or kernel_obstacles(owner.type, owner.arguments, catalog) != ():
            continue
        why = next(filter(None, map(mask_refusal, valid)), "")
        if why:
            yield _warning(block, owner, why, catalog)


def _warning(block: Block, owner: Block, why: str, catalog: Catalog) -> Diagnostic:
    prefix, kind, arguments = _layer_of(owner)
    insists = effective(arguments, catalog.layers[kind], "use_cudnn") is True
    direct = "stops with an error, since use_cudnn is on" if insists else "takes the slower loop instead"
    return Diagnostic(
        "kernel.mask",
        "warning",
        "run",
        block.id,
        f"On a GPU the fast kernel of {block.name} refuses this mask: {why}",
        f"It takes only sequences padded after their steps, each with a valid step. A direct call {direct}; predict and "
        "fit stop with Keras's error about a mask that is not right-padded.",
        fixes=(
            Fix(f"Do without the fast kernel in {owner.name}", (SetArgument(owner.id, f"{prefix}use_cudnn", False),)),
        ),
    )


def _layer_of(owner: Block) -> tuple[str, str, JsonObject]:
    """The recurrent layer itself: where its arguments stand, its type, and they."""
    inner = nested_layer(owner.arguments.get("layer"))
    return ("layer.arguments.", *inner) if inner is not None else ("", owner.type, owner.arguments)
