"""What an edit would do, against what the analysis says once it is made; what it costs; that it stops when asked."""

from __future__ import annotations

import pytest

from engine.analysis.foreseen import Foreseen, decode_foreseen, encode_foreseen
from engine.analysis.values import Analysis
from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply
from engine.document.edits import Edit, SetArgument, SetCall, UnsetArgument
from engine.document.values import Document
from engine.graph.values import JsonObject
from engine.protocol.work import Cancelled, Work
from engine.runtime.analyse import Analyst
from tests.benchmarks.models import mixed_chain
from tests.documents import chain, graph_of

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
SEQUENCES = SetArgument("b2", "return_sequences", True)
MASKED_CHAIN: list[tuple[str, JsonObject]] = [("Masking", {}), ("LSTM", {"units": 8, "return_sequences": True})]


def foresee(document: Document, edit: Edit) -> Foreseen:
    """What one edit would do, through the reply's form."""
    (found,) = ANALYST.foresee(document, [edit], Work())
    assert decode_foreseen(encode_foreseen(found)) == found
    return found


def shown(found: Foreseen) -> list[str]:
    """The changes as one reads them."""
    return [f"{change.block} {change.before} > {change.after}" for change in found.changes]


def test_the_switch_that_mends_says_so() -> None:
    """An LSTM below needs every step: turning them on changes the shape and the problem goes."""
    found = foresee(chain([("LSTM", {"units": 64}), ("LSTM", {"units": 8})], 3), SEQUENCES)
    assert shown(found) == ["block_2 (B, 64) > (B, T, 64)", "block_3 not known > (B, 8)"]
    assert len(found.mends) == 1
    assert "block_3" in found.mends[0]
    assert found.brings == ()


def test_the_switch_that_breaks_says_so_and_hides_nothing() -> None:
    """A problem that an error further up only hides is not told as mended."""
    layers: list[tuple[str, JsonObject]] = [
        ("LSTM", {"units": 64, "return_sequences": True}),
        ("LSTM", {"units": 8}),
        ("LSTM", {"units": 4}),
    ]
    found = foresee(chain(layers, 3), UnsetArgument("b2", "return_sequences"))
    assert shown(found) == ["block_2 (B, T, 64) > (B, 64)", "block_3 (B, 8) > not known"]
    assert len(found.brings) == 1
    assert "block_3" in found.brings[0]
    assert found.mends == ()


@pytest.mark.parametrize(
    ("layers", "edit", "expected"),
    [
        ([("Conv1D", {"filters": 4, "kernel_size": 5})], SetArgument("b2", "padding", "causal"), ["block_2 (B, T-4, 4) > (B, T, 4)"]),
        ([("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 4}}})], SetArgument("b2", "merge_mode", "sum"),
         ["block_2 (B, 8) > (B, 4)"]),
        ([("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 4}}})],
         SetArgument("b2", "layer.arguments.return_sequences", True), ["block_2 (B, 8) > (B, T, 8)"]),
        ([("LSTM", {"units": 4})], SetArgument("b2", "return_state", True),
         ["block_2  > (B, 4)", "block_2  > (B, 4)"]),
        ([("LSTM", {"units": 4})], SetArgument("b2", "unroll", False), []),
    ],
)  # fmt: skip
def test_shapes_of_choices(layers: list[tuple[str, JsonObject]], edit: Edit, expected: list[str]) -> None:
    """Padding, merge mode, an argument of a nested layer, new ports, and one that changes no shape."""
    assert shown(foresee(chain(layers, 3), edit)) == expected


def test_a_mask_and_a_type_are_changes_too() -> None:
    """An Embedding that makes a mask; a block in half precision."""
    tokens = graph_of(
        {"b1": ("Input", {"shape": [None], "dtype": "int32"}), "b2": ("Embedding", {"input_dim": 9, "output_dim": 4})},
        [("b1.output", "b2.inputs")],
    )
    assert shown(foresee(tokens, SetArgument("b2", "mask_zero", True))) == [
        "embedding_b2 (B, T, 4) not masked > (B, T, 4) masked"
    ]
    half = foresee(chain([("Dense", {"units": 2})], 3), SetArgument("b2", "dtype", "float16"))
    assert shown(half) == ["block_2 (B, T, 2) float32 > (B, T, 2) float16"]


def test_parameters_and_refusals() -> None:
    """A bias less; an edit of a block that is not there."""
    found = foresee(chain([("Dense", {"units": 2})], 3), SetArgument("b2", "use_bias", False))
    assert (found.changes, found.parameters) == ((), (8, 6))
    assert foresee(chain([], 3), SEQUENCES).refused


@pytest.mark.filterwarnings("ignore:.*destroy the mask")
@pytest.mark.parametrize(
    "edit",
    [
        SetArgument("b3", "return_sequences", False),
        SetArgument("b2", "mask_value", 1.0),
        SetArgument("b3", "go_backwards", True),
        SetCall("b3", "training", True),
        SetArgument("b4", "padding", "same"),
    ],
)
def test_what_was_foreseen_is_what_happens(edit: Edit) -> None:
    """The analysis after the edit has those problems, and not those that were to vanish."""
    document = chain([*MASKED_CHAIN, ("Conv1D", {"filters": 4, "kernel_size": 3})], 3)
    found = foresee(document, edit)
    before, after = analysed(document), analysed(apply(document, edit, CATALOG))
    assert set(found.brings) == titles(after) - titles(before)
    assert set(found.mends) <= titles(before) - titles(after)
    changed = {document.block(block).name for block in after.blocks if outputs(before, block) != outputs(after, block)}
    assert {change.block for change in found.changes} == changed


def analysed(document: Document) -> Analysis:
    """What is known without a run."""
    return Analyst(CATALOG).analyse(document, probe=False)


def titles(analysis: Analysis) -> set[str]:
    """Of its problems."""
    return {problem.title for problem in analysis.diagnostics}


def outputs(analysis: Analysis, block: str) -> object:
    """What leaves a block."""
    return analysis.blocks[block].outputs


def test_a_choice_that_was_foreseen_asks_keras_nothing_more() -> None:
    """Neither when it is looked at again nor when it is made."""
    document, analyst = mixed_chain(20), Analyst(CATALOG)
    analyst.analyse(document, probe=False)
    edit = SetArgument(document.graph.blocks[1].id, "activation", "relu")
    first = analyst.foresee(document, [edit], Work())
    asked = analyst.inference.answers.num_made
    assert analyst.foresee(document, [edit], Work()) == first
    analyst.analyse(apply(document, edit, CATALOG), probe=False)
    assert analyst.inference.answers.num_made == asked


def test_looking_ahead_leaves_the_analysis_as_it_was() -> None:
    """The next analysis of the document says the same and makes nothing anew."""
    document, analyst = chain([("LSTM", {"units": 4}), ("Dense", {"units": 2})], 3), Analyst(CATALOG)
    before = analyst.analyse(document, probe=False)
    analyst.foresee(document, [SEQUENCES], Work())
    assert analyst.analyse(document, probe=False) == before
    assert analyst._survey.num_made == 0


def test_it_stops_between_blocks() -> None:
    """A stop that is asked for while Keras is being asked comes before the next block."""
    document, analyst = chain([("LSTM", {"units": 4, "return_sequences": True})] * 6, 3), Analyst(CATALOG)
    analyst.analyse(document, probe=False)
    made = analyst.inference.answers.num_made

    def cancelled() -> bool:
        return analyst.inference.answers.num_made >= made + 2

    with pytest.raises(Cancelled):
        analyst.foresee(document, [SetArgument("b2", "units", 9)], Work(cancelled=cancelled))
    assert analyst.inference.answers.num_made == made + 2
    assert (
        shown(analyst.foresee(document, [SetArgument("b2", "units", 9)], Work())[0])[0]
        == "block_2 (B, T, 4) > (B, T, 9)"
    )


def test_what_only_a_run_shows_is_told_where_it_is_remembered() -> None:
    """States of another size fail in a run alone: until both models were run, the preview says that a run tells more."""
    document = graph_of(
        {"b1": ("Input", {"shape": [5, 3]}), "b2": ("LSTM", {"units": 4, "return_state": True}), "b3": ("LSTM", {"units": 6})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.state_h", "b3.initial_state_h"),
         ("b2.state_c", "b3.initial_state_c")],
    )  # fmt: skip
    analyst, mends = Analyst(CATALOG), SetArgument("b3", "units", 4)

    def looked(before: Document, edit: Edit) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], bool]:
        (found,) = analyst.foresee(before, [edit], Work())
        return found.unsure, found.mends, found.brings, found.run

    assert looked(document, mends) == ((), (), (), False)
    wrong = tuple(problem.title for problem in analyst.analyse(document).diagnostics if problem.stage == "run")
    assert len(wrong) == 1
    assert looked(document, mends) == (wrong, (), (), False)
    mended = apply(document, mends, CATALOG)
    assert analyst.analyse(mended).ok
    assert looked(document, mends) == ((), wrong, (), True)
    assert looked(mended, SetArgument("b3", "units", 6)) == ((), (), wrong, True)
