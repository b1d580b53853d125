"""A softmax over the wrong axis: of one value alone, of padding too, or with a mask that fits by accident."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.analysis.values import Diagnostic, Fix
from engine.runtime.explain.case import written
from engine.runtime.explain.remedies import given, replaced
from engine.runtime.silent.sight import Sight

NOTICEABLE = 0.005


def softmax_axis(sight: Sight) -> int | None:
    """The axis over which the block's softmax sums to 1, counted from the front; None: it has none."""
    main = sight.main
    if main is None or sight.left is None:
        return None
    if sight.layer.type == "Softmax":
        axis = sight.argument("axis")
        return axis % sight.left.ndim if isinstance(axis, int) else None
    return (
        sight.left.ndim - 1
        if sight.layer.arguments.get("activation") == "softmax" and sight.layer.type in ("Activation", "Dense")
        else None
    )


def of_one_value(sight: Sight) -> Diagnostic | None:
    """A softmax over one value is 1, whatever the value."""
    axis, left, main, source = softmax_axis(sight), sight.left, sight.main, sight.source
    if axis is None or left is None or left.shape[axis] != 1 or main is None or source is None:
        return None
    title = f"{sight.block.name} takes the softmax of one value alone, {source.name} gives {written(main)}"
    detail = f"All {left.size} values that leave {sight.block.name} in this sample are 1, and always will be."
    return sight.told("softmax.single", title, detail, list(_other_axes(sight, axis)))


def _other_axes(sight: Sight, axis: int) -> Iterator[Fix]:
    left = sight.left
    if sight.layer.type == "Dense":
        yield given(sight.layer, "activation", "sigmoid", f"Use sigmoid in {sight.layer.name}")
        yield given(sight.layer, "units", 2)
    elif left is not None and left.ndim == 3 and axis == 2:
        yield replaced(sight.block, "Softmax", {"axis": 1}, "Take it over time instead (Softmax, axis 1)")


def of_padding_too(sight: Sight) -> Diagnostic | None:
    """A softmax over time gives weight to padded steps, unless a mask holds it off."""
    axis, left, main, source = softmax_axis(sight), sight.left, sight.main, sight.source
    if axis != 1 or left is None or left.ndim < 2 or sight.padded_input is None or main is None or source is None:
        return None
    start, fed = sight.padded_input
    if fed.valid is None or fed.valid.shape != left.shape[:2]:
        return None
    padding = left[~fed.valid].sum() / left.sum()
    if padding < NOTICEABLE:
        return None
    title = f"{sight.block.name} gives {padding:.0%} of its weight to padded steps, {source.name} gives {written(main)}"
    count = int((~fed.valid).sum())
    detail = (
        f"It sums to 1 over all {left.shape[1]} steps, and {count} of {fed.valid.size} are padding of {start.name}."
    )
    return sight.told("softmax.padding", title, detail, [], start)


def with_a_mask_by_accident(sight: Sight) -> Diagnostic | None:
    """A mask (batch, time) fits another axis where sizes happen to be equal; it then masks other numbers."""
    mask, left, main, source = sight.arrived_mask, sight.left, sight.main, sight.source
    if sight.layer.type != "Softmax" or mask is None or left is None or mask.ndim >= left.ndim:
        return None
    if main is None or source is None or sight.has_mask_wire or not np.size(mask):
        return None
    title = f"{sight.block.name} reads a mask of (B, T) along other axes, {source.name} gives {written(main)}"
    detail = (
        f"It fits only because sizes happen to be equal here: {tuple(left.shape)} and {tuple(mask.shape)}. "
        "The Softmax layer takes a mask for each number."
    )
    fixes = [replaced(sight.block, "Activation", {"activation": "softmax"}, "Use Activation softmax instead")]
    return sight.told("softmax.mask", title, detail, fixes)
