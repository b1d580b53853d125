"""Paths in the plane of the main directions, and units in another order, against numpy alone."""

from __future__ import annotations

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.graph.values import JsonObject
from engine.protocol.readings import READINGS, encode_reading
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner
from engine.runtime.kept import KeptRun
from engine.runtime.state_space import clustered, state_space_of, unit_order_of
from tests.conftest import TENSORFLOW
from tests.documents import chain, with_sample

pytestmark = TENSORFLOW
LENGTHS = [7, 4, 0]


def run(units: int = 6) -> KeptRun:
    """A padded, masked batch through an LSTM."""
    layers: list[tuple[str, JsonObject]] = [("Masking", {}), ("LSTM", {"units": units})]
    document = with_sample(chain(layers, 2), batch=3, kind="normal", lengths=LENGTHS, timesteps=8)
    runner = Runner()
    kept = runner.kept(runner.run(document, analysis=Analyst(load_snapshot()).analyse(document, probe=False)).number)
    assert kept is not None
    return kept


def test_paths_are_the_projection_on_the_main_directions_of_the_real_steps() -> None:
    """By a singular value decomposition; padding has no point; the shares add up as numpy says."""
    kept = run()
    found = state_space_of(kept, "b3", "h", ("b1", 1))
    h = kept.states["b3"].states["h"]
    real = np.arange(8)[None] < np.array(LENGTHS)[:, None]
    steps = h[real].astype(float)
    centred = steps - steps.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    assert found.points is not None
    points = np.asarray(found.points, float)
    assert np.isnan(points).any(axis=2).tolist() == (~real).tolist()
    np.testing.assert_allclose(np.abs(points[real]), np.abs(centred @ directions[:2].T), atol=1e-5)
    assert found.explained == pytest.approx((sizes**2 / (sizes**2).sum())[:2], abs=1e-5)
    assert found.colour is not None
    np.testing.assert_array_equal(found.colour[real], kept.fed["b1"].values[..., 1][real])
    again = READINGS["state_space"](*encode_reading(found))
    assert (again.key, again.explained) == ("b3", found.explained)


def test_one_unit_goes_along_one_direction() -> None:
    """There is no second one to draw."""
    found = state_space_of(run(units=1), "b3", "h", None)
    assert found.points is not None
    assert not np.nan_to_num(np.asarray(found.points, float))[..., 1].any()
    assert found.explained == (pytest.approx(1.0), 0.0)


def test_what_has_no_path_says_why() -> None:
    """A state that is not there; a batch without two real steps."""
    kept = run()
    assert "no such state" in state_space_of(kept, "b3", "gate_i", None).missing
    document = with_sample(chain([("GRU", {"units": 2})], 2), batch=1, timesteps=1)
    runner = Runner()
    single = runner.kept(runner.run(document, analysis=Analyst(load_snapshot()).analyse(document, probe=False)).number)
    assert single is not None
    assert "two steps" in state_space_of(single, "b2", "h", None).missing


def test_the_most_active_unit_comes_first() -> None:
    """By the mean of |Δh| over steps that are real."""
    kept = run()
    found = unit_order_of(kept, "b3", "h", "activity")
    h = kept.states["b3"].states["h"].astype(float)
    moved = np.concatenate([np.abs(np.diff(h[row, :length], axis=0)) for row, length in enumerate(LENGTHS) if length])
    assert found.order is not None
    assert found.order.tolist() == np.argsort(-moved.mean(axis=0), kind="stable").tolist()
    assert READINGS["unit_order"](*encode_reading(found)).rule == "activity"


def test_units_that_move_alike_stand_together() -> None:
    """Three waves, four units of each, shuffled: the clusters find them again; a constant unit breaks nothing."""
    time = np.linspace(0, 20, 200)
    waves = [np.sin(time), np.cos(3 * time), np.sign(np.sin(7 * time))]
    random = np.random.default_rng(1)
    units = np.stack([waves[unit % 3] + random.normal(0, 0.05, 200) for unit in range(12)], axis=1)
    kinds = [int(unit) % 3 for unit in clustered(units)]
    assert sum(one != other for one, other in zip(kinds, kinds[1:], strict=False)) == 2
    units[:, 5] = 1.0
    assert sorted(clustered(units).tolist()) == list(range(12))
