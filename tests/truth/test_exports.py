"""What leaves Keras in other formats: ONNX and LiteRT."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.runtime.environment import keras, tensorflow
from tests.truth.plain import L, Values

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore:.*destroy the mask"),
]
EXACT = 5e-7


def exported(model: Any, path: Path) -> Callable[..., list[Values]]:
    """Writes a model that was called as ONNX, and reads it with another program than TensorFlow."""
    pytest.importorskip("tf2onnx", reason="tf2onnx, which Keras exports ONNX with, is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime, which runs ONNX, is not installed")
    model.export(str(path), format="onnx", verbose=False)
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    return lambda *values: session.run(None, dict(zip(names, values, strict=True)))


def given(batch: int, length: int) -> tuple[Values, Values, Values]:
    """A series padded with zeros, tokens padded with 0, frames."""
    random, valid = np.random.default_rng(batch), np.arange(length) < max(1, length - 2)
    series = random.normal(size=(batch, length, 3)) * valid[:, None]
    frames = random.normal(size=(batch, length, 6, 3))
    ids = random.integers(1, 9, (batch, length)) * valid
    return series.astype("float32"), ids.astype("int32"), frames.astype("float32")


def many_layers() -> tuple[list[str], Any]:
    """One model of an unknown length, with every layer of the row as an output of its own."""
    series, ids, frames = keras.Input((None, 3)), keras.Input((None,), dtype="int32"), keras.Input((None, 6, 3))
    whole, _, cell = L.LSTM(4, return_sequences=True, return_state=True)(series)
    outputs = {
        "LSTM": whole,
        "return_state": cell,
        "GRU": L.GRU(4)(series),
        "SimpleRNN": L.SimpleRNN(4)(series),
        "Bidirectional": L.Bidirectional(L.LSTM(4, return_sequences=True))(series),
        "Masking": L.LSTM(4)(L.Masking()(series)),
        "Embedding": L.GRU(4)(L.Embedding(9, 4, mask_zero=True)(ids)),
        "MultiHeadAttention": L.MultiHeadAttention(2, 3)(series, series),
        "ConvLSTM1D": L.ConvLSTM1D(2, 2)(frames),
        "stacked cells": L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(4)]))(series),
    }
    return list(outputs), keras.Model([series, ids, frames], list(outputs.values()))


def test_onnx_of_an_unknown_length_is_exact(tmp_path: Path) -> None:
    """On three batches and lengths, below 5e-7."""
    names, model = many_layers()
    model(list(given(2, 7)))
    run = exported(model, tmp_path / "it.onnx")
    for size in ((2, 7), (3, 5), (1, 12)):
        wanted, found = model(list(given(*size))), run(*given(*size))
        for name, one, other in zip(names, wanted, found, strict=True):
            assert np.abs(np.asarray(one) - other).max() < EXACT, (name, size)


def test_onnx_of_time_distributed_is_wrong(tmp_path: Path) -> None:
    """Other steps come out, without an error, where batch and length are others than it was called with."""
    series = keras.Input((None, 3))
    model = keras.Model(series, L.TimeDistributed(L.Dense(2))(series))
    values = given(3, 5)[0]
    wanted = np.asarray(model(values))
    (found,) = exported(model, tmp_path / "it.onnx")(values)
    assert found.shape != wanted.shape or np.abs(found - wanted).max() > 1e-3


def test_a_stateful_layer_goes_to_onnx_with_its_state_frozen(tmp_path: Path) -> None:
    """Keras goes on from call to call; the file gives the same every time, from the state it was exported with."""
    series = keras.Input(batch_shape=(2, None, 3))
    model = keras.Model(series, L.LSTM(2, stateful=True)(series))
    values = np.ones((2, 5, 3), "float32")
    first, second = np.asarray(model(values)), np.asarray(model(values))
    assert np.abs(first - second).max() > 1e-3
    run = exported(model, tmp_path / "it.onnx")
    (found,), (again,) = run(values), run(values)
    assert np.array_equal(found, again)
    assert np.abs(found - np.asarray(model(values))).max() < EXACT  # the third call, from the state after the second


def test_onnx_export_refuses_a_functional_model_that_was_never_called(tmp_path: Path) -> None:
    """Keras says so; called once, it goes on."""
    series = keras.Input((None, 3))
    with pytest.raises(ValueError, match="has never called"):
        exported(keras.Model(series, L.Dense(2)(series)), tmp_path / "it.onnx")


def test_lite_rt_needs_more_than_its_own_operations_for_recurrent_layers() -> None:
    """Its converter asks for TensorFlow's (the Flex delegate); a Dense needs none."""
    lite = getattr(tensorflow, "lite", None)
    if lite is None:
        pytest.skip("this TensorFlow comes without the LiteRT converter")

    def converted(layer: Any) -> bytes:
        series = keras.Input((5, 3))
        converter = lite.TFLiteConverter.from_keras_model(keras.Model(series, layer(series)))
        return converter.convert()

    assert converted(L.Dense(2))
    with pytest.raises(Exception, match="Select TF ops|TensorListReserve|Flex"):
        converted(L.LSTM(2))
