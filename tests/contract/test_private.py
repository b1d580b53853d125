"""The private parts of Keras that are used: when one changes, these fail first."""

from __future__ import annotations

import inspect

import pytest

from engine.runtime.environment import keras
from engine.runtime.forward import executed_nodes

pytestmark = pytest.mark.xdist_group("tensorflow")


def test_the_signatures_of_the_inner_loop_and_of_the_backends_rnn() -> None:
    """What `engine.runtime.recurrent` replaces, and what it calls."""
    for layer in (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN, keras.layers.RNN):
        assert list(inspect.signature(layer.inner_loop).parameters)[1:] == [
            "sequences",
            "initial_state",
            "mask",
            "training",
        ]
    wanted = {"go_backwards", "mask", "unroll", "input_length", "zero_output_for_mask", "return_all_outputs"}
    assert wanted <= set(inspect.signature(keras.src.backend.rnn).parameters)


def test_operations_run_in_the_order_that_is_expected() -> None:
    """`_run_through_graph` calls the nodes as `executed_nodes` lists them."""
    first = keras.Input((None, 3))
    left, right = keras.layers.Dense(2)(first), keras.layers.LSTM(2, return_sequences=True)(first)
    model = keras.Model(first, keras.layers.Dense(1)(keras.layers.Add()([left, right])))
    called: list[object] = []

    def noting(operation: object) -> object:
        called.append(operation)
        return operation

    model._run_through_graph([keras.ops.ones((2, 4, 3))], operation_fn=noting)
    assert called == [node.operation for node in executed_nodes(model)]
