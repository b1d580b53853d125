"""How long are the output sequences of an LSTM? And what a mask, a TimeDistributed, an input_shape do about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.runtime.environment import keras
from tests.truth.plain import LENGTHS, L, flags, mask_of, masked, padded

pytestmark = pytest.mark.xdist_group("tensorflow")


@pytest.mark.parametrize(("sequences", "shape"), [(False, (3, 64)), (True, (3, 9, 64))])
def test_an_lstm_gives_its_last_step_or_as_many_as_the_padded_input_has(
    sequences: bool, shape: tuple[int, ...]
) -> None:
    """(B, T, F) becomes (B, 64), or (B, T, 64) with return_sequences; T is the padded length of this batch."""
    assert L.LSTM(64, return_sequences=sequences)(padded()).shape == shape


def test_a_mask_never_changes_a_length() -> None:
    """Lengths 2, 4, 6 padded to 9 give 9 steps."""
    assert L.LSTM(4, return_sequences=True)(L.Masking()(padded())).shape == (3, 9, 4)


def test_at_masked_steps_the_last_valid_output_is_repeated() -> None:
    """That is what a mask changes: the content."""
    output = np.asarray(L.LSTM(4, return_sequences=True)(L.Masking()(padded())))
    for sequence, valid in enumerate(LENGTHS):
        assert np.array_equal(output[sequence, valid:], np.repeat(output[sequence, valid - 1 : valid], 9 - valid, 0))


@pytest.mark.parametrize(
    "layer",
    [
        L.Bidirectional(L.LSTM(4, return_sequences=True)),
        L.RNN(L.LSTMCell(4), return_sequences=True, zero_output_for_mask=True),
    ],
)
def test_two_layers_give_zeros_at_masked_steps(layer: Any) -> None:
    """Bidirectional, and zero_output_for_mask."""
    output = np.asarray(layer(L.Masking()(padded())))
    assert not output[~flags()].any()
    assert output[flags()].any(axis=-1).all()


def test_a_mask_changes_the_final_state_pooling_attention_and_the_loss() -> None:
    """What is computed from steps leaves masked ones out."""
    values = padded(seed=1)
    values[~flags()] = 5
    lstm, pool, attention = L.LSTM(4), L.GlobalAveragePooling1D(), L.Attention()
    with_mask, without = masked(values), keras.ops.convert_to_tensor(values)
    assert np.abs(np.asarray(lstm(with_mask)) - np.asarray(lstm(without))).max() > 0.01
    assert np.allclose(np.asarray(pool(with_mask))[0], values[0, :2].mean(axis=0), atol=1e-6)
    assert (
        np.abs(np.asarray(attention([with_mask, with_mask])) - np.asarray(attention([without, without]))).max() > 0.01
    )
    loss = keras.losses.MeanSquaredError()
    told = float(loss(np.zeros_like(values), masked(values)))
    assert told == pytest.approx(float((values[flags()] ** 2).mean()), rel=1e-5)


def test_masking_masks_a_step_only_if_all_its_features_are_the_value() -> None:
    """Zeroing single elements with p = 0.3 and 3 features masks about 3 % of steps, not 30 %."""
    random = np.random.default_rng(0)
    values = random.normal(size=(200, 15, 3)) * (random.random((200, 15, 3)) > 0.3)
    mask = mask_of(L.Masking()(values.astype("float32")))
    assert mask is not None
    assert 0.015 < 1 - mask.mean() < 0.045


def test_time_distributed_dense_is_dense() -> None:
    """Same shapes, same values, same mask."""
    dense = L.Dense(4)
    plain, wrapped = dense(masked(padded())), L.TimeDistributed(dense)(masked(padded()))
    assert np.allclose(plain, wrapped, atol=1e-6)
    assert np.array_equal(mask_of(plain), mask_of(wrapped))  # type: ignore[arg-type]


def test_time_distributed_calls_its_layer_once_for_each_step_of_a_fixed_length() -> None:
    """That is why it costs more the longer the sequence is."""
    calls: list[int] = []

    class Counting(keras.layers.Dense):
        def call(self, *args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            parent: Any = super()
            return parent.call(*args, **kwargs)

    wrapper = L.TimeDistributed(Counting(2))
    wrapper(padded(length=5))
    before = len(calls)
    wrapper(padded(length=8))
    assert (before >= 5, len(calls) - before) == (True, 8)


def test_time_distributed_matters_for_layers_that_are_not_per_step_by_themselves() -> None:
    """Flatten, Conv2D, LSTM: other shapes, or none; BatchNormalization: each step by its own mean and deviation."""
    frames, films = np.ones((2, 5, 4, 3), "float32"), np.ones((2, 5, 4, 4, 3), "float32")
    assert (L.TimeDistributed(L.Flatten())(frames).shape, L.Flatten()(frames).shape) == ((2, 5, 12), (2, 60))
    assert L.TimeDistributed(L.Conv2D(2, 2))(films).shape == (2, 5, 3, 3, 2)
    assert L.TimeDistributed(L.LSTM(2))(frames).shape == (2, 5, 2)
    for alone, given in ((L.Conv2D(2, 2), films), (L.LSTM(2), frames)):
        with pytest.raises(ValueError, match="must have the same length|expected ndim=3"):
            alone(given)
    growing = np.random.default_rng(0).normal(size=(4, 5, 3)) * np.arange(1, 6)[None, :, None]
    alone, each = L.BatchNormalization(), L.TimeDistributed(L.BatchNormalization())
    deviations = [np.asarray(layer(growing, training=True)).std(axis=(0, 2)) for layer in (alone, each)]
    assert deviations[0][-1] > 2 * deviations[0][0]
    assert np.allclose(deviations[1], 1, atol=0.01)


def test_time_distributed_dropout_drops_like_dropout_alone() -> None:
    """Other numbers at every step, as many of them: here the wrapper does not matter."""
    ones = np.ones((2, 6, 50), "float32")
    for layer in (L.Dropout(0.5, seed=1), L.TimeDistributed(L.Dropout(0.5, seed=1))):
        kept = np.asarray(layer(ones, training=True)) != 0
        assert 0.4 < kept.mean() < 0.6
        assert (kept[:, 0] != kept[:, 1]).any()


def test_input_shape_is_never_silent_in_this_keras() -> None:
    """It warns wherever it is written, and says nothing of whether it is honoured."""
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        L.LSTM(4, input_shape=(7, 5))


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_input_shape_is_honoured_on_the_first_layer_of_a_sequential_alone() -> None:
    """Elsewhere it is ignored without a word that it contradicts."""
    first = keras.Sequential([L.LSTM(4, input_shape=(7, 5))])
    assert first.input_shape == (None, 7, 5)
    later = keras.Sequential([keras.Input((None, 3)), L.Dense(2), L.LSTM(4, input_shape=(7, 5))])
    assert (later.input_shape, later.layers[1].input.shape) == ((None, None, 3), (None, None, 2))


@pytest.mark.parametrize("argument", [{"input_length": 5}, {"time_major": True}, {"batch_input_shape": (2, 5, 3)}])
def test_arguments_of_older_kerases_are_refused_by_an_lstm(argument: dict[str, Any]) -> None:
    """They raise."""
    with pytest.raises(ValueError, match="Unrecognized keyword arguments"):
        L.LSTM(4, **argument)


def test_an_embedding_only_warns_of_input_length() -> None:
    """And goes on without it."""
    with pytest.warns(UserWarning, match="`input_length` is deprecated"):
        assert L.Embedding(9, 4, input_length=5)(np.ones((2, 7), "int32")).shape == (2, 7, 4)
