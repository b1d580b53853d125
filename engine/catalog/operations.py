"""The ports of an operation (a function of `keras.ops`): its tensor arguments, and the tensors that it returns.

That the number of outputs agrees with what Keras returns is a contract test.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

from engine.catalog.arguments import is_list
from engine.catalog.spec import OPERATION, LayerSpec, Ports, PortSpec
from engine.graph.values import Json, JsonObject

UNRAVEL = "unravel_index"
PIECES = {
    **dict.fromkeys(("split", "array_split", "hsplit", "vsplit", "dsplit"), "indices_or_sections"),
    "unstack": "num",
    UNRAVEL: "shape",
}
"""Operations that return as many tensors as an argument says."""
MOST_PIECES = 256
GETITEM = "getitem"


def operation_name(type_name: str) -> str:
    """`mean` of `keras.ops.mean`, `image.resize` of `keras.ops.image.resize`."""
    return type_name.removeprefix(OPERATION)


def operation_ports(spec: LayerSpec, arguments: JsonObject) -> Ports:
    """The ports of an operation with these arguments; one whose value is given may stay without a wire."""
    wanted = [name for name in spec.inputs if _is_required(spec, name) and name not in arguments]
    wanted = wanted or list(spec.inputs[:1])  # something must come over a wire
    inputs = tuple(
        PortSpec(name, "tensor", required=name in wanted, growing=name == spec.growing) for name in spec.inputs
    )
    return Ports(inputs, tuple(PortSpec(name, "output") for name in output_names(spec, arguments)))


def output_names(spec: LayerSpec, arguments: JsonObject) -> tuple[str, ...]:
    """The tensors that an operation returns, in Keras's order; the pieces of a split are numbered."""
    name = operation_name(spec.type)
    if name == "svd" and arguments.get("compute_uv") is False:
        return ("s",)
    count = PIECES.get(name)
    return spec.outputs if count is None else _numbered(_pieces(name, arguments.get(count)))


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"output_{place}" for place in range(min(max(count, 1), MOST_PIECES)))


def without_wired(arguments: JsonObject, wired: Collection[str]) -> dict[str, Json]:
    """The arguments of an operation whose value counts: where a wire arrives, it goes before the value."""
    return {name: value for name, value in arguments.items() if name not in wired}


def _pieces(name: str, value: Json) -> int:
    """A number of pieces, or the places at which to cut, or the axes to tell the place in."""
    if is_list(value):
        return len(cast("Sequence[Json]", value)) + (name != UNRAVEL)
    return value if isinstance(value, int) else 1


def _is_required(spec: LayerSpec, name: str) -> bool:
    argument = spec.argument(name)
    return argument is None or argument.required
