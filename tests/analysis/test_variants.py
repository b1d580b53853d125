"""Variants are other documents: what they change is what they say, and undone they are the document again."""

from __future__ import annotations

from typing import Any

import pytest

from engine.analysis.variants import NO_MASK, PADDING, TRAINING, Variant, variant, variants, why_no_padding
from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.edits import SetArgument
from engine.document.file import decode_document, encode_document
from engine.document.values import Document
from engine.graph.values import JsonObject, PortRef
from tests.documents import chain, graph_of, with_sample

CATALOG = load_snapshot()


def reader(kind: str = "LSTM", **arguments: Any) -> Document:
    """A masked reader and a Dense, sequences of several lengths."""
    layers: list[tuple[str, JsonObject]] = [("Masking", {}), (kind, {"units": 4, **arguments}), ("Dense", {"units": 2})]
    return with_sample(chain(layers, 3), lengths=[5, 2], padding="post")


def found(document: Document, block: str, key: str) -> Variant:
    """The variant of a key, which is there."""
    one = variant(document, block, key, CATALOG)
    assert one is not None, [other.key for other in variants(document, block, CATALOG)]
    return one


def test_a_recurrent_block_has_the_other_layers_the_mask_the_padding_and_the_mode() -> None:
    """In this order; a Dense has no other layers."""
    keys = [one.key for one in variants(reader(), "b3", CATALOG)]
    assert keys == ["GRU", "GRU=", "SimpleRNN", "SimpleRNN=", NO_MASK, PADDING, TRAINING]
    assert [one.key for one in variants(reader(), "b4", CATALOG)] == [NO_MASK, PADDING, TRAINING]
    assert variants(reader(), "b99", CATALOG) == ()


def test_another_layer_keeps_wires_units_and_what_it_knows_of_the_arguments() -> None:
    """`unit_forget_bias` is an LSTM's alone; the rest stays, and so does the document it was made of."""
    document = reader(return_sequences=True, unit_forget_bias=False, recurrent_activation="hard_sigmoid")
    before = encode_document(document)
    gru = found(document, "b3", "GRU")
    block = gru.document.block("b3")
    assert (block.type, block.name) == ("GRU", document.block("b3").name)
    assert block.arguments == {"units": 4, "return_sequences": True, "recurrent_activation": "hard_sigmoid"}
    assert gru.document.graph.wires == document.graph.wires
    assert gru.says == f"GRU in place of an LSTM in {block.name}, as many units."
    assert encode_document(document) == before
    assert found(document, "b3", "SimpleRNN").document.block("b3").arguments == {"units": 4, "return_sequences": True}


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "SimpleRNN"])
def test_the_variant_of_the_variant_is_the_document(kind: str) -> None:
    """There and back, for arguments that both know; every variant is a document that can be saved."""
    document = reader(kind)
    for one in variants(document, "b3", CATALOG):
        assert decode_document(encode_document(one.document)) == one.document
        if one.key in ("LSTM", "GRU", "SimpleRNN"):
            assert found(one.document, "b3", kind).document == document
        if one.key == PADDING:
            assert found(one.document, "b3", PADDING).document == document


def test_states_go_where_the_other_layer_has_them() -> None:
    """h is the GRU's only state; c goes nowhere, and that is said; the model's outputs follow."""
    blocks: dict[str, tuple[str, JsonObject]] = {
        "b1": ("Input", {"shape": [None, 3]}),
        "b2": ("LSTM", {"units": 4, "return_state": True}),
        "b3": ("Dense", {"units": 2}),
        "b4": ("Dense", {"units": 2}),
    }
    wires = [("b1.output", "b2.inputs"), ("b2.state_h", "b3.inputs"), ("b2.state_c", "b4.inputs")]
    document = graph_of(blocks, wires, outputs=(PortRef("b2", "state_h"), PortRef("b3", "output")))
    gru = found(document, "b2", "GRU")
    assert [wire.source for wire in gru.document.graph.wires] == [PortRef("b1", "output"), PortRef("b2", "state")]
    assert gru.document.outputs == (PortRef("b2", "state"), PortRef("b3", "output"))
    assert gru.says.endswith("as many units; nothing takes the place of state_c.")


@pytest.mark.parametrize(
    ("block", "path"),
    [
        (("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 4}}}), "layer"),
        (("RNN", {"cell": {"type": "LSTMCell", "arguments": {"units": 4}}}), "cell"),
    ],
)
def test_a_layer_inside_is_replaced_inside(block: tuple[str, Any], path: str) -> None:
    """Both directions of a Bidirectional; the cell of an RNN; its units are found by their path."""
    document = chain([block, ("Dense", {"units": 1})], 3)
    gru = found(document, "b2", "GRU=")
    inner: Any = gru.document.block("b2").arguments[path]
    assert inner == {"type": "GRUCell" if path == "cell" else "GRU", "arguments": {"units": 4}}
    assert gru.units == f"{path}.arguments.units"
    sized: Any = apply_all(gru.document, (SetArgument("b2", gru.units, 7),), CATALOG).block("b2").arguments[path]
    assert sized["arguments"]["units"] == 7


def test_without_a_mask_every_maker_above_is_gone() -> None:
    """A Masking is bridged, an Embedding no longer masks, a wired mask is taken off; elsewhere there is nothing to offer."""
    bare = found(reader(), "b3", NO_MASK).document
    assert [block.type for block in bare.graph.blocks] == ["Input", "LSTM", "Dense"]
    assert bare.graph.wires_into["b3"][0].source == PortRef("b1", "output")
    layers: list[tuple[str, JsonObject]] = [
        ("Embedding", {"input_dim": 9, "output_dim": 2, "mask_zero": True}),
        ("GRU", {"units": 2}),
    ]
    tokens = chain(layers, 3)
    assert found(tokens, "b3", NO_MASK).document.block("b2").arguments == {"input_dim": 9, "output_dim": 2}
    assert variant(chain([("LSTM", {"units": 2})], 3), "b2", NO_MASK, CATALOG) is None


def test_padding_goes_to_the_other_end_where_it_can() -> None:
    """Not without lengths, and not of an array that was padded before."""
    other = found(reader(), "b3", PADDING)
    assert other.document.sample == {"batch": 4, "inputs": {"series": {"lengths": [5, 2], "padding": "pre"}}}
    assert (other.title, other.says) == ("Padded before", "The same sequences padded before instead of after.")
    plain = chain([("LSTM", {"units": 2})], 3)
    assert variant(plain, "b2", PADDING, CATALOG) is None
    array = with_sample(plain, kind="file", path="x.npz#x", valid="trailing")
    assert variant(array, "b2", PADDING, CATALOG) is None
    assert why_no_padding(array, "b2").startswith("The array of series holds its padding: it is fed as it is.")
    unpadded = with_sample(plain, kind="file", path="x.csv")
    assert variant(unpadded, "b2", PADDING, CATALOG) is not None
    assert why_no_padding(plain, "b2") == why_no_padding(unpadded, "b2") == why_no_padding(reader(), "b3") == ""


def test_the_mode_is_the_other_one() -> None:
    """The document is the same."""
    document = reader()
    assert found(document, "b3", TRAINING).mode == "training"
    back = variant(document, "b3", TRAINING, CATALOG, training=True)
    assert back is not None
    assert (back.mode, back.document) == ("inference", document)
