"""Python's own functions and methods on constants, as far as building a model needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.importing import fold
from engine.importing.objects import Array, Unknown, Value, is_counted, is_list, is_mapping, is_several
from engine.importing.reader import Reader


@dataclass(frozen=True)
class Answer:
    """What a function gives, which may be None."""

    value: Value


def call_builtin(reader: Reader, name: str, given: Sequence[Value], named: Mapping[str, Value]) -> Answer | None:
    """The result of a function of Python; None: there is no such one here."""
    if name in ("print", "super", "display", "open", "input", "exec", "eval", "__import__", "compile", "globals"):
        return Answer(Unknown(f"{name} is not read"))
    if name in ("getattr", "setattr", "hasattr", "isinstance", "type"):
        return Answer(Unknown(f"{name} is not read"))
    act = BUILTINS.get(name)
    if act is None:
        return None
    if name == "len" and given and isinstance(given[0], Array):
        return Answer(given[0].shape[0])
    unknown = next((value for value in given if isinstance(value, Unknown)), None)
    if unknown is not None:
        return Answer(unknown)
    try:
        for _ in range(min(sum(_size(value) for value in given), 2 * fold.LONGEST)):
            with reader.step():
                pass
        return Answer(fold.bounded(act(*given, **named)))
    except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError, IndexError):
        return Answer(fold.ODD)


def _size(value: Value) -> int:
    return len(value) if is_counted(value) else 1


def _listed(value: Value = ()) -> list[Value]:
    """The members, where they are few enough to be meant.

    Raises:
        ValueError: they are too many.
    """
    if not is_counted(value) or len(value) > fold.LONGEST:
        raise ValueError
    return list(value)


def _number(make: Callable[[Any], Any]) -> Callable[..., Value]:
    def made(value: Value = 0) -> Value:
        if not isinstance(value, bool | int | float | str) or (isinstance(value, str) and len(value) > 40):
            raise ValueError
        return make(value)

    return made


def _range(*bounds: Value) -> Value:
    if not all(isinstance(bound, int) and abs(bound) <= fold.LARGEST_NUMBER for bound in bounds):
        raise ValueError
    return range(*bounds)


def _largest(choose: Callable[..., Any]) -> Callable[..., Value]:
    return lambda *values: choose(_listed(values[0]) if len(values) == 1 else values)


def _length(value: Value) -> int:
    return len(value) if isinstance(value, range) else len(_listed(value))


def _rounded(value: Value, digits: Value = 0) -> Value:
    return round(value, digits) if digits else round(value)


def _dict(*pairs: Value, **named: Value) -> dict[Value, Value]:
    return {**(dict(pairs[0]) if pairs else {}), **named}


def _zip(*lists: Value) -> list[tuple[Value, ...]]:
    return list(zip(*(_listed(members) for members in lists), strict=False))


def _sum(values: Value) -> Value:
    return sum(_listed(values))


def _enumerate(values: Value, start: int = 0) -> list[tuple[int, Value]]:
    return list(enumerate(_listed(values), start))


def _reversed(values: Value) -> list[Value]:
    return _listed(values)[::-1]


def _sorted(values: Value) -> list[Value]:
    return sorted(_listed(values))


def _tuple(value: Value = ()) -> tuple[Value, ...]:
    return tuple(_listed(value))


def _text(value: Value = "") -> Value:
    return str(value) if isinstance(value, bool | int | float | str) else fold.ODD


BUILTINS: Mapping[str, Callable[..., Value]] = {
    "range": _range, "len": _length, "int": _number(int), "float": _number(float), "bool": _number(bool),
    "abs": _number(abs), "round": _rounded, "str": _text, "list": _listed, "tuple": _tuple, "set": _listed, "dict": _dict,
    "max": _largest(max), "min": _largest(min), "sum": _sum, "zip": _zip, "enumerate": _enumerate,
    "reversed": _reversed, "sorted": _sorted,
}  # fmt: skip


def call_plain_method(owner: Value, name: str, given: Sequence[Value]) -> Value:
    """A method of a list, dictionary or text."""
    if is_list(owner):
        return _of_list(owner, name, given)
    if is_mapping(owner):
        content = owner
        if name == "get" and given and isinstance(given[0], str | int):
            return content.get(given[0], given[1] if len(given) > 1 else None)
        views: dict[str, Value] = {
            "keys": list(content),
            "values": list(content.values()),
            "items": list(content.items()),
        }
        return views.get(name, fold.ODD)
    if isinstance(owner, str) and name in ("lower", "upper", "strip") and not given:
        return getattr(owner, name)()
    if isinstance(owner, str) and name == "format" and owner.count("{") == 1 and len(given) == 1:
        return fold.bounded(owner.replace("{}", str(given[0]))) if isinstance(given[0], str | int) else fold.ODD
    return fold.ODD


def _of_list(owner: list[Value], name: str, given: Sequence[Value]) -> Value:
    if name == "append" and len(given) == 1 and len(owner) < fold.LONGEST:
        owner.append(given[0])
        return None
    if name == "extend" and given and is_several(given[0]):
        members = list(given[0])
        owner += members[: fold.LONGEST - len(owner)]
        return None
    if name == "insert" and len(given) == 2 and isinstance(given[0], int) and len(owner) < fold.LONGEST:
        owner.insert(given[0], given[1])
        return None
    if name == "pop" and owner and all(isinstance(at, int) and -len(owner) <= at < len(owner) for at in given[:1]):
        return owner.pop(*given[:1])
    return fold.ODD
