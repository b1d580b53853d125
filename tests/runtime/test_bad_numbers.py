"""Figures over a batch in which some numbers are none: what numpy says of the rest, and how many were left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.protocol.readings import Place
from engine.protocol.work import Work
from engine.runtime.apart import apart_of
from engine.runtime.compare.comparer import Asked, Comparer
from engine.runtime.compare.facts import parting_of
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.influence import Differentiator
from engine.runtime.kept import KeptRun
from engine.runtime.looking_back import influence_of, occlusion_of
from engine.runtime.parts import PREVIEW_COLUMNS, preview_image
from engine.runtime.state_space import NO_PATH, state_space_of, unit_order_of
from tests.conftest import TENSORFLOW
from tests.documents import chain, with_sample
from tests.runtime.test_compare import analyse

pytestmark = TENSORFLOW
CATALOG = load_snapshot()
LAYERS: list[tuple[str, dict[str, Any]]] = [("LSTM", {"units": 4, "return_sequences": True}), ("Dense", {"units": 2})]
OUT = PortRef("b3", "output")
Floats = NDArray[np.floating]


def ran(folder: Path, values: Floats, layers: list[tuple[str, dict[str, Any]]] = LAYERS) -> KeptRun:
    """A chain on an array, each sequence labelled 0 or 1."""
    np.save(folder / "x.npy", values)
    np.save(folder / "y.npy", np.arange(len(values)) % 2)
    document = with_sample(chain(layers, 3), batch=len(values), kind="file", path="x.npy", labels="y.npy")
    return kept_of(document, folder)


def kept_of(document: Document, folder: Path | None = None) -> KeptRun:
    """What is kept of a run."""
    runner = Runner(CATALOG)
    result = runner.run(document, RunOptions(folder=folder))
    kept = runner.kept(result.number)
    assert kept is not None, result.diagnostics
    return kept


def broken(batch: int = 6, steps: int = 5) -> Floats:
    """NaN at step 2 of sequence 1, infinity at step 4 of sequence 2."""
    values = np.random.default_rng(3).normal(size=(batch, steps, 3)).astype(np.float32)
    values[1, 2, 0], values[2, 4, 1] = np.nan, np.inf
    return values


def test_units_are_told_apart_by_the_sequences_that_end_in_numbers(tmp_path: Path) -> None:
    """A state before the NaN is not taken for the last one."""
    kept = ran(tmp_path, broken())
    found = apart_of(kept, "b2", "h", None)
    h = np.asarray(kept.states["b2"].states["h"])
    ends = np.isfinite(h[:, -1]).all(axis=1)
    assert found.odd == int((~ends).sum()) == 1
    label = np.arange(len(h)) % 2
    assert found.counts == (3, 2)
    for row, one in enumerate((0, 1)):
        np.testing.assert_allclose(np.asarray(found.low)[row], h[ends & (label == one), -1].min(axis=0))
        np.testing.assert_allclose(np.asarray(found.high)[row], h[ends & (label == one), -1].max(axis=0))


def test_a_label_of_which_nothing_is_left_is_named(tmp_path: Path) -> None:
    """Both sequences of it end in NaN."""
    values = broken(4)
    values[3, 0] = np.nan
    found = apart_of(ran(tmp_path, values), "b2", "h", None)
    assert found.missing == "No sequence labelled 1 ends in numbers: NaN or infinity is left out."


def test_paths_are_those_of_the_steps_that_hold_numbers(tmp_path: Path) -> None:
    """The same as of a PCA over them alone; the others have no point."""
    from sklearn.decomposition import PCA

    kept = ran(tmp_path, broken())
    found = state_space_of(kept, "b2", "h", None)
    h = np.asarray(kept.states["b2"].states["h"])
    finite = np.isfinite(h).all(axis=2)
    points = np.asarray(found.points)
    np.testing.assert_array_equal(np.isfinite(points).all(axis=2), finite)
    assert found.odd == int((~finite).sum()) > 0
    wanted = PCA(2, random_state=0).fit(h[finite]).transform(h[finite])
    np.testing.assert_allclose(np.abs(points[finite]), np.abs(wanted), atol=1e-5)
    for rule in ("activity", "cluster"):
        order = unit_order_of(kept, "b2", "h", rule).order
        assert sorted(np.asarray(order).tolist()) == [0, 1, 2, 3]


def test_states_that_explode_have_a_path_and_equal_ones_have_none(tmp_path: Path) -> None:
    """Their squares are beyond 32 bits; directions do not depend on the scale."""
    large = {"type": "Constant", "arguments": {"value": 1e7}}
    linear = {"units": 2, "activation": "linear", "recurrent_initializer": large, "return_sequences": True}
    values = broken()
    kept = ran(tmp_path, np.nan_to_num(values, posinf=0.0), [("SimpleRNN", linear)])
    h = np.asarray(kept.states["b2"].states["h"], np.float64)
    assert np.abs(h).max() > 1e24
    found = state_space_of(kept, "b2", "h", None)
    assert found.missing == ""
    assert 0.99 < sum(found.explained) <= 1.001
    spread = np.linalg.norm(np.asarray(found.points, np.float64).reshape(-1, 2), axis=1)
    flat = h.reshape(-1, 2)
    np.testing.assert_allclose(spread.max(), np.linalg.norm(flat - flat.mean(axis=0), axis=1).max(), rtol=1e-3)
    zeros = ran(tmp_path, np.zeros((3, 4, 3), np.float32))
    assert state_space_of(zeros, "b2", "h", None).missing == NO_PATH


def test_medians_of_a_comparison_count_the_sequences_of_numbers(tmp_path: Path) -> None:
    """As numpy's over them; how many are not is told."""
    kept = ran(tmp_path, broken())
    comparer = Comparer(CATALOG, analyse, lambda: Runner(CATALOG))
    found = comparer.compare(kept, Asked(kept.document, tmp_path, "cpu", False, "b2", 1), Work())
    h = np.asarray(kept.states["b2"].states["h"], np.float64)
    finite = np.isfinite(h).all(axis=(1, 2))
    assert found.this.odd == found.other.odd == int((~finite).sum())
    norms = np.where(np.isfinite(h).all(axis=2), np.linalg.norm(np.nan_to_num(h), axis=2), np.nan)
    with np.errstate(invalid="ignore"):
        wanted = np.nanpercentile(norms, (10, 50, 90), axis=0)
    np.testing.assert_allclose(np.asarray(found.this.curves["norm"]), wanted, rtol=1e-5)
    shares = np.asarray(found.this.curves["gradient"])
    assert np.nanmax(shares) == pytest.approx(1.0)
    assert found.this.reach == found.other.reach
    assert found.parting is None  # the very same run: NaN beside NaN is equal


def test_two_runs_part_where_one_alone_is_no_number(tmp_path: Path) -> None:
    """By infinity, at the very step."""
    values = broken()
    kept = ran(tmp_path, values)
    (tmp_path / "other").mkdir()
    other = ran(tmp_path / "other", np.nan_to_num(values, posinf=1.0))
    for sequence, step in ((1, 2), (2, 4)):
        found = parting_of(kept, other, sequence)
        assert found is not None
        assert (found.block, found.step, found.by) == ("b1", step, np.inf)
    assert parting_of(kept, other, 0) is None


def test_a_gradient_of_nan_is_no_gradient(tmp_path: Path) -> None:
    """Compare says so; without one step the number is one, and which step it is can be seen."""
    kept = ran(tmp_path, broken())
    place = Place(OUT, 1)
    found = influence_of(kept, place, Differentiator())
    assert np.isnan(found.output)
    assert not np.isfinite(np.asarray(found.inputs["b1"])).any()
    without = np.asarray(occlusion_of(kept, place, "b1", Work()).without)
    assert np.flatnonzero(np.isfinite(without)).tolist() == [2]
    nan = ran(tmp_path, np.full((2, 3, 3), np.nan, np.float32))
    comparer = Comparer(CATALOG, analyse, lambda: Runner(CATALOG))
    both = comparer.compare(nan, Asked(nan.document, tmp_path, "cpu", False, "b2", 0), Work())
    assert both.this.missing == both.other.missing == "The gradient is NaN or infinite in every sequence."
    assert both.this.reach is None


def test_a_sequence_without_a_real_step_has_no_last_one() -> None:
    """Neither an output at it nor a step to remove; a step that is named is looked at."""
    document = with_sample(chain([("Masking", {}), *LAYERS], 3), batch=2, lengths=[3, 0], timesteps=4)
    kept = kept_of(document)
    out = PortRef("b4", "output")
    said = influence_of(kept, Place(out, 1), Differentiator()).missing
    assert said == "Sequence 1 has no real step here, so there is no last one: choose a step."
    assert influence_of(kept, Place(out, 1, step=2), Differentiator()).place.step == 2
    assert occlusion_of(kept, Place(out, 1, step=2), "b1", Work()).missing.startswith("This sequence has no real step")
    assert influence_of(kept, Place(out, 0), Differentiator()).place.step == 2


def test_previews_keep_what_is_no_number_among_many() -> None:
    """One NaN of thousands is not lost; the strongest number has the strongest colour; padding is nothing."""
    values = np.random.default_rng(1).normal(size=(1000, 40)).astype(np.float32)
    values[500, 20], values[700, 3], values[900] = np.nan, np.inf, np.nan
    valid = np.arange(1000) < 900
    image = preview_image(values, valid)
    share = -(-1000 // PREVIEW_COLUMNS)
    odd = {(int(row), int(column)) for row, column in np.argwhere(image == 254)}
    assert odd == {(20 // (-(-40 // image.shape[0])), 500 // share), (3 // (-(-40 // image.shape[0])), 700 // share)}
    assert {int(image[image < 254].min()), int(image[image < 254].max())} & {0, 252}
    assert (image[:, 900 // share + 1 :] == 255).all()


def test_a_run_of_bad_numbers_goes_through(tmp_path: Path) -> None:
    """Its values are those of plain Keras, NaN for NaN."""
    kept = ran(tmp_path, broken())
    model = kept.model.assembled.model
    wanted = np.asarray(model([np.load(tmp_path / "x.npy")]))
    np.testing.assert_allclose(cast("Any", kept.seen.values[OUT]).numpy(), wanted, rtol=1e-5, atol=1e-6)
    assert np.isnan(wanted[1, 2:]).all()
    assert kept.result.ok
