"""What is said of time and cost: words for what analysis and run hold, nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel

from engine.analysis.values import Analysis, BlockAnalysis, MaskFate, TensorSpec
from engine.document.edits import Rename, SetArgument
from engine.protocol.looks import PaddedLook, PaddedSteps
from engine.protocol.results import RunResult, SampleResult
from gui.panels.facts import Fact, cost_facts, gpu_fact, padded_fact, time_facts, weights_tip
from gui.panels.inspector import Inspector
from gui.session.run_state import Phase, RunState
from gui.session.session import EditorSession
from gui.theme.theme import LIGHT


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
    fact = padded_fact(PaddedLook(1, "b2", True, (steps(**counted),)), waiting="")
    assert fact.text == words
    assert "of 10 padded steps" in fact.tip


def test_states_are_held_or_move_on() -> None:
    """Where no sequence leaves, the state tells whether padding was read."""
    held = PaddedSteps("h", True, True, 10, 0, 10, 0)
    moved = PaddedSteps("h", True, False, 10, 0, 0, 0)
    assert padded_fact(PaddedLook(1, "b", True, (held,)), waiting="").text == "state held"
    fact = padded_fact(PaddedLook(1, "b", True, (moved,)), waiting="")
    assert (fact.text, fact.tone) == ("read like any step: the state moves on", "warning")
    assert "(not masked)" in fact.tip


def test_what_is_not_known_of_padding_says_why() -> None:
    """Before a run, while it is read, without padding, where none arrives."""
    assert padded_fact(None, waiting="known after a run").text == "known after a run"
    assert padded_fact(PaddedLook(1, "b", False), waiting="").text == "no padding in this sample"
    assert padded_fact(PaddedLook(1, "b", True), waiting="").text == "no step is known as padding"


def test_while_padded_steps_are_read_it_is_said_what_they_wait_for(session: EditorSession) -> None:
    """Without padding in what was fed there is nothing to wait for."""
    known = BlockAnalysis({"inputs": spec(None, None, 3)}, {"output": spec(None, None, 4)}, 7)

    def words() -> str:
        return told(session, "b2", known)["at padded steps"].text

    assert words() == "known after a run"
    padded = np.array([[True, True], [True, False]])
    rows: list[tuple[np.ndarray[Any, Any] | None, Phase, str]] = [
        (padded, "idle", "being read from the run"),
        (padded, "running", "after the run under way"),
        (padded, "failed", "known when the engine is back"),
        (np.ones((2, 2), bool), "running", "no padding in this sample"),
        (None, "running", "no padding in this sample"),
    ]
    for valid, phase, said in rows:
        session.run = RunResult(1, session.revision, "cpu", 5.0, 7, {"b1": SampleResult((2, 2, 3), "float32", valid)})
        session._set_run_state(RunState(phase, "…"))
        assert words() == said


def test_facts_of_a_run_before_an_edit_are_old_and_say_since_when(session: EditorSession, inspector: Inspector) -> None:
    """They stay, dimmed; what Keras said of the document is old only until it has answered again."""
    session.select(["b2"])
    known = BlockAnalysis({"inputs": spec(None, None, 3)}, {"output": spec(None, None, 4)}, 7)
    answer = Analysis(True, "3.15.1", 0, {"b2": known})
    session.show_analysis(answer, session.revision)
    fed = {"b1": SampleResult((2, 2, 3), "float32", None)}
    session.show_run(RunResult(1, session.revision, "cpu", 5.0, 7, fed, block_ms={"b2": 2.5}))

    def old() -> set[str]:
        return {fact.label for fact in (*inspector.time.facts, *inspector.cost.facts) if fact.old}

    def colour(words: str) -> QColor:
        labels = [label for label in inspector.cost.findChildren(QLabel) if label.text() == words]
        return labels[0].palette().color(QPalette.ColorRole.WindowText)

    assert (old(), inspector.time.age.whole()) == (set(), "")
    assert colour("2.5 ms") == QColor(LIGHT.text)
    session.push(SetArgument("b2", "units", 9), "set units of reader")
    assert {"leaves", "at padded steps", "last run", "parameters"} <= old()
    session.show_analysis(answer, session.revision)
    assert old() == {"at padded steps", "last run"}
    assert [view.age.whole() for view in (inspector.time, inspector.cost)] == ["run before “set units of reader”"] * 2
    assert inspector.cost.facts[1].text == "2.5 ms"
    assert (colour("2.5 ms"), colour("7")) == (QColor(LIGHT.faint), QColor(LIGHT.text))
    session.show_run(RunResult(2, session.revision, "cpu", 5.0, 7, fed, block_ms={"b2": 3.5}))
    assert (old(), inspector.cost.age.whole()) == (set(), "")


@pytest.mark.parametrize(
    ("fate", "warned", "text", "tip"),
    [
        ("created", False, "made here", "A mask says"),
        ("passed", False, "passed on, made by mask and second", "It was made by mask and second."),
        ("consumed", False, "used, and ends here, made by mask and second", "It was made by mask and second."),
        (
            "dropped",
            True,
            "lost here, with a warning",
            "Keras warns of it when the layer is called.\nIt was made by mask",
        ),
        ("dropped", False, "lost here, silently", "Keras says nothing of it.\nIt was made by mask"),
    ],
)
def test_whose_mask_it_is_and_whether_keras_warns_of_its_loss(
    session: EditorSession, fate: MaskFate, warned: bool, text: str, tip: str
) -> None:
    """From `mask_from` and `mask_warned` of the analysis, by the names of the blocks."""
    session.push([Rename("b5", "mask"), Rename("b6", "second")], "rename")
    tensor = spec(None, None, 3, mask=True)
    known = BlockAnalysis({"inputs": tensor}, {"output": tensor}, 7, (), fate, ("b5", "b6"), warned)
    fact = told(session, "b2", known)["mask"]
    assert fact.text == text
    assert tip in fact.tip
    assert fact.tone == ("warning" if fate == "dropped" else "plain")


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
