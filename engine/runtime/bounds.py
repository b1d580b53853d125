"""How large a model would be, worked out from shapes before anything is allocated."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from math import prod

from engine.analysis.values import Analysis, Diagnostic, TensorSpec
from engine.document.sample import DEFAULT_TIMESTEPS, max_length, read_sample
from engine.document.values import Document

SHARE = 0.5
"""The part of the machine's memory that a model may take."""
FALLBACK_BYTES = 8 * 1024**3
BYTES = 4  # float32, the usual type


def size_problems(analysis: Analysis, document: Document, limit: int | None = None) -> Iterator[Diagnostic]:
    """An error at the largest block where weights, or the values of a run over the sample, would not fit in memory."""
    limit = limit or int(machine_bytes() * SHARE)
    weights = {
        block: sum(prod(shape) for _, shape in known.weights) * BYTES for block, known in analysis.blocks.items()
    }
    batch, steps = _sizes(document)
    values = {
        block: sum(_values(spec, batch, steps) for spec in (known.outputs or {}).values()) * BYTES
        for block, known in analysis.blocks.items()
    }
    for what, sizes, remedy in (
        ("weights", weights, "Use fewer units, filters or tokens."),
        ("values for this sample", values, "Use a smaller batch, fewer timesteps or fewer units."),
    ):
        whole = sum(sizes.values())
        if whole <= limit:
            continue
        block = max(sizes, key=lambda key: sizes[key])
        name = document.block(block).name
        title = f"{name} is too large: {_size(sizes[block])} of {what}"
        detail = f"The model would need {_size(whole)}, and at most {_size(limit)} of this machine's memory are used. {remedy}"
        yield Diagnostic("model.too_large", "error", "run", block, title, detail)


def machine_bytes() -> int:
    """The machine's memory, where the system tells."""
    if sys.platform == "win32":
        return FALLBACK_BYTES
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return FALLBACK_BYTES


def _sizes(document: Document) -> tuple[int, int]:
    sample = read_sample(document)
    steps = max((entry.timesteps or max_length(entry.lengths) for entry in sample.inputs.values()), default=0)
    return sample.batch, steps or DEFAULT_TIMESTEPS


def _values(spec: TensorSpec, batch: int, steps: int) -> int:
    """Number of values of a tensor in a run; an unknown axis is taken as long as the sample."""
    sizes = [size if size is not None else batch if axis == 0 else steps for axis, size in enumerate(spec.shape)]
    return prod(sizes)


def _size(count: int) -> str:
    gib = count // 2**30
    return f"{count / 2**30:,.1f} GiB" if gib < 1_000_000 else "more than a million GiB"
