"""Arguments as JSON: reading and changing them by path, and the checks that need no Keras.

A path names a nested value: `layer.arguments.units` is the argument `units` of the layer in the argument `layer`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from engine.catalog.keys import KeyTextError, parse_key
from engine.catalog.spec import ArgumentSpec, Catalog, LayerSpec
from engine.graph.values import Json, JsonObject

MISSING = object()
SEPARATOR = "."


def get_argument(arguments: JsonObject, path: str) -> Json | object:
    """The value at a path, or `MISSING`."""
    value: Json | object = arguments
    for key in path.split(SEPARATOR):
        if isinstance(value, Mapping) and key in value:
            value = cast("Mapping[str, Json]", value)[key]
        elif is_list(value) and key.isdigit() and int(key) < len(cast("Sequence[Json]", value)):
            value = cast("Sequence[Json]", value)[int(key)]
        else:
            return MISSING
    return value


def set_argument(arguments: JsonObject, path: str, value: Json) -> dict[str, Json]:
    """New arguments with the value at a path; missing levels in between are made.

    Raises:
        ValueError: the path goes through something that has no members.
    """
    key, _, rest = path.partition(SEPARATOR)
    if not rest:
        return {**arguments, key: value}
    return {**arguments, key: _set_inside(arguments.get(key), rest, value, path)}


def _set_inside(inner: Json, path: str, value: Json, whole: str) -> Json:
    if inner is None:
        inner = {}
    if isinstance(inner, Mapping):
        return set_argument(inner, path, value)
    key, _, rest = path.partition(SEPARATOR)
    if is_list(inner) and key.isdigit() and int(key) < len(cast("Sequence[Json]", inner)):
        changed = list(cast("Sequence[Json]", inner))
        place = int(key)
        changed[place] = _set_inside(changed[place], rest, value, whole) if rest else value
        return changed
    raise ValueError(f"{whole} does not lead to an argument.")


def unset_argument(arguments: JsonObject, path: str) -> dict[str, Json]:
    """New arguments without the value at a path; nothing there: equal arguments."""
    key, _, rest = path.partition(SEPARATOR)
    if not rest:
        return {name: value for name, value in arguments.items() if name != key}
    inner = arguments.get(key)
    if isinstance(inner, Mapping):
        return {**arguments, key: unset_argument(inner, rest)}
    place, _, deeper = rest.partition(SEPARATOR)
    if is_list(inner) and deeper and place.isdigit() and int(place) < len(cast("Sequence[Json]", inner)):
        changed = list(cast("Sequence[Json]", inner))
        member = changed[int(place)]
        if isinstance(member, Mapping):
            changed[int(place)] = unset_argument(member, deeper)
        return {**arguments, key: changed}
    return dict(arguments)


def is_list(value: object) -> bool:
    """A JSON list (a string is none)."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def nested_layer(value: Json) -> tuple[str, JsonObject] | None:
    """Type and arguments of a nested `{type, arguments}` (or Keras's `{class_name, config}`), if the value is one."""
    if not isinstance(value, Mapping):
        return None
    kind = value.get("type", value.get("class_name"))
    arguments = value.get("arguments", value.get("config", {}))
    if not isinstance(kind, str) or not isinstance(arguments, Mapping):
        return None
    return kind, arguments


def effective(arguments: JsonObject, spec: LayerSpec | None, name: str) -> Json:
    """What Keras will see: the value set, else the default; None where neither is known."""
    if name in arguments:
        return arguments[name]
    argument = spec.argument(name) if spec is not None else None
    return argument.default if argument is not None else None


def unset_required(spec: LayerSpec, arguments: JsonObject) -> Iterator[ArgumentSpec]:
    """The required arguments that are not set; those that may be wired are their port's affair."""
    return (
        argument
        for argument in spec.arguments
        if argument.required and argument.name not in arguments and not argument.tensor
    )


def check_value(spec: ArgumentSpec, value: Json, catalog: Catalog | None = None) -> str:
    """What is certainly wrong with a value, as the end of a sentence (`must be a whole number`), or an empty string.

    Whatever is not certain is left to Keras.
    """
    if value is None:
        return "" if spec.optional or spec.default is None and not spec.required else "must not be empty"
    if spec.tensor:
        return _check_constant(value)
    complaint = _KIND_CHECKS.get(spec.kind, lambda _: "")(value)
    if complaint or spec.kind != "choice" or value in spec.choices:
        return complaint
    return "must be one of " + ", ".join(spec.choices)


def _is_int(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_shape(value: Json) -> str:
    good = is_list(value) and all(size is None or _is_int(size) for size in cast("Sequence[Json]", value))
    return "" if good else "must be a list of sizes, each a whole number or null"


def _check_ints(value: Json) -> str:
    if _is_int(value) or (is_list(value) and all(not _check_ints(part) for part in cast("Sequence[Json]", value))):
        return ""
    return "must be a whole number or a list of whole numbers"


def _check_layer(value: Json) -> str:
    return "" if nested_layer(value) else "must be a layer"


def _check_cell(value: Json) -> str:
    parts = cast("Sequence[Json]", value) if is_list(value) else [value]
    return "" if parts and all(nested_layer(part) for part in parts) else "must be a cell or a list of cells"


def _check_constant(value: Json) -> str:
    good = all(not _check_constant(part) for part in value) if is_list(value) else isinstance(value, int | float)  # type: ignore[union-attr]
    return "" if good else "must be a number or a list of numbers"


def _check_key(value: Json) -> str:
    try:
        parse_key(value if isinstance(value, str) else "")
    except KeyTextError as error:
        return str(error)
    return ""


_KIND_CHECKS: dict[str, Callable[[Json], str]] = {
    "int": lambda value: "" if _is_int(value) else "must be a whole number",
    "float": lambda value: "" if _is_number(value) else "must be a number",
    "bool": lambda value: "" if isinstance(value, bool) else "must be true or false",
    "string": lambda value: "" if isinstance(value, str) else "must be text",
    "shape": _check_shape,
    "ints": _check_ints,
    "axis": _check_ints,
    "layer": _check_layer,
    "cell": _check_cell,
    "key": _check_key,
}
