"""Shapes of arrays that code makes from literal sizes; no array is ever made."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from engine.importing.fold import is_number
from engine.importing.objects import Array, Value, is_list, is_several
from engine.importing.values import Shape

MOST_AXES = 8
HOME = re.compile(r"^(?:numpy|tensorflow|(?:.*\.)?keras\.(?:ops|random|backend))(?:\.[\w.]+)?\.(\w+)$")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def array_call(path: str, given: Sequence[Value], named: Mapping[str, Value]) -> Array | None:
    """The array that a function of numpy or TensorFlow makes; None: it makes none of a known shape."""
    found = HOME.match(path)
    act = MAKERS.get(found[1]) if found is not None else None
    shape = act(given, named) if act is not None else None
    if shape is None or found is None or len(shape) > MOST_AXES:
        return None
    return Array(shape, _dtype(found[1], named.get("dtype")))


def array_method(array: Array, name: str, given: Sequence[Value]) -> Array | None:
    """The array that a method of an array gives; None: not known."""
    if name == "reshape":
        return reshaped(array, given[0] if len(given) == 1 else given)
    if name in ("astype", "copy", "numpy", "clip", "round", "squeeze"):
        kept = array.shape if name != "squeeze" else tuple(size for size in array.shape if size != 1)
        return Array(kept, _dtype("", given[0]) if name == "astype" and given else array.dtype)
    if name in ("transpose", "T") and not given:
        return Array(tuple(reversed(array.shape)), array.dtype)
    return None


def reshaped(array: Array, wanted: Value) -> Array | None:
    """The array in another shape; one size may be -1."""
    shape = shape_of(wanted)
    if shape is None:
        return None
    whole = math.prod(size for size in array.shape if size is not None)
    rest = math.prod(size for size in shape if size is not None and size > 0)
    filled = tuple(whole // rest if size == -1 and rest else size for size in shape)
    return Array(filled, array.dtype)


def shape_of(value: Value) -> Shape | None:
    """The shape that a number or a list of numbers gives; None: one of them is not known."""
    sizes = list(value) if is_several(value) else [value]
    if not sizes or not all(isinstance(size, int) and not isinstance(size, bool) for size in sizes):
        return None
    return tuple(sizes)


def literal_shape(value: Value) -> Shape | None:
    """The shape of nested lists of numbers."""
    shape: list[int] = []
    while is_several(value) and value and len(shape) < MOST_AXES:
        shape.append(len(value))
        value = value[0]
    if isinstance(value, Array):
        return (*shape, *value.shape)
    return tuple(shape) if shape and is_number(value) else None


def _dtype(name: str, told: Value) -> str:
    last = told if isinstance(told, str) else getattr(told, "last", "")
    if name in ("randint", "arange") and not last:
        return "int32"
    return "int32" if last in (*INTEGERS, "int") else "float32"


def _first(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    return shape_of(given[0] if given else named.get("shape", named.get("size")))


def _all(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    return shape_of(list(given))


def _size(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    told = named.get("size", named.get("shape"))
    if told is None:
        told = next((value for value in given if is_several(value)), given[-1] if len(given) > 2 else None)
    return shape_of(told)


def _literal(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    return literal_shape(given[0]) if given else None


def _like(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    return given[0].shape if given and isinstance(given[0], Array) else None


def _reshape(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    if not given or not isinstance(given[0], Array):
        return None
    made = reshaped(given[0], given[1] if len(given) > 1 else named.get("newshape", named.get("shape")))
    return made.shape if made is not None else None


def _expand(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    axis = given[1] if len(given) > 1 else named.get("axis", 0)
    if not given or not isinstance(given[0], Array) or not isinstance(axis, int):
        return None
    shape = list(given[0].shape)
    shape.insert(axis if axis >= 0 else len(shape) + 1 + axis, 1)
    return tuple(shape)


def _range(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    if not all(isinstance(part, int) for part in given) or not given or 0 in given[2:]:
        return None
    return (len(range(*given[:3])),)


def _padded(given: Sequence[Value], named: Mapping[str, Value]) -> Shape | None:
    longest = given[1] if len(given) > 1 else named.get("maxlen")
    rows = len(given[0]) if given and is_list(given[0]) else None
    return (rows, longest) if isinstance(longest, int) else None


MAKERS: Mapping[str, Callable[[Sequence[Value], Mapping[str, Value]], Shape | None]] = {
    "zeros": _first, "ones": _first, "empty": _first, "full": _first, "fill": _first, "random": _first,
    "random_sample": _first, "truncated_normal": _first,
    "rand": _all, "randn": _all,
    "normal": lambda given, named: _size(given, named) or _first(given, named),
    "uniform": lambda given, named: _size(given, named) or _first(given, named),
    "standard_normal": _first, "randint": _size, "choice": _size,
    "array": _literal, "asarray": _literal, "constant": _literal, "convert_to_tensor": _literal,
    "zeros_like": _like, "ones_like": _like, "float32": _like,
    "reshape": _reshape, "expand_dims": _expand, "arange": _range, "pad_sequences": _padded,
}  # fmt: skip
