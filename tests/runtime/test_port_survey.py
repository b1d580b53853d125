"""What a run says of its numbers is what numpy says of plain Keras's: saturated, dead, NaN and infinite."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.document.values import Document
from engine.graph.values import PortRef
from engine.protocol.port_facts import PortFacts
from engine.protocol.result_encoding import decode_run, encode_run
from engine.protocol.results import RunResult
from engine.runtime.activations import Bounds, bounds_of, bounds_of_layer
from engine.runtime.environment import keras
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.kept import KeptRun
from engine.runtime.sample import Overrides
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
LENGTHS = [2, 6, 4, 0]
SIZED = {"lengths": LENGTHS, "timesteps": 7}
REAL = np.arange(7) < np.array(LENGTHS)[:, None]


def facts_of(run: RunResult, block: str, port: str = "output") -> PortFacts:
    """Of one port of a run."""
    facts = run.ports[PortRef(block, port)].facts
    assert facts is not None
    return facts


def kept_of(runner: Runner) -> KeptRun:
    """What a runner kept."""
    assert runner._kept is not None
    return runner._kept


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("tanh", -1, 1),
        ("sigmoid", 0, 1),
        ("hard_sigmoid", 0, 1),
        ("softsign", -1, 1),
        ("relu6", 0, 6),
        ("hard_tanh", -1, 1),
        ("relu", 0, np.inf),
        ("elu", -1, np.inf),
        ("softplus", 0, np.inf),
        ("silu", 0, np.inf),
    ],
)
def test_the_bounds_of_an_activation_are_those_that_it_has(name: str, low: float, high: float) -> None:
    """Asked of Keras at both ends."""
    bounds = bounds_of(getattr(keras.activations, name))
    assert bounds is not None
    assert (bounds.low, bounds.high) == pytest.approx((low, high), abs=1e-5)


@pytest.mark.parametrize("name", ["linear", "softmax", "log_softmax", "sparsemax", "glu", "exponential", "tanh_shrink"])
def test_what_is_not_bounded_number_by_number_has_no_bounds(name: str) -> None:
    """A softmax sums to 1 over several numbers: one near 1 is what it is for."""
    found = bounds_of(getattr(keras.activations, name))
    assert found is None or not found.both


def test_layers_say_which_activation_made_what_leaves() -> None:
    """Recurrent ones of h alone; wrappers of what is inside; a sum of two directions is beyond the bounds of one."""
    layers: Any = keras.layers
    bounded: list[tuple[Any, str]] = [
        (layers.LSTM(2), "output"),
        (layers.LSTM(2), "state_h"),
        (layers.GRU(2), "state"),
        (layers.RNN(layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2)])), "output"),
        (layers.Bidirectional(layers.LSTM(2)), "forward_h"),
        (layers.TimeDistributed(layers.Dense(2, activation="tanh")), "output"),
        (layers.ConvLSTM1D(2, 3), "output"),
        (layers.ReLU(max_value=1.0), "output"),
    ]
    unbounded: list[tuple[Any, str]] = [
        (layers.LSTM(2), "state_c"),
        (layers.LSTM(2, recurrent_activation="relu"), "output"),
        (layers.Bidirectional(layers.LSTM(2), merge_mode="sum"), "output"),
        (layers.Bidirectional(layers.LSTM(2)), "forward_c"),
        (layers.Dense(2), "output"),
        (layers.Dropout(0.2), "output"),
        (layers.Softmax(), "output"),
    ]
    for layer, port in bounded:
        found = bounds_of_layer(layer, port)
        assert found is not None, layer
        assert found.both, layer
    for layer, port in unbounded:
        found = bounds_of_layer(layer, port)
        assert found is None or not found.both, layer


@pytest.mark.parametrize(
    ("kind", "arguments", "near"),
    [
        ("Dense", {"units": 4, "activation": "tanh", "kernel_initializer": "ones"}, lambda y: np.abs(y) > 0.95),
        ("Dense", {"units": 4, "activation": "sigmoid"}, lambda y: (y < 0.05) | (y > 0.95)),
        ("GRU", {"units": 3, "return_sequences": True}, lambda y: np.abs(y) > 0.95),
        ("keras.ops.tanh", {}, lambda y: np.abs(y) > 0.95),
    ],
)
def test_the_saturated_share_is_numpys_over_real_steps(
    kind: str, arguments: dict[str, Any], near: Callable[[Any], Any]
) -> None:
    """Of the batch in the run, of one sequence in its statistics; nothing masks the padding here."""
    port = "x" if kind.startswith("keras.ops") else "inputs"
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("Rescaling", {"scale": 3.0}), "b3": (kind, arguments)},
        [("b1.output", "b2.inputs"), ("b2.output", f"b3.{port}")],
    )
    document = replace(document, sample={"batch": 4, "inputs": {"input_b1": SIZED}})
    runner = Runner()
    run = runner.run(document)
    values = np.asarray(kept_of(runner).seen.values[PortRef("b3", "output")])
    expected = near(values)[REAL].mean()
    assert facts_of(run, "b3").saturated == pytest.approx(expected)
    assert facts_of(run, "b3").steps == sum(LENGTHS)
    looked = runner.values(run.number, PortRef("b3", "output"), 1)
    assert looked is not None
    assert looked.statistics is not None
    assert looked.statistics.saturated == near(values[1, :6]).sum()
    assert facts_of(run, "b2").saturated is None


def test_a_model_whose_activations_were_asked_is_not_kept() -> None:
    """A layer holds all above it: only functions are remembered."""
    layer = keras.layers.ReLU()
    asked = weakref.ref(layer)
    layer(keras.KerasTensor((None, 3)))
    assert bounds_of(layer) == Bounds(0.0, np.inf)
    del layer
    gc.collect()
    assert asked() is None


def test_values_without_two_bounds_are_never_saturated() -> None:
    """Plain numbers, and a ReLU's."""
    run = Runner().run(with_sample(chain([("Dense", {"units": 4}), ("Dense", {"units": 4, "activation": "relu"})], 3)))
    assert facts_of(run, "b2").saturated is None
    assert facts_of(run, "b3").saturated is None
    assert facts_of(run, "b3").rectified
    assert not facts_of(run, "b2").rectified


def weighted(document: Document, tmp_path: Path, block: str, weights: list[Any]) -> tuple[Document, RunOptions]:
    """The document with these weights in one of its blocks, as a file that it names."""
    runner = Runner()
    runner.run(document)
    model = kept_of(runner).model.assembled
    model.layers[block].set_weights(weights)
    model.model.save_weights(tmp_path / "made.weights.h5")
    return replace(document, weights="made.weights.h5"), RunOptions(folder=tmp_path)


def test_a_dead_unit_is_0_at_every_real_step_of_every_sequence(tmp_path: Path) -> None:
    """By hand: unit 1 is held below 0, unit 3 gives its bias alone, the others follow the input."""
    kernel, bias = np.zeros((3, 5), np.float32), np.array([0, -9, 0, 2, 0], np.float32)
    kernel[0, 0], kernel[1, 2], kernel[2, 4] = 1, -1, 1
    document = with_sample(
        chain([("Dense", {"units": 5, "activation": "relu"})], 3), kind="uniform", pad_value=5, **SIZED
    )
    document, options = weighted(document, tmp_path, "b2", [kernel, bias])
    runner = Runner()
    facts = facts_of(runner.run(document, options), "b2")
    values = np.asarray(kept_of(runner).seen.values[PortRef("b2", "output")])[REAL]
    assert facts.dead == tuple(np.flatnonzero((values == 0).all(axis=0)))
    assert facts.dead == (1, 2)  # uniform numbers are never below 0, so that -x is
    assert facts.constant == (3,)
    assert (facts.num_dead, facts.num_constant, facts.units, facts.sequences) == (2, 1, 5, 4)


def test_one_step_alone_says_nothing_of_a_unit() -> None:
    """Of a single number everything is constant."""
    run = Runner().run(with_sample(chain([("Dense", {"units": 5, "activation": "relu"})], 3), 1, timesteps=1))
    assert (facts_of(run, "b2").num_dead, facts_of(run, "b2").num_constant) == (0, 0)


def test_a_unit_that_moves_late_is_alive(tmp_path: Path) -> None:
    """After more steps than are looked at first."""
    steps = np.zeros((3, 80, 2), np.float32)
    steps[2, 79, 1] = 1
    np.save(tmp_path / "late.npy", steps)
    document = with_sample(chain([("Activation", {"activation": "relu"})], 2), 3, kind="file", path="late.npy")
    facts = facts_of(Runner().run(document, RunOptions(folder=tmp_path)), "b2")
    assert facts.dead == (0,)


BROKEN = graph_of(
    {
        "b1": ("Input", {"shape": [None, 3]}),
        "b2": ("keras.ops.log", {}),
        "b3": ("Dense", {"units": 2}),
        "b4": ("Dense", {"units": 2}),
        "b5": ("Add", {}),
    },
    [
        ("b1.output", "b2.x"),
        ("b2.output", "b3.inputs"),
        ("b1.output", "b4.inputs"),
        ("b3.output", "b5.inputs"),
        ("b4.output", "b5.inputs"),
    ],
)


def test_nan_of_a_model_is_counted_where_it_arises_and_where_it_goes() -> None:
    """The logarithm of numbers below 0; its step and sequence are the first of numpy's."""
    document = replace(BROKEN, sample={"batch": 4, "inputs": {"input_b1": {**SIZED, "pad_value": 1.0}}})
    runner = Runner()
    run = runner.run(document)
    bad = np.isnan(np.asarray(kept_of(runner).seen.values[PortRef("b2", "output")]))
    found = facts_of(run, "b2").non_finite
    assert found is not None
    sequence, step = next(zip(*np.nonzero(bad.any(axis=2) & REAL), strict=True))
    assert (found.nan, found.infinite, found.padded) == (bad[REAL].sum(), 0, 0)
    assert (found.sequence, found.step, found.arises) == (sequence, step, True)
    (problem,) = (one for one in run.diagnostics if one.code == "values.nan")
    assert (problem.block, problem.severity) == ("b2", "warning")
    assert (
        problem.title == f"{BROKEN.block('b2').name} gives {found.nan} NaN, first in sequence {sequence}, step {step}"
    )
    for block, passed in (("b3", True), ("b5", True), ("b1", False), ("b4", False)):
        later = facts_of(run, block).non_finite
        assert (later is not None) is passed
        assert later is None or not later.arises


def test_what_is_broken_at_padded_steps_alone_is_counted_apart() -> None:
    """The logarithm of padding with 0 is infinite; the real steps are above 0."""
    document = replace(BROKEN, sample={"batch": 4, "inputs": {"input_b1": {**SIZED, "kind": "uniform"}}})
    run = Runner().run(document)
    found = facts_of(run, "b2").non_finite
    assert found is not None
    assert (found.count, found.padded) == (0, 3 * (28 - sum(LENGTHS)))
    assert (found.sequence, found.step) == (0, 2)
    assert "values.nan" not in [problem.code for problem in run.diagnostics]


def test_what_spreads_from_padding_to_real_steps_is_a_problem_where_it_arises() -> None:
    """A sum over all steps reads the infinity of the padded ones."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("keras.ops.log", {}), "b3": ("GlobalAveragePooling1D", {})},
        [("b1.output", "b2.x"), ("b2.output", "b3.inputs")],
        sample={"batch": 4, "inputs": {"input_b1": {**SIZED, "kind": "uniform"}}},
    )
    (problem,) = (one for one in Runner().run(document).diagnostics if one.code == "values.nan")
    assert problem.block == "b2"
    assert "padded" in problem.title


def test_nan_in_the_data_arises_at_the_input(tmp_path: Path) -> None:
    """And goes on into everything that reads it; without a time axis there is no step."""
    data = np.ones((3, 4, 2), np.float32)
    data[1, 2, 0], data[2, 3, 1] = np.nan, -np.inf
    np.save(tmp_path / "bad.npy", data)
    document = with_sample(chain([("LSTM", {"units": 3})], 2), 3, kind="file", path="bad.npy")
    run = Runner().run(document, RunOptions(folder=tmp_path))
    found, later = facts_of(run, "b1").non_finite, facts_of(run, "b2").non_finite
    assert found is not None
    assert later is not None
    assert (found.nan, found.infinite, found.sequence, found.step, found.arises) == (1, 1, 1, 2, True)
    assert (later.arises, later.step) == (False, None)
    (problem,) = (one for one in run.diagnostics if one.code == "values.nan")
    assert problem.block == "b1"
    assert problem.title.endswith("gives 1 NaN, 1 inf, first in sequence 1, step 2")


def test_numbers_too_large_for_a_sum_are_finite_all_the_same(tmp_path: Path) -> None:
    """Each of them is."""
    np.save(tmp_path / "large.npy", np.full((2, 4, 2), 3e38, np.float32))
    document = with_sample(chain([("Dropout", {"rate": 0.5})], 2), 2, kind="file", path="large.npy")
    assert facts_of(Runner().run(document, RunOptions(folder=tmp_path)), "b1").non_finite is None


def test_facts_survive_the_pipe_and_ids_have_none() -> None:
    """As JSON, NaN or not."""
    document = replace(BROKEN, sample={"batch": 4, "inputs": {"input_b1": SIZED}})
    run = Runner().run(document)
    body, arrays = encode_run(run)
    assert decode_run(json.loads(json.dumps(body)), arrays).ports == pytest.approx(run.ports)
    ids = graph_of({"b1": ("Input", {"shape": [None], "dtype": "int32"}), "b2": ("Embedding", {"input_dim": 9, "output_dim": 2})},
                   [("b1.output", "b2.inputs")])  # fmt: skip
    assert Runner().run(ids).ports[PortRef("b1", "output")].facts is None


def test_what_is_known_is_looked_at_again_where_the_real_steps_are_others() -> None:
    """The same tensors, but another length: a run that is made again says the same as a fresh one."""
    document = with_sample(
        chain([("Dense", {"units": 4, "activation": "relu"})], 3), kind="ones", pad_value=1, timesteps=7
    )
    runner = Runner()
    first = runner.run(document)
    assert facts_of(runner.run(document), "b2") == facts_of(first, "b2")
    shorter = runner.run(document, RunOptions(overrides=Overrides(lengths=(3,))))
    assert runner._kept is not None
    assert facts_of(shorter, "b2").steps == 12
    assert shorter.ports[PortRef("b2", "output")].valid_lengths is None
