"""The leak test names the block where padding changes results, and the edit that mends it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.analysis.leaks import LeakReport, decode_leaks, encode_leaks
from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.values import Document
from engine.protocol.work import Cancelled, Work
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from engine.runtime.leak_words import MASKED_POOLING
from engine.runtime.leaks import LeakTester
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
TESTER = LeakTester(CATALOG, lambda document: ANALYST.analyse(document, probe=False))
Layers = list[tuple[str, dict[str, Any]]]
READER = ("LSTM", {"units": 4, "return_sequences": True})
LAST = ("LSTM", {"units": 4})
MASKING: tuple[str, dict[str, Any]] = ("Masking", {})
BOTH = {"layer": {"type": "GRU", "arguments": {"units": 3, "return_sequences": True}}}


def report_of(document: Document) -> LeakReport:
    """The report of a document."""
    return TESTER.test(document, ANALYST.analyse(document, probe=False), None, Work())


def padded(layers: Layers, **entry: Any) -> Document:
    """A chain over three sequences of 3, 8 and 5 steps."""
    return with_sample(chain(layers, features=3), batch=3, **{"lengths": [3, 8, 5], **entry})


@pytest.mark.parametrize(
    "layers",
    [
        [MASKING, LAST],
        [MASKING, READER, ("Dense", {"units": 2})],
        [READER, ("Dense", {"units": 2})],  # padding after: a forward reader never sees it before the real steps
        [MASKING, ("Bidirectional", BOTH)],
        [MASKING, ("LayerNormalization", {}), LAST],
        [MASKING, ("BatchNormalization", {}), LAST],
        [MASKING, READER, ("GlobalAveragePooling1D", {})],
        [("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}), READER],
        [("Conv1D", {"filters": 4, "kernel_size": 2})],
        [MASKING, ("TimeDistributed", {"layer": {"type": "Dense", "arguments": {"units": 2}}}), LAST],
        [MASKING, ("GRU", {"units": 3, "go_backwards": True})],
    ],
    ids=lambda layers: "-".join(kind for kind, _ in layers),
)
def test_what_handles_padding_rightly_does_not_leak(layers: Layers) -> None:
    report = report_of(padded(layers))
    assert report.first == ""
    assert report.leaks == ()
    assert report.largest is not None
    assert report.largest < 1e-5
    assert report.sentence.startswith("No: largest difference")


@pytest.mark.parametrize(
    ("layers", "first", "entry"),
    [
        ([LAST], "b2", {}),
        ([READER], "b2", {"padding": "pre"}),
        ([("Bidirectional", BOTH)], "b2", {}),
        ([("GRU", {"units": 3, "go_backwards": True})], "b2", {}),
        ([READER, ("GlobalMaxPooling1D", {})], "b3", {}),
        ([READER, ("GlobalAveragePooling1D", {})], "b3", {}),
        ([MASKING, READER, ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"})], "b4", {}),
        (
            [("Dense", {"units": 3}), ("MaxPooling1D", {"pool_size": 2, "padding": "same"})],
            "b3",
            {"lengths": [3, 7, 5]},
        ),
        ([MASKING, ("GroupNormalization", {"groups": 1})], "b3", {}),
        ([("Softmax", {"axis": 1})], "b2", {}),
        ([MASKING, READER, ("LSTM", {"units": 3, "return_sequences": True, "go_backwards": True})], "b4", {}),
    ],
)
def test_the_first_block_that_leaks_is_named(layers: Layers, first: str, entry: dict[str, Any]) -> None:
    report = report_of(padded(layers, **entry))
    if layers[-1][1].get("go_backwards") and layers[0] == MASKING:
        assert report.first == "", "turned back, it computes the same at real steps"
        return
    assert report.first == first
    assert report.leaks[0].block == first
    assert report.leaks[0].difference > 1e-3
    assert report.leaks[0].detail
    assert report.sentence.startswith("Yes, first at ")


def test_attention_reads_padding_unless_its_value_is_masked() -> None:
    blocks: dict[str, tuple[str, dict[str, Any]]] = {
        "b1": ("Input", {"shape": [None, 3]}),
        "b2": ("Dense", {"units": 4}),
        "b3": ("Attention", {}),
    }
    wires = [("b1.output", "b2.inputs"), ("b2.output", "b3.query"), ("b2.output", "b3.value")]
    sample = {"batch": 3, "inputs": {"input_b1": {"lengths": [3, 8, 5]}}}
    report = report_of(graph_of(blocks, wires, sample=sample))
    assert report.first == "b3"
    masked = {"b1": blocks["b1"], "b4": ("Masking", {}), "b2": blocks["b2"], "b3": blocks["b3"]}
    wires = [("b1.output", "b4.inputs"), ("b4.output", "b2.inputs"), *wires[1:]]
    assert report_of(graph_of(masked, wires, sample=sample)).first == ""


def test_every_block_that_leaks_by_itself_is_named_after_the_first() -> None:
    """The pooling below a leaking reader leaks too, whatever the reader does; the Dense between them does not."""
    report = report_of(padded([("Bidirectional", BOTH), ("Dense", {"units": 3}), ("GlobalMaxPooling1D", {})]))
    assert [leak.block for leak in report.leaks] == ["b2", "b4"]


def test_the_difference_is_that_of_two_plain_calls() -> None:
    """The number in the sentence is what plain Keras gives for the sequence alone and in the batch."""
    document = with_sample(chain([LAST], features=3), batch=1, lengths=[3], timesteps=9)
    report = report_of(document)
    from engine.plan.lower import lower
    from engine.runtime.assemble import Assembler
    from engine.runtime.leaks import _unbounded, spread_zeros  # the model as the test made it
    from engine.runtime.sample import Overrides, draw_sample

    assembled = Assembler(CATALOG).assemble(_unbounded(lower(document, CATALOG)), document.seed)
    spread_zeros(assembled)
    values = draw_sample(document, None, Overrides())["b1"].values
    whole, alone = assembled.model([values]), assembled.model([values[:, :3]])
    assert report.leaks[0].difference == pytest.approx(
        float(np.abs(np.asarray(whole[0]) - np.asarray(alone[0])).max()), rel=1e-4
    )


def test_fixes_are_verified() -> None:
    """The offered edit, applied, leaves no leak at the block."""
    document = padded([LAST])
    fix = report_of(document).leaks[0].fixes[0]
    assert fix.title == "Mask the padding after series (Masking)"
    assert report_of(apply_all(document, fix.edits, CATALOG)).first == ""
    pooled = padded([MASKING, ("Dense", {"units": 16}), ("GlobalMaxPooling1D", {})], lengths=[1, 8, 2])
    assert [fix.title for fix in report_of(pooled).leaks[0].fixes] == [
        "Average over real steps instead (GlobalAveragePooling1D)"
    ]
    blocks: dict[str, tuple[str, dict[str, Any]]] = {
        "b1": ("Input", {"shape": [None], "dtype": "int32"}),
        "b2": ("Embedding", {"input_dim": 20, "output_dim": 4}),
        "b3": LAST,
    }
    sample = {"batch": 3, "inputs": {"input_b1": {"lengths": [3, 8, 5]}}}
    tokens = graph_of(blocks, [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs")], sample=sample)
    assert report_of(tokens).leaks[0].fixes[0].title.startswith("Turn on mask_zero")


def test_a_fixed_length_is_opened_for_the_test() -> None:
    """`Input((8, 3))` with shorter sequences is tested with its length unknown."""
    document = padded([LAST], timesteps=None)
    blocks = tuple(
        replace(block, arguments={"shape": [8, 3]}) if block.type == "Input" else block
        for block in document.graph.blocks
    )
    fixed = replace(document, graph=replace(document.graph, blocks=blocks))
    assert report_of(fixed).first == "b2"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (padded([LAST], lengths=[8]), "Nothing is padded"),
        (padded([("LSTM", {"units": 0})]), "has errors"),
    ],
)
def test_what_cannot_be_tested_is_said(document: Document, words: str) -> None:
    report = report_of(document)
    assert words in report.sentence
    assert report.largest is None


def test_sequences_too_short_to_run_alone_are_left_out() -> None:
    """A window of 4 cannot read a sequence of 3; the others are compared."""
    report = report_of(padded([("Conv1D", {"filters": 2, "kernel_size": 4})]))
    assert report.largest is not None
    assert "over 2 sequences" in report.sentence


def test_it_can_be_stopped() -> None:
    document = padded([LAST])
    with pytest.raises(Cancelled):
        TESTER.test(document, ANALYST.analyse(document, probe=False), None, Work(cancelled=lambda: True))


def test_a_report_survives_the_pipe() -> None:
    report = report_of(padded([LAST]))
    assert decode_leaks(encode_leaks(report)) == report


def test_the_pooling_offered_instead_uses_masks() -> None:
    """Asked from Keras: what is offered takes a mask, what it replaces does not."""
    for leaky, masked in MASKED_POOLING.items():
        assert not getattr(keras.layers, leaky)().supports_masking
        assert getattr(keras.layers, masked)().supports_masking
