"""Causes are named and fixes work: each is applied, analysed and run."""

from __future__ import annotations

import pytest

from engine.analysis.values import Diagnostic
from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.values import Document
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
SEQUENCE = {"shape": [None, 3]}


def only_problem(document: Document, code: str) -> Diagnostic:
    """The one problem of a document (one root cause yields one problem), each of whose fixes works when applied and run."""
    problems = [p for p in ANALYST.analyse(document, probe=True).diagnostics if p.severity != "info"]
    assert [problem.code for problem in problems] == [code]
    for fix in problems[0].fixes:
        mended = ANALYST.analyse(apply_all(document, fix.edits, CATALOG), probe=True)
        assert not [p for p in mended.diagnostics if p.block == problems[0].block and p.severity != "info"], fix.title
        assert mended.ok, fix.title
    return problems[0]


def test_a_recurrent_layer_without_return_sequences_is_the_cause() -> None:
    """Even through layers that keep two axes; Keras blames the layer that complains."""
    document = chain(
        [("LSTM", {"units": 64}), ("Dense", {"units": 5}), ("LSTM", {"units": 8}), ("Dense", {"units": 1})], 3
    )
    problem = only_problem(document, "shape.ndim")
    assert (problem.block, problem.cause, problem.port) == ("b4", "b2", "inputs")
    assert problem.title == "block_4 needs (batch, time, features), block_3 gives (B, 5)"
    assert problem.detail == "block_2 returns only its last timestep."
    assert [fix.title for fix in problem.fixes] == [
        "Turn on return_sequences in block_2",
        "Repeat it, 10 times (B, 10, 5)",
    ]
    with pytest.raises(ValueError) as plain:
        keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(64), keras.layers.Dense(5), keras.layers.LSTM(8)])
    assert "expected ndim=3, found ndim=2" in str(plain.value)
    assert "expected ndim=3, found ndim=2" in problem.keras


def test_the_cause_may_be_inside_a_bidirectional() -> None:
    """The fix reaches the layer inside."""
    layer = {"type": "GRU", "arguments": {"units": 3}}
    problem = only_problem(
        chain([("Bidirectional", {"layer": layer}), ("Conv1D", {"filters": 2, "kernel_size": 2})], 3), "shape.ndim"
    )
    assert problem.cause == "b2"
    assert problem.fixes[0].title == "Turn on return_sequences in block_2"


def test_a_required_input_without_a_wire() -> None:
    """Offered: what fits."""
    document = graph_of(
        {"b1": ("Input", SEQUENCE), "b2": ("MultiHeadAttention", {"num_heads": 1, "key_dim": 2})},
        [("b1.output", "b2.query")],
    )
    problem = only_problem(document, "wire.missing")
    assert problem.port == "value"
    assert problem.fixes
    alone = graph_of({"b1": ("LSTM", {"units": 2})}, [])
    assert only_problem(alone, "wire.missing").fixes[0].title.startswith("Add an Input")


def test_a_cycle() -> None:
    """The wire that closes it can be removed."""
    document = graph_of({"b1": ("Input", SEQUENCE), "b2": ("Add", {}), "b3": ("Dense", {"units": 3})}, [
        ("b1.output", "b2.inputs"), ("b3.output", "b2.inputs"), ("b2.output", "b3.inputs")])  # fmt: skip
    assert only_problem(document, "wire.cycle").fixes


@pytest.mark.parametrize(
    "arguments", [{"units": -8}, {"units": 4, "activation": "tnah"}, {"units": "many"}, {"unit": 4, "units": 4}, {}]
)
def test_an_invalid_argument(arguments: dict[str, object]) -> None:
    """A near value, a default, or its removal."""
    document = chain([("LSTM", arguments)], 3)  # type: ignore[list-item]
    problem = [p for p in ANALYST.analyse(document).diagnostics if p.severity == "error"][0]
    assert problem.block == "b2"
    assert problem.code.startswith("argument.")
    assert problem.fixes
    for fix in problem.fixes:
        assert ANALYST.analyse(apply_all(document, fix.edits, CATALOG), probe=True).ok, fix.title


def test_a_merge_of_different_shapes() -> None:
    """Both shapes are named; sizes or the kind of merge can be changed."""
    document = graph_of(
        {"b1": ("Input", SEQUENCE), "b2": ("Dense", {"units": 8}), "b3": ("Dense", {"units": 6}), "b4": ("Add", {})},
        [
            ("b1.output", "b2.inputs"),
            ("b1.output", "b3.inputs"),
            ("b2.output", "b4.inputs"),
            ("b3.output", "b4.inputs"),
        ],
    )
    problem = only_problem(document, "merge.shapes")
    assert "(B, T, 8) from dense_b2" in problem.title
    assert "(B, T, 6) from dense_b3" in problem.title
    assert len(problem.fixes) == 3


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_destroyed_mask_that_a_block_below_needs(padding: str) -> None:
    """A warning at the block that loses it; the mask can be handed on explicitly."""
    conv = ("Conv1D", {"filters": 2, "kernel_size": 3, "padding": padding})
    document = chain([("Masking", {}), conv, ("LSTM", {"units": 4})], 3)
    problem = only_problem(document, "mask.dropped")
    assert (problem.severity, problem.block) == ("warning", "b3")
    assert problem.fixes
    assert "destroy the mask" in problem.keras


def test_a_destroyed_mask_that_nobody_needs_is_a_remark() -> None:
    """No warning without harm."""
    found = ANALYST.analyse(chain([("Masking", {}), ("Flatten", {})], 3)).diagnostics
    assert [problem.severity for problem in found if problem.code == "mask.dropped"] in (["info"], [])


def test_an_error_that_only_data_shows_is_found_by_the_probe() -> None:
    """Encoder and decoder of different size: connecting succeeds, running does not."""
    document = graph_of(
        {
            "b1": ("Input", SEQUENCE), "b2": ("LSTM", {"units": 16, "return_state": True}),
            "b3": ("LSTM", {"units": 32, "return_sequences": True}),
        },
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.state_h", "b3.initial_state_h"), ("b2.state_c", "b3.initial_state_c")],
    )  # fmt: skip
    assert ANALYST.analyse(document, probe=False).ok
    problem = only_problem(document, "state.size")
    assert (problem.stage, problem.block, problem.cause) == ("run", "b3", "b2")
    assert problem.port == "initial_state_h"


def test_the_samples_problems_stand_at_the_input() -> None:
    """Lengths that do not fit."""
    problem = only_problem(
        with_sample(chain([("LSTM", {"units": 2})], 3), lengths=[20], timesteps=10), "sample.lengths"
    )
    assert (problem.stage, problem.block) == ("input", "b1")


def test_a_block_that_nobody_knows_is_one_problem() -> None:
    """And what lies below it is simply not known."""
    assert only_problem(chain([("Foo", {}), ("Dense", {"units": 2})], 3), "block.unknown").block == "b2"


def test_fixes_that_take_long_are_told_as_being_checked_and_then_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer does not wait for them; the second has them."""
    from engine.runtime import fixes

    monkeypatch.setattr(fixes, "BUDGET_S", -1.0)
    document = chain([("LSTM", {"units": 6}), ("LSTM", {"units": 7})], 3)
    analyst = Analyst(CATALOG)
    (first,) = analyst.analyse(document, probe=False).diagnostics
    assert (first.checking, first.fixes) == (True, ())
    assert first.detail.endswith(fixes.CHECKING)
    assert analyst.has_more(document, analyst.analyse(document, probe=False), None)
    (second,) = analyst.analyse(document, probe=True).diagnostics
    assert (second.checking, second.fixes[0].title) == (False, "Turn on return_sequences in block_2")
    assert fixes.CHECKING not in second.detail


def test_one_root_cause_is_one_problem() -> None:
    """Two blocks that complain of the same lost time axis are named together, and one fix mends both."""
    document = graph_of(
        {"b1": ("Input", SEQUENCE), "b2": ("LSTM", {"units": 4}), "b3": ("GRU", {"units": 4}), "b4": ("Conv1D", {"filters": 2, "kernel_size": 2})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b2.output", "b4.inputs")],
    )  # fmt: skip
    problem = only_problem(document, "shape.ndim")
    assert problem.detail == "lstm_b2 returns only its last timestep. The same holds for conv1d_b4."
    assert problem.fixes[0].title == "Turn on return_sequences in lstm_b2"


def test_a_fix_mends_its_own_problem_and_no_other_that_was_there_before() -> None:
    """Two models in one document: each fix is about one of them; three LSTMs in a row are mended together."""
    twice = graph_of(
        {
            "b1": ("Input", SEQUENCE), "b2": ("LSTM", {"units": 4}), "b3": ("LSTM", {"units": 4}),
            "b4": ("GRU", {"units": 4}), "b5": ("GRU", {"units": 4}),
        },
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b1.output", "b4.inputs"), ("b4.output", "b5.inputs")],
    )  # fmt: skip
    problems = [p for p in ANALYST.analyse(twice, probe=True).diagnostics if p.severity == "error"]
    assert [p.fixes[0].title for p in problems] == [
        "Turn on return_sequences in lstm_b2", "Turn on return_sequences in gru_b4",
    ]  # fmt: skip
    row = chain([("LSTM", {"units": 4}), ("LSTM", {"units": 4}), ("LSTM", {"units": 4})], 3)
    first = next(p for p in ANALYST.analyse(row, probe=True).diagnostics if p.severity == "error")
    assert first.fixes[0].title == "Turn on return_sequences in block_2 and block_3"
