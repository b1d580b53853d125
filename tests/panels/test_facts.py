"""What is said of time and cost: words for what analysis and run hold, nothing else."""

from __future__ import annotations

import pytest

from engine.analysis.values import Analysis, BlockAnalysis, TensorSpec
from engine.protocol.looks import PaddedLook, PaddedSteps
from engine.protocol.results import RunResult, SampleResult
from gui.panels.facts import Fact, cost_facts, gpu_fact, padded_fact, time_facts, weights_tip
from gui.session.session import EditorSession


def spec(*shape: int | None, time: str | None = "T", mask: bool = False) -> TensorSpec:
    """A tensor."""
    axes = ("batch", "time", "features") if len(shape) == 3 else ("batch", "features")
    return TensorSpec(shape, "float32", mask, time, axes)


def told(session: EditorSession, block: str, known: BlockAnalysis) -> dict[str, Fact]:
    """The facts of a block of which this is known, by label."""
    session.show_analysis(Analysis(True, "3.15.1", 0, {block: known}), session.revision)
    made = session.document.block(block)
    return {fact.label: fact for fact in (*time_facts(session, made), *cost_facts(session, made))}


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (spec(None, None, 64), "one output per step, T"),
        (spec(None, 64, time=None), "one vector per sequence"),
        (spec(None, None, 4, time="T-2"), "T becomes T-2"),
        (spec(None, None, 4, time="floor(T/2)"), "T becomes ⌊T/2⌋"),
        (spec(None, 4, 4, time="4"), "T becomes 4"),
        (spec(None, None, 4, time=None), "known when it runs"),
    ],
)
def test_length_is_said_in_words(session: EditorSession, after: TensorSpec, words: str) -> None:
    """From the formulas that Keras's answers gave."""
    facts = told(session, "b2", BlockAnalysis({"inputs": spec(None, None, 3)}, {"output": after}))
    assert facts["length"].text == words


def test_shapes_masks_and_axes(session: EditorSession) -> None:
    """Several inputs by their names; a lost mask is a warning; B and T have their sizes on hover."""
    session.run = RunResult(
        1, 1, "cpu", 5.0, 7, {"b1": SampleResult((32, 15, 3), "float32", None)}, block_ms={"b2": 2.5}
    )
    masked = spec(None, None, 3, mask=True)
    facts = told(
        session,
        "b2",
        BlockAnalysis({"query": masked, "value": masked}, {"output": spec(None, None, 4)}, 7, mask="dropped"),
    )
    assert facts["query"].text == "(B, T, 3) masked"
    assert facts["leaves"].text == "(B, T, 4)"
    assert facts["mask"].tone == "warning"
    assert "B: sequences in a batch, 32 in the sample" in facts["leaves"].tip
    assert "T: steps of the padded batch, 15 in the sample" in facts["leaves"].tip
    assert facts["last run"].text == "2.5 ms"


def test_an_error_leaves_nothing_to_be_said(session: EditorSession) -> None:
    """What leaves and what it costs is not guessed."""
    facts = told(session, "b2", BlockAnalysis({"inputs": spec(None, 3, time=None)}, None))
    assert facts["leaves"].text == "not known: an error stands in the way"
    assert facts["parameters"].text == "not known"
    assert "length" not in facts


def steps(**parts: int) -> PaddedSteps:
    """Ten padded steps."""
    return PaddedSteps("output", False, True, 10, **{"zero": 0, "repeated": 0, "nan": 0, **parts})


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        ({"repeated": 10}, "repeats last output"),
        ({"zero": 10}, "zeros"),
        ({"nan": 10}, "NaN"),
        ({"zero": 4, "repeated": 6}, "last output, or zeros before the first"),
        ({"repeated": 6}, "computed like any step"),
    ],
)
def test_padded_steps_in_words(counted: dict[str, int], words: str) -> None:
    """By what all of them are; the counts are told on hover."""
    fact = padded_fact(PaddedLook(1, "b2", True, (steps(**counted),)), has_run=True)
    assert fact.text == words
    assert "of 10 padded steps" in fact.tip


def test_states_are_held_or_move_on() -> None:
    """Where no sequence leaves, the state tells whether padding was read."""
    held = PaddedSteps("h", True, True, 10, 0, 10, 0)
    moved = PaddedSteps("h", True, False, 10, 0, 0, 0)
    assert padded_fact(PaddedLook(1, "b", True, (held,)), has_run=True).text == "state held"
    fact = padded_fact(PaddedLook(1, "b", True, (moved,)), has_run=True)
    assert (fact.text, fact.tone) == ("read like any step: the state moves on", "warning")
    assert "(not masked)" in fact.tip


def test_what_is_not_known_of_padding_says_why() -> None:
    """Before a run, while it is read, without padding, where none arrives."""
    assert padded_fact(None, has_run=False).text == "known after a run"
    assert padded_fact(None, has_run=True).text == "reading …"
    assert padded_fact(PaddedLook(1, "b", False), has_run=True).text == "no padding in this sample"
    assert padded_fact(PaddedLook(1, "b", True), has_run=True).text == "no step is known as padding"


def test_the_formula_of_the_parameters() -> None:
    """Keras's weights, multiplied and added up."""
    tip = weights_tip((("lstm_cell/kernel", (3, 256)), ("lstm_cell/bias", (256,))))
    assert tip.splitlines() == ["lstm_cell/kernel  3×256 = 768", "lstm_cell/bias  256 = 256", "together 1,024"]
    assert weights_tip(()) == "No weights."


def test_the_fused_kernel_and_what_stands_in_its_way(session: EditorSession) -> None:
    """Arguments first, then the mask of the sample."""
    assert gpu_fact((), None, masked=True).text == "fast kernel"
    padded = PaddedLook(1, "b", True)
    after = "fast kernel: padded after; "
    assert gpu_fact((), padded, masked=True).text == after + "both give the same, padded steps do not leave"
    repeats = PaddedLook(1, "b", True, (steps(repeated=10),))
    zeros = after + "at padded steps it leaves zeros, the CPU repeats the last output"
    assert gpu_fact((), repeats, masked=True).text == zeros
    assert (
        gpu_fact((), PaddedLook(1, "b", True, (steps(zero=10),)), masked=True).text
        == after + "at padded steps both leave zeros"
    )
    assert gpu_fact((), padded, masked=False).text == "fast kernel"
    refused = gpu_fact((), PaddedLook(1, "b", True, kernel="a sequence has no valid step"), masked=True)
    assert (refused.text, refused.tone) == ("fast kernel refuses the mask: a sequence has no valid step", "warning")
    both = gpu_fact(("unroll is on", "use_bias is off"), padded, masked=True)
    assert both.text == "no fast kernel: unroll is on, use_bias is off"
    known = BlockAnalysis({"inputs": spec(None, None, 3)}, {"output": spec(None, None, 4)}, 7)
    assert told(session, "b2", known)["on a GPU"].text == "fast kernel"
    assert "on a GPU" not in told(session, "b6", known)
    assert told(session, "b4", known)["on a GPU"].text == "no fast kernel: there is none for RNN"
