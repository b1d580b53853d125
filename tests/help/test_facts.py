"""What the pages say of Keras, asked from Keras: the tables of the written pages are read and tried."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

from engine.runtime.environment import keras
from gui.help.pages import written_pages
from tests.conftest import TENSORFLOW

pytestmark = TENSORFLOW
PAGES = {page.address: page.text for page in written_pages()}
LENGTHS = (2, 4, 6)
VALID = np.arange(9) < np.array(LENGTHS)[:, None]


def rows(page: str, *heads: str) -> list[list[str]]:
    """The rows of the tables of a page that have these heads, without the marks of code."""
    found: list[list[str]] = []
    within = False
    for line in PAGES[page].splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split(" | ")]
        within = (within or cells == list(heads)) and line.startswith("|")
        if within and cells != list(heads) and not set(line) <= set("|-"):
            found.append(cells)
    assert found, f"{page} has no table of {heads}"
    return found


def layer(expression: str) -> Any:
    """A layer as the page writes it, such as `Bidirectional(LSTM(4))`."""
    return eval(expression, {name: getattr(keras.layers, name) for name in dir(keras.layers)})


def sizes(text: str) -> tuple[int, ...]:
    """`(32, 10, 3)`."""
    return tuple(int(size) for size in text.strip("()").split(","))


@pytest.mark.parametrize(("expression", "reads", "gives"), rows("page:question", "layer", "it reads", "it gives"))
def test_lengths_of_the_question(expression: str, reads: str, gives: str) -> None:
    """Shapes of real calls, under a mask where the page says so."""
    values = np.random.default_rng(0).normal(size=sizes(reads)).astype("float32")
    masked = expression.endswith(" under a mask")
    mask = VALID if masked else None
    out = layer(expression.removesuffix(" under a mask"))(values, mask=mask)
    assert tuple(out.shape) == sizes(gives)
    if masked:
        for row, length in zip(np.asarray(out), LENGTHS, strict=True):
            assert (row[length:] == row[length - 1]).all()


@pytest.mark.parametrize(("expression", "says"), rows("page:question", "next layer", "on (B, 64)"))
def test_who_takes_a_vector(expression: str, says: str) -> None:
    """Connecting to (B, 64) works, or is refused."""
    arriving = keras.Input((64,))
    if says.startswith("takes"):
        layer(expression)(arriving)
    else:
        with pytest.raises(ValueError, match="ndim|at least 3 dimensions"):
            layer(expression)(arriving)


@pytest.mark.parametrize(("expression", "says"), rows("page:masks", "layer", "the mask"))
def test_what_layers_do_with_a_mask(expression: str, says: str) -> None:
    """Whether it leaves, in the run of a functional model; whether values at padded steps matter."""
    arriving = keras.Input((9, 3))
    with warnings.catch_warnings(record=True) as spoken:
        warnings.simplefilter("always")
        out = layer(expression)(keras.layers.Masking(mask_value=9.0)(arriving))
        model = keras.Model(arriving, out)
        values = np.random.default_rng(0).normal(size=(3, 9, 3)).astype("float32")
        values[~VALID] = 9.0
        mask = getattr(model(values), "_keras_mask", None)
    assert ("passes" in says) == (mask is not None)
    if mask is not None:
        np.testing.assert_array_equal(np.asarray(mask), VALID)
    assert ("lost" in says) == any("mask" in str(warning.message) for warning in spoken)
    if "used" in says:
        made = layer(expression)
        results = [np.asarray(made(np.where(VALID[..., None], values, fill), mask=VALID)) for fill in (0.0, 5.0)]
        np.testing.assert_allclose(*results, atol=1e-6)


def test_masking_wants_all_features() -> None:
    """3 of 10 elements zeroed at random, 3 features: about 3 steps in 100 are masked."""
    assert "with 3 features and 3 of 10 elements zeroed, about 3 steps in 100" in " ".join(PAGES["page:masks"].split())
    random = np.random.default_rng(0)
    values = np.where(random.random((200, 100, 3)) < 0.3, 0.0, 1.0).astype("float32")
    masked = ~np.asarray(keras.layers.Masking().compute_mask(values))
    assert 0.02 < masked.mean() < 0.035


def test_time_distributed_adds_nothing_to_dense() -> None:
    """Same shape, same values."""
    assert "`Dense` alone works on each step" in PAGES["page:question"]
    values = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")
    dense = keras.layers.Dense(5)
    alone = np.asarray(dense(values))
    np.testing.assert_allclose(alone, np.asarray(keras.layers.TimeDistributed(dense)(values)), atol=1e-6)


def test_what_stands_at_padded_steps() -> None:
    """LSTM, GRU, SimpleRNN repeat, and are 0 before the first valid step; Bidirectional and zero_output_for_mask give 0."""
    assert "repeat the last valid output; before the first valid step the output is 0" in PAGES["page:masks"]
    values = np.random.default_rng(0).normal(size=(3, 9, 3)).astype("float32")
    after, before = VALID, VALID[:, ::-1]
    for kind in (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN):
        recurrent = kind(4, return_sequences=True)
        out = np.asarray(recurrent(values, mask=after))
        assert all((out[at, length:] == out[at, length - 1]).all() for at, length in enumerate(LENGTHS))
        assert (np.asarray(recurrent(values, mask=before))[~before] == 0).all()
        zeroed = kind(4, return_sequences=True, zero_output_for_mask=True)
        assert (np.asarray(zeroed(values, mask=after))[~after] == 0).all()
        both = keras.layers.Bidirectional(kind(4, return_sequences=True))
        assert (np.asarray(both(values, mask=after))[~after] == 0).all()


def test_states_are_held_through_padding() -> None:
    """h and c after the padding are those of the last real step."""
    values = np.random.default_rng(0).normal(size=(1, 9, 3)).astype("float32")
    recurrent = keras.layers.LSTM(4, return_state=True)
    padded = recurrent(values, mask=np.arange(9)[None] < 5)
    for one, other in zip(padded, recurrent(values[:, :5]), strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=1e-6)


def test_a_given_state_turns_the_mask_off() -> None:
    """In a functional model, as the page on states says."""
    assert "it then does not use an arriving mask" in " ".join(PAGES["page:states"].split())
    arriving, h, c = keras.Input((9, 3)), keras.Input((4,)), keras.Input((4,))
    recurrent = keras.layers.LSTM(4)
    model = keras.Model([arriving, h, c], recurrent(keras.layers.Masking()(arriving), initial_state=[h, c]))
    values = np.random.default_rng(0).normal(size=(3, 9, 3)).astype("float32") * VALID[..., None]
    zeros = np.zeros((3, 4), "float32")
    unmasked = np.asarray(recurrent(values))
    np.testing.assert_allclose(np.asarray(model([values, zeros, zeros])), unmasked, atol=1e-6)


def test_the_formulas_of_the_gates() -> None:
    """c = f c + i g, h = o tanh(c); h = z h + (1 - z) n: one step of Keras's cells from their weights."""
    assert "`f` times the old `c` plus `i` times `g`" in PAGES["page:gates"]
    assert "`z` times the old `h` plus (1 - `z`) times `n`" in PAGES["page:gates"]
    random = np.random.default_rng(0)
    x, h, c = (random.normal(size=(2, 4)).astype("float32") for _ in range(3))
    sigmoid = lambda value: 1 / (1 + np.exp(-value))  # noqa: E731 - a formula
    cell = keras.layers.LSTMCell(4)
    out, (new_h, new_c) = cell(x, [h, c])
    kernel, recurrent, bias = (np.asarray(weight) for weight in cell.weights)
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    np.testing.assert_allclose(np.asarray(new_c), sigmoid(f) * c + sigmoid(i) * np.tanh(g), atol=1e-5)
    np.testing.assert_allclose(np.asarray(out), sigmoid(o) * np.tanh(np.asarray(new_c)), atol=1e-5)
    np.testing.assert_allclose(np.asarray(new_h), np.asarray(out))
    cell = keras.layers.GRUCell(4)
    out, _ = cell(x, [h])
    kernel, recurrent, (arriving, own) = (np.asarray(weight) for weight in cell.weights)
    (z, r, n), (hz, hr, hn) = np.split(x @ kernel + arriving, 3, axis=1), np.split(h @ recurrent + own, 3, axis=1)
    z, candidate = sigmoid(z + hz), np.tanh(n + sigmoid(r + hr) * hn)
    np.testing.assert_allclose(np.asarray(out), z * h + (1 - z) * candidate, atol=1e-5)


def test_merges_of_masks() -> None:
    """Add keeps a mask only if all inputs have one; Concatenate along features takes what any calls valid."""
    text = " ".join(re.sub(r"\[(\w+)\]\([^)]*\)", r"\1", PAGES["page:masks"]).split())
    assert "Add and its like keep a mask only if *all* their inputs have one" in text
    one, other = VALID, VALID[::-1]
    values = np.zeros((3, 9, 2), "float32")
    add, join = keras.layers.Add(), keras.layers.Concatenate()
    assert add.compute_mask([values, values], [one, None]) is None
    assert add.compute_mask([values, values], [one, other]) is not None
    np.testing.assert_array_equal(np.asarray(join.compute_mask([values, values], [one, other])), one | other)
