"""What is really fed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.document.values import Document
from engine.runtime.sample import Overrides, SampleError, draw_sample
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
MODEL = chain([("Dense", {"units": 1})], features=3)


def fed(document: Document, **overrides: object) -> tuple[np.ndarray, np.ndarray]:
    """Values and real steps of the only Input."""
    drawn = draw_sample(document, None, Overrides(**overrides))["b1"]  # type: ignore[arg-type]
    assert drawn.valid is not None
    return np.asarray(drawn.values), drawn.valid


def test_padding_stands_where_it_is_asked_with_the_value_that_is_asked() -> None:
    """After and before; every feature of a padded step is the pad value."""
    for padding, first in (("post", [True, True, False]), ("pre", [False, True, True])):
        values, valid = fed(with_sample(MODEL, lengths=[2, 3], padding=padding, pad_value=-7))
        assert valid[0].tolist() == first
        assert values.shape == (4, 3, 3)
        assert (values[~valid] == -7).all()
        assert not (values[valid] == -7).any()


def test_the_same_seed_gives_the_same_sample_and_another_another() -> None:
    """Reproducible."""
    one, other = fed(replace(MODEL, seed=1))[0], fed(replace(MODEL, seed=2))[0]
    assert np.array_equal(one, fed(replace(MODEL, seed=1))[0])
    assert not np.array_equal(one, other)
    assert np.array_equal(other, fed(MODEL, seed=2)[0])


@pytest.mark.parametrize("kind", ["normal", "uniform", "sine", "zeros", "ones", "tokens"])
def test_every_kind_is_drawn(kind: str) -> None:
    """Unknown T without lengths is 10."""
    values, valid = fed(with_sample(MODEL, kind=kind))
    assert values.shape == (4, 10, 3)
    assert valid.all()
    assert np.isfinite(values).all()


def test_a_distribution_stays_within_its_bounds_and_fixed_t_wins() -> None:
    """min and max are both possible."""
    _, valid = fed(with_sample(MODEL, batch=200, lengths={"distribution": "uniform", "min": 3, "max": 6}))
    counts = valid.sum(axis=1)
    assert set(counts.tolist()) == {3, 4, 5, 6}
    fixed = graph_of({"b1": ("Input", {"shape": [12, 2]})}, [])
    assert fed(fixed, timesteps=5)[0].shape == (32, 12, 2)


def test_tokens_fit_the_smallest_embedding_and_are_never_padding() -> None:
    """From 1 to input_dim - 1."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None], "dtype": "int32"}), "b2": ("Embedding", {"input_dim": 5, "output_dim": 2}), "b3": ("Embedding", {"input_dim": 50, "output_dim": 2})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs")],
    )  # fmt: skip
    values, valid = fed(document, lengths=(4, 9))
    assert values.dtype == np.int32
    assert set(values[valid].tolist()) == {1, 2, 3, 4}
    assert (values[~valid] == 0).all()


def test_files_with_their_lengths_trailing_padding_and_masks(tmp_path: Path) -> None:
    """Which steps are real is a fact of the sample."""
    data = np.ones((3, 5, 3), np.float32)
    data[0, 2:] = 0
    data[1, 1] = 0  # a step of zeros inside is not trailing
    np.savez(tmp_path / "a.npz", x=data, n=np.array([2, 5, 4]), m=np.eye(3, 5, dtype=bool))
    np.save(tmp_path / "a.npy", data)

    def drawn(**entry: object) -> list[int]:
        sample = draw_sample(with_sample(MODEL, kind="file", **entry), tmp_path, Overrides())["b1"]
        assert sample.valid is not None
        return sample.valid.sum(axis=1).tolist()

    assert drawn(path="a.npy") == [5, 5, 5]
    assert drawn(path="a.npy", valid="trailing") == [2, 5, 5]
    assert drawn(path="a.npz#x", valid="a.npz#n") == [2, 5, 4]
    assert drawn(path="a.npz#x", valid="a.npz#m") == [1, 1, 1]
    assert drawn(path="a.npz#x", valid="lengths", lengths=[3, 1, 2]) == [3, 1, 2]


def test_bad_files_are_one_sentence_each(tmp_path: Path) -> None:
    """What, where, remedy; pickles are never loaded."""
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}]), allow_pickle=True)
    np.save(tmp_path / "flat.npy", np.ones((3, 4), np.float32))
    np.savez(tmp_path / "two.npz", a=np.ones(2), b=np.ones(2))
    (tmp_path / "text.npy").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    for path, said in {
        "": "no file is chosen", "gone.npy": "no file", "objects.npy": "damaged or no array", "text.npy": "damaged or no array",
        "empty.npz": "damaged or no array", "two.npz": "no array called", "flat.npy": "has the shape (3, 4)", "x.csv": "neither .npy nor .npz",
    }.items():  # fmt: skip
        with pytest.raises(SampleError) as caught:
            draw_sample(with_sample(MODEL, kind="file", path=path), tmp_path, Overrides())
        assert said in caught.value.diagnostic.title, path
        assert caught.value.diagnostic.block == "b1"


def test_a_sample_that_would_not_fit_is_refused_before_it_is_made() -> None:
    """Estimated first."""
    with pytest.raises(SampleError, match="would take"):
        fed(MODEL, batch=100_000, timesteps=1_000_000)


def test_lengths_of_the_command_line_that_do_not_fit() -> None:
    """As in the document."""
    with pytest.raises(SampleError, match="length of 20"):
        fed(with_sample(MODEL, timesteps=10), lengths=(20,))
