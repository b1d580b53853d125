"""Names decide, then Keras's own numbering, then shapes; what fits nowhere is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runtime.weights.file import Shape, StoredLayer, WeightsFile
from engine.runtime.weights.matching import Matching, WantedLayer, matched, problems

pytestmark = pytest.mark.xdist_group("tensorflow")
SMALL: dict[str, Shape] = {"vars/0": (3, 2), "vars/1": (2,)}
LARGE: dict[str, Shape] = {"vars/0": (3, 5), "vars/1": (5,)}


def wanted(block: str, key: str, name: str, shapes: dict[str, Shape] = SMALL) -> WantedLayer:
    return WantedLayer(block, f"layers/{key}", (name, ""), shapes)


def stored(key: str, name: str = "", shapes: dict[str, Shape] = SMALL) -> StoredLayer:
    return StoredLayer(f"layers/{key}", name, shapes)


def taken(matching: Matching) -> dict[str, str]:
    return {block: layer.key.removeprefix("layers/") for block, layer in matching.taken.items()}


def test_names_go_before_order() -> None:
    """Two layers of one shape that changed places are found by their names."""
    found = matched(
        [wanted("b1", "dense", "low"), wanted("b2", "dense_1", "high")],
        [stored("dense", "high"), stored("dense_1", "low")],
    )
    assert taken(found) == {"b1": "dense_1", "b2": "dense"}
    assert not found.reasons
    assert not found.unused


def test_names_that_keras_counted_further_do_not_mix_layers_up() -> None:
    """A file of `dense_1`, `dense_2` for blocks `dense`, `dense_1`: the same structure, so Keras's own order holds."""
    found = matched(
        [wanted("b1", "dense", "dense"), wanted("b2", "dense_1", "dense_1")],
        [stored("dense", "dense_1"), stored("dense_1", "dense_2")],
    )
    assert taken(found) == {"b1": "dense", "b2": "dense_1"}


def test_shapes_decide_where_structure_and_names_differ() -> None:
    """A model with one block more than the file: the first layer of the same shapes that is left."""
    found = matched(
        [wanted("b1", "dense", "new", LARGE), wanted("b2", "dense_1", "a"), wanted("b3", "dense_2", "b")],
        [stored("dense", "x"), stored("dense_1", "y"), stored("lstm", "z", {"cell/vars/0": (1, 4)})],
    )
    assert taken(found) == {"b2": "dense", "b3": "dense_1"}
    assert "none that is left" in found.reasons["b1"]
    assert [layer.name for layer in found.unused] == ["z"]


def test_a_layer_of_its_name_with_other_shapes_is_not_replaced_by_a_stranger() -> None:
    """The block keeps its seeded weights, and both shapes are said."""
    found = matched(
        [wanted("b1", "dense", "head", LARGE), wanted("b2", "dense_1", "other")],
        [stored("dense", "head"), stored("dense_1", "foreign", LARGE)],
    )
    assert taken(found) == {}
    assert "(3, 2), not (3, 5)" in found.reasons["b1"]


def test_what_fits_nowhere_is_said_once_for_each_block_and_once_for_the_file() -> None:
    """`weights.unmatched` names block, reason and remedy; `weights.unused` the layers nobody took."""
    many = [stored(f"dense_{at}", f"d{at}") for at in range(9)]
    found = matched([wanted("b1", "dense", "head", LARGE)], many)
    told = problems(WeightsFile(Path("best.keras"), "", tuple(many)), found, {"b1": "head"})
    assert [(one.code, one.severity, one.block) for one in told] == [
        ("weights.unmatched", "warning", "b1"),
        ("weights.unused", "info", ""),
    ]
    assert told[0].title.startswith("head keeps its seeded weights: ")
    assert "best.keras" in told[0].detail
    assert told[1].title == "9 layers of best.keras belong to no block"
    assert "d0 (3, 2), (2,)" in told[1].detail
    assert told[1].detail.endswith("and 3 more.")
