"""A document put beside another: nothing lost, nothing of the first changed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.snapshot import load_snapshot
from engine.document.file import decode_text, encode_text
from engine.document.merge import merged, moved_json
from engine.document.values import Document
from engine.graph.values import PortRef
from tests.documents import chain, graph_of

CATALOG = load_snapshot()
PART = replace(
    graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("LSTM", {"units": 4}), "b3": ("Reuse", {"of": "b2"}), "b4": ("Dense", {"units": 1})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.output", "b4.inputs")],
        layout={"b1": (0, 0), "b2": (280, 0), "b3": (280, 152), "b4": (560, 0)},
    ),
    notes=({"id": "n5", "text": "left out", "position": [0, 304], "size": [264, 88]},),
    next_id=6,
    sample={"batch": 8, "inputs": {"input_b1": {"timesteps": 7}}},
)  # fmt: skip


def test_into_an_empty_document_it_is_the_other_document() -> None:
    """Sample and seed too; what the document says of itself stays."""
    whole, shift = merged(Document(keras="3.15.1"), PART, CATALOG)
    assert shift == 0
    assert whole == replace(PART, keras="3.15.1")


def test_beside_what_is_there() -> None:
    """New ids, free names, below everything, the sample of its Inputs, a Reuse of its own layer."""
    first = replace(chain([("LSTM", {"units": 2})], 3), next_id=9)
    first = replace(
        first,
        graph=replace(first.graph, blocks=tuple(replace(b, name="input_b1") if b.id == "b1" else b for b in first.graph.blocks)),
        sample={"batch": 5, "inputs": {"input_b1": {"timesteps": 3}}},
    )  # fmt: skip
    whole, shift = merged(first, PART, CATALOG)
    assert shift == 8
    assert whole.graph.blocks[:2] == first.graph.blocks
    assert [(b.id, b.name) for b in whole.graph.blocks[2:]] == [
        ("b9", "input_b1_1"), ("b10", "lstm_b2"), ("b11", "reuse_b3"), ("b12", "dense_b4"),
    ]  # fmt: skip
    assert whole.block("b11").arguments == {"of": "b10"}
    assert whole.sample == {"batch": 5, "inputs": {"input_b1": {"timesteps": 3}, "input_b1_1": {"timesteps": 7}}}
    assert whole.seed == first.seed
    assert (whole.notes[0]["id"], whole.next_id) == ("n13", 14)
    assert min(y for key, (_, y) in whole.layout.items() if key in ("b9", "b10", "b11", "b12")) > max(
        y for _, y in first.layout.values()
    )
    assert decode_text(encode_text(whole)) == whole


def test_outputs_that_were_chosen_stay_chosen() -> None:
    """Beside a document that names its outputs, those of the other are named too."""
    chosen = replace(PART, outputs=(PortRef("b2", "output"),))
    plain = chain([("LSTM", {"units": 2})], 3)
    assert merged(plain, PART, CATALOG)[0].outputs is None
    both = merged(plain, chosen, CATALOG)[0].outputs
    assert both == (PortRef("b2", "output"), PortRef("b4", "output"))
    assert merged(chosen, plain, CATALOG)[0].outputs == (PortRef("b2", "output"), PortRef("b7", "output"))


@given(st.integers(0, 60))
def test_ids_in_a_problem_move_as_the_blocks_do(shift: int) -> None:
    """And nothing else does, however much it looks like one."""
    problem = {
        "block": "b3", "title": "b3", "fixes": [{"title": "b1", "edits": [
            {"edit": "insert", "new": {"type": "Dense", "arguments": {"dtype": "float32", "name": "b1"}}, "from": ["b2", "output"], "to": ["b3", "inputs"]},
            {"edit": "set_argument", "block": "b12", "argument": "units", "value": "b9"}]}],
    }  # fmt: skip
    moved = moved_json(problem, shift)
    assert moved == {
        "block": f"b{3 + shift}", "title": "b3", "fixes": [{"title": "b1", "edits": [
            {"edit": "insert", "new": {"type": "Dense", "arguments": {"dtype": "float32", "name": "b1"}}, "from": [f"b{2 + shift}", "output"], "to": [f"b{3 + shift}", "inputs"]},
            {"edit": "set_argument", "block": f"b{12 + shift}", "argument": "units", "value": "b9"}]}],
    }  # fmt: skip
