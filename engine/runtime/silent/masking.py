"""Masks that are not what they were meant to be: of vectors, of single zeros, of nothing, reversed; and empty rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from engine.analysis.values import Diagnostic, Fix
from engine.document.edits import Disconnect, Insert, RemoveBlock
from engine.document.outputs import is_mask, without_mask
from engine.document.sample import read_sample
from engine.graph.values import Block
from engine.runtime.explain.case import arrivals_at, last_step_only, written
from engine.runtime.explain.remedies import given, taken_out, turn_on_sequences
from engine.runtime.silent.sight import Sight

MANY = 0.02
"""The share of numbers from which zeros between others are no accident."""


def masks_vectors(sight: Sight) -> Diagnostic | None:
    """Masking over (batch, features) makes one flag for a whole sequence."""
    main, source, mask = sight.main, sight.source, sight.left_mask
    if sight.layer.type != "Masking" or main is None or source is None or mask is None or mask.ndim != 1:
        return None
    cause = last_step_only(sight.document, sight.records, source.id, sight.catalog)
    title = f"{sight.block.name} makes one flag for a whole sequence, {source.name} gives {written(main)}"
    detail = f"A mask is meant for timesteps; here {int((~mask).sum())} of {len(mask)} sequences are masked."
    fixes = [*([turn_on_sequences(cause, sight.catalog)] if cause is not None else ()), taken_out(sight.block)]
    return sight.told("masking.vectors", title, detail, fixes, cause or source)


def masks_no_padding(sight: Sight) -> Diagnostic | None:
    """The padding is there, and the Masking does not find it."""
    mask, main, source, mask_value = sight.left_mask, sight.main, sight.source, sight.argument("mask_value")
    if sight.layer.type != "Masking" or sight.padded_input is None or mask is None or main is None or source is None:
        return None
    start, fed = sight.padded_input
    if fed.valid is None or mask.shape != fed.valid.shape or not mask[~fed.valid].any():
        return None
    missed, padded = int(mask[~fed.valid].sum()), int((~fed.valid).sum())
    title = f"{sight.block.name} leaves {missed} of {padded} padded steps unmasked, {source.name} gives {written(main)}"
    pad = read_sample(sight.document).inputs[start.id].pad_value
    if source.id == start.id:
        detail = f"{start.name} is padded with {pad:g}, and {sight.block.name} looks for {mask_value:g}."
        fixes = [given(sight.layer, "mask_value", pad)]
    else:
        detail = f"What {source.name} makes of padding is no longer {mask_value:g} in every feature."
        fixes = list(_after_the_input(sight, start, pad))
    return sight.told("masking.misses", title, detail, fixes, source)


def _after_the_input(sight: Sight, start: Block, pad: float) -> Iterator[Fix]:
    wire = sight.path_wire(start)
    if wire is not None:
        arguments = {"mask_value": pad} if pad else {}
        edits = (RemoveBlock(sight.block.id, bridge=True), Insert("Masking", arguments, wire.source, wire.target))
        yield Fix(f"Mask directly after {start.name}", edits)


def masks_single_numbers(sight: Sight) -> Diagnostic | None:
    """A step is masked only where all its features equal mask_value: single zeros mask nothing."""
    mask, values, mask_value = sight.left_mask, sight.arrived, sight.argument("mask_value")
    if (
        sight.layer.type != "Masking"
        or mask is None
        or values is None
        or values.ndim < 3
        or mask.ndim != values.ndim - 1
    ):
        return None
    rest = values[mask]  # (steps, features)
    equal = int((rest == mask_value).sum())
    if not rest.size or equal < MANY * rest.size or rest.shape[-1] < 2:
        return None
    main, source = sight.main, sight.source
    gives = f", {source.name} gives {written(main)}" if main is not None and source is not None else ""
    title = f"{sight.block.name} masks {int((~mask).sum())} of {mask.size} steps, not the {equal} single {mask_value:g}s{gives}"
    detail = (
        f"A step is masked only where all its {rest.shape[-1]} features are {mask_value:g}; "
        f"{equal / rest.size:.0%} of the numbers in the other steps are, and are read as numbers."
    )
    return sight.told("masking.elements", title, detail, [])


def runs_backwards(sight: Sight) -> Diagnostic | None:
    """go_backwards with return_sequences reverses the output and passes the mask as it came."""
    mask, main, source = sight.left_mask, sight.main, sight.source
    if not (sight.argument("go_backwards") and sight.argument("return_sequences")) or mask is None or mask.ndim != 2:
        return None
    wrong = int((mask != np.flip(mask, axis=1)).sum())
    if not wrong or main is None or source is None:
        return None
    title = f"{sight.block.name} gives its steps backwards and its mask forwards, {source.name} gives {written(main)}"
    detail = f"Output and mask disagree at {wrong} of {mask.size} steps of this sample."
    fixes = [
        given(sight.layer, "go_backwards", False, f"Turn off go_backwards in {sight.layer.name}"),
        given(sight.layer, "return_sequences", False, f"Turn off return_sequences in {sight.layer.name}"),
    ]
    return sight.told("mask.reversed", title, detail, fixes)


def reads_mask_of_other_length(sight: Sight) -> Diagnostic | None:
    """A wired mask that is longer than the sequence: its first flags are read, for other steps than they belong to."""
    wired = next(
        (a for a in arrivals_at(sight.record, sight.records, masks=True) if a.wire.target.port == "mask"), None
    )
    main, source, values, seen = sight.main, sight.source, sight.arrived, sight.probed.seen
    if wired is None or main is None or source is None or values is None or seen is None or values.ndim < 3:
        return None
    port = without_mask(wired.wire.source)
    mask = seen.masks.get(port) if is_mask(wired.wire.source) else seen.values.get(port)
    if mask is None or len(mask.shape) != 2 or mask.shape[1] == values.shape[1]:
        return None
    giver = sight.document.block(port.block)
    title = (
        f"{sight.block.name} reads {written(main)} from {source.name} with a mask of {written(wired)} from {giver.name}"
    )
    detail = f"The mask has {mask.shape[1]} flags for {values.shape[1]} steps: they are read for steps they do not belong to."
    unwired = Disconnect(wired.wire.source, wired.wire.target)
    fixes = [*_same_length(sight, source), Fix(f"Take the mask wire off {sight.block.name}", (unwired,))]
    return replace(sight.told("mask.length", title, detail, fixes, giver), port="mask")


def _same_length(sight: Sight, source: Block) -> Iterator[Fix]:
    spec = sight.catalog.layers.get(source.type)
    if spec is not None and spec.argument("padding") is not None and source.arguments.get("padding") != "same":
        yield given(source, "padding", "same", f"Keep the length in {source.name} (padding same)")


def averages_nothing(sight: Sight) -> Diagnostic | None:
    """The average over no valid step is not a number."""
    values, left, mask, main, source = sight.arrived, sight.left, sight.arrived_mask, sight.main, sight.source
    if sight.layer.type != "GlobalAveragePooling1D" or values is None or left is None or mask is None or mask.ndim != 2:
        return None
    empty = [int(at) for at in np.flatnonzero(~mask.any(axis=1))]
    if not empty or not np.isnan(left[empty]).any() or main is None or source is None:
        return None
    title = f"{sight.block.name} averages sequence {empty[0]} over no step at all, {source.name} gives {written(main)}"
    detail = f"Every step of {len(empty)} of {len(mask)} sequences is masked; their average is not a number (nan)."
    return sight.told("pooling.empty", title, detail, [])
