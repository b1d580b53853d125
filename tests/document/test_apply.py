"""Edits on documents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply, apply_all
from engine.document.edit_encoding import decode_edit, encode_edit
from engine.document.edits import (
    AddBlock,
    Connect,
    Disconnect,
    Edit,
    EditError,
    Insert,
    RemoveBlock,
    Rename,
    SetArgument,
    UnsetArgument,
)
from engine.document.file import decode_text, encode_text
from engine.document.values import Document
from engine.graph.values import Block, PortRef, Wire
from tests.document.strategies import EDITS
from tests.documents import chain, graph_of

CATALOG = load_snapshot()


def applied(edits: list[Edit]) -> Document:
    """What the edits that can be applied make of a small document."""
    document = chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})])
    for edit in edits:
        try:
            document = apply(document, edit, CATALOG)
        except EditError:
            continue
    return document


@settings(max_examples=150, deadline=None)
@given(st.lists(EDITS, max_size=12))
def test_any_edits_leave_a_sound_document_that_saves_and_loads(edits: list[Edit]) -> None:
    """Ids stay unique, next_id stays above them, and the file gives the same document back."""
    document = applied(edits)
    ids = [block.id for block in document.graph.blocks]
    assert len(ids) == len(set(ids))
    assert all(int(block_id[1:]) < document.next_id for block_id in ids)
    assert decode_text(encode_text(document)) == document


@settings(max_examples=150, deadline=None)
@given(EDITS)
def test_an_edit_survives_its_json_form(edit: Edit) -> None:
    """What a fix carries over the pipe is what was meant."""
    assert decode_edit(encode_edit(edit)) == edit


def test_connect_replaces_at_a_plain_port_and_appends_at_a_growing_one() -> None:
    """A merge keeps the order of its wires; an index puts a wire in between."""
    document = graph_of(
        {key: ("Input", {"shape": [None, 2]}) for key in ("b1", "b2", "b3")}
        | {"b4": ("Add", {}), "b5": ("Dense", {"units": 1})},
        [],
    )
    ends = [PortRef(key, "output") for key in ("b1", "b2", "b3")]
    add, dense = PortRef("b4", "inputs"), PortRef("b5", "inputs")
    grown = apply_all(document, [Connect(ends[0], add), Connect(ends[1], add), Connect(ends[2], add, 1)], CATALOG)
    assert grown.graph.sources(add) == (ends[0], ends[2], ends[1])
    replaced = apply_all(document, [Connect(ends[0], dense), Connect(ends[1], dense)], CATALOG)
    assert replaced.graph.sources(dense) == (ends[1],)


def test_removing_with_bridge_wires_past_the_block() -> None:
    """What fed the block feeds what it fed."""
    document = chain([("Masking", {}), ("Dense", {"units": 1})])
    after = apply(document, RemoveBlock("b2", bridge=True), CATALOG)
    assert after.graph.wires == (Wire(PortRef("b1", "output"), PortRef("b3", "inputs")),)


def test_insert_takes_the_next_id_and_keeps_the_place_of_the_wire() -> None:
    """The new block stands in the wire."""
    document = chain([("LSTM", {"units": 4}), ("LSTM", {"units": 4})])
    wire = document.graph.wires[1]
    after = apply(document, Insert("RepeatVector", {"n": 3}, wire.source, wire.target), CATALOG)
    assert after.block("b4").type == "RepeatVector"
    assert [str(w.source) for w in after.graph.wires] == ["b1/output", "b2/output", "b4/output"]
    assert after.next_id == 5


def test_renaming_an_input_rewrites_the_sample_and_names_stay_unique() -> None:
    """The sample is given by name."""
    document = chain([("Dense", {"units": 1})])
    document = Document(**{**document.__dict__, "sample": {"inputs": {"series": {"kind": "ones"}}}})
    after = apply(document, Rename("b1", "steps"), CATALOG)
    assert after.sample == {"inputs": {"steps": {"kind": "ones"}}}
    again = apply(after, AddBlock(Block("b9", "Input", "steps")), CATALOG)
    assert [block.name for block in again.graph.inputs] == ["steps", "steps_1"]
    with pytest.raises(EditError, match="already an Input"):
        apply(again, Rename("b9", "steps"), CATALOG)


def test_a_path_reaches_into_a_nested_layer() -> None:
    """`layer.arguments.units` is set and unset without touching its neighbours."""
    document = chain([("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 4}}})])
    on = apply(document, SetArgument("b2", "layer.arguments.return_sequences", True), CATALOG)
    assert on.block("b2").arguments["layer"] == {"type": "LSTM", "arguments": {"units": 4, "return_sequences": True}}
    assert apply(on, UnsetArgument("b2", "layer.arguments.return_sequences"), CATALOG) == document


def test_an_edit_that_cannot_be_applied_is_one_sentence() -> None:
    """Never a KeyError."""
    for edit in (SetArgument("b99", "units", 1), Disconnect(PortRef("b1", "x"), PortRef("b2", "y")), RemoveBlock("b9")):
        with pytest.raises(EditError, match=r"There is no .*\."):
            apply(chain([("Dense", {"units": 1})]), edit, CATALOG)
