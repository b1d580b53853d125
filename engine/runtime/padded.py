"""What a run left at the padded steps of a block: read from its tensors and states, never from a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.graph.order import upstream
from engine.graph.values import INPUT
from engine.protocol.looks import PaddedLook, PaddedSteps
from engine.protocol.messages import Array
from engine.protocol.traced import SEPARATOR
from engine.runtime.arrays import array_of
from engine.runtime.environment import keras, tensorflow
from engine.runtime.fused_masks import mask_refusal
from engine.runtime.gates import Floats
from engine.runtime.kept import KeptRun
from engine.runtime.trace import KeptStates, hold

MOST_BYTES = 64 * 1024**2
"""Of a larger tensor only the first sequences are looked at."""


def padded_look(kept: KeptRun, block: str) -> PaddedLook:
    """What stands at the padded steps of everything that leaves a block, and of its states."""
    padding = any(fed.valid is not None and not fed.valid.all() for fed in kept.fed.values())
    padding = padding or any(not np.asarray(mask).all() for mask in kept.seen.masks.values())
    tensors = (*_outputs(kept, block), *_states(kept, block))
    return PaddedLook(kept.result.number, block, padding, tensors, _kernel(kept, block))


def _outputs(kept: KeptRun, block: str) -> Iterator[PaddedSteps]:
    for ref, tensor in kept.seen.values.items():
        if ref.block != block or isinstance(tensor, tensorflow.SparseTensor | tensorflow.RaggedTensor):
            continue
        sizes = tuple(tensor.shape[:2])
        mask = kept.seen.masks.get(ref)
        masked = mask is not None and tuple(mask.shape) == sizes
        if len(tensor.shape) < 3 and not masked and kept.document.graph.by_id[block].type != INPUT:
            continue
        valid = np.asarray(mask, bool) if masked else _real(kept, block, sizes)
        if valid is not None and not valid.all():
            count = _sequences(tensor)
            yield _counted(ref.port, array_of(tensor[:count]), valid[:count], state=False, masked=masked)


def _states(kept: KeptRun, block: str) -> Iterator[PaddedSteps]:
    for key, states in kept.states.items():
        cell = kept.result.traced[key]
        if cell.block != block:
            continue
        masked = not states.valid.all()
        valid = states.valid if masked else _real(kept, block, states.valid.shape)
        if valid is None or valid.all():
            continue
        h = states.states[states.main]
        count = _sequences(h)
        flip = slice(None, None, -1) if states.layer.go_backwards else slice(None)  # in the order of processing
        yield _counted(
            SEPARATOR.join(filter(None, (cell.path, states.main))),
            h[:count, flip],
            valid[:count, flip],
            state=True,
            masked=masked,
            start=states.initial[states.main][:count],
        )


def _sequences(tensor: Any) -> int:
    size = int(np.prod(tensor.shape[1:], dtype=np.int64)) * 4
    return max(1, min(int(tensor.shape[0]), MOST_BYTES // max(size, 1)))


def _real(kept: KeptRun, block: str, sizes: tuple[int, ...]) -> NDArray[np.bool_] | None:
    """(B, T) the steps that the sample says are real, of an Input above that is as long."""
    above = (block, *upstream(kept.document.graph, (block,)))
    for source, fed in kept.fed.items():
        if source in above and fed.valid is not None and fed.valid.shape == sizes:
            return fed.valid
    return None


def _counted(
    what: str,
    values: Array,
    valid: NDArray[np.bool_],
    *,
    state: bool,
    masked: bool,
    start: Floats | None = None,
) -> PaddedSteps:
    """Counts the padded steps by what stands there.

    Args:
        values: (B, T, …).
        valid: (B, T).
        start: (B, *units) what stands before the first step; None: nothing.
    """
    numbers = values.reshape(*valid.shape, -1).astype(np.float64)
    held = hold(
        numbers,
        np.full((len(numbers), numbers.shape[2]), np.nan) if start is None else start.reshape(len(start), -1),
        valid,
    )
    padded = ~valid
    nan = np.isnan(numbers).any(axis=2)
    same, zero = (numbers == held).all(axis=2), (numbers == 0).all(axis=2)
    if state:
        zero &= ~same
    else:
        same &= ~zero
    return PaddedSteps(
        what=what,
        state=state,
        masked=masked,
        steps=int(padded.sum()),
        zero=int((padded & zero & ~nan).sum()),
        repeated=int((padded & same & ~nan).sum()),
        nan=int((padded & nan).sum()),
    )


def _kernel(kept: KeptRun, block: str) -> str:
    """Why the GPU's fused kernel refuses the mask of a block."""
    return next(filter(None, map(mask_refusal, masks_of(kept.states).get(block, ()))), "")


def masks_of(states: Mapping[str, KeptStates]) -> dict[str, tuple[NDArray[np.bool_], ...]]:
    """(B, T) the masks that the layers of each block with a fused kernel were given, where there was something to mask."""
    found: dict[str, tuple[NDArray[np.bool_], ...]] = {}
    for key, kept in states.items():
        if isinstance(kept.layer, keras.layers.LSTM | keras.layers.GRU) and not kept.valid.all():
            block = key.split(SEPARATOR)[0]
            found[block] = (*found.get(block, ()), kept.valid)
    return found
