"""The values of one sequence at a port are plain Keras's, with what they are like over the valid steps."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from engine.graph.values import PortRef
from engine.protocol.readings import READINGS
from engine.protocol.result_encoding import decode_values, encode_values
from engine.runtime import execute, port_values
from engine.runtime.environment import keras
from engine.runtime.execute import Runner
from engine.runtime.port_values import statistics_of
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
LENGTHS = [2, 6, 4, 0]
READER = with_sample(
    chain([("Masking", {}), ("LSTM", {"units": 5, "return_sequences": True}), ("Dense", {"units": 3})], 3),
    lengths=LENGTHS,
    timesteps=7,
)


def test_the_values_are_those_of_a_plain_keras_script() -> None:
    """The same layers, written by hand, with the same weights; the numbers beside them are numpy's over valid steps."""
    runner = Runner()
    run = runner.run(READER)
    kept, watched = runner._kept, runner._watched
    assert kept is not None
    assert watched is not None
    layers = watched[1].assembled.layers
    plain = keras.Sequential([keras.layers.Masking(), keras.layers.LSTM(5, return_sequences=True)])
    plain.build((None, None, 3))
    plain.layers[1].set_weights(layers["b3"].get_weights())
    expected = np.asarray(plain(kept.fed["b1"].values))
    for sequence, length in enumerate(LENGTHS):
        values = runner.values(run.number, PortRef("b3", "output"), sequence)
        assert values is not None
        assert values.values is not None
        assert values.valid is not None
        assert np.allclose(values.values, expected[sequence], atol=1e-6)
        assert values.valid.tolist() == [step < length for step in range(7)]
        statistics = values.statistics
        assert statistics is not None
        assert statistics.count == length * 5
        if length == 0:
            assert (statistics.low, statistics.mean) == (None, None)
            continue
        read = expected[sequence, :length].astype(np.float64)
        found = (statistics.low, statistics.high, statistics.mean, statistics.std)
        assert found == pytest.approx((read.min(), read.max(), read.mean(), read.std()), abs=1e-6)


def test_padding_that_nothing_masks_is_known_from_the_sample() -> None:
    """Without a Masking every step is valid to Keras; the statistics are over the real ones alone."""
    document = with_sample(chain([("Dense", {"units": 2})], 3), lengths=LENGTHS, timesteps=7)
    runner = Runner()
    run = runner.run(document)
    for block in ("b1", "b2"):
        values = runner.values(run.number, PortRef(block, "output"), 0)
        assert values is not None
        assert values.valid is not None
        assert values.real is not None
        assert values.statistics is not None
        assert values.valid.all()
        assert values.real.sum() == 2
        assert values.statistics.count == 2 * (3 if block == "b1" else 2)


def test_a_port_without_a_time_axis_has_no_steps() -> None:
    """(B, F): even where F happens to be as long as the sequences."""
    runner = Runner()
    run = runner.run(with_sample(chain([("LSTM", {"units": 7})], 3), lengths=LENGTHS, timesteps=7))
    values = runner.values(run.number, PortRef("b2", "output"), 1)
    assert values is not None
    assert values.values is not None
    assert values.values.shape == (7,)
    assert (values.valid, values.real) == (None, None)


def test_what_cannot_be_shown_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not kept, not reached, too many, no such sequence, another run."""
    runner = Runner()
    run = runner.run(READER)
    port = PortRef("b3", "output")

    def sentence(where: PortRef, sequence: int = 0) -> str:
        values = runner.values(run.number, where, sequence)
        assert values is not None
        assert values.values is None
        return values.missing

    assert "no sequence 99" in sentence(port, 99)
    assert "did not reach" in sentence(PortRef("b9", "output"))
    assert runner.values(run.number + 1, port, 0) is None
    monkeypatch.setattr(port_values, "MOST_NUMBERS", 10)
    assert sentence(port) == "One sequence has 35 numbers here; up to 10 are shown."
    monkeypatch.setattr(execute, "KEEP_BYTES", 100)
    run = runner.run(READER)
    assert "were not kept" in sentence(port)


def test_shapes_with_more_axes_keep_them() -> None:
    """(T, rows, columns); integers stay integers."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [None, 4], "dtype": "int32"}),
            "b2": ("Embedding", {"input_dim": 9, "output_dim": 2}),
        },
        [("b1.output", "b2.inputs")],
        sample={"batch": 2, "inputs": {"input_b1": {"timesteps": 5}}},
    )
    runner = Runner()
    run = runner.run(document)
    given, made = (runner.values(run.number, PortRef(block, "output"), 0) for block in ("b1", "b2"))
    assert given is not None
    assert made is not None
    assert given.values is not None
    assert made.values is not None
    assert given.values.dtype == np.int32
    assert made.values.shape == (5, 4, 2)


def test_values_survive_the_pipe() -> None:
    """Also where a number is not one."""
    runner = Runner()
    run = runner.run(READER)
    for port in (PortRef("b3", "output"), PortRef("b9", "output")):
        values = runner.values(run.number, port, 1)
        assert values is not None
        body, arrays = encode_values(values)
        back = decode_values(json.loads(json.dumps(body)), arrays)
        assert (back.port, back.sequence, back.missing) == (values.port, 1, values.missing)
        assert back.statistics == values.statistics
        assert (back.values is None) == (values.values is None)
    numbers = asdict(statistics_of(np.array([np.nan, np.inf, -np.inf, 0.0, 2.0], np.float32)))
    assert numbers == {
        "count": 5,
        "low": 0,
        "high": 2,
        "mean": 1,
        "std": 1,
        "nan": 1,
        "infinite": 2,
        "zeros": 1,
        "saturated": None,
    }
    assert statistics_of(np.array([np.nan])).mean is None


def test_a_range_has_the_statistics_of_its_valid_steps() -> None:
    """Numpy's of these steps, as they arrive; none where the range lies in the padding; no steps without a time axis."""
    runner = Runner()
    run = runner.run(READER)
    kept, port = runner._kept, PortRef("b3", "output")
    assert kept is not None
    values = kept.values(port, 1)
    assert values.values is not None
    found = READINGS["statistics"](json.loads(json.dumps(asdict(kept.span_statistics(port, 1, 2, 9)))), {})
    assert (found.run, found.steps) == (run.number, 4)
    read = values.values[2:6].astype(np.float64)
    statistics = found.statistics
    numbers = (statistics.count, statistics.low, statistics.high, statistics.mean, statistics.std)
    assert numbers == pytest.approx((20, read.min(), read.max(), read.mean(), read.std()), abs=1e-9)
    assert kept.span_statistics(port, 0, 2, 4).steps == 0
    assert kept.span_statistics(PortRef("b1", "output"), 0, 0, 1).steps == 2
    runner.run(with_sample(chain([("LSTM", {"units": 2})], 3)))
    assert runner._kept is not None
    found = READINGS["statistics"](asdict(runner._kept.span_statistics(PortRef("b2", "output"), 0, 0, 1)), {})
    assert (found.steps, found.statistics) == (0, None)
    assert "no time axis" in found.missing
    assert runner._kept.span_statistics(PortRef("b9", "output"), 0, 0, 1).missing
