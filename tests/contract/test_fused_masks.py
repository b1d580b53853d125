"""Which masks the GPU's fused kernel takes: our words against Keras's own check, and what Keras does with a refusal."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from engine.runtime.devices import device_names
from engine.runtime.environment import keras, tensorflow
from engine.runtime.fused_masks import mask_refusal

pytestmark = pytest.mark.xdist_group("tensorflow")
RNN: Any = import_module("keras.src.backend.tensorflow.rnn")  # the package gives a function of this name
REFUSES = tensorflow.errors.InvalidArgumentError
MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=4), elements=st.booleans())


@settings(max_examples=200, deadline=None)
@given(MASKS)
def test_a_mask_is_refused_exactly_where_keras_refuses_it(valid: Any) -> None:
    """And the sequence that is named is refused alone, none before it is."""
    why = mask_refusal(valid)
    assert bool(why) is refused(valid)
    if why:
        place = int(why.split()[1])
        assert refused(valid[place : place + 1])
        assert not any(refused(valid[at : at + 1]) for at in range(place))


def refused(valid: Any) -> bool:
    """What Keras's own assertion does."""
    try:
        RNN._assert_valid_mask(tensorflow.constant(valid))
    except REFUSES:
        return True
    return False


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([[1, 1, 0], [1, 1, 1]], ""),
        ([[1, 1, 0], [0, 1, 1]], "sequence 1 is padded before its steps"),
        ([[1, 0, 1], [0, 1, 1]], "sequence 0 has a hole at step 1"),
        ([[1, 0, 0], [1, 1, 1], [0, 0, 0]], "sequence 2 has no valid step"),
    ],
)
def test_the_first_sequence_is_named(rows: list[list[int]], why: str) -> None:
    """Left padding, a hole, an empty row."""
    assert mask_refusal(np.array(rows, bool)) == why


def test_a_direct_call_can_fall_back_and_a_graph_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal is an error that Keras turns into “not implemented” where it comes at once; in a graph it comes later."""
    monkeypatch.setattr(RNN, "_is_gpu_available", lambda: True)

    def kernel(mask: Any) -> Any:
        state, zeros = tensorflow.zeros((1, 2)), tensorflow.zeros((8,))
        return RNN.lstm(
            tensorflow.zeros((1, 3, 2)), state, state, mask, tensorflow.zeros((2, 8)), tensorflow.zeros((2, 8)), zeros,
            keras.activations.tanh, keras.activations.sigmoid,
        )  # fmt: skip

    with pytest.raises(NotImplementedError):
        kernel(tensorflow.constant([[False, True, True]]))
    traced = tensorflow.function(kernel).get_concrete_function(tensorflow.TensorSpec((1, 3), tensorflow.bool))
    assert "Assert" in {operation.type for operation in traced.graph.get_operations()}


@pytest.mark.gpu
def test_a_real_gpu_leaves_zeros_at_padded_steps_and_refuses_as_told() -> None:
    """The two kernels agree at valid steps; left padding falls back in a call and stops predict."""
    if "gpu:0" not in device_names():
        pytest.skip("TensorFlow lists no GPU on this machine")
    layer = keras.layers.LSTM(4, return_sequences=True)
    series = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    after = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
    fused = np.asarray(layer(series, mask=after))
    layer.use_cudnn = False
    loop = np.asarray(layer(series, mask=after))
    assert np.allclose(fused[after], loop[after], atol=1e-5)
    assert not fused[~after].any()
    assert np.array_equal(loop[0, 3:], loop[0, [2, 2]])
    before = np.zeros((2, 5, 3), "float32")
    before[:, 2:] = series[:, 2:]
    model = keras.Sequential([keras.layers.Masking(), keras.layers.LSTM(4)])
    assert np.isfinite(np.asarray(model(before))).all()
    with pytest.raises(REFUSES, match="right-padded"):
        model.predict(before, verbose=0)
