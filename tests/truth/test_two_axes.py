"""After return_sequences=False: which layer takes (batch, units)?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.runtime.environment import keras
from tests.truth.plain import L, mask_of, symbolic

pytestmark = pytest.mark.xdist_group("tensorflow")
NDIM_3 = "expected (min_)?ndim=3, found ndim=2"
REFUSING: list[tuple[Callable[[], Any], str]] = [
    (lambda: L.LSTM(3), NDIM_3),
    (lambda: L.GRU(3), NDIM_3),
    (lambda: L.SimpleRNN(3), NDIM_3),
    (lambda: L.Bidirectional(L.LSTM(3)), NDIM_3),
    (lambda: L.Conv1D(3, 2), NDIM_3),
    (lambda: L.SeparableConv1D(3, 2), NDIM_3),
    (lambda: L.DepthwiseConv1D(2), NDIM_3),
    (lambda: L.Conv1DTranspose(3, 2), NDIM_3),
    (lambda: L.MaxPooling1D(), NDIM_3),
    (lambda: L.AveragePooling1D(2), NDIM_3),
    (lambda: L.GlobalMaxPooling1D(), NDIM_3),
    (lambda: L.GlobalAveragePooling1D(), NDIM_3),
    (lambda: L.ZeroPadding1D(), NDIM_3),
    (lambda: L.Cropping1D(), NDIM_3),
    (lambda: L.UpSampling1D(), NDIM_3),
    (lambda: L.SpatialDropout1D(0.1), NDIM_3),
    (lambda: L.Permute((2, 1)), NDIM_3),
    (lambda: L.ConvLSTM1D(3, 2), "expected ndim=4, found ndim=2"),
    (lambda: L.TimeDistributed(L.Dense(3)), "at least 3 dimensions"),
    (lambda: L.RNN(L.LSTMCell(3)), "must be fully-defined"),
]


@pytest.mark.parametrize("place", range(len(REFUSING)))
def test_layers_that_refuse_two_axes_while_connecting(place: int) -> None:
    """Each in its words; RNN of a cell hides the cause."""
    make, words = REFUSING[place]
    with pytest.raises(ValueError, match=words):
        make()(symbolic(4))


def test_multi_head_attention_builds_and_fails_with_data() -> None:
    """Connecting says nothing."""
    layer = L.MultiHeadAttention(2, 3)
    assert layer(symbolic(4), symbolic(4)).shape == (None, 4)
    with pytest.raises(IndexError):
        layer(np.ones((2, 4), "float32"), np.ones((2, 4), "float32"))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (L.Dense(3), (2, 3)),
        (L.Dropout(0.5), (2, 4)),
        (L.BatchNormalization(), (2, 4)),
        (L.LayerNormalization(), (2, 4)),
        (L.UnitNormalization(), (2, 4)),
        (L.GroupNormalization(2), (2, 4)),
        (L.Flatten(), (2, 4)),
        (L.RepeatVector(5), (2, 5, 4)),
    ],
)
def test_layers_that_rightly_take_two_axes(layer: Any, shape: tuple[int, ...]) -> None:
    """Flatten changes nothing, RepeatVector wants it."""
    assert layer(np.ones((2, 4), "float32")).shape == shape


@pytest.mark.parametrize("layer", [L.Add(), L.Multiply()])
def test_a_vector_is_added_to_every_step(layer: Any) -> None:
    """(B, 1, F) with (B, T, F) goes, and so does (B, F) where sizes allow."""
    assert layer([np.ones((2, 5, 4), "float32"), np.ones((2, 4), "float32")]).shape == (2, 5, 4)


def test_dot_takes_a_vector_and_a_sequence() -> None:
    """Over their features."""
    assert L.Dot(axes=(1, 2))([np.ones((2, 4), "float32"), np.ones((2, 5, 4), "float32")]).shape == (2, 5)


@pytest.mark.parametrize("layer", [L.Attention(), L.AdditiveAttention()])
def test_attention_over_vectors_mixes_the_samples_of_the_batch(layer: Any) -> None:
    """The shape is as promised, and a sample's result depends on the others."""
    values = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    assert layer([symbolic(4), symbolic(4)]).shape == (None, 4)
    whole, fewer = np.asarray(layer([values, values])), np.asarray(layer([values[:2], values[:2]]))
    assert whole.shape == (3, 4)
    assert np.abs(whole[0] - fewer[0]).max() > 1e-3


def test_masking_over_vectors_makes_a_flag_for_each_sample() -> None:
    """Not one for each step."""
    mask = mask_of(L.Masking()(np.asarray([[0, 0, 0], [1, 0, 2]], "float32")))
    assert mask is not None
    assert mask.tolist() == [False, True]


def test_an_embedding_takes_real_numbers_for_tokens() -> None:
    """0.2 and 0.9 are both token 0."""
    output = np.asarray(L.Embedding(9, 4)(np.asarray([[0.2, 0.9, 3.7]], "float32")))
    assert np.array_equal(output[0, 0], output[0, 1])
    assert keras.ops.shape(output) == (1, 3, 4)
