"""How long a sequence is at each port, as a function of the input's length T, found by asking Keras at chosen lengths.

A `Length` holds the values at a few lengths of the input; a block maps it by being asked for those lengths
(`engine.runtime.axes`). From the values follows the canonical formula
`a*floor((T+b)/c)+d` (design: time formulas): eight consecutive lengths and one far away tell all functions with c up to
8 apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from engine.runtime.infer import Known

START, PERIOD = 840, 10_080  # both divisible by every c up to 8
POINTS = (*range(START, START + 8), START + PERIOD)
PROBES = (23, 24 + START)  # a function of the family that keeps these two lengths keeps every length
MAX_STEP = 8


class Length(NamedTuple):
    """A length as a function of one quantity.

    Attributes:
        variable: the quantity: the length of an input, by its name, or a sum of lengths (`T_a+floor(T_b/2)`).
        values: where the quantity is one of `POINTS`.
    """

    variable: str | tuple[Length, ...]
    values: tuple[int, ...]

    @property
    def formula(self) -> str | None:
        """ASCII, canonical: `T`, `T-2`, `floor(T/2)`, `2*T`; None: none of the family."""
        return formula_of(self.variable, self.values)


class Family(NamedTuple):
    """The function `factor*floor((T+shift)/step)+offset`, `0 <= shift < step`; a constant has the factor 0."""

    factor: int
    shift: int
    step: int
    offset: int

    def at(self, length: int) -> int:
        """Its value."""
        return self.factor * ((length + self.shift) // self.step) + self.offset


def input_length(variable: str) -> Length:
    """The length of an input of unknown length."""
    return Length(variable, POINTS)


@lru_cache(maxsize=4096)
def formula_of(variable: str | tuple[Length, ...], values: tuple[int, ...]) -> str | None:
    """The canonical formula of the function with these values at `POINTS`, or None.

    >>> formula_of("T", tuple((length - 3) // 2 + 1 for length in POINTS))
    'floor((T-1)/2)'
    """
    family = family_of(values)
    if family is None:
        return None
    if family.factor == 0:
        return str(family.offset)
    while isinstance(variable, tuple) and len(variable) == 1 and (inner := family_of(variable[0].values)):
        if inner.factor != 1:
            break
        shift, step = inner.shift + inner.step * (inner.offset + family.shift), inner.step * family.step
        variable, family = variable[0].variable, Family(family.factor, shift, step, family.offset)
    return _written(variable, family) if isinstance(variable, str) else _written_sum(variable, family)


@lru_cache(maxsize=4096)
def family_of(values: tuple[int, ...]) -> Family | None:
    """The function of the family with these values at `POINTS`, with the smallest step; None: there is none."""
    slope = Fraction(values[-1] - values[0], PERIOD)
    if slope == 0:
        return Family(0, 0, 1, values[0]) if len(set(values)) == 1 else None
    if slope < 0:
        return None
    for multiple in range(1, MAX_STEP // slope.denominator + 1):
        factor, step = slope.numerator * multiple, slope.denominator * multiple
        for shift in range(step):
            family = Family(factor, shift, step, values[0] - factor * ((START + shift) // step))
            if all(family.at(point) == value for point, value in zip(POINTS, values, strict=True)):
                return family
    return None


def within(length: Length) -> tuple[tuple[Length, ...], int] | None:
    """A length without its number as a quantity of its own (`2*T`, of which a third is `floor((2*T)/3)`), and the number.

    Returns:
        None where that says nothing more than its variable does.
    """
    family = family_of(length.values)
    if family is None or family.factor == 0 or family[:3] == (1, 0, 1):
        return None
    return (Length(length.variable, _values(family._replace(offset=0))),), family.offset


def sum_of(lengths: Iterable[Length], rest: int = 0) -> Length | None:
    """Lengths and a number added up, in one form whatever their order; None: one of them is none of the family."""
    parts: list[Length] = []
    for length in lengths:
        family = family_of(length.values)
        if family is None:
            return None
        rest += family.offset
        alone = family._replace(offset=0)
        if alone.factor and isinstance(length.variable, tuple) and alone.step == 1:
            own = (Length(part.variable, _times(alone.factor, part.values)) for part in length.variable)
        else:
            own = iter([Length(length.variable, _values(alone))] if alone.factor else ())
        for part in own:
            rest += _join(parts, part)
    if len(parts) == 1:
        return Length(parts[0].variable, tuple(value + rest for value in parts[0].values))
    parts.sort(key=lambda part: (isinstance(part.variable, tuple), str(part.variable), -part.values[-1], part.values))
    return Length(tuple(parts), tuple(point + rest for point in POINTS))


def _join(parts: list[Length], part: Length) -> int:
    """Puts a part to the others, into one of them where both together are of the family; what remains as a number."""
    for place, other in enumerate(parts):
        if other.variable == part.variable:
            both = family_of(tuple(a + b for a, b in zip(other.values, part.values, strict=True)))
            if both is not None:
                parts[place] = Length(other.variable, _values(both._replace(offset=0)))
                return both.offset
    parts.append(part)
    return 0


def renamed(length: Length, names: Mapping[str, str]) -> Length:
    """A length after lengths of inputs were found to be one: `T_a+T_b` is `2*T_a` where they are equal."""
    if isinstance(length.variable, str):
        return length._replace(variable=names.get(length.variable, length.variable))
    inner, outer = sum_of(renamed(part, names) for part in length.variable), family_of(length.values)
    if inner is None or outer is None:
        return length
    values = tuple(outer.at(value) for value in inner.values)
    return Length(inner.variable, values) if family_of(values) else Length((inner,), length.values)


def _values(family: Family) -> tuple[int, ...]:
    return tuple(family.at(point) for point in POINTS)


def _times(factor: int, values: Sequence[int]) -> tuple[int, ...]:
    return tuple(factor * value for value in values)


def _written(variable: str, family: Family, whole: str = "") -> str:
    """Without the trivial parts of the formula; the offset goes into the shift where it can.

    Args:
        whole: the variable as it stands beside other signs.
    """
    factor, shift, step, offset = family
    whole = whole or variable
    if step == 1:
        text = variable if factor == 1 else f"{factor}*{whole}"
        return text + (f"{offset:+d}" if offset else "")
    shift += step * (offset // factor)
    offset %= factor
    inner = f"({variable}{shift:+d})" if shift else whole
    text = f"floor({inner}/{step})"
    return (text if factor == 1 else f"{factor}*{text}") + (f"{offset:+d}" if offset else "")


def _written_sum(parts: Sequence[Length], family: Family) -> str:
    """A sum; a number at its end goes into a floor that stays short: `T_a+floor((T_b-1)/2)`."""
    families = [family_of(part.values) for part in parts]
    offset = family.offset if family[:3] == (1, 0, 1) else 0
    texts: list[str] = []
    for part, own in zip(parts, families, strict=True):
        taken = offset if own is not None and own.step > 1 and own.factor == 1 else 0
        if own is not None and taken and abs(own.shift + own.step * taken) < own.step:
            part = Length(part.variable, tuple(value + taken for value in part.values))
            family, offset = family._replace(offset=0), 0
        texts.append(part.formula or "")
    text = "+".join(texts)
    return _written(text, family, f"({text})")


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
