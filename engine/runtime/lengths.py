"""How long a sequence is at each port, as a function of the input's length T, found by asking Keras at chosen lengths.

A `Length` holds the values at a few lengths of the input; a block maps it by being asked for those lengths. From the
values follows the canonical formula `a*floor((T+b)/c)+d` (design: time formulas): eight consecutive lengths and one far
away tell all functions with c up to 8 apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from engine.runtime.infer import CallKey, Inference, Known, Outcome, leaves

START, PERIOD = 840, 10_080  # both divisible by every c up to 8
POINTS = (*range(START, START + 8), START + PERIOD)
PROBES = (23, 24 + START)  # a function of the family that keeps these two lengths keeps every length
MAX_STEP = 8


class Length(NamedTuple):
    """A length as a function of one input's length: its values at `POINTS`."""

    variable: str
    values: tuple[int, ...]

    @property
    def formula(self) -> str | None:
        """ASCII, canonical: `T`, `T-2`, `floor(T/2)`, `2*T`; None: none of the family."""
        return formula_of(self.variable, self.values)


def input_length(variable: str) -> Length:
    """The length of an input of unknown length."""
    return Length(variable, POINTS)


def output_lengths(
    inference: Inference, key: CallKey, outcome: Outcome, given: Sequence[Length | None]
) -> tuple[Length | None, ...]:
    """The lengths of the outputs of a call, where axis 1 is unknown and follows from the operands' (`given`, by leaf)."""
    wanted = [len(known.shape) > 1 and known.shape[1] is None for known in outcome.outputs]
    nothing = (None,) * len(wanted)
    unknown = [len(known.shape) > 1 and known.shape[1] is None for known in leaves(key.operands)]
    if not any(wanted) or any(is_unknown and length is None for is_unknown, length in zip(unknown, given, strict=True)):
        return nothing
    varied = [length if is_unknown else None for is_unknown, length in zip(unknown, given, strict=True)]
    variables = list(dict.fromkeys(length for length in varied if length is not None))
    if not variables:
        return nothing
    if len(variables) == 1:
        mapped = _mapped(inference, key, [length is not None for length in varied], variables[0])
    else:
        mapped = _mapped_of_several(inference, key, varied, variables)
    return tuple(length if is_wanted else None for length, is_wanted in zip(mapped or nothing, wanted, strict=True))


def _mapped(
    inference: Inference, key: CallKey, varied: Sequence[bool], length: Length, rest: int | None = None
) -> tuple[Length | None, ...] | None:
    """Each output's length when the varied operands have this one and the other unknown ones are `rest` long."""

    def ask(size: int) -> tuple[int | None, ...] | None:
        unknown = [len(known.shape) > 1 and known.shape[1] is None for known in leaves(key.operands)]
        return inference.lengths(
            key, tuple(size if vary else rest if open_ else None for vary, open_ in zip(varied, unknown, strict=True))
        )

    if rest is None and all(_keeps(ask(size), size) for size in PROBES):
        kept = ask(PROBES[0])
        return tuple(length for _ in kept or ())
    answers = [ask(size) for size in length.values]
    if any(answer is None for answer in answers):
        return None
    columns = zip(*(answer for answer in answers if answer is not None), strict=True)
    return tuple(
        Length(length.variable, tuple(size for size in column if size is not None)) if None not in column else None
        for column in columns
    )


def _keeps(answer: tuple[int | None, ...] | None, size: int) -> bool:
    return answer is not None and all(length == size for length in answer)


def _mapped_of_several(
    inference: Inference, key: CallKey, varied: Sequence[Length | None], variables: Sequence[Length]
) -> tuple[Length | None, ...] | None:
    """Where only equal lengths are accepted they are one, named after the first; else the one the outputs follow."""
    followed: list[tuple[Length | None, ...]] = []
    for variable in variables:
        alone = _mapped(inference, key, [length == variable for length in varied], variable, rest=START + 3)
        if alone is not None and any(length is not None and len(set(length.values)) > 1 for length in alone):
            followed.append(alone)
    if len(followed) == 1:
        return followed[0]
    if not followed:
        return _mapped(inference, key, [length is not None for length in varied], variables[0])
    return None


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
    if step == 1:
        text = variable if factor == 1 else f"{factor}*{variable}"
        return text + (f"{offset:+d}" if offset else "")
    shift += step * (offset // factor)
    offset %= factor
    inner = f"({variable}{shift:+d})" if shift else variable
    text = f"floor({inner}/{step})"
    return (text if factor == 1 else f"{factor}*{text}") + (f"{offset:+d}" if offset else "")


def time_of(known: Known, length: Length | None) -> str | None:
    """The length of the time axis of a tensor as people read it; None: it has none, or it is not known."""
    if len(known.shape) < 2:
        return None
    if known.shape[1] is None:
        return length.formula if length is not None else None
    if len(known.shape) == 2 and not _is_integer(known.dtype):
        return None
    return str(known.shape[1])


def axes_of(known: Known) -> tuple[str, ...]:
    """Names of the axes, by the convention (batch, time, features); empty where there is none."""
    rank = len(known.shape)
    if rank == 2:
        return ("batch", "time") if known.shape[1] is None or _is_integer(known.dtype) else ("batch", "features")
    return {1: ("batch",), 3: ("batch", "time", "features")}.get(rank, ())


def _is_integer(dtype: str) -> bool:
    return dtype.startswith(("int", "uint")) or dtype in ("string", "bool")
