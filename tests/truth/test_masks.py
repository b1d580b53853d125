"""How masks travel: who makes, uses, passes and loses them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.runtime.environment import keras
from tests.truth.plain import LENGTHS, L, flags, has_mask, mask_of, masked, padded, symbolic, tokens

pytestmark = pytest.mark.xdist_group("tensorflow")
CARRIED = "destroy the mask"


def outcome(layer: Any, *shape: int | None) -> tuple[bool, bool]:
    """Whether a mask leaves, and whether Keras warns of its loss."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        output = layer(symbolic(*(shape or (9, 4)), mask=True))
    return has_mask(output), any(CARRIED in str(warning.message) for warning in said)


def test_masking_makes_its_own_mask_and_replaces_another() -> None:
    """From its own input."""
    values = padded()
    values[0, 0] = 0
    mask = mask_of(L.Masking()(masked(values, np.ones((3, 9), bool))))
    assert mask is not None
    assert mask.sum(axis=1).tolist() == [1, 4, 6]


def test_masking_of_two_and_of_four_axes() -> None:
    """A mask over all axes but the last."""
    assert mask_of(L.Masking()(np.ones((2, 3), "float32"))).shape == (2,)  # type: ignore[union-attr]
    assert mask_of(L.Masking()(np.ones((2, 5, 4, 3), "float32"))).shape == (2, 5, 4)  # type: ignore[union-attr]


def test_an_embedding_makes_a_mask_or_destroys_one() -> None:
    """By mask_zero."""
    mask = mask_of(L.Embedding(9, 4, mask_zero=True)(tokens()))
    assert mask is not None
    assert np.array_equal(mask, tokens() != 0)
    with pytest.warns(UserWarning, match=CARRIED):
        assert not has_mask(L.Embedding(9, 4)(symbolic(9, dtype="int32", mask=True)))


def cell_in_a_loop(units: int, **more: Any) -> Any:
    """RNN of a cell."""
    return L.RNN(L.GRUCell(units), **more)


RECURRENT: list[Callable[..., Any]] = [
    L.LSTM,
    L.GRU,
    L.SimpleRNN,
    cell_in_a_loop,
]


@pytest.mark.parametrize("place", range(len(RECURRENT)))
def test_recurrent_layers_use_the_mask_and_pass_it_with_return_sequences(place: int) -> None:
    """Else it ends, without a warning."""
    make = RECURRENT[place]
    assert outcome(make(3, return_sequences=True)) == (True, False)
    assert outcome(make(3)) == (False, False)
    layer = make(3)
    values = padded()
    assert np.abs(np.asarray(layer(masked(values)))[0] - np.asarray(layer(values[:1, :2]))[0]).max() < 1e-5


def test_a_recurrent_layer_with_initial_state_does_not_use_the_mask_of_a_functional_model() -> None:
    """The call has several tensors, and the mask is lost on the way."""
    series, state = keras.Input((9, 3)), keras.Input((4,))
    lstm = L.LSTM(4)
    model = keras.Model([series, state], lstm(L.Masking()(series), initial_state=[state, state]))
    values, zeros = padded(), np.zeros((3, 4), "float32")
    given = np.asarray(model([values, zeros]))
    assert np.allclose(given, lstm(values, initial_state=[zeros, zeros]), atol=1e-6)
    assert not np.allclose(given, lstm(masked(values)), atol=1e-3)


def test_bidirectional_uses_and_passes_the_mask() -> None:
    """As the layer inside would."""
    assert outcome(L.Bidirectional(L.LSTM(3, return_sequences=True))) == (True, False)


def test_go_backwards_passes_the_mask_unreversed() -> None:
    """Its output runs from the last step to the first, its mask does not."""
    output = L.LSTM(4, go_backwards=True, return_sequences=True)(masked(padded()))
    mask, changes = mask_of(output), np.abs(np.diff(np.asarray(output), axis=1)).sum(axis=-1) > 0
    assert mask is not None
    assert np.array_equal(mask, flags())
    assert changes[0].nonzero()[0].min() >= 9 - LENGTHS[0] - 1  # sequence 0 moves only in its last two steps


PASSING = [
    L.Dense(3), L.Activation("relu"), L.Dropout(0.1), L.SpatialDropout1D(0.1), L.BatchNormalization(),
    L.LayerNormalization(), L.GroupNormalization(2), L.UnitNormalization(), L.Rescaling(2.0), L.Identity(),
    L.ReLU(), L.LeakyReLU(), L.PReLU(), L.ELU(), L.GaussianNoise(0.1),
]  # fmt: skip


@pytest.mark.parametrize("layer", PASSING, ids=lambda layer: type(layer).__name__)
def test_layers_that_pass_the_mask(layer: Any) -> None:
    """One step at a time."""
    assert outcome(layer) == (True, False)


def doubled(tensor: Any) -> Any:
    """What a Lambda may do."""
    return tensor * 2


DESTROYING = [
    L.Flatten(), L.Reshape((9, 4)), L.Permute((2, 1)), L.Conv1D(3, 2), L.SeparableConv1D(3, 2), L.Conv1DTranspose(3, 2),
    L.DepthwiseConv1D(2), L.MaxPooling1D(), L.AveragePooling1D(2), L.GlobalMaxPooling1D(), L.ZeroPadding1D(), L.Cropping1D(),
    L.UpSampling1D(), L.AdaptiveAveragePooling1D(3), L.RMSNormalization(), L.Lambda(doubled),
    L.EinsumDense("abc,cd->abd", (9, 3)),
]  # fmt: skip


@pytest.mark.parametrize("layer", DESTROYING, ids=lambda layer: type(layer).__name__)
def test_layers_that_destroy_the_mask_with_a_warning(layer: Any) -> None:
    """While connecting."""
    assert outcome(layer) == (False, True)


def test_convolutions_of_images_destroy_the_mask_too() -> None:
    """Of frames, with a warning."""
    for layer, shape in (
        (L.Conv2D(2, 2), (9, 4, 3)),
        (L.Conv3D(2, 2), (9, 4, 4, 3)),
        (L.Conv2DTranspose(2, 2), (9, 4, 3)),
    ):
        assert outcome(layer, *shape) == (False, True)


def test_repeat_vector_and_dot_destroy_a_mask_too() -> None:
    """RepeatVector warns, Dot does not."""
    vector = keras.KerasTensor((None, 4))
    keras.src.backend.set_keras_mask(vector, keras.KerasTensor((None,), "bool"))
    with pytest.warns(UserWarning, match=CARRIED):
        assert not has_mask(L.RepeatVector(5)(vector))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not has_mask(L.Dot(axes=2)([symbolic(9, 4, mask=True), symbolic(9, 4, mask=True)]))


def test_the_softmax_layer_takes_a_mask_for_each_number() -> None:
    """A mask of (batch, time) is an error; the activation is right."""
    with pytest.raises(ValueError, match="The `mask` must be broadcastable to `inputs`"):
        L.Softmax()(masked(padded()))
    assert np.allclose(np.asarray(L.Activation("softmax")(masked(padded()))).sum(axis=-1), 1, atol=1e-6)


@pytest.mark.parametrize("inner", [L.Flatten(), L.Conv1D(2, 2), L.Dense(3)], ids=lambda layer: type(layer).__name__)
def test_time_distributed_passes_the_outer_mask_whatever_is_inside(inner: Any) -> None:
    """Without a warning."""
    assert outcome(L.TimeDistributed(inner), 9, 5, 4) == (True, False)


def test_a_mask_maker_inside_time_distributed_makes_none() -> None:
    """An inner Embedding or Masking."""
    assert not has_mask(L.TimeDistributed(L.Masking())(np.zeros((2, 5, 4, 3), "float32")))
    assert not has_mask(L.TimeDistributed(L.Embedding(9, 4, mask_zero=True))(np.zeros((2, 5, 4), "int32")))


def test_concatenate_joins_masks() -> None:
    """OR on the feature axis, one after the other on the time axis; an unmasked input counts as all valid."""
    other = flags()[::-1]
    on_features = mask_of(L.Concatenate()([masked(padded()), masked(padded(), other)]))
    assert np.array_equal(on_features, flags() | other)  # type: ignore[arg-type]
    on_time = mask_of(L.Concatenate(axis=1)([masked(padded()), padded()]))
    assert np.array_equal(on_time, np.concatenate([flags(), np.ones((3, 9), bool)], axis=1))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "layer",
    [L.Add(), L.Subtract(), L.Multiply(), L.Average(), L.Maximum(), L.Minimum()],
    ids=lambda layer: type(layer).__name__,
)
def test_element_wise_merges_pass_a_mask_if_every_input_has_one(layer: Any) -> None:
    """OR of all, else it is dropped silently."""
    other = flags()[::-1]
    both = mask_of(layer([masked(padded()), masked(padded(), other)]))
    assert np.array_equal(both, flags() | other)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not has_mask(layer([masked(padded()), keras.ops.convert_to_tensor(padded())]))


@pytest.mark.parametrize("layer", [L.Attention(), L.AdditiveAttention()], ids=lambda layer: type(layer).__name__)
def test_attention_uses_the_mask_of_the_value_and_passes_that_of_the_query(layer: Any) -> None:
    """Padding of the value does not count."""
    values, other = padded(), flags()[::-1]
    output = layer([masked(padded(seed=1), other), masked(values)])
    noisy = values.copy()
    noisy[~flags()] = 7
    assert np.array_equal(mask_of(output), other)  # type: ignore[arg-type]
    again = layer([masked(padded(seed=1), other), masked(noisy)])
    assert np.allclose(output, again, atol=1e-5)


def test_multi_head_attention_uses_masks_and_takes_them_off_its_inputs() -> None:
    """The run-time mask of its inputs is gone afterwards: the order of execution can change a sibling's mask."""
    tensor = masked(padded())
    output = L.MultiHeadAttention(1, 2)(tensor, tensor)
    assert np.array_equal(mask_of(output), flags())  # type: ignore[arg-type]
    assert mask_of(tensor) is None


def test_global_average_pooling_uses_the_mask_and_gives_nan_for_an_empty_row() -> None:
    """The average over no step."""
    mask = flags().copy()
    mask[0] = False
    output = np.asarray(L.GlobalAveragePooling1D()(masked(padded(), mask)))
    assert np.isnan(output[0]).all()
    assert np.allclose(output[1], padded()[1, :4].mean(axis=0), atol=1e-6)


OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "slice": lambda tensor: tensor[:, 1:],
    "times": lambda tensor: tensor * 2,
    "plus": lambda tensor: tensor + tensor,
    "relu": lambda tensor: keras.ops.relu(tensor),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_on_tensors_lose_the_mask_silently(name: str) -> None:
    """Slicing, operators, keras.ops."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not has_mask(OPERATIONS[name](symbolic(9, 3, mask=True)))


def test_loss_and_metrics_are_means_over_valid_steps() -> None:
    """When the mask reaches the model's output."""
    values = padded()
    model = keras.Sequential([keras.Input((None, 3)), L.Masking(), L.Dense(3)])
    target = np.ones_like(values)
    away = np.asarray(model(values)) - target
    for kind in ("metrics", "weighted_metrics"):
        model.compile(loss="mse", **{kind: ["mae"]})
        told = model.evaluate(values, target, verbose=0, return_dict=True)
        assert told["loss"] == pytest.approx(float((away[flags()] ** 2).mean()), rel=1e-4)
        assert told["mae"] == pytest.approx(float(np.abs(away[flags()]).mean()), rel=1e-4)
