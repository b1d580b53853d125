"""The same contract for models of several layers: nested, shared, with states, masks and many tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.document.apply import apply
from engine.document.edits import SetCall
from engine.document.file import decode_text, encode_text
from engine.document.values import Document
from engine.runtime.export import TOLERANCE
from tests.conftest import TENSORFLOW
from tests.contract.test_every_layer import ANALYST, CATALOG, RUNNER, answers_of_fresh_process, ran_document
from tests.documents import graph_of

pytestmark = TENSORFLOW
SEQUENCE = {"shape": [None, 4]}
LSTM = {"units": 4, "return_sequences": True}
LSTM_CELL, GRU_CELL = ({"type": kind, "arguments": {"units": 3}} for kind in ("LSTMCell", "GRUCell"))
NESTED: dict[str, tuple[str, dict[str, Any]]] = {
    "one cell": ("RNN", {"cell": GRU_CELL, "return_sequences": True}),
    "several cells": ("RNN", {"cell": [LSTM_CELL, GRU_CELL], "return_state": True}),
    "StackedRNNCells": ("RNN", {"cell": {"type": "StackedRNNCells", "arguments": {"cells": [LSTM_CELL, GRU_CELL]}}}),
    "Bidirectional GRU, states": (
        "Bidirectional", {"layer": {"type": "GRU", "arguments": {**LSTM, "return_state": True}}, "merge_mode": "sum"}),
    "Bidirectional, apart": ("Bidirectional", {"layer": {"type": "LSTM", "arguments": LSTM}, "merge_mode": None}),
    "Bidirectional RNN": (
        "Bidirectional", {"layer": {"type": "RNN", "arguments": {"cell": LSTM_CELL, "return_sequences": True}}}),
    "TimeDistributed Dense": ("TimeDistributed", {"layer": {"type": "Dense", "arguments": {"units": 2}}}),
    "TimeDistributed Conv1D": (
        "TimeDistributed", {"layer": {"type": "Conv1D", "arguments": {"filters": 2, "kernel_size": 3}}}),
    "TimeDistributed Conv2D": (
        "TimeDistributed", {"layer": {"type": "Conv2D", "arguments": {"filters": 2, "kernel_size": [3, 2]}}}),
    "TimeDistributed LSTM": ("TimeDistributed", {"layer": {"type": "LSTM", "arguments": {"units": 3}}}),
    "ConvLSTM, states": (
        "ConvLSTM1D", {"filters": 2, "kernel_size": 2, "return_sequences": True, "return_state": True}),
    "Bidirectional ConvLSTM": (
        "Bidirectional", {"layer": {"type": "ConvLSTM1D", "arguments": {"filters": 2, "kernel_size": 2}}}),
}  # fmt: skip
FED: dict[str, list[int | None]] = {
    "TimeDistributed Conv1D": [None, 6, 4], "TimeDistributed Conv2D": [None, 6, 5, 3], "TimeDistributed LSTM": [None, 6, 4],
    "ConvLSTM, states": [None, 6, 4], "Bidirectional ConvLSTM": [None, 6, 4],
}  # fmt: skip
"""The shape of a sequence where it is no sequence of vectors."""
WIRED: dict[str, tuple[dict[str, tuple[str, Any]], list[tuple[str, str]]]] = {
    "shared": (
        {"b1": ("Input", SEQUENCE), "b2": ("Input", SEQUENCE), "b3": ("LSTM", {"units": 4}), "b4": ("Reuse", {"of": "b3"}),
         "b5": ("Subtract", {})},
        [("b1.output", "b3.inputs"), ("b2.output", "b4.inputs"), ("b3.output", "b5.inputs"), ("b4.output", "b5.inputs")]),
    "states handed on": (
        {"b1": ("Input", SEQUENCE), "b2": ("LSTM", {"units": 4, "return_state": True}), "b3": ("Input", SEQUENCE),
         "b4": ("LSTM", LSTM)},
        [("b1.output", "b2.inputs"), ("b3.output", "b4.inputs"), ("b2.state_h", "b4.initial_state_h"),
         ("b2.state_c", "b4.initial_state_c")]),
    "states into a stack": (
        {"b1": ("Input", SEQUENCE), "b2": ("RNN", {"cell": [LSTM_CELL, GRU_CELL], "return_state": True}),
         "b3": ("Input", SEQUENCE), "b4": ("RNN", {"cell": [LSTM_CELL, GRU_CELL], "return_sequences": True}),
         "b5": ("Bidirectional", {"layer": {"type": "RNN", "arguments": {"cell": [LSTM_CELL, GRU_CELL]}}})},
        [("b1.output", "b2.inputs"), ("b3.output", "b4.inputs"), ("b3.output", "b5.inputs"),
         *[(f"b2.state_{at}", f"b4.initial_state_{at}") for at in range(3)],
         *[(f"b2.state_{at}", f"b5.initial_state_{side}_{at}") for side in ("forward", "backward") for at in range(3)]]),
    "a mask passed by hand": (
        {"b1": ("Input", SEQUENCE), "b2": ("Masking", {}),
         "b3": ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}), "b4": ("LSTM", LSTM)},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs"), ("b2.output.mask", "b4.mask")]),
    "states of both directions handed on, shared": (
        {"b1": ("Input", SEQUENCE), "b2": ("Bidirectional", {"layer": {"type": "GRU", "arguments": {**LSTM, "return_state": True}}}),
         "b3": ("Reuse", {"of": "b2"}), "b4": ("GRU", LSTM)},
        [("b1.output", "b2.inputs"), ("b2.forward_h", "b3.initial_state_forward_h"),
         ("b2.backward_h", "b3.initial_state_backward_h"), ("b1.output", "b3.inputs"), ("b3.output", "b4.inputs"),
         ("b3.forward_h", "b4.initial_state")]),
    "attention with a mask by hand, and its scores": (
        {"b1": ("Input", SEQUENCE), "b2": ("Masking", {}), "b3": ("Dense", {"units": 4}),
         "b4": ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}), "b5": ("keras.ops.sum", {"axis": -1})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b3.output", "b4.query"), ("b3.output", "b4.value"),
         ("b2.output.mask", "b4.value_mask"), ("b4.scores", "b5.x")]),
    "arithmetic with constants": (
        {"b1": ("Input", SEQUENCE), "b2": ("keras.ops.subtract", {"x1": 1.0}),
         "b3": ("keras.ops.multiply", {"x2": [1.0, 2.0, 3.0, 4.0]}), "b4": ("keras.ops.add", {}),
         "b5": ("keras.ops.image.resize", {"size": [4, 4]}), "b6": ("keras.ops.getitem", {"key": ":, 1:"})},
        [("b1.output", "b2.x2"), ("b2.output", "b3.x1"), ("b3.output", "b4.x1"), ("b1.output", "b4.x2"), ("b4.output", "b6.x"),
         ("b1.output", "b5.images")]),
    "five merged": (
        {"b1": ("Input", SEQUENCE), "b2": ("Average", {}), "b3": ("Concatenate", {"axis": 1})},
        [*[("b1.output", "b2.inputs")] * 5, ("b2.output", "b3.inputs"), ("b1.output", "b3.inputs")]),
    "attention by hand": (
        {"b1": ("Input", SEQUENCE), "b2": ("LSTM", LSTM), "b3": ("keras.ops.getitem", {"key": ":, -1:"}),
         "b4": ("keras.ops.einsum", {"subscripts": "bqf,bkf->bqk"}), "b5": ("keras.ops.true_divide", {"x2": 2.0}),
         "b6": ("keras.ops.softmax", {}), "b7": ("keras.ops.matmul", {}), "b8": ("keras.ops.getitem", {"key": ":, 0"})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.x"), ("b3.output", "b4.operands"), ("b2.output", "b4.operands"),
         ("b4.output", "b5.x1"), ("b5.output", "b6.x"), ("b6.output", "b7.x1"), ("b2.output", "b7.x2"), ("b7.output", "b8.x")]),
}  # fmt: skip
CALLS = {"attention with a mask by hand, and its scores": SetCall("b4", "return_attention_scores", True)}
BOTH = {"b2/forward", "b2/backward"}
TRACED: dict[str, set[str]] = {
    "one cell": {"b2"},
    **dict.fromkeys(("several cells", "StackedRNNCells"), {"b2/0", "b2/1"}),
    **dict.fromkeys(
        ("Bidirectional GRU, states", "Bidirectional, apart", "Bidirectional RNN", "Bidirectional ConvLSTM"), BOTH
    ),
    "ConvLSTM, states": {"b2"},
    "a mask passed by hand": {"b4"},
    "states of both directions handed on, shared": {*BOTH, "b3/forward", "b3/backward", "b4"},
    "attention by hand": {"b2"},
    "shared": {"b3", "b4"},
    "states handed on": {"b2", "b4"},
    "states into a stack": {
        f"{part}/{level}" for part in ("b2", "b4", "b5/forward", "b5/backward") for level in (0, 1)
    },
}


ENTERED = {"states handed on": {"b4"}, "states into a stack": {"b4", "b5"}}
"""The blocks that do not start from zeros."""


def document_of(name: str) -> Document:
    """A model by its name."""
    if name in NESTED:
        kind, arguments = NESTED[name]
        fed = {"shape": FED.get(name, SEQUENCE["shape"])}
        blocks, wires = {"b1": ("Input", fed), "b2": (kind, arguments)}, [("b1.output", "b2.inputs")]
    else:
        blocks, wires = WIRED[name]
    document = graph_of(blocks, wires)
    if name in CALLS:
        document = apply(document, CALLS[name], CATALOG)
    entries: Any = {block.name: {"lengths": [5, 2, 4]} for block in document.graph.inputs}
    return replace(document, sample={"batch": 3, "inputs": entries})


MODELS = [*NESTED, *WIRED]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_inferred_run_traced_saved_and_opened(name: str) -> None:
    """What was inferred is what ran; the states of every cell are there at every step, and what entered."""
    document, run, _, _ = ran_document(document_of(name))
    for block, known in ANALYST.analyse(document, probe=False).blocks.items():
        assert known.outputs is not None
        for port, spec in known.outputs.items():
            result = next(found for ref, found in run.ports.items() if (ref.block, ref.port) == (block, port))
            assert all(size in (None, seen) for size, seen in zip(spec.shape, result.shape, strict=True))
    assert set(run.traced) == TRACED.get(name, set())
    for key, cell in run.traced.items():
        trace = RUNNER.trace(run.number, key, 1, gates=True)
        assert trace is not None
        for signal in cell.signals:
            assert trace.arrays[signal.name].shape == (5, *signal.sizes)
        if name in ENTERED:
            assert bool(trace.initial["h"].any()) == (cell.block in ENTERED[name])
    assert decode_text(encode_text(document)) == document


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """What a fresh process found, by name."""
    return answers_of_fresh_process(
        tmp_path_factory.mktemp("models"), {name: ran_document(document_of(name)) for name in MODELS}
    )


@pytest.mark.parametrize("name", MODELS)
def test_what_is_exported_of_a_model_computes_the_same(name: str, exported: Mapping[str, Mapping[str, Any]]) -> None:
    """On the same weights, in a process of its own."""
    assert "error" not in exported[name], exported[name]
    assert exported[name]["difference"] <= TOLERANCE
