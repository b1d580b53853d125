"""States too large to be looked at whole: the few numbers that cross are those of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.protocol.results import RunResult, Trace
from engine.protocol.traced import Stretch
from engine.runtime import overview, parts
from engine.runtime.execute import Runner
from engine.runtime.kept import KeptRun
from engine.runtime.overview import overview_of
from engine.runtime.state_space import state_space_of, unit_order_of
from tests.conftest import TENSORFLOW
from tests.documents import chain, graph_of, with_sample

pytestmark = TENSORFLOW
LENGTHS, STEPS, UNITS = [23, 17, 5], 23, 6
CELLS: list[tuple[str, dict[str, Any]]] = [
    ("LSTM", {"units": UNITS}),
    ("LSTM", {"units": UNITS, "go_backwards": True}),
    ("GRU", {"units": UNITS, "reset_after": True}),
    ("GRU", {"units": UNITS, "reset_after": False}),
    ("SimpleRNN", {"units": UNITS}),
    ("RNN", {"cell": {"type": "LSTMCell", "arguments": {"units": UNITS, "use_bias": False}}}),
]


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read at once is less than a sequence, what crosses fewer columns."""
    monkeypatch.setattr(parts, "PART", 5 * UNITS)
    monkeypatch.setattr(overview, "MOST_NUMBERS", 6 * UNITS)


def ran(layer: str, arguments: dict[str, Any], **sample: Any) -> tuple[KeptRun, RunResult]:
    """A run of one masked layer."""
    settings = {"lengths": LENGTHS, "timesteps": STEPS, "batch": len(LENGTHS), **sample}
    document = with_sample(chain([("Masking", {}), (layer, {**arguments, "return_sequences": True})], 3), **settings)
    runner = Runner()
    result = runner.run(document)
    kept = runner.kept(result.number)
    assert kept is not None
    return kept, result


def whole(kept: KeptRun, key: str, sequence: int) -> Trace:
    """All of a sequence."""
    trace = kept.trace(key, sequence, gates=True)
    assert trace is not None
    return trace


@pytest.mark.parametrize(("layer", "arguments"), CELLS)
def test_a_few_units_of_a_large_trace_are_those_of_the_whole(layer: str, arguments: dict[str, Any]) -> None:
    """The strongest and those that were asked for: states, gates found for them alone, flags, changes, the start."""
    kept, result = ran(layer, arguments)
    (key,) = result.traced
    for sequence in range(len(LENGTHS)):
        trace, few = whole(kept, key, sequence), kept.looked_at(key, sequence, (4, 0, 99), 100)
        assert few is not None
        main = result.traced[key].main.name
        strength = np.abs(np.asarray(trace.units(main))[trace.valid]).max(axis=0)
        assert few.chosen == tuple(sorted({*map(int, np.argsort(-strength, kind="stable")[:3]), 0, 4}))
        assert set(few.arrays) == set(trace.arrays)
        for name, values in trace.arrays.items():
            assert np.allclose(few.arrays[name], values[:, list(few.chosen)], atol=1e-6, equal_nan=True), name
            assert np.array_equal(few.of_unit(name, 4), few.arrays[name][:, few.chosen.index(4)], equal_nan=True)
        for name, start in trace.initial.items():
            assert np.array_equal(few.initial[name], start[list(few.chosen)])
        for flags in ("valid", "real", "leaves", "changes"):
            assert np.array_equal(getattr(few, flags), getattr(trace, flags)), flags
        assert not few.has(99)
    small = kept.looked_at(key, 0, (4,), 10**9)
    assert small is not None
    assert (small.chosen, small.has(UNITS - 1)) == (None, True)
    assert np.array_equal(small.of_unit(main, 2), small.arrays[main][:, 2])
    assert kept.looked_at("b9", 0, (), 1) is kept.looked_at(key, 9, (), 1) is None


@pytest.mark.parametrize("stretch", [Stretch(), Stretch(3, 20), Stretch(9, 12)])
@pytest.mark.parametrize("signal", ["h", "c", "gate_f"])
def test_an_overview_has_the_strongest_valid_step_of_each_column(signal: str, stretch: Stretch) -> None:
    """Of each unit, with its sign; a column of padding alone is NaN; few steps stand there each."""
    kept, _ = ran("LSTM", {"units": UNITS})
    for sequence in range(len(LENGTHS)):
        trace = whole(kept, "b3", sequence)
        values = np.where(trace.valid[:, None], trace.arrays[signal], np.nan)[stretch.of(STEPS)]
        found = overview_of(kept, "b3", signal, sequence, stretch)
        assert (found.key, found.signal, found.sequence, found.first) == ("b3", signal, sequence, stretch.first)
        share = -(-len(values) // 6)
        assert found.share == share
        assert found.values is not None
        expected = [strongest(values[at : at + share]) for at in range(0, len(values), share)]
        assert np.allclose(found.values, expected, atol=1e-6, equal_nan=True)
    for missing in (("b9", "h", 0), ("b3", "gate_z", 0), ("b3", "h", 3)):
        assert overview_of(kept, *missing, Stretch()).missing


def strongest(values: np.ndarray[Any, Any]) -> list[float]:
    """(steps, units) of each unit the value of largest magnitude, in plain loops."""
    found: list[float] = []
    for unit in values.T:
        known = [float(value) for value in unit if not np.isnan(value)]
        found.append(max(known, key=abs) if known else float("nan"))
    return found


def test_a_convolutional_cell_has_overviews_too() -> None:
    """Its gates need those of its neighbours: found whole, then chosen."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [None, 5, 2]}),
            "b2": ("ConvLSTM1D", {"filters": 2, "kernel_size": 3, "return_sequences": True}),
        },
        [("b1.output", "b2.inputs")],
        sample={"batch": 2, "inputs": {"input_b1": {"timesteps": 9}}},
    )
    runner = Runner()
    result = runner.run(document)
    kept = runner.kept(result.number)
    assert kept is not None
    trace, few = whole(kept, "b2", 1), kept.looked_at("b2", 1, (5,), 100)
    assert few is not None
    assert few.chosen is not None
    for name in trace.arrays:
        assert np.allclose(few.arrays[name], trace.units(name)[:, list(few.chosen)], atol=1e-6), name
    found = overview_of(kept, "b2", "gate_i", 1, Stretch(2, 4))
    assert found.values is not None
    assert np.allclose(found.values, trace.units("gate_i")[2:4], atol=1e-6)


def test_orders_and_paths_are_read_sequence_by_sequence() -> None:
    """No copy of all states is made; the numbers are those of all at once."""
    kept, _ = ran("LSTM", {"units": UNITS})
    h, real = kept.states["b3"].states["h"], kept.states["b3"].valid
    both = real[:, 1:] & real[:, :-1]
    moved = np.abs(np.diff(h, axis=1))[both].mean(axis=0)
    order = unit_order_of(kept, "b3", "h", "activity").order
    assert order is not None
    assert order.tolist() == np.argsort(-moved, kind="stable").tolist()
    space = state_space_of(kept, "b3", "h", None)
    assert space.points is not None
    assert np.array_equal(np.isfinite(space.points[..., 0]), real)
    centred = h[real] - h[real].mean(axis=0)
    variances = np.linalg.svd(centred, compute_uv=False)[:2] ** 2
    assert np.allclose(space.points[real].std(axis=0) ** 2 * len(centred), variances, rtol=1e-3)
