"""The same contract for models of several layers: nested, shared, with states, masks and many tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.document.file import decode_text, encode_text
from engine.document.values import Document
from engine.runtime.export import TOLERANCE
from tests.conftest import TENSORFLOW
from tests.contract.test_every_layer import ANALYST, RUNNER, answers_of_fresh_process, ran_document
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
}  # fmt: skip
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
    "a mask passed by hand": (
        {"b1": ("Input", SEQUENCE), "b2": ("Masking", {}),
         "b3": ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}), "b4": ("LSTM", LSTM)},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs"), ("b2.output.mask", "b4.mask")]),
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
TRACED = {
    "Bidirectional GRU, states": {"b2/forward", "b2/backward"},
    "shared": {"b3", "b4"},
    "states handed on": {"b2", "b4"},
}


def document_of(name: str) -> Document:
    """A model by its name."""
    if name in NESTED:
        kind, arguments = NESTED[name]
        blocks, wires = {"b1": ("Input", SEQUENCE), "b2": (kind, arguments)}, [("b1.output", "b2.inputs")]
    else:
        blocks, wires = WIRED[name]
    document = graph_of(blocks, wires)
    entries: Any = {block.name: {"lengths": [5, 2, 4]} for block in document.graph.inputs}
    return replace(document, sample={"batch": 3, "inputs": entries})


MODELS = [*NESTED, *WIRED]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_inferred_run_traced_saved_and_opened(name: str) -> None:
    """What was inferred is what ran; the states of LSTM, GRU and SimpleRNN are there at every step."""
    document, run, _, _ = ran_document(document_of(name))
    for block, known in ANALYST.analyse(document, probe=False).blocks.items():
        assert known.outputs is not None
        for port, spec in known.outputs.items():
            result = next(found for ref, found in run.ports.items() if (ref.block, ref.port) == (block, port))
            assert all(size in (None, seen) for size, seen in zip(spec.shape, result.shape, strict=True))
    for key in TRACED.get(name, ()):
        trace = RUNNER.trace(run.number, key, 1, gates=True)
        assert trace is not None
        assert trace.arrays["h"].shape == (5, 4)
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
