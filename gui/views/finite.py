"""Numbers that are none: a plot's range leaves them out, and a sentence tells of them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.protocol.messages import Array, Flags

ODD = "⚠"


def reach(values: NDArray[np.floating]) -> float:
    """The largest magnitude of the finite numbers; 0 where there is none.

    >>> reach(np.array([0.5, -2.0, np.nan, np.inf]))
    2.0
    """
    with np.errstate(invalid="ignore"):
        size = np.abs(values)
        largest = float(np.nanmax(size, initial=0.0))
        return largest if math.isfinite(largest) else float(size[np.isfinite(size)].max(initial=0.0))


def odd_text(values: Array, valid: Flags | None = None) -> str:
    """How many numbers of (T, …) values are none, and from where on; empty: all are numbers.

    Args:
        valid: (T,) the steps that count.

    >>> odd_text(np.array([0.0, np.nan, np.inf]))
    '⚠ 1 NaN, 1 infinite, first at step 1'
    """
    if values.dtype.kind != "f" or not values.size:
        return ""
    odd = ~np.isfinite(values).reshape(len(values), -1)
    if valid is not None:
        odd[~np.asarray(valid, bool)] = False
    steps = odd.any(axis=1)
    if not steps.any():
        return ""
    nan = int((np.isnan(values).reshape(odd.shape) & odd).sum())
    infinite = int(odd.sum()) - nan
    counts = [f"{count} {word}" for count, word in ((nan, "NaN"), (infinite, "infinite")) if count]
    return f"{ODD} {', '.join(counts)}, first at step {int(steps.argmax())}"


def odd_columns(values: NDArray[np.floating], share: int, steps: int) -> str:
    """Where the first of (columns, units) is infinite, which stands for NaN too; empty: none is.

    Args:
        share: how many of the `steps` lie in a column.
    """
    odd = np.isinf(values).any(axis=1)
    if not odd.any():
        return ""
    first = int(odd.argmax()) * share
    last = min(first + share, steps) - 1
    where = f"at step {first}" if first == last else f"within steps {first} to {last}"
    return f"{ODD} NaN or infinity, first {where}"
