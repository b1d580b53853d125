"""Keras against itself: the same model, and two answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.runtime.devices import device_names
from engine.runtime.environment import keras, tensorflow
from tests.truth.plain import L, flags, mask_of, masked, padded

pytestmark = pytest.mark.xdist_group("tensorflow")


def test_time_distributed_loses_steps_where_batch_and_length_are_unknown() -> None:
    """`predict` on (2, 7, 3) is right, then on (3, 5, 3) it returns 3 steps; (8, 4, 3) raises; a direct call is right."""
    series = keras.Input((None, 3))
    model = keras.Model(series, L.TimeDistributed(L.Dense(2))(series))
    assert model.predict(np.ones((2, 7, 3), "float32"), verbose=0).shape == (2, 7, 2)
    assert model.predict(np.ones((3, 5, 3), "float32"), verbose=0).shape == (3, 3, 2)
    with pytest.raises(Exception, match="."):
        model.predict(np.ones((8, 4, 3), "float32"), verbose=0)
    assert model(np.ones((3, 5, 3), "float32")).shape == (3, 5, 2)


def test_every_function_of_unknown_batch_and_length_loses_them(tmp_path: Path) -> None:
    """A `tf.function` of signature (None, None, 3), and a SavedModel."""
    series = keras.Input((None, 3))
    model = keras.Model(series, L.TimeDistributed(L.Dense(2))(series))
    model(np.ones((2, 7, 3), "float32"))
    function = tensorflow.function(model, input_signature=[tensorflow.TensorSpec((None, None, 3))])
    model.export(str(tmp_path / "saved"), verbose=False)
    saved = tensorflow.saved_model.load(str(tmp_path / "saved"))
    for call in (function, saved.serve):
        assert call(np.ones((3, 5, 3), "float32")).shape == (3, 3, 2)


def test_the_inner_layer_alone_or_a_fixed_length_loses_none() -> None:
    """The two remedies."""
    open_, fixed = keras.Input((None, 3)), keras.Input((5, 3))
    for model in (keras.Model(open_, L.Dense(2)(open_)), keras.Model(fixed, L.TimeDistributed(L.Dense(2))(fixed))):
        model.predict(np.ones((2, 5, 3), "float32"), verbose=0)
        assert model.predict(np.ones((3, 5, 3), "float32"), verbose=0).shape == (3, 5, 2)


def test_unroll_with_go_backwards_zeroes_other_steps() -> None:
    """A masked Bidirectional with unroll differs from the same without, weights equal."""
    values = masked(padded())
    plain = L.Bidirectional(L.LSTM(4, return_sequences=True))
    unrolled = L.Bidirectional(L.LSTM(4, return_sequences=True, unroll=True))
    for layer in (plain, unrolled):
        layer(values)
    unrolled.set_weights(plain.get_weights())
    assert np.abs(np.asarray(plain(masked(padded()))) - np.asarray(unrolled(masked(padded())))).max() > 0.05


def test_a_stack_of_one_lstm_cell_fails_unrolled() -> None:
    """The cell alone does the same and does not; a stack of one in a loop works."""
    values = np.ones((2, 5, 3), "float32")
    assert L.RNN(L.LSTMCell(4), unroll=True)(values).shape == (2, 4)
    assert L.RNN(L.StackedRNNCells([L.LSTMCell(4)]))(values).shape == (2, 4)
    with pytest.raises(IndexError):
        L.RNN(L.StackedRNNCells([L.LSTMCell(4)]), unroll=True)(values)


def test_a_fully_masked_sample_is_averaged_or_zero() -> None:
    """MultiHeadAttention: the fused path averages, the path that returns scores gives zeros."""
    layer, values = L.MultiHeadAttention(1, 2, use_bias=False), padded()
    none = np.zeros((3, 9, 9), bool)
    fused = np.asarray(layer(values, values, attention_mask=none))
    scored = np.asarray(layer(values, values, attention_mask=none, return_attention_scores=True)[0])
    assert np.abs(fused).max() > 1e-3
    assert np.abs(scored).max() < 1e-6


def embedded(*parts: Any) -> Any:
    """A model over tokens with mask_zero."""
    ids = keras.Input((None,), dtype="int32")
    return ids, L.Embedding(9, 4, mask_zero=True)(ids)


def test_after_multi_head_attention_graph_and_run_disagree() -> None:
    """In e, MHA(e, e), Add(e, a) the graph has a mask after Add, and the run has none."""
    ids, e = embedded()
    added = L.Add()([e, L.MultiHeadAttention(1, 2)(e, e)])
    assert keras.src.backend.get_keras_mask(added) is not None
    output = keras.Model(ids, added)(np.asarray([[1, 2, 0], [3, 0, 0]], "int32"))
    assert mask_of(output) is None


def test_the_layer_below_uses_the_mask_of_the_graph() -> None:
    """No mask leaves that Add in the run, and an LSTM on it leaves the padding out all the same."""
    ids, e = embedded()
    added = L.Add()([e, L.MultiHeadAttention(1, 2)(e, e)])
    lstm = L.LSTM(3)
    given = np.asarray([[1, 2, 0], [3, 0, 0]], "int32")
    values, last = keras.Model(ids, [added, lstm(added)])(given)
    assert mask_of(values) is None
    values = np.asarray(values)
    assert np.allclose(last, lstm(values, mask=given != 0), atol=1e-6)
    assert np.abs(np.asarray(last) - np.asarray(lstm(values))).max() > 1e-4


def test_a_concatenate_beside_multi_head_attention_counts_every_step_as_valid() -> None:
    """On lengths 6, 2, 4 its mask has 6, 6, 6 valid steps."""
    ids, e = embedded()
    model = keras.Model(ids, L.Concatenate()([e, L.MultiHeadAttention(1, 2)(e, e)]))
    given = np.zeros((3, 6), "int32")
    for sequence, valid in enumerate((6, 2, 4)):
        given[sequence, :valid] = 1
    mask = mask_of(model(given))
    assert mask is not None
    assert mask.sum(axis=1).tolist() == [6, 6, 6]


def test_a_leak_can_hide_in_a_freshly_built_model() -> None:
    """Zero padding before, zero bias and zero state give zero; a bias that is not zero shows it."""
    values = padded()[:1, :2]
    before = np.concatenate([np.zeros((1, 5, 3), "float32"), values], axis=1)
    for bias, hides in (("zeros", True), ("ones", False)):
        lstm = L.LSTM(4, bias_initializer=bias, unit_forget_bias=False)
        differs = bool(np.abs(np.asarray(lstm(values)) - np.asarray(lstm(before))).max() > 1e-6)
        assert differs is not hides


def test_channels_first_fails_when_run_on_a_cpu_without_onednn() -> None:
    """Connecting says nothing. (With oneDNN, which `engine.runtime.environment` leaves off, it works.)"""
    layer = L.Conv1D(2, 3, data_format="channels_first")
    assert layer(keras.KerasTensor((None, 3, 20))).shape == (None, 2, 18)
    with tensorflow.device("/CPU:0"), pytest.raises(Exception, match="NHWC|channels_first|NCHW"):
        layer(np.ones((2, 3, 20), "float32"))


def test_each_steps_mask_of_embedded_words_has_rank_two_and_the_next_layers_rank_three() -> None:
    """TimeDistributed(LSTM) after Embedding(mask_zero) on (B, S, W) works; the next LSTM gets the mask (B, S, W)."""
    words = keras.Input((4, 5), dtype="int32")
    read = L.TimeDistributed(L.LSTM(3))(L.Embedding(9, 4, mask_zero=True)(words))
    given = np.ones((2, 4, 5), "int32")
    output = keras.Model(words, read)(given)
    assert (output.shape, mask_of(output).shape) == ((2, 4, 3), (2, 4, 5))  # type: ignore[union-attr]
    with pytest.raises(Exception, match="broadcastable|[Ii]ncompatible"):
        keras.Model(words, L.LSTM(2)(read))(given)


@pytest.mark.parametrize("way", ["predict", "fit"])
def test_a_keras_cell_is_named_and_the_block_stands_in_the_operations_name(way: str) -> None:
    """What Keras says of states of other size names the cell; the layer is in TensorFlow's operation."""
    series = keras.Input((5, 3))
    _, h, c = L.LSTM(16, return_state=True)(series)
    model = keras.Model(series, L.LSTM(32, name="decoder")(series, initial_state=[h, c]))
    model.compile(loss="mse")
    given = (np.ones((2, 5, 3), "float32"), *([np.ones((2, 32), "float32")] if way == "fit" else []))
    with pytest.raises(ValueError, match=r"Dimensions must be equal.*functional\w*/decoder\w*/lstm_cell"):
        getattr(model, way)(*given, verbose=0)


@pytest.mark.gpu
def test_the_fused_kernel_gives_zeros_at_padded_steps_and_refuses_other_masks() -> None:
    """Where the CPU repeats the last output; a mask that is not padded behind makes the run fail."""
    if "gpu:0" not in device_names():
        pytest.skip("TensorFlow lists no GPU on this machine")
    with tensorflow.device("/GPU:0"):
        lstm = L.LSTM(4, return_sequences=True)
        output = np.asarray(lstm(masked(padded())))
        assert not output[~flags()].any()
        with pytest.raises(Exception, match="."):
            np.asarray(lstm(masked(padded(), flags()[:, ::-1])))
