"""Padding that is read as if it were real: a recurrent layer without a mask, a pooling that counts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from engine.analysis.values import Diagnostic, Fix
from engine.document.edits import Connect, Edit, Insert, ReplaceBlock, SetArgument
from engine.document.sample import read_sample
from engine.graph.values import Block, PortRef
from engine.runtime.environment import keras
from engine.runtime.explain.case import above, written
from engine.runtime.silent.sight import Flags, Sight

READ_PADDING = "padding.read"
RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional"})
POOLINGS = frozenset({"GlobalMaxPooling1D", "GlobalAveragePooling1D"})
MOST_SEQUENCES = 4
NOTHING = 1e-5
"""A difference up to this, relative to the values, is arithmetic and not padding."""


def reads_padding(sight: Sight) -> Diagnostic | None:
    """The result for a padded sequence is compared with that for the same sequence without its padding."""
    kind = sight.layer.type
    if kind not in RECURRENT | POOLINGS or sight.padded_input is None or sight.has_mask_wire:
        return None
    masked = sight.arrived_mask is not None
    if masked and kind != "GlobalMaxPooling1D":
        return None
    start, fed = sight.padded_input
    if fed.valid is None:
        return None
    worst = _largest_change(sight, fed.valid)
    if worst is None:
        return None
    change, sequence = worst
    main, source = sight.main, sight.source
    count, whole = int((~fed.valid).sum()), fed.valid.size
    verb = "counts" if kind in POOLINGS else "reads"
    carries = "and takes no mask" if masked else "without a mask"
    gives = f"{source.name} gives {written(main)} {carries}" if source is not None and main is not None else ""
    title = f"{sight.block.name} {verb} {count} of {whole} steps that are padding; {gives}"
    detail = f"Without its padding, sequence {sequence} of this sample gives a result that differs by {change:.2g}."
    return sight.told(READ_PADDING, title, detail, list(_fixes(sight, start, masked=masked)), start)


def _largest_change(sight: Sight, valid: Flags) -> tuple[float, int] | None:
    """By how much, and in which sequence, the result changes most without the padding; None: not at all."""
    model = sight.probed.model
    layer = model.layers.get(sight.layer.id) if model is not None else None
    values = sight.arrived
    if layer is None or values is None or getattr(layer, "stateful", False):
        return None
    lengths = valid.sum(axis=1)
    order = [int(at) for at in np.argsort(lengths, kind="stable") if 0 < lengths[at] < valid.shape[1]]
    found: list[tuple[float, int]] = []
    with _random_biases(layer):
        for at in order[:MOST_SEQUENCES]:
            padded = _first(sight.call(layer, keras.ops.convert_to_tensor(values[at : at + 1])))
            alone = _first(sight.call(layer, keras.ops.convert_to_tensor(values[at : at + 1, valid[at]])))
            if padded.shape[:1] + padded.shape[2:] == alone.shape[:1] + alone.shape[2:] and padded.ndim == 3:
                padded = padded[:, valid[at]]
            if padded.shape == alone.shape:
                found.append((float(np.abs(padded - alone).max(initial=0)), at))
    change, at = max(found, default=(0.0, 0))
    return (change, at) if change > NOTHING else None


def _first(outputs: Any) -> np.ndarray[Any, Any]:
    return np.asarray(keras.tree.flatten(outputs)[0])


@contextmanager
def _random_biases(layer: Any) -> Iterator[None]:
    """New biases are zero, and zero padding then leaves a zero state alone: trained ones are not, and do not."""
    random = np.random.default_rng(0)
    mapping = [
        (variable, keras.ops.convert_to_tensor(random.normal(0, 0.5, tuple(variable.shape)).astype("float32")))
        for variable in layer.variables
        if "bias" in variable.path and str(variable.dtype) == "float32"
    ]
    with keras.StatelessScope(mapping, initialize_variables=False):
        yield


def _fixes(sight: Sight, start: Block, *, masked: bool) -> Iterator[Fix]:
    """A mask from where the padding comes in, and a pooling that uses it."""
    average: tuple[Edit, ...] = ()
    if sight.layer.type == "GlobalMaxPooling1D":
        average = (ReplaceBlock(sight.block.id, "GlobalAveragePooling1D", {}),)
    if masked:
        yield Fix("Use GlobalAveragePooling1D instead, which uses the mask", average)
        return
    then = " and use GlobalAveragePooling1D" if average else ""
    yield from _lost_mask(sight, average)
    for block in above(sight.document, sight.records, sight.block.id, lambda _: True):
        if block.type == "Embedding":
            mask = SetArgument(block.id, "mask_zero", True)
            yield Fix(f"Turn on mask_zero in {block.name}{then}", (mask, *average))
    wire, pad = sight.path_wire(start), read_sample(sight.document).inputs[start.id].pad_value
    if wire is not None and "int" not in str(start.arguments.get("dtype", "")):
        arguments = {"mask_value": pad} if pad else {}
        insert = Insert("Masking", arguments, wire.source, wire.target)
        yield Fix(f"Mask the padding after {start.name} (Masking){then}", (insert, *average))


def _lost_mask(sight: Sight, average: tuple[Edit, ...]) -> Iterator[Fix]:
    """The mask of a sequence of the same steps further up, which was lost on the way."""
    seen, values = sight.probed.seen, sight.arrived
    if seen is None or values is None or average:
        return
    for block in above(sight.document, sight.records, sight.block.id, lambda _: True):
        port = PortRef(block.id, "output")
        mask = seen.masks.get(port)
        if mask is not None and tuple(mask.shape) == values.shape[:2]:
            edit = Connect(PortRef(block.id, "output.mask"), PortRef(sight.block.id, "mask"))
            yield Fix(f"Give the mask of {block.name} to {sight.block.name} explicitly", (edit,))
            return
