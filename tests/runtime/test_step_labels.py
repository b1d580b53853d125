"""The tokens at the steps of a port: those that were fed, only where its steps are still the Input's, one to one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.document.values import Document
from engine.graph.values import JsonObject, PortRef
from engine.protocol.readings import AttentionScores, decode_reading, encode_reading
from engine.protocol.result_encoding import decode_values, encode_values
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.kept import KeptRun
from tests.conftest import TENSORFLOW
from tests.documents import graph_of

pytestmark = TENSORFLOW
WORDS: dict[str, tuple[str, JsonObject]] = {
    "b1": ("Input", {"shape": [None], "dtype": "int32"}),
    "b2": ("Embedding", {"input_dim": 50, "output_dim": 4, "mask_zero": True}),
}
READ = ("b1.output", "b2.inputs")
TEXT = "the cat sat\na dog\nthe dog and the cat\n"


def kept_of(document: Document, folder: Path | None = None) -> KeptRun:
    """What a run leaves."""
    runner = Runner()
    result = runner.run(document, RunOptions(folder=folder))
    assert result.ok, result.diagnostics
    kept = runner.kept(result.number)
    assert kept is not None
    return kept


def worded(
    tmp_path: Path, blocks: dict[str, tuple[str, JsonObject]], wires: list[tuple[str, str]], **entry: Any
) -> KeptRun:
    """A run over three lines of text."""
    (tmp_path / "lines.txt").write_text(TEXT, encoding="utf-8")
    sample: JsonObject = {"batch": 3, "inputs": {"input_b1": {"kind": "file", "path": "lines.txt", **entry}}}
    return kept_of(replace(graph_of({**WORDS, **blocks}, [READ, *wires]), sample=sample), tmp_path)


@pytest.mark.parametrize("padding", ["post", "pre"])
def test_attention_is_labelled_with_the_words_of_the_text(tmp_path: Path, padding: str) -> None:
    """Through an Embedding and a Bidirectional, both ways of padding, for query and value."""
    layer: JsonObject = {"layer": {"type": "LSTM", "arguments": {"units": 2, "return_sequences": True}}}
    kept = worded(
        tmp_path,
        {"b3": ("Bidirectional", layer), "b4": ("MultiHeadAttention", {"num_heads": 2, "key_dim": 2})},
        [("b2.output", "b3.inputs"), ("b3.output", "b4.query"), ("b3.output", "b4.value")],
        padding=padding,
    )
    for sequence, line in enumerate(TEXT.splitlines()):
        words, rest = tuple(line.split()), ("",) * (5 - len(line.split()))
        found = kept.attention("b4", sequence)
        assert found.scores is not None
        assert found.query_labels == found.value_labels == ((*rest, *words) if padding == "pre" else (*words, *rest))
        body, arrays = encode_reading(found)
        assert decode_reading(AttentionScores, body, arrays).query_labels == found.query_labels
        for block in ("b1", "b2", "b3", "b4"):
            values = kept.values(PortRef(block, "output"), sequence)
            assert values.labels == found.query_labels
            assert decode_values(*encode_values(values)).labels == values.labels


def test_ids_without_a_vocabulary_are_numbers_and_padding_has_none() -> None:
    """Of tokens that an Embedding reads; other numbers are no tokens."""
    document = graph_of(
        {**WORDS, "b3": ("Attention", {})}, [READ, ("b2.output", "b3.query"), ("b2.output", "b3.value")]
    )
    entry = {"kind": "tokens", "lengths": [2, 4], "timesteps": 5}
    kept = kept_of(replace(document, sample={"batch": 2, "inputs": {"input_b1": entry}}))
    ids = kept.fed["b1"].values
    for sequence, length in ((0, 2), (1, 4)):
        expected = (*(f"#{one}" for one in ids[sequence, :length]), *[""] * (5 - length))
        assert kept.attention("b3", sequence).value_labels == expected
    plain = graph_of({"b1": ("Input", {"shape": [None], "dtype": "int32"}), "b2": ("keras.ops.cast", {"dtype": "float32"})},
                     [("b1.output", "b2.x")])  # fmt: skip
    assert kept_of(plain).values(PortRef("b1", "output"), 0).labels == ()


@pytest.mark.parametrize(
    ("kind", "arguments", "port"),
    [
        ("Conv1D", {"filters": 4, "kernel_size": 2}, "inputs"),
        ("MaxPooling1D", {}, "inputs"),
        ("LSTM", {"units": 4, "go_backwards": True, "return_sequences": True}, "inputs"),
        ("LSTM", {"units": 5}, "inputs"),
        ("keras.ops.flip", {"axis": 1}, "x"),
        ("keras.ops.getitem", {"key": ":, ::-1"}, "x"),
    ],
)
def test_where_steps_are_others_there_are_no_labels(
    tmp_path: Path, kind: str, arguments: dict[str, Any], port: str
) -> None:
    """Fewer steps, the other way round, or none at all (though there are as many units as steps)."""
    kept = worded(tmp_path, {"b3": (kind, arguments)}, [("b2.output", f"b3.{port}")])
    assert kept.values(PortRef("b2", "output"), 0).labels == ("the", "cat", "sat", "", "")
    assert kept.values(PortRef("b3", "output"), 0).labels == ()


def test_each_side_of_attention_has_the_words_of_its_own_input(tmp_path: Path) -> None:
    """Query and value of two texts of equal length; what leaves has the steps of the query, in whatever order it is wired."""
    for name, text in (("a.txt", "ja nein\n"), ("b.txt", "yes no\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    blocks: dict[str, tuple[str, JsonObject]] = {**WORDS, "b3": WORDS["b1"], "b4": WORDS["b2"], "b5": ("Attention", {})}
    wires = [READ, ("b3.output", "b4.inputs"), ("b2.output", "b5.value"), ("b4.output", "b5.query")]
    inputs = {f"input_b{at}": {"kind": "file", "path": path} for at, path in ((1, "a.txt"), (3, "b.txt"))}
    kept = kept_of(replace(graph_of(blocks, wires), sample={"batch": 1, "inputs": inputs}), tmp_path)
    found = kept.attention("b5", 0)
    assert (found.query_labels, found.value_labels) == (("yes", "no"), ("ja", "nein"))
    assert kept.values(PortRef("b5", "output"), 0).labels == ("yes", "no")
    assert np.asarray(found.scores).shape == (1, 2, 2)
