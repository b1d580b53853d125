"""The sample as it is written."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from engine.document.file_options import (
    FILE_KEYS,
    OF_SUFFIX,
    OPTION_CHECKS,
    SUFFIXES,
    FileOptions,
    file_of,
    is_ragged,
    suffix_of,
)
from engine.document.sample import UniformLengths, has_time, input_shape, read_sample
from engine.graph.values import Block
from tests.documents import chain, with_sample

MODEL = chain([("Dense", {"units": 1})], features=3)


def test_an_absent_sample_is_32_normal_sequences() -> None:
    """Integers are tokens."""
    sample = read_sample(MODEL)
    assert (sample.batch, sample.inputs["b1"].kind, sample.inputs["b1"].lengths) == (32, "normal", None)


def test_lengths_are_a_list_or_a_distribution() -> None:
    """Both forms of the contract."""
    assert read_sample(with_sample(MODEL, lengths=[3, 5])).inputs["b1"].lengths == (3, 5)
    wanted = {"distribution": "uniform", "min": 3, "max": 15}
    assert read_sample(with_sample(MODEL, lengths=wanted)).inputs["b1"].lengths == UniformLengths(3, 15)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"lengths": [20], "timesteps": 10}, "sample.lengths"),
        ({"lengths": [1.5]}, "sample.lengths"),
        ({"lengths": {"min": 9, "max": 3}}, "sample.lengths"),
        ({"timesteps": 0}, "sample.timesteps"),
        ({"kind": "noise"}, "sample.kind"),
        ({"padding": "left"}, "sample.padding"),
        ({"pad_value": "x"}, "sample.pad_value"),
    ],
)
def test_what_cannot_be_drawn_is_a_problem_that_names_the_input(entry: dict[str, object], code: str) -> None:
    """And a default stands in its place, so that the rest is still known."""
    sample = read_sample(with_sample(MODEL, **entry))
    assert [problem.code for problem in sample.problems] == [code]
    assert sample.problems[0].block == "b1"
    assert "series" in sample.problems[0].title


@pytest.mark.parametrize(
    ("arguments", "shape", "timed"),
    [
        ({"shape": [None, 3]}, (None, None, 3), True),
        ({"batch_shape": [4, 12, 3]}, (4, 12, 3), True),
        ({"shape": [None], "dtype": "int32"}, (None, None), True),
        ({"shape": [12], "dtype": "uint8"}, (None, 12), True),
        ({"shape": [12]}, (None, 12), False),
        ({"shape": []}, (None,), False),
        ({"shape": "nonsense"}, (None,), False),
        ({}, (None,), False),
    ],
)
def test_which_inputs_have_time(arguments: dict[str, object], shape: tuple[int | None, ...], timed: bool) -> None:
    """(batch, time, features); of two axes the second is time where it is unknown or the values are tokens."""
    block = Block("b1", "Input", "series", arguments)  # type: ignore[arg-type]
    assert input_shape(block) == shape
    assert has_time(block) is timed


def test_a_fixed_length_of_the_input_wins() -> None:
    """Over the sample's timesteps; lengths are measured against it."""
    model = replace(MODEL, graph=replace(MODEL.graph, blocks=(Block("b1", "Input", "series", {"shape": [6, 3]}),)))
    assert read_sample(with_sample(model, timesteps=20, lengths=[6])).inputs["b1"].timesteps == 6
    assert [problem.code for problem in read_sample(with_sample(model, lengths=[7])).problems] == ["sample.lengths"]


def test_how_a_file_is_read_stands_in_the_entry() -> None:
    """What is not said is found in the file."""
    assert read_sample(with_sample(MODEL, path="x.csv")).inputs["b1"].options == FileOptions()
    said = {
        "first": 3, "columns": ["a", 2], "sequence": "id", "time": 4, "rows": "steps", "header": False,
        "delimiter": ";", "key": "k", "tokenizer": "characters",
    }  # fmt: skip
    options = read_sample(with_sample(MODEL, **said)).inputs["b1"].options
    assert options == FileOptions(
        3, ("a", 2), "id", 4, "steps", header=False, delimiter=";", key="k", tokenizer="characters"
    )
    assert hash(options)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("first", -1),
        ("first", True),
        ("columns", "a"),
        ("columns", []),
        ("columns", [0]),
        ("sequence", 1.5),
        ("time", ["t"]),
        ("rows", "cells"),
        ("rows", ["steps"]),
        ("header", "yes"),
        ("delimiter", "ab"),
        ("delimiter", '"'),
        ("key", 3),
        ("tokenizer", "bytes"),
    ],
)
def test_an_option_that_cannot_be_is_a_problem_and_takes_its_default(key: str, value: object) -> None:
    """One sentence that names the Input, the key and what it may be."""
    read = read_sample(with_sample(MODEL, **{key: value}))
    assert [problem.code for problem in read.problems] == ["sample.options"]
    assert read.problems[0].title == f"The sample of series has {value!r} as {key}"
    assert read.problems[0].detail.endswith(".")
    assert read.inputs["b1"].options == FileOptions()


@pytest.mark.parametrize(
    ("path", "file", "suffix", "ragged"),
    [
        ("a.npz#x", "a.npz", ".npz", False),
        ("a#b.CSV", "a#b.CSV", ".csv", True),
        ("a.b.jsonl", "a.b.jsonl", ".jsonl", True),
        ("a.xls", "a.xls", ".xls", False),
        ("", "", "", False),
    ],
)
def test_the_file_of_a_path(path: str, file: str, suffix: str, ragged: bool) -> None:
    """A # names an array of an .npz alone."""
    assert (file_of(path), suffix_of(path), is_ragged(path)) == (file, suffix, ragged)


def test_every_key_of_a_file_is_checked_and_belongs_to_a_suffix() -> None:
    """The table of the form knows what the reader knows."""
    assert set(OPTION_CHECKS) | {"valid", "lengths", "labels"} == FILE_KEYS
    assert set(OF_SUFFIX) == set(SUFFIXES)
    assert set(OPTION_CHECKS) == {field.name for field in fields(FileOptions)}


def test_what_is_no_sample_at_all_is_a_problem_too() -> None:
    """Wrong types, an entry of no Input, a batch of nothing: never an exception."""
    for sample, code in (
        ({"batch": 0}, "sample.batch"),
        ({"batch": True}, "sample.batch"),
        ({"inputs": []}, "sample.inputs"),
        ({"inputs": {"series": 3}}, "sample.inputs"),
        ({"inputs": {"nobody": {}}}, "sample.inputs"),
        ({"inputs": {"series": {"path": 3}}}, "sample.path"),
        ({"inputs": {"series": {"lengths": "long"}}}, "sample.lengths"),
    ):
        read = read_sample(replace(MODEL, sample=sample))  # type: ignore[arg-type]
        assert [problem.code for problem in read.problems] == [code]
        assert read.batch >= 1
        assert "b1" in read.inputs
