"""Operations in a model: shapes, masks, runs, against plain Keras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from engine.runtime.execute import Runner
from tests.conftest import TENSORFLOW
from tests.documents import graph_of

pytestmark = TENSORFLOW
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)


def attention() -> Document:
    """Scores by hand over an LSTM, as people write an attention pooling: softmax over time, weighted sum."""
    return graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("Masking", {}),
         "b3": ("LSTM", {"units": 4, "return_sequences": True}), "b4": ("Dense", {"units": 1}),
         "b5": ("keras.ops.softmax", {"axis": 1}), "b6": ("keras.ops.multiply", {}),
         "b7": ("keras.ops.sum", {"axis": 1}), "b8": ("keras.ops.getitem", {"key": ":, -1"}),
         "b9": ("keras.ops.multiply", {"x2": 0.5}), "b10": ("keras.ops.add", {})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs"), ("b4.output", "b5.x"),
         ("b5.output", "b6.x1"), ("b3.output", "b6.x2"), ("b6.output", "b7.x"), ("b3.output", "b8.x"),
         ("b8.output", "b9.x1"), ("b7.output", "b10.x1"), ("b9.output", "b10.x2")],
        sample={"batch": 3, "inputs": {"input_b1": {"lengths": [5, 2, 4]}}},
    )  # fmt: skip


def test_shapes_lengths_and_masks_of_operations() -> None:
    """The time axis ends at the sum and at the slice; the mask ends silently at the first operation."""
    analysis = ANALYST.analyse(attention())
    assert analysis.ok
    specs = {block: known.outputs["output"] for block, known in analysis.blocks.items() if known.outputs}
    assert specs["b6"].text() == "(B, T, 4)"
    assert specs["b6"].time == "T"
    assert [specs[block].shape for block in ("b7", "b8", "b9", "b10")] == [(None, 4)] * 4
    assert [specs[block].time for block in ("b7", "b8")] == [None, None]
    assert specs["b4"].mask
    assert not specs["b5"].mask
    assert analysis.blocks["b5"].mask == "dropped"


def test_a_run_computes_what_plain_keras_computes() -> None:
    """The same weights, the same numbers to the bit."""
    document, runner = attention(), Runner()
    result = runner.run(document, analysis=ANALYST.analyse(document))
    assert result.ok
    assert runner._kept is not None
    assert runner._watched is not None
    layers, values = runner._watched[1].assembled.layers, runner._kept.seen.values
    states = values[PortRef("b3", "output")]
    scores = keras.ops.softmax(layers["b4"](states), axis=1)
    wanted = keras.ops.sum(scores * states, axis=1) + states[:, -1] * 0.5
    assert np.array_equal(np.asarray(values[PortRef("b10", "output")]), np.asarray(wanted))


def test_a_key_that_keras_refuses_is_told_at_its_block() -> None:
    """Too many places."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("keras.ops.getitem", {"key": "0, 0, 0, 0"})},
        [("b1.output", "b2.x")],
    )
    (problem,) = (p for p in ANALYST.analyse(document).diagnostics if p.severity == "error")
    assert (problem.block, problem.stage) == ("b2", "connect")
    assert problem.keras


def test_a_reuse_of_an_operation_applies_it_again() -> None:
    """It has no weights to share; the settings are the same."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("keras.ops.mean", {"axis": 1}), "b3": ("Reuse", {"of": "b2"})},
        [("b1.output", "b2.x"), ("b1.output", "b3.x")],
    )
    analysis = ANALYST.analyse(document)
    assert analysis.ok
    outputs = [analysis.blocks[block].outputs for block in ("b2", "b3")]
    assert outputs[0] == outputs[1]


def test_several_outputs_go_their_own_ways() -> None:
    """A split, one half recurrent, the other not."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 4]}), "b2": ("keras.ops.split", {"indices_or_sections": 2, "axis": -1}),
         "b3": ("LSTM", {"units": 2, "return_sequences": True}), "b4": ("keras.ops.concatenate", {"axis": -1})},
        [("b1.output", "b2.x"), ("b2.output_0", "b3.inputs"), ("b3.output", "b4.xs"), ("b2.output_1", "b4.xs")],
    )  # fmt: skip
    analysis = ANALYST.analyse(document)
    assert analysis.ok
    assert analysis.spec(PortRef("b4", "output")) == replace(
        analysis.blocks["b3"].outputs["output"], shape=(None, None, 4)
    )  # type: ignore[index]
