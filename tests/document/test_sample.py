"""The sample as it is written."""

from __future__ import annotations

import pytest

from engine.document.sample import UniformLengths, read_sample
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
