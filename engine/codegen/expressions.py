"""Python expressions as small trees, laid out as Black lays them out: on one line where that fits, else one argument a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.catalog.arguments import is_list, nested_layer
from engine.catalog.spec import REGISTERED, ArgumentSpec, Catalog
from engine.graph.values import Json

WIDTH = 88
INDENT = "    "
TUPLE_KINDS = frozenset({"shape", "ints", "axis"})
MODULES = {"initializer": "initializers", "regularizer": "regularizers", "constraint": "constraints"}


@dataclass(frozen=True)
class CallExpression:
    """`function(a, name=b)`."""

    function: str
    positional: tuple[Expression, ...] = ()
    keywords: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True)
class ListExpression:
    """`[a, b]`."""

    members: tuple[Expression, ...]


Expression: TypeAlias = "str | CallExpression | ListExpression"
"""A string stands for itself: a name or a literal."""


def one_line(expression: Expression) -> str:
    """The expression on one line, however long."""
    if isinstance(expression, str):
        return expression
    if isinstance(expression, ListExpression):
        return "[" + ", ".join(map(one_line, expression.members)) + "]"
    parts = [one_line(part) for part in expression.positional]
    parts += [f"{name}={one_line(value)}" for name, value in expression.keywords]
    return f"{expression.function}({', '.join(parts)})"


def laid_out(prefix: str, expression: Expression, suffix: str, depth: int) -> list[str]:
    """Lines for `prefix expression suffix` at an indentation."""
    indent = INDENT * depth
    line = indent + prefix + one_line(expression) + suffix
    if len(line) <= WIDTH or isinstance(expression, str):
        return [line]
    if isinstance(expression, ListExpression):
        head, parts, tail = "[", [("", member) for member in expression.members], "]"
    else:
        head, tail = expression.function + "(", ")"
        parts = [("", part) for part in expression.positional]
        parts += [(f"{name}=", value) for name, value in expression.keywords]
        if not parts:
            return [line]
    lines = [indent + prefix + head]
    for name, part in parts:
        lines += laid_out(name, part, ",", depth + 1)
    return [*lines, indent + tail + suffix]


def layer_expression(type_name: str, arguments: Mapping[str, Json], catalog: Catalog, name: str = "") -> CallExpression:
    """`layers.LSTM(64, return_sequences=True, name="reader")`: only what is set, leading required arguments by place."""
    spec = catalog.layers.get(type_name)
    known = {argument.name: argument for argument in spec.arguments} if spec is not None else {}
    order = [key for key in known if key in arguments] + [key for key in arguments if key not in known]
    by_place: list[str] = []
    if spec is not None and spec.category != "attention":
        for argument in spec.arguments:
            if not argument.required or argument.name not in arguments:
                break
            by_place.append(argument.name)
    positional = tuple(value_expression(arguments[key], known.get(key), catalog) for key in by_place)
    keywords = [
        (key, value_expression(arguments[key], known.get(key), catalog))
        for key in order
        if key not in by_place and key.isidentifier()
    ]
    if name:
        keywords.append(("name", literal(name)))
    public = spec.public if spec is not None and spec.public else type_name
    function = f"layers.{public}"
    if REGISTERED in type_name:
        function = f"keras.saving.get_registered_object({literal(type_name)})"
    return CallExpression(function, positional, tuple(keywords))


def value_expression(value: Json, spec: ArgumentSpec | None, catalog: Catalog) -> Expression:
    """An argument's value: nested layers and objects as calls, sizes as tuples, all else as literals."""
    kind = spec.kind if spec is not None else "json"
    nested = nested_layer(value)
    if nested is not None:
        type_name, arguments = nested
        if type_name in catalog.layers:
            own = arguments.get("name")
            plain = {key: part for key, part in arguments.items() if key != "name"}
            return layer_expression(type_name, plain, catalog, own if isinstance(own, str) else "")
        module = MODULES.get(kind, "initializers")
        return CallExpression(
            f"keras.{module}.{type_name}" if type_name.isidentifier() else "None",
            keywords=tuple((key, literal(part)) for key, part in arguments.items() if key.isidentifier()),
        )
    if is_list(value) and not isinstance(value, str) and kind in ("cell", "layer"):
        return ListExpression(tuple(value_expression(part, spec, catalog) for part in value))  # type: ignore[union-attr]
    return literal(value, as_tuple=kind in TUPLE_KINDS)


def literal(value: Json, *, as_tuple: bool = False) -> str:
    """A JSON value as a Python literal; strings can hold nothing but themselves."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text and "\\'" not in text else text
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(key)}: {literal(part)}" for key, part in value.items()) + "}"
    if isinstance(value, Sequence):
        parts = [literal(part, as_tuple=as_tuple) for part in value]
        if as_tuple:
            return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
        return f"[{', '.join(parts)}]"
    return repr(value)
