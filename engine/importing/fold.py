"""Arithmetic on constants, bounded: what would be huge, odd or wrong is simply not known."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from engine.importing.objects import Unknown, Value, is_mapping, is_sized

LARGEST_NUMBER = 1 << 53
LONGEST = 10_000
"""Members of a list, characters of a text."""
ODD = Unknown("its value cannot be worked out")
HUGE = Unknown("its value is too large")

BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: a**b,
}
UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: lambda a, b: a is b or a == b,
    ast.IsNot: lambda a, b: a is not b and a != b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
PLAIN = (type(None), bool, int, float, str, tuple, list, dict, range)


def is_plain(value: Value) -> bool:
    """A constant of Python, whose members may be anything."""
    return isinstance(value, PLAIN)


def is_number(value: Value) -> bool:
    """An int or a float, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def bounded(value: Value) -> Value:
    """The value, or that it is too large to be meant."""
    if is_number(value) and not (math.isfinite(value) and abs(value) <= LARGEST_NUMBER):
        return HUGE
    if isinstance(value, complex):
        return ODD
    if is_sized(value) and len(value) > LONGEST:
        return HUGE
    return value


def binary(kind: type[ast.operator], left: Value, right: Value) -> Value:
    """The result of an operator on two constants."""
    act = BINARY.get(kind)
    if act is None or not _may(kind, left, right):
        return ODD
    try:
        return bounded(act(left, right))
    except (ArithmeticError, TypeError, ValueError, MemoryError):
        return ODD


def _may(kind: type[ast.operator], left: Value, right: Value) -> bool:
    """Numbers with small powers, lists and texts joined or repeated a few times; no `%` that formats."""
    if is_number(left) or isinstance(left, bool):
        if is_sized(right):
            return kind is ast.Mult and isinstance(left, int) and left * max(len(right), 1) <= LONGEST
        return kind is not ast.Pow or (is_number(right) and abs(right) <= 64 and abs(left) <= LARGEST_NUMBER)
    if is_sized(left):
        if kind is ast.Mult:
            return isinstance(right, int) and right * max(len(left), 1) <= LONGEST
        return kind is ast.Add and type(left) is type(right)
    return False


def unary(kind: type[ast.unaryop], value: Value) -> Value:
    """The result of a sign or a `not`."""
    act = UNARY.get(kind)
    if act is None or not is_plain(value):
        return ODD
    try:
        return bounded(act(value))
    except (ArithmeticError, TypeError, ValueError):
        return ODD


def compared(kind: type[ast.cmpop], left: Value, right: Value) -> Value:
    """The result of a comparison of constants."""
    try:
        return bool(COMPARED[kind](left, right))
    except (KeyError, ArithmeticError, TypeError, ValueError, RecursionError):
        return ODD


def truth(value: Value) -> bool | None:
    """Whether a condition holds, None: not known."""
    if not is_plain(value):
        return None
    return bool(value)


def member(value: Value, key: Value) -> Value:
    """A member or slice of a list, text or dictionary."""
    try:
        if is_mapping(value) and not isinstance(key, slice):
            return value.get(key, ODD)
        if isinstance(value, range) or is_sized(value):
            return value[key] if isinstance(key, int | slice) else ODD
    except (IndexError, TypeError, ValueError, OverflowError):
        return ODD
    return ODD
