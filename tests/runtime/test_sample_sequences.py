"""Files of sequences of their own lengths as samples: padded as the sample says, real steps known without a word."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.document.values import Document
from engine.graph.values import Block
from engine.runtime import fed as limits
from engine.runtime.fed import Fed
from engine.runtime.sample import Overrides, SampleError, draw_sample
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
MODEL = chain([("Dense", {"units": 1})], features=2)
RAGGED = [[[1, 2], [3, 4], [5, 6]], [[7, 8]], []]


def tokens_model() -> Document:
    """An Input `series` of int32 tokens."""
    document = chain([("Embedding", {"input_dim": 9, "output_dim": 2})], features=2)
    first, *others = document.graph.blocks
    tokens = Block(first.id, "Input", first.name, {"shape": [None], "dtype": "int32"})
    return replace(document, graph=replace(document.graph, blocks=(tokens, *others)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three sequences of 3, 1 and 0 steps."""
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, RAGGED)))
    return tmp_path


def fed(folder: Path, document: Document = MODEL, batch: int = 32, **entry: Any) -> Fed:
    """What is fed to the Input `series`."""
    entry = {"kind": "file", "path": "x.jsonl", **entry}
    return draw_sample(with_sample(document, batch, **entry), folder, Overrides())["b1"]


def refused(folder: Path, document: Document = MODEL, batch: int = 32, **entry: Any) -> SampleError:
    """Why nothing is fed."""
    with pytest.raises(SampleError) as caught:
        fed(folder, document, batch, **entry)
    assert caught.value.diagnostic.block == "b1"
    assert caught.value.diagnostic.detail
    return caught.value


def lengths(given: Fed) -> list[int]:
    """Real steps of each sequence."""
    assert given.valid is not None
    return given.valid.sum(axis=1).tolist()


@pytest.mark.parametrize("padding", ["post", "pre"])
def test_they_are_padded_as_the_sample_says(folder: Path, padding: str) -> None:
    """To the longest, or to the timesteps; an empty one is all padding."""
    for timesteps, longest in ((None, 3), (5, 5)):
        entry = {} if timesteps is None else {"timesteps": timesteps}
        given = fed(folder, padding=padding, pad_value=-1, **entry)
        assert given.values.shape == (3, longest, 2)
        assert given.values.dtype == np.float32
        assert lengths(given) == [3, 1, 0]
        assert given.valid is not None
        assert (given.values[~given.valid] == -1).all()
        assert [given.values[at, given.valid[at]].tolist() for at in range(3)] == RAGGED


def test_the_batch_takes_the_first_sequences(folder: Path) -> None:
    """Or those after the ones that are passed over; a fixed batch must be there."""
    assert lengths(fed(folder, batch=2)) == [3, 1]
    assert lengths(fed(folder, batch=2, first=1)) == [1, 0]
    assert lengths(fed(folder, batch=1)) == [3]  # a batch of one
    assert fed(folder, batch=1, first=1).values.shape == (1, 1, 2)  # of one step
    assert fed(folder, first=2).values.shape == (1, 1, 2)  # of none: one padded step
    fixed = graph_of({"b1": ("Input", {"batch_shape": [4, None, 2]})}, [])
    sample = {"inputs": {"input_b1": {"kind": "file", "path": "x.jsonl"}}}
    with pytest.raises(SampleError, match="too few for 4"):
        draw_sample(Document(**{**fixed.__dict__, "sample": sample}), folder, Overrides())


def test_arrays_start_later_too(tmp_path: Path) -> None:
    """With their lengths."""
    np.savez(tmp_path / "a.npz", x=np.arange(24.0).reshape(4, 3, 2), n=np.array([1, 2, 3, 0]))
    given = fed(tmp_path, path="a.npz#x", valid="a.npz#n", first=2)
    assert lengths(given) == [3, 0]
    assert given.values[0, 0].tolist() == [12, 13]
    assert "too few" in str(refused(tmp_path, path="a.npz#x", first=9))


def test_what_the_sample_says_of_real_steps_wins(folder: Path) -> None:
    """Lengths, the padded end, a file."""
    assert lengths(fed(folder, valid="lengths", lengths=[2, 1, 3])) == [2, 1, 3]
    assert lengths(fed(folder, valid="trailing")) == [3, 1, 0]
    np.save(folder / "n.npy", np.array([1, 1, 1]))
    assert lengths(fed(folder, valid="n.npy")) == [1, 1, 1]


def test_a_sequence_that_is_too_long_is_told_with_its_line(folder: Path) -> None:
    """It is not cut: nothing is lost without a word."""
    error = refused(folder, timesteps=2)
    assert str(error) == "x.jsonl, line 1: the sequence has 3 steps, and those of series are padded to 2"
    assert error.diagnostic.code == "sample.lengths"


def test_the_sentences(folder: Path) -> None:
    """What, where, remedy: the Input, the file, line and column; endings that are not read."""
    (folder / "bad.csv").write_text("id,x,y\n1,2,3\n1,2,z\n")
    error = refused(folder, path="bad.csv")
    assert str(error) == "The sample of series cannot be read: bad.csv, line 3, column y: “z” is no number"
    error = refused(folder, path="x.xlsx")
    assert str(error) == (
        "The sample of series cannot be read: x.xlsx ends in none of "
        ".npy, .npz, .csv, .tsv, .jsonl, .ndjson, .parquet or .txt"
    )
    (folder / "t.txt").write_text("a b\nc")
    assert "pads with 0.5" in str(refused(folder, tokens_model(), path="t.txt", pad_value=0.5))
    assert refused(folder, first=-1).diagnostic.code == "sample.options"


def test_values_that_are_no_numbers_are_fed_as_they_are(tmp_path: Path) -> None:
    """NaN and infinity stay what they are."""
    (tmp_path / "x.jsonl").write_text("[[NaN, Infinity], [-Infinity, 0]]\n")
    values = fed(tmp_path).values
    assert np.isnan(values[0, 0, 0])
    assert values[0, 0, 1] == np.inf
    assert values[0, 1, 0] == -np.inf


def test_what_is_padded_is_measured_before_it_is_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single long sequence makes all of them long."""
    monkeypatch.setattr(limits, "LARGEST_SAMPLE_BYTES", 3 * 3 * 2 * 4)
    assert fed(folder).values.size == 18
    assert refused(folder, timesteps=4).diagnostic.code == "sample.too_large"


@pytest.mark.parametrize("padding", ["post", "pre"])
def test_the_words_of_a_text_stand_at_their_steps(tmp_path: Path, padding: str) -> None:
    """Ids from 2 by frequency; tokens are reachable for every sequence."""
    (tmp_path / "t.txt").write_text("the cat saw the dog\nthe cat\n")
    given = fed(tmp_path, tokens_model(), path="t.txt", padding=padding)
    assert given.values.dtype == np.int32
    assert given.valid is not None
    assert given.values[0].tolist() == [2, 3, 4, 2, 5]
    assert given.values[1, given.valid[1]].tolist() == [2, 3]
    assert given.tokens(0) == ("the", "cat", "saw", "the", "dog")
    assert given.tokens(1) == (("the", "cat", "", "", "") if padding == "post" else ("", "", "", "the", "cat"))
    (tmp_path / "x.jsonl").write_text("[[1, 2]]")
    assert fed(tmp_path).tokens(0) == ()


def test_a_file_of_the_command_line(folder: Path) -> None:
    """It is padded too; batch, timesteps and lengths of the command line count."""
    overrides = Overrides(files={"series": str(folder / "x.jsonl")}, timesteps=4, padding="pre")
    given = draw_sample(MODEL, None, overrides)["b1"]
    assert given.values.shape == (3, 4, 2)
    assert lengths(given) == [3, 1, 0]
    assert given.valid is not None
    assert given.valid[1].tolist() == [False, False, False, True]
    overrides = Overrides(files={"series": str(folder / "x.jsonl")}, batch=2, lengths=(1,))
    assert lengths(draw_sample(MODEL, None, overrides)["b1"]) == [1, 1]
