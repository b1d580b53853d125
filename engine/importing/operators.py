"""Operators, slices and functions between tensors: blocks of the type `keras.ops.NAME`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from engine.catalog.spec import LayerSpec
from engine.importing import fold
from engine.importing.names import OPERATION_TYPE
from engine.importing.objects import Array, Hole, Layer, Tensor, Unknown, Value, is_several
from engine.importing.reader import Reader

OPERATORS: Mapping[type, str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "true_divide", ast.FloorDiv: "floor_divide",
    ast.Pow: "power", ast.MatMult: "matmul", ast.Mod: "mod", ast.USub: "negative",
}  # fmt: skip
RENAMED: Mapping[str, str] = {"keep_dims": "keepdims", "reduction_indices": "axis", "dim": "axis", "perm": "axes"}
FIRST = frozenset({"values", "input_tensor", "input", "tensor", "tensors", "a", "b", "x", "y", "value", "inputs"})
"""What libraries call the tensors of a function."""
NOT_DRAWN = Unknown("it is no block")


def operate(reader: Reader, kind: type, left: Value, right: Value) -> Value:
    """Draws an operator between tensors, or a tensor and a number."""
    name = OPERATORS.get(kind)
    if name is None:
        reader.skip("this operator between tensors is no block")
        return NOT_DRAWN
    if kind is ast.USub:
        return apply_operation(reader, OPERATION_TYPE + name, [left], {})
    return apply_operation(reader, OPERATION_TYPE + name, [], {"x1": left, "x2": right})


def apply_operation(reader: Reader, kind: str, given: Sequence[Value], named: Mapping[str, Value]) -> Value:
    """Draws a function of `keras.ops`; tensors are its ports, everything else its arguments."""
    spec = reader.catalog.layers.get(kind)
    if spec is None:
        reader.skip(f"{kind.removeprefix(OPERATION_TYPE)} of tensors is no block")
        taken = [value for value in (*given, *named.values()) if isinstance(value, Tensor | Hole)]
        return reader.drawing.call(Layer(kind, {}, reader.line), [taken], {})
    values = _by_name(spec, given, named)
    tensors: dict[str, Value] = {}
    arguments: dict[str, Value] = {}
    for name, value in values.items():
        members = value if is_several(value) else [value]
        if any(isinstance(member, Tensor | Hole | Array) for member in members):
            tensors[name] = value
        elif isinstance(value, Unknown) and value.name and name in spec.inputs:
            tensors[name] = reader.hole(value)
        elif isinstance(value, Unknown):
            reader.skip(value.reason)
        elif fold.is_plain(value) and value is not None:
            arguments[name] = list(value) if is_several(value) else value
    return reader.drawing.call(Layer(kind, arguments, reader.line), [], tensors)


def _by_name(spec: LayerSpec, given: Sequence[Value], named: Mapping[str, Value]) -> dict[str, Value]:
    """The arguments under the names of `keras.ops`; TensorFlow and `keras.backend` call some of them otherwise."""
    names = [argument.name for argument in spec.arguments if not argument.base]
    if spec.growing and spec.growing not in names:
        names.insert(0, spec.growing)
    values: dict[str, Value] = dict(zip(names, given, strict=False))
    for name, value in named.items():
        known = RENAMED.get(name, name)
        free = next((port for port in spec.inputs if port not in values), known)
        if known in FIRST and known not in names:
            values[free] = value
        elif known != "name":
            values[known] = value
    return values


def take_part(reader: Reader, value: Value, key: ast.expr) -> Value:
    """`x[:, -1]` of a tensor is a block; of an array it is another shape."""
    parts = key.elts if isinstance(key, ast.Tuple) else [key]
    if isinstance(value, Array):
        return _part_of_array(reader, value, parts)
    texts = [_key_text(reader, part) for part in parts]
    if any(text is None for text in texts):
        reader.skip("the bounds of this slice are not known")
        return NOT_DRAWN
    text = ", ".join(text for text in texts if text is not None)
    return apply_operation(reader, OPERATION_TYPE + "getitem", [value], {"key": text})


def _key_text(reader: Reader, part: ast.expr) -> str | None:
    if isinstance(part, ast.Slice):
        bounds = [None if bound is None else reader.evaluate(bound) for bound in (part.lower, part.upper, part.step)]
        if not all(bound is None or isinstance(bound, int) for bound in bounds):
            return None
        lower, upper, step = ("" if bound is None else str(bound) for bound in bounds)
        return f"{lower}:{upper}" + (f":{step}" if step else "")
    if isinstance(part, ast.Constant) and part.value is ...:
        return "..."
    value = reader.evaluate(part)
    if value is None:
        return "None"
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _part_of_array(reader: Reader, array: Array, parts: Sequence[ast.expr]) -> Value:
    if len(parts) > len(array.shape):
        return fold.ODD
    shape: list[int | None] = []
    for size, part in zip(array.shape, parts, strict=False):
        if not isinstance(part, ast.Slice):
            continue
        bounds = [None if bound is None else reader.evaluate(bound) for bound in (part.lower, part.upper, part.step)]
        known = size is not None and all(bound is None or isinstance(bound, int) for bound in bounds) and bounds[2] != 0
        shape.append(len(range(size or 0)[slice(*bounds)]) if known else None)
    return Array((*shape, *array.shape[len(parts) :]), array.dtype)
