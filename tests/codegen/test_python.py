"""Python as Keras users write it."""

from __future__ import annotations

import ast

import pytest

from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import NotSequentialError, python_source
from engine.document.values import Document
from engine.graph.values import Block, Graph
from engine.plan.lower import lower
from tests.documents import chain, connected, graph_of

CATALOG = load_snapshot()


def source(document: Document, **options: object) -> str:
    """The Python of a document."""
    return python_source(lower(document, CATALOG), CATALOG, **options).text  # type: ignore[arg-type]


def test_a_chain_is_sequential_and_says_only_what_differs() -> None:
    """The question's second example."""
    layers = [
        ("LSTM", {"units": 64, "return_sequences": True}),
        ("TimeDistributed", {"layer": {"type": "Dense", "arguments": {"units": 1}}}),
    ]
    text = source(chain(layers, features=3))
    assert "keras.Input((None, 3))," in text
    assert 'layers.LSTM(64, return_sequences=True, name="block_2"),' in text
    assert 'layers.TimeDistributed(layers.Dense(1), name="block_3"),' in text


def test_branches_are_functional_with_readable_names() -> None:
    """Variables are the blocks' names; several outputs are unpacked."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("GRU", {"units": 4, "return_state": True}), "b3": ("Add", {})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b2.state", "b3.inputs")],
    )
    text = source(document)
    assert "gru_b2, gru_b2_state = layers.GRU(4, return_state=True" in text
    assert 'layers.Add(name="add_b3")([gru_b2, gru_b2_state])' in text
    with pytest.raises(NotSequentialError):
        source(document, style="sequential")


def test_a_masked_concatenate_never_keeps_the_name_that_keras_uses_itself() -> None:
    """`concatenate` twice makes the model invalid."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("Concatenate", {})}, [("b1.output", "b2.inputs")]
    )
    document = connected(document, ("b1.output", "b2.inputs"))
    blocks = (document.graph.blocks[0], Block("b2", "Concatenate", "concatenate"))
    text = source(Document(Graph(blocks, document.graph.wires)))
    assert 'name="concatenate_layer"' in text


def test_text_from_a_document_stays_text() -> None:
    """Names and values cannot become code."""
    nasty = 'x"); import os; os.system("true'
    document = chain([("LSTM", {"units": 4, "activation": nasty}), ("Activation", {"activation": "relu\n'''"})])
    blocks = tuple(Block(b.id, b.type, nasty + b.id, b.arguments) for b in document.graph.blocks)
    for style in ("auto", "functional"):
        tree = ast.parse(source(Document(Graph(blocks, document.graph.wires)), style=style))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import) and node.names[0].name == "os"]


def test_long_calls_are_broken_as_black_breaks_them() -> None:
    """No line is longer than 88."""
    arguments = {"units": 64, "return_sequences": True, "kernel_initializer": "he_uniform", "recurrent_dropout": 0.25}
    text = source(chain([("LSTM", arguments), ("Dense", {"units": 1})]), style="functional")
    assert max(map(len, text.splitlines())) <= 88
    ast.parse(text)


def test_a_broken_model_still_has_code_with_the_failing_lines_as_comments() -> None:
    """And the lines of each block are known."""
    document = chain([("LSTM", {"units": 4}), ("LSTM", {"units": 4}), ("Nonsense", {})])
    made = python_source(lower(document, CATALOG), CATALOG, broken={"b3": "needs a sequence"})
    lines = made.text.splitlines()
    first, last = made.lines["b3"]
    assert all(line.strip().startswith("#") for line in lines[first - 1 : last])
    assert "needs a sequence" in lines[first - 1]
    ast.parse(made.text)


def test_a_model_of_many_layers_lets_keras_recurse_and_a_usual_one_does_not_speak_of_it() -> None:
    """A chain of a thousand exports: executed, the limit is raised before the model is built."""
    assert "setrecursionlimit" not in source(chain([("Dense", {"units": 4})] * 30, features=4))
    text = source(chain([("Dense", {"units": 4})] * 999, features=4))
    ast.parse(text)
    raised = text.index("sys.setrecursionlimit(")
    assert text.index("import sys") < raised < text.index("def build_model")
    limit = int(text[raised:].split("(")[1].split(")")[0])
    assert limit > 10 * 1000
