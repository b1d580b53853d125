"""Operations as people write them."""

from __future__ import annotations

import ast

import pytest

from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import python_source
from engine.document.values import Document
from engine.graph.values import Json
from engine.plan.lower import lower
from engine.plan.values import Operate
from tests.documents import graph_of

CATALOG = load_snapshot()


def model(kind: str, arguments: dict[str, Json], *ports: str) -> Document:
    """One operation with an Input at each of these ports."""
    blocks = {f"b{at}": ("Input", {"shape": [None, 4]}) for at, _ in enumerate(ports)}
    wires = [(f"b{at}.output", f"b9.{port}") for at, port in enumerate(ports)]
    return graph_of({**blocks, "b9": (f"keras.ops.{kind}", arguments)}, wires)


def line(kind: str, arguments: dict[str, Json], *ports: str) -> str:
    """How the operation is written."""
    source = python_source(lower(model(kind, arguments, *ports), CATALOG), CATALOG)
    ast.parse(source.text)
    first, last = source.lines["b9"]
    return " ".join(part.strip() for part in source.text.splitlines()[first - 1 : last]).partition(" = ")[2]


@pytest.mark.parametrize(
    ("kind", "arguments", "ports", "text"),
    [("getitem", {"key": " : , -1"}, ["x"], "input_b0[:, -1]"),
     ("add", {}, ["x1", "x2"], "input_b0 + input_b1"),
     ("multiply", {"x2": 2}, ["x1"], "input_b0 * 2"),
     ("multiply", {"x2": [1.0, 2.0, 3.0, 4.0]}, ["x1"], "input_b0 * ops.array([1.0, 2.0, 3.0, 4.0])"),
     ("subtract", {"x1": -1}, ["x2"], "(-1) - input_b0"),
     ("power", {"x2": 2}, ["x1"], "input_b0 ** 2"),
     ("true_divide", {"x2": 255.0}, ["x1"], "input_b0 / 255.0"),
     ("matmul", {}, ["x1", "x2"], "input_b0 @ input_b1"),
     ("greater", {"x2": 0}, ["x1"], "input_b0 > 0"),
     ("negative", {}, ["x"], "-input_b0"),
     ("mean", {"axis": 1, "keepdims": True}, ["x"], "ops.mean(input_b0, axis=1, keepdims=True)"),
     ("reshape", {"newshape": [-1, 2, 2]}, ["x"], "ops.reshape(input_b0, (-1, 2, 2))"),
     ("expand_dims", {"axis": -1}, ["x"], "ops.expand_dims(input_b0, -1)"),
     ("concatenate", {"axis": 1}, ["xs", "xs"], "ops.concatenate([input_b0, input_b1], axis=1)"),
     ("einsum", {"subscripts": "btf,bsf->bts"}, ["operands", "operands"],
      'ops.einsum("btf,bsf->bts", input_b0, input_b1)'),
     ("where", {"x2": 0.0}, ["condition", "x1"], "ops.where(input_b0, input_b1, 0.0)"),
     ("image.resize", {"size": [4, 4]}, ["images"], "ops.image.resize(input_b0, (4, 4))"),
     ("average", {"axis": 1}, ["x", "weights"], "ops.average(input_b0, axis=1, weights=input_b1)")],
)  # fmt: skip
def test_operators_slices_and_functions(kind: str, arguments: dict[str, Json], ports: list[str], text: str) -> None:
    """Operators where people write them, else the function by its name."""
    assert line(kind, arguments, *ports) == text


def test_only_what_is_used_is_imported() -> None:
    """`ops` where a function is called by its name."""
    for kind, arguments, ports, wanted in (
        ("add", {}, ["x1", "x2"], "from keras import layers\n"),
        ("add", {"x2": [1, 2]}, ["x1"], "from keras import layers, ops\n"),
        ("mean", {}, ["x"], "from keras import layers, ops\n"),
    ):
        assert wanted in python_source(lower(model(kind, arguments, *ports), CATALOG), CATALOG).text


def test_a_wire_goes_before_a_value() -> None:
    """Both may stand in a file."""
    document = model("multiply", {"x2": 2}, "x1", "x2")
    (step,) = (step for step in lower(document, CATALOG).steps if isinstance(step, Operate))
    assert step.arguments == {}
    assert line("multiply", {"x2": 2}, "x1", "x2") == "input_b0 * input_b1"


def test_an_operation_that_needs_a_tensor_more_is_left_out_of_the_plan() -> None:
    """As a layer without its input is."""
    assert lower(model("multiply", {}, "x1"), CATALOG).left_out == ("b9",)


def test_a_layer_never_has_the_name_of_an_operation() -> None:
    """Keras names operations itself, and refuses equal names."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 4]}), "mean": ("Dense", {"units": 4}), "b3": ("keras.ops.mean", {"axis": 1})},
        [("b1.output", "mean.inputs"), ("mean.output", "b3.x")],
    )
    text = python_source(lower(document, CATALOG), CATALOG).text
    assert 'name="dense_mean"' in text
    renamed = document.graph.blocks[1].__class__("mean", "Dense", "mean", {"units": 4})
    blocks = (document.graph.blocks[0], renamed, document.graph.blocks[2])
    changed = Document(document.graph.__class__(blocks, document.graph.wires))
    assert 'name="mean_layer"' in python_source(lower(changed, CATALOG), CATALOG).text
