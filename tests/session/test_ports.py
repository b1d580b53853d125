"""Rows of ports: order, mask, steps, memory."""

from __future__ import annotations

import pytest

from engine.analysis.values import BlockAnalysis, TensorSpec
from engine.catalog.spec import Ports, PortSpec
from engine.graph.values import PortRef
from engine.protocol.results import PortResult, RunResult
from gui.session.ports import MaskWord, mask_word, memory_text, model_order, port_rows, size_of
from tests.documents import graph_of

MERGED = graph_of(
    {"b1": ("Add", {}), "b2": ("Input", {"shape": [None, 4]}), "b3": ("Dense", {"units": 4})},
    [("b2.output", "b1.inputs"), ("b3.output", "b1.inputs"), ("b2.output", "b3.inputs")],
).graph


def test_model_order_is_the_order_of_computation() -> None:
    """What feeds a block stands above it, whatever the order of the file; a cycle comes last, nothing is lost."""
    assert model_order(MERGED) == ("b2", "b3", "b1")
    turning = graph_of({"b1": ("Add", {}), "b2": ("Input", {})}, [("b1.output", "b1.inputs")]).graph
    assert model_order(turning) == ("b2", "b1")


def test_a_growing_port_has_a_row_for_each_wire_and_inputs_take_no_memory() -> None:
    """An input is the tensor of another port."""
    spec = TensorSpec((None, None, 4), "float16", False, "T", ("batch", "time", "features"))
    ports = Ports((PortSpec("inputs", "inputs", growing=True),), (PortSpec("output", "output"),))
    known = BlockAnalysis({"inputs": (spec, spec)}, {"output": spec})
    result = PortResult((2, 6, 4), "float16")
    run = RunResult(1, 0, "cpu", 1.0, 0, {}, {PortRef("b1", "output"): result, PortRef("b3", "output"): result})
    first, second, out = port_rows(MERGED, [("b1", ports, known)], run)
    assert [row.port for row in (first, second, out)] == ["inputs[0]", "inputs[1]", "output"]
    assert (first.carried, second.carried) == (PortRef("b2", "output"), PortRef("b3", "output"))
    assert (first.steps, second.steps, out.steps) == (None, 6, 6)
    assert (second.size, out.size) == (None, 2 * 6 * 4 * 2)


def test_an_unknown_block_still_has_its_outputs() -> None:
    """With no spec and no memory."""
    ports = Ports((), (PortSpec("output", "output"),))
    (row,) = port_rows(MERGED, [("b3", ports, BlockAnalysis())], None)
    assert (row.spec, row.steps, row.size, row.mask) == (None, None, None, "none")


@pytest.mark.parametrize(
    ("fate", "leaves", "first", "word"),
    [
        ("created", True, True, "made"),
        ("passed", True, True, "passed"),
        ("dropped", False, True, "lost"),
        ("consumed", False, True, "used"),
        ("consumed", False, False, "none"),
        ("none", False, True, "none"),
    ],
)
def test_what_becomes_of_a_mask_is_one_word(fate: str, leaves: bool, first: bool, word: MaskWord) -> None:
    """Only the first output of a block says that a mask ended in it."""
    assert mask_word(fate, leaves=leaves, first=first) == word  # type: ignore[arg-type]


def test_memory_is_told_in_units_people_read() -> None:
    """Types without a size have none."""
    assert [memory_text(size) for size in (0, 1023, 1024, 5 * 2**20, 3 * 2**30)] == [
        "0 B", "1023 B", "1.0 KiB", "5.0 MiB", "3.0 GiB",
    ]  # fmt: skip
    assert size_of(PortResult((2, 3), "bool")) == 6
    assert size_of(PortResult((2, 3), "int64")) == 48
    assert size_of(PortResult((2,), "string")) is None
