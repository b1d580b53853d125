"""Which units tell two labels apart, against plain loops over the last real steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.graph.values import JsonObject
from engine.protocol.readings import READINGS, encode_reading
from engine.runtime.apart import apart_of, gaps, shares_in_order
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.kept import KeptRun
from tests.conftest import TENSORFLOW
from tests.documents import chain, with_sample

pytestmark = TENSORFLOW
LENGTHS = [7, 4, 0, 5, 8, 2, 6]
LABELS = [2, 5, 2, 5, 2, 5, 9]


def run(folder: Path, labels: list[int] | None = LABELS, **arguments: Any) -> KeptRun:
    """A labelled, padded, masked batch through an LSTM."""
    values = np.random.default_rng(3).normal(size=(7, 8, 2)).astype(np.float32)
    values[np.arange(8)[None] >= np.array(LENGTHS)[:, None]] = 0
    np.savez(folder / "a.npz", x=values, n=np.array(LENGTHS), y=np.array(labels if labels is not None else LABELS))
    layers: list[tuple[str, JsonObject]] = [("Masking", {}), ("LSTM", {"units": 6, **arguments})]
    told = {} if labels is None else {"labels": "a.npz#y"}
    document = with_sample(chain(layers, 2), batch=7, kind="file", path="a.npz#x", valid="a.npz#n", **told)
    runner = Runner()
    kept = runner.kept(runner.run(document, RunOptions(folder=folder)).number)
    assert kept is not None
    return kept


@pytest.mark.parametrize("backwards", [False, True])
def test_units_are_ordered_by_how_well_they_tell(tmp_path: Path, backwards: bool) -> None:  # noqa: FBT001
    """By the state after the last step that is read; a sequence without a real step counts for nothing."""
    kept = run(tmp_path, go_backwards=backwards)
    found = READINGS["apart"](*encode_reading(apart_of(kept, "b3", "h", None)))
    assert (found.labels, found.pair, found.counts) == (("2", "5", "9"), ("2", "5"), (2, 3))
    h = kept.states["b3"].states["h"]
    last = {row: h[row, 0 if backwards else length - 1] for row, length in enumerate(LENGTHS) if length}
    first, second = ([last[row] for row in last if LABELS[row] == label] for label in (2, 5))
    assert found.low is not None
    assert found.high is not None
    assert found.order is not None
    np.testing.assert_allclose(found.low, [np.min(first, axis=0), np.min(second, axis=0)])
    np.testing.assert_allclose(found.high, [np.max(first, axis=0), np.max(second, axis=0)])
    scores: list[tuple[float, float]] = []
    for unit in range(6):
        pairs = [(one[unit] > other[unit]) for one in first for other in second]
        share = max(np.mean(pairs), 1 - np.mean(pairs))
        gap = max(min(f[unit] for f in first) - max(s[unit] for s in second),
                  min(s[unit] for s in second) - max(f[unit] for f in first))  # fmt: skip
        scores.append((float(share), float(gap)))
    assert found.order.tolist() == sorted(range(6), key=lambda unit: scores[unit], reverse=True)
    assert found.clear == sum(gap > 0 for _, gap in scores)


def test_two_labels_are_chosen(tmp_path: Path) -> None:
    """Unknown ones are not: then the first two are."""
    kept = run(tmp_path)
    assert apart_of(kept, "b3", "c", ("9", "5")).counts == (1, 3)
    assert apart_of(kept, "b3", "c", ("9", "11")).pair == ("2", "5")


def test_why_nothing_is_told_apart(tmp_path: Path) -> None:
    """One sentence each, with what to do."""
    assert "name an array of labels" in apart_of(run(tmp_path, None), "b3", "h", None).missing
    assert "feed sequences of two labels" in apart_of(run(tmp_path, [4] * 7), "b3", "h", None).missing
    assert (
        "No sequence labelled 2 has a real step"
        in apart_of(run(tmp_path, [1, 1, 2, 1, 1, 1, 1]), "b3", "h", None).missing
    )
    assert "no such state" in apart_of(run(tmp_path), "b3", "gate_i", None).missing


def test_ties_count_half_and_ranges_that_overlap_have_no_gap() -> None:
    """Equal states tell nothing."""
    same, above = np.zeros((2, 1)), np.array([[0.0], [1.0]])
    assert shares_in_order(same, same).tolist() == [0.5]
    assert shares_in_order(above, same).tolist() == [0.75]
    assert gaps(same, above).tolist() == [0.0]
    assert gaps(same + 3, above).tolist() == [2.0]
