"""A run in training mode: plain Keras's own numbers with dropout, exact states, nothing changed, the same again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.document.values import Document
from engine.graph.values import PortRef
from engine.protocol.result_encoding import decode_run, encode_run
from engine.runtime.environment import keras
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.sample import Overrides
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
TRAINING = RunOptions(training=True)
DROPS = {"dropout": 0.4, "recurrent_dropout": 0.3, "return_sequences": True}
LENGTHS = [2, 6, 4, 7]


def stack(kind: str, arguments: dict[str, Any]) -> Document:
    """Dropout before and after a recurrent layer, and statistics of the batch."""
    recurrent = {"units": 5, **DROPS, **arguments}
    layers: list[tuple[str, dict[str, Any]]] = [
        ("Masking", {}),
        ("BatchNormalization", {}),
        ("Dropout", {"rate": 0.3}),
        (kind, recurrent),
        ("GaussianNoise", {"stddev": 0.5}),
        ("Dense", {"units": 2}),
    ]
    return with_sample(chain(layers, features=3), lengths=LENGTHS, timesteps=7)


def output_of(runner: Runner, block: str) -> np.ndarray[Any, Any]:
    assert runner._kept is not None
    return np.asarray(runner._kept.seen.values[PortRef(block, "output")])


def plainly(runner: Runner) -> np.ndarray[Any, Any]:
    """The same Keras model called as in training; its variables are put back."""
    assert runner._watched is not None
    assert runner._kept is not None
    model = runner._watched[1].assembled.model
    before = [np.asarray(variable).copy() for variable in model.variables]
    found = np.asarray(model([fed.values for fed in runner._kept.fed.values()], training=True))
    for variable, old in zip(model.variables, before, strict=True):
        variable.assign(old)
    return found


@pytest.mark.parametrize(
    ("kind", "arguments"), [("LSTM", {}), ("GRU", {}), ("GRU", {"reset_after": False}), ("SimpleRNN", {})]
)
def test_dropout_drops_what_keras_drops_and_nothing_changes(kind: str, arguments: dict[str, Any]) -> None:
    """Equal to `model(x, training=True)`, run after run; an inference run between them is as it was before."""
    document, runner = stack(kind, arguments), Runner()
    runner.run(document)
    inference = output_of(runner, "b7")
    run = runner.run(document, TRAINING)
    assert run.ok, run.diagnostics
    assert run.training
    assert runner._watched is not None
    variables = runner._watched[1].assembled.model.variables
    before = [np.asarray(variable).copy() for variable in variables]
    trained = output_of(runner, "b7")
    assert np.allclose(trained, plainly(runner), atol=1e-6)
    assert np.abs(trained - inference).max() > 1e-2
    assert (output_of(runner, "b4") == 0).mean() > 0.2
    runner.run(document, TRAINING)
    assert np.array_equal(output_of(runner, "b7"), trained)
    assert all(np.array_equal(np.asarray(new), old) for new, old in zip(variables, before, strict=True))
    assert not runner.run(document).training
    assert np.array_equal(output_of(runner, "b7"), inference)
    other = Runner()
    other.run(document, TRAINING)
    assert np.array_equal(output_of(other, "b7"), trained)
    other.run(document, replace(TRAINING, overrides=Overrides(seed=8)))
    assert not np.allclose(output_of(other, "b7"), trained)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_states_and_gates_are_exact_with_dropout(kind: str) -> None:
    """The gates that are shown, put into the cell's own equation, give the states that are shown."""
    document, runner = stack(kind, {}), Runner()
    run = runner.run(document, TRAINING)
    for sequence in range(4):
        trace = runner.trace(run.number, "b5", sequence, gates=True)
        assert trace is not None
        read, values = trace.valid, {name: np.asarray(array, np.float64) for name, array in trace.arrays.items()}
        before = {name: np.vstack([np.zeros(5), values[name][:-1]]) for name in ("h", "c") if name in values}
        if kind == "LSTM":
            c = values["gate_f"] * before["c"] + values["gate_i"] * values["gate_g"]
            assert np.allclose(values["c"][read], c[read], atol=1e-5)
            h = values["gate_o"] * np.tanh(c)
        else:
            h = values["gate_z"] * before["h"] + (1 - values["gate_z"]) * values["gate_n"]
        assert np.allclose(values["h"][read], h[read], atol=1e-5)
        assert np.array_equal(values["h"][~read], np.broadcast_to(values["h"][read][-1], values["h"][~read].shape))


def test_a_layer_that_is_called_twice_draws_twice() -> None:
    """As in Keras, a shared Dropout and a shared LSTM drop other values in their second call."""
    document = with_sample(
        graph_of(
            {"b1": ("Input", {"shape": [None, 3]}), "b2": ("Dropout", {"rate": 0.5}), "b3": ("Reuse", {"of": "b2"}),
             "b4": ("LSTM", {"units": 3, **DROPS}), "b5": ("Reuse", {"of": "b4"}), "b6": ("Add", {})},
            [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.output", "b4.inputs"), ("b4.output", "b5.inputs"),
             ("b5.output", "b6.inputs"), ("b3.output", "b6.inputs")],
        ),
        timesteps=5,
    )  # fmt: skip
    runner = Runner()
    run = runner.run(replace(document, sample={"batch": 4}), TRAINING)
    assert run.ok, run.diagnostics
    assert not np.array_equal(output_of(runner, "b2"), output_of(runner, "b3"))
    assert np.allclose(output_of(runner, "b6"), plainly(runner), atol=1e-6)


def test_a_block_that_says_itself_whether_it_trains_is_obeyed() -> None:
    """`training` among a block's call settings goes before the run's."""
    document = with_sample(chain([("Dropout", {"rate": 0.5}), ("Dropout", {"rate": 0.5})], features=3), timesteps=5)
    blocks = tuple(replace(b, call={"training": False}) if b.id == "b3" else b for b in document.graph.blocks)
    runner = Runner()
    runner.run(replace(document, graph=replace(document.graph, blocks=blocks)), TRAINING)
    assert not np.array_equal(output_of(runner, "b1"), output_of(runner, "b2"))
    assert np.array_equal(output_of(runner, "b2"), output_of(runner, "b3"))


def test_the_mode_crosses_the_pipe() -> None:
    """The request asks for it and the answer says it."""
    assert RunOptions.from_body({"training": True}).training
    assert not RunOptions.from_body({}).training
    run = Runner().run(stack("LSTM", {}), TRAINING)
    encoded, arrays = encode_run(run)
    assert decode_run(encoded, arrays).training
    assert keras.src.backend.common.stateless_scope.in_stateless_scope() is False
