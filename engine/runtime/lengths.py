"""How long a sequence is at each port, as a function of the input's length T, found by asking Keras at chosen lengths.

A `Length` holds the values at a few lengths of the input; a block maps it by being asked for those lengths
(`engine.runtime.axes`). From the values follows the canonical formula
`a*floor((T+b)/c)+d` (design: time formulas): eight consecutive lengths and one far away tell all functions with c up to
8 apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from engine.runtime.infer import Known

START, PERIOD = 840, 10_080  # both divisible by every c up to 8
POINTS = (*range(START, START + 8), START + PERIOD)
PROBES = (23, 24 + START)  # a function of the family that keeps these two lengths keeps every length
MAX_STEP = 8


class Length(NamedTuple):
    """A length as a function of one input's length, or of a sum of them (`T_a+T_b`): its values at `POINTS`."""

    variable: str
    values: tuple[int, ...]

    @property
    def formula(self) -> str | None:
        """ASCII, canonical: `T`, `T-2`, `floor(T/2)`, `2*T`; None: none of the family."""
        return formula_of(self.variable, self.values)


def input_length(variable: str) -> Length:
    """The length of an input of unknown length."""
    return Length(variable, POINTS)


@lru_cache(maxsize=4096)
def formula_of(variable: str, values: tuple[int, ...]) -> str | None:
    """The canonical formula of the function with these values at `POINTS`, or None.

    >>> formula_of("T", tuple((length - 3) // 2 + 1 for length in POINTS))
    'floor((T-1)/2)'
    """
    slope = Fraction(values[-1] - values[0], PERIOD)
    if slope == 0:
        return str(values[0]) if len(set(values)) == 1 else None
    if slope < 0:
        return None
    for multiple in range(1, MAX_STEP // slope.denominator + 1):
        factor, step = slope.numerator * multiple, slope.denominator * multiple
        for shift in range(step):
            offset = values[0] - factor * ((START + shift) // step)
            if all(factor * ((at + shift) // step) + offset == value for at, value in zip(POINTS, values, strict=True)):
                return _written(variable, factor, shift, step, offset)
    return None


def _written(variable: str, factor: int, shift: int, step: int, offset: int) -> str:
    """`factor*floor((T+shift)/step)+offset` without its trivial parts; the offset goes into the shift where it can."""
    whole = f"({variable})" if "+" in variable or "*" in variable else variable
    if step == 1:
        text = variable if factor == 1 else f"{factor}*{whole}"
        return text + (f"{offset:+d}" if offset else "")
    shift += step * (offset // factor)
    offset %= factor
    inner = f"({variable}{shift:+d})" if shift else whole
    text = f"floor({inner}/{step})"
    return (text if factor == 1 else f"{factor}*{text}") + (f"{offset:+d}" if offset else "")


def time_of(known: Known, length: Length | None, axes: Sequence[str] | None = None) -> str | None:
    """The length of the time axis of a tensor as a formula; None: it has none, or it is not known.

    Args:
        axes: names of the axes; absent, those of the convention.
    """
    axis = time_axis(known, axes_of(known) if axes is None else axes)
    if axis is None:
        return None
    size = known.shape[axis]
    return str(size) if size is not None else length.formula if length is not None else None


def time_axis(known: Known, axes: Sequence[str]) -> int | None:
    """The index of the time axis; of a tensor whose axes have no names (frames of images) it is the second."""
    if axes:
        return axes.index("time") if "time" in axes else None
    return 1 if len(known.shape) > 3 else None


def axes_of(known: Known) -> tuple[str, ...]:
    """Names of the axes by the convention (batch, time, features), where Keras has not been asked; empty: there is none."""
    rank = len(known.shape)
    if rank == 2:
        return ("batch", "time") if known.shape[1] is None or _is_integer(known.dtype) else ("batch", "features")
    return {1: ("batch",), 3: ("batch", "time", "features")}.get(rank, ())


def _is_integer(dtype: str) -> bool:
    return dtype.startswith(("int", "uint")) or dtype in ("string", "bool")
