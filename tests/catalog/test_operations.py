"""The ports of operations."""

from __future__ import annotations

import pytest

from engine.catalog.arguments import check_value, unset_required
from engine.catalog.ports import ports_of
from engine.catalog.snapshot import load_snapshot
from engine.catalog.spec import PortSpec, short_type
from engine.graph.values import Block, Graph, Json

CATALOG = load_snapshot()


def inputs(kind: str, **arguments: Json) -> tuple[PortSpec, ...]:
    """The input ports of an operation."""
    return ports_of(Block("b1", f"keras.ops.{kind}", "a", arguments), Graph(), CATALOG).inputs


def outputs(kind: str, **arguments: Json) -> list[str]:
    """The names of its output ports."""
    ports = ports_of(Block("b1", f"keras.ops.{kind}", "a", arguments), Graph(), CATALOG).outputs
    return [port.name for port in ports]


def test_tensor_arguments_are_ports_with_kerass_own_names() -> None:
    """Optional ones need no wire."""
    assert [(port.name, port.required) for port in inputs("where")] == [("condition", True), ("x1", True), ("x2", True)]
    assert [port.name for port in inputs("mean")] == ["x"]
    weights = inputs("average")[1]
    assert (weights.name, weights.required) == ("weights", False)
    assert [port.growing for port in inputs("concatenate")] == [True]


def test_a_number_stands_in_for_a_wire() -> None:
    """But something must come over one."""
    assert [port.required for port in inputs("multiply")] == [True, True]
    assert [port.required for port in inputs("multiply", x2=2)] == [True, False]
    assert [port.required for port in inputs("subtract", x1=1)] == [False, True]
    assert [port.required for port in inputs("subtract", x1=1, x2=2)] == [True, False]
    spec = CATALOG.layers["keras.ops.multiply"]
    assert list(unset_required(spec, {})) == []
    second = spec.argument("x2")
    assert second is not None
    assert check_value(second, [[1, 2.5], [3, 4]]) == ""
    assert check_value(second, "two") == "must be a number or a list of numbers"


@pytest.mark.parametrize(
    ("kind", "arguments", "names"),
    [("mean", {}, ["output"]), ("top_k", {"k": 2}, ["values", "indices"]),
     ("split", {"indices_or_sections": 3}, ["output_0", "output_1", "output_2"]),
     ("split", {"indices_or_sections": [2, 5]}, ["output_0", "output_1", "output_2"]),
     ("unstack", {"num": 2}, ["output_0", "output_1"]), ("split", {}, ["output_0"]), ("svd", {"compute_uv": False}, ["s"]),
     ("unravel_index", {"shape": [4, 5, 6]}, ["output_0", "output_1", "output_2"])],
)  # fmt: skip
def test_as_many_outputs_as_keras_returns(kind: str, arguments: dict[str, Json], names: list[str]) -> None:
    """Also where the arguments say how many; that Keras agrees is the contract of every layer."""
    assert outputs(kind, **arguments) == names


def test_functions_of_images_have_ports_too() -> None:
    """They stand in `keras.ops.image` alone; what is in `nn`, `linalg` and `numpy` is offered under its first name."""
    assert [port.name for port in inputs("image.ssim")] == ["image1", "image2"]
    assert outputs("image.resize", size=[4, 4]) == ["output"]
    images = [kind for kind in CATALOG.layers if kind.startswith("keras.ops.image.")]
    assert len(images) == 16
    assert all(CATALOG.layers[kind].placeable for kind in images)
    assert not any(
        kind.startswith(("keras.ops.nn.", "keras.ops.linalg.", "keras.ops.numpy.")) for kind in CATALOG.layers
    )


def test_a_huge_number_of_pieces_makes_no_huge_block() -> None:
    """A document may say anything."""
    assert len(outputs("split", indices_or_sections=10**9)) == 256


def test_types_are_short_on_blocks() -> None:
    """The document keeps the whole."""
    kinds = ("LSTM", "keras.ops.mean", "keras.ops.image.resize", "package>Cell")
    assert [short_type(kind) for kind in kinds] == ["LSTM", "ops.mean", "ops.image.resize", "Cell"]
