"""Shapes, masks and parameters against plain Keras; what an edit costs; chains; bad arguments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.encoding import decode_analysis, encode_analysis
from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply
from engine.document.edits import SetArgument
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from tests.benchmarks.models import mixed_chain
from tests.document.strategies import VALUES
from tests.documents import chain, graph_of

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
L = keras.layers
PLAIN: list[tuple[list[tuple[str, dict[str, Any]]], Any]] = [
    ([("LSTM", {"units": 4})], lambda: [L.LSTM(4)]),
    ([("LSTM", {"units": 4, "return_sequences": True})], lambda: [L.LSTM(4, return_sequences=True)]),
    ([("Masking", {}), ("GRU", {"units": 4, "return_sequences": True})], lambda: [L.Masking(), L.GRU(4, return_sequences=True)]),
    ([("Masking", {}), ("SimpleRNN", {"units": 4})], lambda: [L.Masking(), L.SimpleRNN(4)]),
    ([("Masking", {}), ("Dense", {"units": 2}), ("Dropout", {"rate": 0.1})], lambda: [L.Masking(), L.Dense(2), L.Dropout(0.1)]),
    ([("Conv1D", {"filters": 5, "kernel_size": 3}), ("MaxPooling1D", {})], lambda: [L.Conv1D(5, 3), L.MaxPooling1D()]),
    ([("Masking", {}), ("Conv1D", {"filters": 5, "kernel_size": 3, "padding": "causal"})], lambda: [L.Masking(), L.Conv1D(5, 3, padding="causal")]),
    ([("Masking", {}), ("GlobalAveragePooling1D", {})], lambda: [L.Masking(), L.GlobalAveragePooling1D()]),
    ([("Masking", {}), ("GlobalMaxPooling1D", {})], lambda: [L.Masking(), L.GlobalMaxPooling1D()]),
    ([("LSTM", {"units": 4}), ("RepeatVector", {"n": 7})], lambda: [L.LSTM(4), L.RepeatVector(7)]),
    ([("Masking", {}), ("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 3, "return_sequences": True}}})],
     lambda: [L.Masking(), L.Bidirectional(L.LSTM(3, return_sequences=True))]),
    ([("Masking", {}), ("TimeDistributed", {"layer": {"type": "Dense", "arguments": {"units": 2}}})], lambda: [L.Masking(), L.TimeDistributed(L.Dense(2))]),
    ([("Masking", {}), ("BatchNormalization", {}), ("LayerNormalization", {})], lambda: [L.Masking(), L.BatchNormalization(), L.LayerNormalization()]),
    ([("UpSampling1D", {"size": 3}), ("ZeroPadding1D", {"padding": 2}), ("Cropping1D", {})], lambda: [L.UpSampling1D(3), L.ZeroPadding1D(2), L.Cropping1D()]),
    ([("RNN", {"cell": {"type": "GRUCell", "arguments": {"units": 4}}})], lambda: [L.RNN(L.GRUCell(4))]),
    ([("LSTM", {"units": 4, "stateful": False}), ("Activation", {"activation": "relu"})], lambda: [L.LSTM(4), L.Activation("relu")]),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*destroy the mask")
@pytest.mark.parametrize("case", range(len(PLAIN)))
def test_shapes_masks_and_parameters_are_those_of_plain_keras(case: int) -> None:
    """What the screen says is what a plain script says."""
    layers, make = PLAIN[case]
    analysis = ANALYST.analyse(chain(layers, features=3), probe=True)
    assert analysis.ok, analysis.diagnostics
    tensor = keras.Input((None, 3))
    for place, layer in enumerate(make(), 2):
        tensor = layer(tensor)
        spec = analysis.spec(PortRef(f"b{place}", "output"))
        assert spec is not None
        assert (spec.shape, spec.dtype) == (tuple(tensor.shape), tensor.dtype)
        assert spec.mask is (keras.src.backend.get_keras_mask(tensor) is not None)
        assert analysis.blocks[f"b{place}"].parameters == layer.count_params()


def test_the_fates_of_a_mask() -> None:
    """Created, passed, dropped, consumed, none."""
    layers = [("Masking", {}), ("LSTM", {"units": 3, "return_sequences": True}), ("GlobalAveragePooling1D", {})]
    fates = [known.mask for known in ANALYST.analyse(chain(layers, 3)).blocks.values()]
    assert fates == ["none", "created", "passed", "consumed"]
    lost = ANALYST.analyse(chain([("Masking", {}), ("Conv1D", {"filters": 2, "kernel_size": 2})], 3))
    assert lost.blocks["b3"].mask == "dropped"


def test_a_block_knows_whose_mask_it_passes_uses_or_loses() -> None:
    """Through layers and merges; and whether Keras warned of a loss."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [None, 3]}), "b2": ("Masking", {}), "b3": ("Masking", {"mask_value": 1.0}),
            "b4": ("Concatenate", {}), "b5": ("LSTM", {"units": 4, "return_sequences": True}), "b6": ("Conv1D", {"filters": 2, "kernel_size": 2}),
            "b7": ("Add", {}),
        },
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.output", "b4.inputs"), ("b3.output", "b4.inputs"),
         ("b4.output", "b5.inputs"), ("b5.output", "b6.inputs"), ("b2.output", "b7.inputs"), ("b1.output", "b7.inputs")],
    )  # fmt: skip
    analysis = ANALYST.analyse(document, probe=False)
    blocks = analysis.blocks
    assert [blocks[f"b{at}"].mask_from for at in range(1, 8)] == [
        (), ("b2",), ("b3",), ("b2", "b3"), ("b2", "b3"), ("b2", "b3"), ("b2",)
    ]  # fmt: skip
    assert [(blocks[name].mask, blocks[name].mask_warned) for name in ("b6", "b7")] == [
        ("dropped", True),
        ("dropped", False),
    ]
    assert decode_analysis(encode_analysis(analysis, document.graph.blocks)) == analysis


def test_lengths_are_formulas_of_t() -> None:
    """Found by asking Keras for several lengths."""
    layers = [("Conv1D", {"filters": 2, "kernel_size": 5}), ("MaxPooling1D", {}), ("UpSampling1D", {"size": 2})]
    specs = [ANALYST.analyse(chain(layers, 3)).spec(PortRef(f"b{at}", "output")) for at in (1, 2, 3)]
    assert [spec.time for spec in specs if spec] == ["T", "T-4", "floor((T-4)/2)"]


def test_the_run_is_the_truth_where_attention_takes_a_mask_off() -> None:
    """MultiHeadAttention deletes the run-time mask of its inputs: none leaves the Add beside it."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [None], "dtype": "int32"}),
            "b2": ("Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}),
            "b3": ("MultiHeadAttention", {"num_heads": 1, "key_dim": 2}),
            "b4": ("Add", {}),
        },
        [("b1.output", "b2.inputs"), ("b2.output", "b3.query"), ("b2.output", "b3.value"), ("b2.output", "b4.inputs"), ("b3.output", "b4.inputs")],
    )  # fmt: skip
    spec = ANALYST.analyse(document, probe=True).spec(PortRef("b4", "output"))
    assert spec is not None
    assert not spec.mask


def test_an_edit_asks_only_what_it_changed() -> None:
    """In a hundred blocks one edit asks Keras for the block and the one below whose input changed."""
    analyst = Analyst(CATALOG)
    document = mixed_chain(100)
    analyst.analyse(document, probe=False)
    before = analyst.inference.answers.num_made
    middle = next(block.id for block in document.graph.blocks[50:] if block.type == "Dense")
    edited = apply(document, SetArgument(middle, "units", 24), CATALOG)
    analyst.analyse(edited, probe=False)
    assert 1 <= analyst.inference.answers.num_made - before <= 4
    before = analyst.inference.answers.num_made
    analyst.analyse(document, probe=False)
    analyst.analyse(edited, probe=False)
    assert analyst.inference.answers.num_made == before


def test_a_chain_of_a_thousand_blocks_is_analysed_and_assembled() -> None:
    """Keras alone fails at Python's recursion limit from about 700 layers on."""
    document = chain([("Activation", {"activation": "tanh"})] * 1000, features=2)
    analysis = Analyst(CATALOG).analyse(document, probe=True)
    assert analysis.ok, analysis.diagnostics[:1]
    assert len(analysis.blocks) == 1001


def test_the_json_form_gives_the_analysis_back() -> None:
    """What the window decodes is what the worker knew."""
    document = chain([("LSTM", {"units": 4}), ("LSTM", {"units": 4})], 3)
    analysis = ANALYST.analyse(document, probe=False)
    assert decode_analysis(encode_analysis(analysis, document.graph.blocks)) == analysis


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["LSTM", "Dense", "Conv1D", "Bidirectional", "Embedding", "Reshape", "RNN", "Concatenate", "StringLookup"]),
    st.dictionaries(
        st.sampled_from(["units", "activation", "layer", "cell", "kernel_size", "filters", "axis", "input_dim", "vocabulary", "dtype"]),
        VALUES, max_size=4,
    ),
)  # fmt: skip
def test_impossible_arguments_are_diagnostics(kind: str, arguments: dict[str, Any]) -> None:
    """No exception leaves the engine, whatever stands in a document."""
    document: Document = chain([(kind, arguments)], features=3)
    analysis = ANALYST.analyse(document, probe=False)
    for problem in analysis.diagnostics:
        assert problem.title
        assert "Traceback" not in problem.title
