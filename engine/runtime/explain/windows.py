"""Windows over time: sequences shorter than a window, channels in the wrong place, steps without channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.analysis.values import Diagnostic, Fix, shape_text
from engine.document.edits import Insert, UnsetArgument
from engine.document.sample import input_shape
from engine.graph.values import INPUT, Block
from engine.runtime.explain.case import Arrival, Case, above, first_input, leaving
from engine.runtime.explain.remedies import given, inserted, replaced, reshaped_input, taken_out

TOO_SHORT = re.compile(
    r"Computed output size would be zero or negative|would be zero or negative|output.*(negative|less than)"
    r"|must be at least the filter size|greater than the input|cropp",
    re.IGNORECASE,
)
NO_CHANNELS = re.compile(r"Kernel shape must have the same length as input")
CHANNELS_FIRST = re.compile(r"only supports the NHWC|channels_first|NCHW|NCW")


def too_short(case: Case) -> Diagnostic | None:
    """A window, or a cropping, larger than what arrives."""
    arrival = case.main
    if arrival is None or not TOO_SHORT.search(case.message) or len(arrival.shape) < 3:
        return None
    size = _window(case)
    cause = _shortened(case, arrival)
    looks = f"looks at {size} steps at once" if size else "needs more steps"
    title = f"{case.name} {looks}, {case.gives(arrival)}"
    if cause is not None and cause.type != INPUT:
        detail = f"{cause.name} leaves too few steps for {case.name}."
    else:
        detail = (
            "The sequence is shorter than the window, or its axes are in another order than (batch, time, features)."
        )
    return case.told("shape.short", title, detail, list(_longer(case, arrival, size, cause)), cause)


def _window(case: Case) -> int:
    """The number of steps that the layer looks at, as its arguments say; 0: they do not."""
    for name in ("kernel_size", "pool_size"):
        value = case.argument(name)
        first = value[0] if isinstance(value, list | tuple) and value else value
        if isinstance(first, int):
            dilation = case.argument("dilation_rate")
            factor = dilation[0] if isinstance(dilation, list | tuple) and dilation else dilation
            return (first - 1) * (factor if isinstance(factor, int) else 1) + 1
    return 0


def _shortened(case: Case, arrival: Arrival) -> Block | None:
    """The nearest block at or above that shortens the sequence, else the Input."""
    for block in above(case.document, case.records, arrival.wire.source.block, lambda known: len(known.shape) > 2):
        left = leaving(case.records, arrival.wire.source) if block.id == arrival.wire.source.block else None
        record = case.records.get(block.id)
        if left is None and record is not None and record.leaving is not None:
            left = next(iter(record.leaving.tensors.values()), None)
        for wire in case.document.graph.wires_into.get(block.id, ()):
            came = leaving(case.records, wire.source)
            if came is not None and left is not None and came.shape[1:2] > left.shape[1:2]:
                return block
        if block.type == INPUT:
            return block
    return None


def _longer(case: Case, arrival: Arrival, size: int, cause: Block | None) -> Iterator[Fix]:
    start = first_input(case.document, case.records, case.block.id)
    shape = input_shape(start) if start is not None else ()
    if start is not None and cause is start and len(shape) >= 3 and _is_swapped(shape):
        swapped = (shape[0], *shape[2:], shape[1])
        yield reshaped_input(start, swapped, f"Put the channels of {start.name} last {shape_text(swapped)}")
        dims = [*range(2, len(shape)), 1]
        yield inserted(arrival, "Permute", {"dims": dims}, f"Put the channels last {shape_text(swapped)} (Permute)")
    if case.has_argument("padding"):
        yield given(case.layer, "padding", "same", f"Keep the length in {case.name} (padding same)")
    if cause is not None and cause.type != INPUT:
        spec = case.catalog.layers.get(cause.type)
        if spec is not None and spec.argument("padding") is not None:
            yield given(cause, "padding", "same", f"Keep the length in {cause.name} (padding same)")
        yield taken_out(cause)
    length = arrival.shape[1]
    name = "kernel_size" if case.has_argument("kernel_size") else "pool_size"
    if isinstance(length, int) and 0 < length < size and case.has_argument(name):
        yield given(case.layer, name, length)
    yield taken_out(case.block)
    if start is not None and shape[1:2] != (None,) and len(shape) >= 3 and isinstance(shape[1], int):
        longer = (shape[0], max(size, 2 * shape[1]), *shape[2:])
        yield reshaped_input(start, longer, f"Make {start.name} longer {shape_text(longer)}")


def _is_swapped(shape: tuple[int | None, ...]) -> bool:
    """Few channels stand first where rows or steps are expected."""
    sizes = [size for size in shape[1:] if size is not None]
    return len(sizes) == len(shape) - 1 and sizes[0] < min(sizes[1:], default=0)


def no_channels(case: Case) -> Diagnostic | None:
    """`TimeDistributed(Conv)` where each step has no axis of channels."""
    arrival, inner = case.main, case.inner
    if arrival is None or inner is None or not NO_CHANNELS.search(case.message):
        return None
    step = shape_text((arrival.shape[0], *arrival.shape[2:]))
    title = f"{case.name} hands {inner[0]} {step} of each step without channels, {case.gives(arrival)}"
    detail = f"TimeDistributed applies {inner[0]} to every step alone, and a step has one axis too few for it."
    known = [-1 if size is None else size for size in arrival.shape[1:]]
    fixes = [
        *(
            [replaced(case.block, inner[0], inner[1], f"Use {inner[0]} by itself, over time")]
            if len(arrival.shape) == 3
            else ()
        ),
        inserted(
            arrival,
            "Reshape",
            {"target_shape": [*known, 1]},
            f"Add one channel {shape_text((*arrival.shape, 1))} (Reshape)",
        ),
    ]
    return case.told("shape.channels", title, detail, fixes, case.source(arrival))


def channels_first(case: Case) -> Diagnostic | None:
    """Without oneDNN, which `engine.runtime.environment` leaves off, the CPU computes them with channels last alone."""
    arrival = case.main
    path = next(
        (p for p in ("data_format", "layer.arguments.data_format") if _at(case.layer, p) == "channels_first"), ""
    )
    if arrival is None or case.stage != "run" or not path or not CHANNELS_FIRST.search(case.message):
        return None
    shape = arrival.shape
    dims = [*range(2, len(shape)), 1]
    moved = (shape[0], *shape[2:], shape[1])
    fix = Fix(
        f"Put the channels last {shape_text(moved)} (Permute)",
        (
            UnsetArgument(case.layer.id, path),
            Insert("Permute", {"dims": dims}, arrival.wire.source, arrival.wire.target),
        ),
    )
    plain = Fix(f"Read {shape_text(shape)} as channels last", (UnsetArgument(case.layer.id, path),))
    title = f"{case.name} reads channels first, which the CPU cannot compute; {case.gives(arrival)}"
    detail = (
        "TensorFlow computes convolutions with channels first on GPUs, and with oneDNN, which SeqLoom does not use."
    )
    return case.told("device.channels_first", title, detail, [fix, plain])


def _at(block: Block, path: str) -> object:
    value: object = block.arguments
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def wrong_total(case: Case) -> Diagnostic | None:
    """A Reshape whose sizes do not come out."""
    arrival = case.main
    target = case.argument("target_shape")
    if case.layer.type != "Reshape" or arrival is None or not isinstance(target, list | tuple):
        return None
    wanted = tuple(size if isinstance(size, int) else None for size in target)
    title = f"{case.name} cannot make {shape_text((None, *wanted))} of it, {case.gives(arrival)}"
    detail = "A Reshape keeps the number of values of each sample; one size may be -1, and is worked out."
    told = case.told("shape.total", title, detail, list(_totals(case, arrival, wanted)))
    return replace(told, cause="" if case.source(arrival).type == INPUT else case.source(arrival).id)


def _totals(case: Case, arrival: Arrival, wanted: tuple[int | None, ...]) -> Iterator[Fix]:
    for at in range(len(wanted)):
        trial = [-1 if place == at else size for place, size in enumerate(wanted) if size is not None]
        if list(wanted) != trial:
            yield given(case.layer, "target_shape", trial, f"Let {case.layer.name} work out its axis {at + 1} (-1)")
    inner = arrival.shape[1:]
    if len(inner) >= 2 and None in inner[:1] and all(inner[1:]):
        flat: list[int | None] = [-1, *inner[1:]]
        yield given(case.layer, "target_shape", flat, f"Keep the last axis {shape_text((None, None, *inner[1:]))}")
    yield taken_out(case.block)
