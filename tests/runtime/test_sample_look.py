"""The look at a sample: what a run feeds, what Keras would mask of it, what looks like padding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.document.values import Document
from engine.protocol.file_look import FileLook, VocabularyLook
from engine.protocol.looks import PaddingProposal, SampleLook, decode_sample_look, encode_sample_look
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.sample_look import look_at_sample
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
DENSE: list[tuple[str, dict[str, Any]]] = [("Dense", {"units": 2})]


def look(document: Document, folder: Path | None = None, sequence: int = 0) -> SampleLook:
    """The look at b1, through the reply's form."""
    found = look_at_sample(document, folder, "b1", sequence)
    body, arrays = encode_sample_look(found)
    again = decode_sample_look(body, arrays)
    assert (again.shape, again.masking, again.proposal) == (found.shape, found.masking, found.proposal)
    assert (again.file, again.tokens) == (found.file, found.tokens)
    return again


def test_it_shows_what_a_run_feeds() -> None:
    """The same values, lengths and steps."""
    document = with_sample(chain(DENSE, 3), lengths=[2, 5], timesteps=5)
    found = look(document, sequence=1)
    runner = Runner()
    runner.run(document, RunOptions())
    assert runner._kept is not None
    fed = runner._kept.fed["b1"]
    assert found.shape == (4, 5, 3)
    assert found.first is not None
    assert found.valid is not None
    assert fed.valid is not None
    assert np.array_equal(found.first, fed.values[1])
    assert np.array_equal(found.valid, fed.valid)


def test_masking_masks_steps_not_numbers(tmp_path: Path) -> None:
    """Three in ten numbers are zero, hardly any step is: the honest count is Keras's."""
    random = np.random.default_rng(1)
    values = random.normal(size=(32, 15, 3)) * (random.random((32, 15, 3)) > 0.3)
    values[0, 10:] = 0
    np.save(tmp_path / "x.npy", values.astype(np.float32))
    masking = look(with_sample(chain(DENSE, 3), batch=32, kind="file", path="x.npy"), tmp_path).masking
    assert masking is not None
    whole = int((values == 0).all(axis=2).sum())
    assert (masking.layer, masking.masked, masking.steps) == ("Masking", whole, 480)
    assert masking.equal == int((values == 0).sum())
    assert masking.equal > 0.25 * masking.numbers
    assert masking.masked < 0.1 * masking.steps


def test_tokens_are_masked_by_an_embedding() -> None:
    """mask_zero knows 0 alone; a pad value of 7 is not masked."""
    blocks: dict[str, Any] = {
        "b1": ("Input", {"shape": [None], "dtype": "int32"}),
        "b2": ("Embedding", {"input_dim": 50, "output_dim": 4}),
    }
    document = graph_of(blocks, [("b1.output", "b2.inputs")])
    name = document.block("b1").name
    for pad_value, masked in ((0, 7), (7, 0)):
        entry = {"lengths": [3, 10], "timesteps": 10, "pad_value": pad_value}
        fed = Document(**{**document.__dict__, "sample": {"batch": 2, "inputs": {name: entry}}})
        masking = look(fed).masking
        assert masking is not None
        assert (masking.layer, masking.masked, masking.masked_padding) == ("Embedding", masked, masked)


@pytest.mark.parametrize("padding", ["post", "pre"])
def test_a_padded_file_is_noticed(tmp_path: Path, padding: str) -> None:
    """27 of 32 sequences end in steps that are all zero; once that is said, nothing is proposed."""
    values = np.random.default_rng(2).normal(size=(32, 15, 3)).astype(np.float32)
    for at in range(27):
        length = 3 + at % 13
        values[at, slice(length, None) if padding == "post" else slice(0, 15 - length)] = 0
    values[26] = 1
    values[26, 3:] = 0
    if padding == "pre":
        values[26] = values[26, ::-1]
    np.save(tmp_path / "x.npy", values)
    padded = int(((values == 0).all(axis=2)).any(axis=1).sum())
    document = with_sample(chain(DENSE, 3), batch=32, kind="file", path="x.npy")
    assert look(document, tmp_path).proposal == PaddingProposal(padded, 32, 3, 15, padding)
    named = with_sample(chain(DENSE, 3), batch=32, kind="file", path="x.npy", valid="trailing", padding=padding)
    found = look(named, tmp_path)
    assert found.proposal is None
    assert found.valid is not None
    assert found.valid.sum(axis=1).min() == 3


def test_what_cannot_be_made_says_why(tmp_path: Path) -> None:
    """A sentence and a remedy, no shape."""
    found = look(with_sample(chain(DENSE, 3), kind="file", path="gone.npy"), tmp_path)
    assert found.shape == ()
    assert "there is no file" in found.title
    assert found.detail == "Choose another file."


def test_an_input_without_time_has_nothing_to_mask() -> None:
    """(batch, features): one row of values."""
    document = graph_of({"b1": ("Input", {"shape": [4]}), "b2": ("Dense", {"units": 1})}, [("b1.output", "b2.inputs")])
    found = look(document)
    assert found.first is not None
    assert found.first.shape == (1, 4)
    assert (found.valid, found.masking) == (None, None)


def test_a_table_is_shown_as_it_stands(tmp_path: Path) -> None:
    """Columns and what they are, the first rows, how many sequences were read and whether there are more."""
    (tmp_path / "x.csv").write_text("id,a,b,c\n1,1.50,2,3\n1,4,5,6\n2,7,8,9\n3,0,0,0\n")
    file = look(with_sample(chain(DENSE, 3), batch=2, kind="file", path="x.csv", first=1), tmp_path).file
    assert file == FileLook(
        2, 1, False, ("id", "a", "b", "c"), ("sequence", "feature", "feature", "feature"),
        (("2", "7", "8", "9"), ("3", "0", "0", "0")),
    )  # fmt: skip
    found = look(with_sample(chain(DENSE, 3), batch=1, kind="file", path="x.csv"), tmp_path)
    assert found.file is not None
    assert found.file.more
    assert found.file.rows[0] == ("1", "1.50", "2", "3")
    assert (found.tokens, found.label(1)) == ((), "1")
    assert found.proposal is None


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_vocabulary_is_held_against_the_embedding(tmp_path: Path, wrapped: bool) -> None:
    """Too many ids for its input_dim are told with the argument to change; words are the labels of steps."""
    (tmp_path / "t.txt").write_text("the cat saw the dog\na cat\n")
    arguments = {"input_dim": 6, "output_dim": 4}
    embedding: Any = ("Embedding", arguments)
    if wrapped:
        embedding = ("TimeDistributed", {"layer": {"type": "Embedding", "arguments": arguments}})
    blocks: Any = {"b1": ("Input", {"shape": [None], "dtype": "int32"}), "b2": embedding}
    document = graph_of(blocks, [("b1.output", "b2.inputs")])
    sample = {"inputs": {document.block("b1").name: {"kind": "file", "path": "t.txt", "padding": "pre"}}}
    found = look(Document(**{**document.__dict__, "sample": sample}), tmp_path, sequence=1)
    assert found.tokens == ("", "", "", "a", "cat")
    assert [found.label(step) for step in (0, 4)] == ["0", "cat"]
    assert found.file is not None
    path = "layer.arguments.input_dim" if wrapped else "input_dim"
    words, counts = ("the", "cat", "saw", "dog", "a"), (2, 2, 1, 1, 1)
    assert found.file.vocabulary == VocabularyLook(7, True, words, counts, "b2", path, 6)
    assert found.file.vocabulary.too_large
