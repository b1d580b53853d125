"""Layers, Inputs, initializers and the like from the arguments of a call, in the form of a document."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from engine.catalog.spec import ArgumentSpec, LayerSpec
from engine.graph.values import Json
from engine.importing import fold
from engine.importing.guesses import FEATURES, usual_argument
from engine.importing.names import OLD_LAYERS
from engine.importing.objects import Described, Dotted, Layer, Stack, Unknown, Value, is_mapping, is_several
from engine.importing.reader import Reader
from engine.importing.values import Assumed, Shape

FIRST_LAYER = ("input_shape", "batch_input_shape", "input_dim", "input_length", "batch_size")
"""Arguments of a first layer that make the Input."""
IGNORED = frozenset({"name", "autocast", "input_shape"})
IN_KERAS_1 = {
    "output_dim": "units", "nb_filter": "filters", "filter_length": "kernel_size", "pool_length": "pool_size",
    "p": "rate",
}  # fmt: skip

LONGEST_TEXT = 200


def make_layer(reader: Reader, kind: str, given: Sequence[Value], named: Mapping[str, Value]) -> Layer:
    """A layer of a type; what the text does not tell of its arguments is guessed and noted."""
    new = OLD_LAYERS.get(kind, kind)
    spec = reader.catalog.layers.get(new)
    own = [argument.name for argument in spec.arguments if not argument.base] if spec is not None else []
    values = {**dict(zip(own, given, strict=False)), **named}
    layer = Layer(new, {}, reader.line)
    reader.layers.append(layer)
    if new != kind:
        layer.renamed = f"this Keras has no {kind}: {new} does its work"
    if isinstance(values.get("name"), str):
        layer.name = values["name"][:LONGEST_TEXT].strip()
    layer.shape = _told_shape(new, values, spec)
    for name, value in values.items():
        if name not in IGNORED and not _only_makes_the_input(name, new, spec):
            _set(reader, layer, spec, name, value)
    if spec is not None:
        _take_old_names(layer, spec, values)
    return layer


def _only_makes_the_input(name: str, kind: str, spec: LayerSpec | None) -> bool:
    """Keras takes these with a warning at most; `batch_input_shape` it refuses, so that stays."""
    known = spec is not None and spec.argument(name) is not None
    return not known and (name == "input_dim" or (name == "input_length" and kind == "Embedding"))


def _take_old_names(layer: Layer, spec: LayerSpec, values: Mapping[str, Value]) -> None:
    """Keras 1 called some arguments otherwise: the old one stays and is refused, its value serves."""
    for old, new in IN_KERAS_1.items():
        argument = spec.argument(new)
        if old in values and argument is not None and argument.required and new not in layer.arguments:
            value, told = to_json(values[old])
            layer.arguments[new] = value if told else usual_argument(argument)
            layer.guesses[new] = f"Keras 1 called it {old}"


def _set(reader: Reader, layer: Layer, spec: LayerSpec | None, name: str, value: Value) -> None:
    argument = spec.argument(name) if spec is not None else None
    if isinstance(value, Layer):
        _set_nested(layer, name, value)
    elif isinstance(value, Stack) and name == "layer":
        members = tuple(member for member in value.layers if isinstance(member, Layer))
        value.called = True
        layer.members = members
        layer.shape = layer.shape or value.input_shape
        if members:
            _set_nested(layer, name, members[0])
    elif is_several(value) and any(isinstance(member, Layer) for member in value):
        layer.arguments[name] = [_nested(member) for member in value if isinstance(member, Layer)]
    else:
        _set_plain(reader, layer, argument, name, value)


def _set_plain(reader: Reader, layer: Layer, argument: ArgumentSpec | None, name: str, value: Value) -> None:
    plain, told = to_json(value)
    if told:
        if argument is None or argument.required or not _same(plain, argument.default):
            layer.arguments[name] = plain
        return
    layer.guesses[name] = value.reason if isinstance(value, Unknown) else "its value is none that a document can hold"
    if argument is None:
        layer.arguments[name] = None
    elif argument.required:
        known = value.name if isinstance(value, Unknown) else ""
        guess = reader.guessed.setdefault(known, usual_argument(argument)) if known else usual_argument(argument)
        layer.arguments[name] = guess


def _same(value: Json, default: Json) -> bool:
    return type(value) is type(default) and value == default


def _set_nested(layer: Layer, name: str, inner: Layer) -> None:
    layer.arguments[name] = _nested(inner)
    layer.shape = layer.shape or inner.shape
    layer.guesses |= {f"{name}.arguments.{key}": reason for key, reason in inner.guesses.items()}
    layer.renamed = layer.renamed or inner.renamed


def _nested(layer: Layer) -> Json:
    layer.used = True
    named: dict[str, Json] = {"name": layer.name} if layer.name else {}
    return {"type": layer.type, "arguments": {**layer.arguments, **named}}


def _told_shape(kind: str, values: Mapping[str, Value], spec: LayerSpec | None) -> Shape | None:
    """The Input's shape, with the batch, that arguments of a first layer give."""
    batch = values.get("batch_size")
    first = batch if isinstance(batch, int) else None
    if "batch_input_shape" in values:
        return sizes_of(values["batch_input_shape"])
    if "input_shape" in values:
        inner = sizes_of(values["input_shape"])
        return None if inner is None else (first, *inner)
    length = values.get("input_length")
    if kind == "Embedding":
        return (first, length) if isinstance(length, int) and "input_length" in values else None
    width = values.get("input_dim")
    if width is None or (spec is not None and spec.argument("input_dim") is not None):
        return None
    recurrent = spec is not None and spec.category in ("recurrent", "length")
    inner = (length if isinstance(length, int) else None, _size(width)) if recurrent else (_size(width),)
    return (first, *inner)


def sizes_of(value: Value) -> Shape | None:
    """A shape as the text tells it, None where a size is not known; None: it is no shape."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if not is_several(value):
        return None
    return tuple(_size(size) for size in value)


def _size(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def make_input(reader: Reader, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """The tensor of `Input(…)`."""
    whole = named.get("batch_shape", named.get("batch_input_shape"))
    told = given[0] if given else named.get("shape", named.get("input_shape", whole))
    sizes = sizes_of(told)
    dtype = named.get("dtype")
    kind = dtype if isinstance(dtype, str) else dtype.last if isinstance(dtype, Dotted) else "float32"
    name = named.get("name")
    batch = named.get("batch_size")
    unknown = sizes is None or any(isinstance(size, Unknown) for size in (told if is_several(told) else ()))
    shape = _with_features(sizes, told, batch=whole is told)
    if whole is None or whole is not told:
        shape = (batch if isinstance(batch, int) else None, *shape)
    fixed = shape[0] is not None
    tensor = reader.drawing.input(shape, kind, name if isinstance(name, str) else "", batch=fixed)
    if unknown:
        block = reader.drawing.blocks[-1]
        argument = "batch_shape" if fixed else "shape"
        reason = next((part.reason for part in _parts(told) if isinstance(part, Unknown)), "the text tells no shape")
        reader.drawing.assumed.append(Assumed(block.id, argument, block.arguments[argument], reason))
    return tensor


def _parts(value: Value) -> Sequence[Value]:
    return value if is_several(value) else (value,)


def _with_features(sizes: Shape | None, told: Value, *, batch: bool) -> Shape:
    """The shape, with a number of features where the text names one that it does not tell."""
    if sizes is None:
        return (None, None, FEATURES) if batch else (None, FEATURES)
    parts = _parts(told)
    if sizes and isinstance(parts[-1], Unknown) and len(sizes) > (2 if batch else 1):
        return (*sizes[:-1], FEATURES)
    return sizes


def describe(kind: str, given: Sequence[Value], named: Mapping[str, Value]) -> Described:
    """An initializer, regularizer or constraint."""
    positional = {"L1": ("l1",), "L2": ("l2",), "L1L2": ("l1", "l2"), "MaxNorm": ("max_value",)}.get(kind, ())
    arguments: dict[str, Json] = {}
    for name, value in {**dict(zip(positional, given, strict=False)), **named}.items():
        plain, told = to_json(value)
        if told:
            arguments["l1" if name == "l" and kind == "L1" else "l2" if name == "l" else name] = plain
    return Described({"type": kind, "arguments": arguments})


def to_json(value: Value) -> tuple[Json, bool]:
    """A value as a document holds it, and whether it can."""
    if isinstance(value, Described):
        return value.json, True
    if isinstance(value, Dotted):
        return value.last, True
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()[:LONGEST_TEXT], True
    if value is None or isinstance(value, bool) or (fold.is_number(value) and math.isfinite(value)):
        return value, True
    if is_several(value):
        parts = [to_json(member) for member in value]
        return [part for part, _ in parts], all(told for _, told in parts)
    if is_mapping(value):
        pairs = {str(key): to_json(member) for key, member in value.items()}
        return {key: part for key, (part, _) in pairs.items()}, all(told for _, told in pairs.values())
    return None, False
