"""What is really fed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.document.values import Document
from engine.runtime import fed as limits
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


def test_labels_say_what_each_sequence_is(tmp_path: Path) -> None:
    """One number a sequence, of the same rows that are fed; anything else is refused in a sentence."""
    np.savez(tmp_path / "a.npz", x=np.ones((4, 5, 3), np.float32), y=np.array([3, 1, 2, 1]), column=np.eye(4)[:, :1])
    np.savez(tmp_path / "short.npz", y=np.arange(2), wide=np.ones((4, 2)))

    def drawn(labels: str, **other: object) -> tuple[str, ...]:
        document = with_sample(MODEL, kind="file", path="a.npz#x", labels=labels, **other)
        return draw_sample(document, tmp_path, Overrides())["b1"].labels

    assert drawn("") == ()
    assert drawn("a.npz#y") == ("3", "1", "2", "1")
    assert drawn("a.npz#y", first=1) == ("1", "2", "1")
    assert drawn("a.npz#column") == ("1", "0", "0", "0")
    for labels in ("short.npz#y", "short.npz#wide"):
        with pytest.raises(SampleError, match="labels none of series's sequences") as refused:
            drawn(labels)
        assert "It must hold 4 numbers, one for each sequence." in refused.value.diagnostic.detail


def test_bad_files_are_one_sentence_each(tmp_path: Path) -> None:
    """What, where, remedy; pickles are never loaded."""
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}]), allow_pickle=True)
    np.save(tmp_path / "flat.npy", np.ones((3, 4), np.float32))
    np.savez(tmp_path / "two.npz", a=np.ones(2), b=np.ones(2))
    (tmp_path / "text.npy").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    for path, said in {
        "": "no file is chosen", "gone.npy": "no file", "objects.npy": "damaged or no array", "text.npy": "damaged or no array",
        "empty.npz": "damaged or no array", "two.npz": "no array called", "flat.npy": "has the shape (3, 4)", "x.xls": "ends in none of .npy, .npz, .csv",
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


TOKENS = {"b1": ("Input", {"shape": [None], "dtype": "int32"})}


def embedded(input_dim: int, *, through: str = "", reuse: bool = False) -> Document:
    """Tokens into an Embedding, perhaps through another block or by a Reuse of the Embedding."""
    blocks = {**TOKENS, "b2": ("Embedding", {"input_dim": input_dim, "output_dim": 2})}
    wires = [("b1.output", "b2.inputs")]
    if through:
        blocks["b3"] = (through, {"shape": [None], "dtype": "int32"} if through == "Input" else {})
        wires = [("b1.output", "b3.inputs"), ("b3.output", "b2.inputs")]
    if reuse:
        blocks |= {"b3": ("Input", {"shape": [None], "dtype": "int32"}), "b4": ("Reuse", {"of": "b2"})}
        wires = [("b3.output", "b2.inputs"), ("b1.output", "b4.inputs")]
    return graph_of(blocks, wires)  # type: ignore[arg-type]


def test_the_embedding_is_found_through_other_blocks() -> None:
    """Through an Identity, and where a Reuse calls the Embedding again."""
    for document in (embedded(4, through="Identity"), embedded(4, reuse=True)):
        assert fed(document)[0].max() == 3
    assert fed(graph_of(TOKENS, []))[0].max() > 90  # nothing reads them: 1 to 99


def test_pad_values_among_the_tokens_are_left_out_evenly() -> None:
    """Tokens 1, 3, 4 where 2 is padding; each about as often as the others."""
    values, valid = fed(with_named(embedded(5), pad_value=2, lengths=[40, 30]), batch=100)
    counts = np.bincount(values[valid])
    assert counts[[0, 2]].tolist() == [0, 0]
    assert counts[[1, 3, 4]].min() > 0.8 * counts[[1, 3, 4]].max()
    assert (values[~valid] == 2).all()


def with_named(document: Document, **entry: object) -> Document:
    """The document with a sample entry for its Input `input_b1`."""
    return replace(document, sample={"inputs": {"input_b1": entry}})


def refusal(document: Document, folder: Path | None = None, **overrides: object) -> SampleError:
    with pytest.raises(SampleError) as caught:
        draw_sample(document, folder, Overrides(**overrides))  # type: ignore[arg-type]
    assert caught.value.diagnostic.stage == "input"
    assert caught.value.diagnostic.detail
    return caught.value


def test_what_the_inputs_type_cannot_hold_is_refused() -> None:
    """No token left, padding that is no whole number, text."""
    assert refusal(embedded(1)).diagnostic.code == "sample.tokens"
    assert refusal(with_named(embedded(2), pad_value=1, lengths=[1, 2])).diagnostic.code == "sample.tokens"
    assert refusal(with_named(embedded(9), pad_value=0.5, lengths=[1, 2])).diagnostic.code == "sample.pad_value"
    assert (
        refusal(graph_of({"b1": ("Input", {"shape": [None], "dtype": "string"})}, [])).diagnostic.code == "sample.dtype"
    )
    small = graph_of({**TOKENS, "b1": ("Input", {"shape": [None], "dtype": "int8"})}, [])
    assert fed(small)[0].min() >= 1


def test_a_vector_of_features_has_no_time() -> None:
    """(B, F) of floats: no real steps, lengths say nothing of it; (B, T) of tokens has time, fixed or not."""
    vector = graph_of({"b1": ("Input", {"shape": [7]})}, [])
    drawn = draw_sample(vector, None, Overrides(lengths=(3,), timesteps=4))["b1"]
    assert (drawn.values.shape, drawn.valid) == ((32, 7), None)
    fixed = graph_of({"b1": ("Input", {"shape": [7], "dtype": "int32"})}, [])
    assert fed(fixed, lengths=(3,))[1].sum(axis=1).tolist() == [3] * 32


def test_another_input_changes_no_values() -> None:
    """Values depend on the seed and the Input's id alone."""
    one = graph_of({"b2": ("Input", {"shape": [None, 3]})}, [])
    two = graph_of({"b1": ("Input", {"shape": [None, 2]}), "b2": ("Input", {"shape": [None, 3]})}, [])
    drawn = [draw_sample(document, None, Overrides())["b2"].values for document in (one, two)]
    assert np.array_equal(*drawn)


def test_one_batch_for_all_inputs(tmp_path: Path) -> None:
    """A fixed batch wins; else what is asked for, but no more than a file has; without either, the whole file."""
    np.save(tmp_path / "a.npy", np.ones((6, 5, 3), np.float32))
    document = graph_of({"b1": ("Input", {"shape": [None, 3]}), "b2": ("Input", {"shape": [2]})}, [])
    entry = {"input_b1": {"kind": "file", "path": "a.npy"}}

    def batches(document: Document, **overrides: object) -> list[int]:
        drawn = draw_sample(document, tmp_path, Overrides(**overrides))  # type: ignore[arg-type]
        return [len(given.values) for given in drawn.values()]

    assert batches(replace(document, sample={"inputs": entry})) == [6, 6]
    assert batches(replace(document, sample={"batch": 4, "inputs": entry})) == [4, 4]
    assert batches(replace(document, sample={"inputs": entry}), batch=3) == [3, 3]
    assert batches(replace(document, sample={"inputs": entry}), batch=99) == [6, 6]
    fixed = graph_of({"b1": ("Input", {"batch_shape": [9, None, 3]})}, [])
    assert "too few for 9" in str(refusal(replace(fixed, sample={"inputs": entry}), tmp_path))
    assert batches(fixed, batch=3) == [9]
    unlike = graph_of({"b1": ("Input", {"batch_shape": [9, None]}), "b2": ("Input", {"batch_shape": [8, None]})}, [])
    assert refusal(unlike).diagnostic.code == "sample.batch"


def test_files_of_the_command_line(tmp_path: Path) -> None:
    """They take the place of what the document says, and a wrong name is told."""
    np.save(tmp_path / "a.npy", np.ones((6, 5, 3), np.float32))
    np.savez(tmp_path / "b.npz", x=np.zeros((2, 4, 3)), n=np.array([1, 2]))
    document = with_sample(MODEL, kind="file", path="b.npz#x", valid="b.npz#n")
    files = {"series": str(tmp_path / "a.npy")}
    drawn = draw_sample(document, tmp_path, Overrides(files=files))["b1"]
    assert drawn.valid is not None
    assert drawn.values.shape == (6, 5, 3)  # whole, whatever the document's batch
    assert drawn.valid.all()  # the other file's lengths are not this one's
    drawn = draw_sample(document, tmp_path, Overrides(files=files, lengths=(2, 5)))["b1"]
    assert drawn.valid is not None
    assert drawn.valid.sum(axis=1).tolist() == [2, 5, 2, 5, 2, 5]
    assert "no such Input" in str(refusal(document, tmp_path, files={"serie": "a.npy"}))
    assert "length of 9" in str(refusal(document, tmp_path, files=files, lengths=(9,)))


def test_lengths_files_must_fit(tmp_path: Path) -> None:
    """Longer than the array, negative, fractions, too few: each a sentence."""
    data = np.ones((2, 4, 3), np.float32)
    for lengths, said in (
        ([5, 1], "cannot have"),
        ([-1, 1], "cannot have"),
        ([1.5, 1], "cannot have"),
        ([1], "tells nothing"),
    ):
        np.savez(tmp_path / "a.npz", x=data, n=np.array(lengths))
        document = with_sample(MODEL, kind="file", path="a.npz#x", valid="a.npz#n")
        assert said in str(refusal(document, tmp_path))


def test_fractions_are_no_tokens(tmp_path: Path) -> None:
    """Whole numbers stored as floats are."""
    for value, fine in ((2.0, True), (2.5, False)):
        np.save(tmp_path / "a.npy", np.full((2, 4), value))
        document = with_named(embedded(9), kind="file", path="a.npy")
        if fine:
            assert draw_sample(document, tmp_path, Overrides())["b1"].values.dtype == np.int32
        else:
            assert "holds fractions" in str(refusal(document, tmp_path))


def test_trailing_padding_before_and_after(tmp_path: Path) -> None:
    """Only the run of pad values at the padded end."""
    data = np.array([[9, 9, 1, 9, 2], [1, 9, 9, 9, 9], [9, 9, 9, 9, 9]], np.float32)[..., None]
    np.save(tmp_path / "a.npy", data)
    model = chain([("Dense", {"units": 1})], features=1)
    expected = {"pre": [[0, 0, 1, 1, 1], [1, 1, 1, 1, 1], [0] * 5], "post": [[1] * 5, [1, 0, 0, 0, 0], [0] * 5]}
    for padding, rows in expected.items():
        entry = {"kind": "file", "path": "a.npy", "valid": "trailing", "pad_value": 9, "padding": padding}
        drawn = draw_sample(with_sample(model, **entry), tmp_path, Overrides())["b1"]
        assert drawn.valid is not None
        assert drawn.valid.astype(int).tolist() == rows


def test_no_damage_to_a_file_is_more_than_a_sentence(tmp_path: Path) -> None:
    """Every byte of the headers changed, files cut anywhere: an array of the right shape or a refusal."""
    np.save(tmp_path / "whole.npy", np.ones((2, 4, 3), np.float32))
    np.savez(tmp_path / "whole.npz", x=np.ones((2, 4, 3), np.float32))
    random = np.random.default_rng(0)
    refused: list[str] = []
    for name in ("whole.npy", "whole.npz"):
        whole = (tmp_path / name).read_bytes()
        damaged = tmp_path / f"damaged{name[5:]}"
        document = with_sample(MODEL, batch=2, kind="file", path=damaged.name)
        for place in range(min(len(whole), 230)):
            changed = bytearray(whole)
            changed[place] = int(random.integers(256))
            damaged.write_bytes(changed if place % 3 else whole[:place])
            try:
                assert draw_sample(document, tmp_path, Overrides())["b1"].values.shape[2] == 3
            except SampleError as error:
                refused.append(str(error))
    assert len(refused) > 200
    assert all("damaged" in said and "series" in said and "\n" not in said for said in refused)


def test_the_limit_is_checked_before_anything_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For files too: what would be copied is counted, not what the file holds."""
    np.save(tmp_path / "a.npy", np.ones((64, 4, 3), np.float32))
    monkeypatch.setattr(limits, "LARGEST_SAMPLE_BYTES", 4 * 4 * 3 * 4)
    document = with_sample(MODEL, kind="file", path="a.npy")
    assert len(draw_sample(document, tmp_path, Overrides())["b1"].values) == 4
    assert refusal(document, tmp_path, batch=5).diagnostic.code == "sample.too_large"


def test_padding_before_moves_the_same_sequences() -> None:
    """The real steps of each sequence are those that padding after shows, in their order."""
    sides = {
        padding: draw_sample(
            with_sample(chain([("LSTM", {"units": 2})], 3), 3, lengths=[5, 2, 0], timesteps=5, padding=padding),
            None,
            Overrides(),
        )["b1"]
        for padding in ("post", "pre")
    }
    for row, length in enumerate((5, 2, 0)):
        np.testing.assert_array_equal(sides["pre"].values[row, 5 - length :], sides["post"].values[row, :length])
        assert not sides["pre"].values[row, : 5 - length].any()
