"""Shapes and lengths as people read them."""

from __future__ import annotations

import pytest

from engine.analysis.values import TensorSpec, spoken_time


@pytest.mark.parametrize(
    ("formula", "words"),
    [("T", "T"), ("T-2", "T-2"), ("floor(T/2)", "⌊T/2⌋"), ("2*T", "2T"), ("10", "10"), (None, ""),
     ("2*floor((T-1)/2)+1", "2⌊(T-1)/2⌋+1"), ("T_a+T_b", "T_a+T_b"),
     ("floor((T_a+floor(T_b/2)-1)/3)", "⌊(T_a+⌊T_b/2⌋-1)/3⌋")],
)  # fmt: skip
def test_a_formula_is_spoken_as_people_write_it(formula: str | None, words: str) -> None:
    """Floors as brackets, products without a star."""
    assert spoken_time(formula) == words


def test_a_shape_names_its_time_axis_by_its_formula() -> None:
    """On wires, in tables, in the inspector: all of them read this text."""
    assert TensorSpec((None, None, 64), "float32", time="floor(T/2)").text() == "(B, ⌊T/2⌋, 64)"
    assert TensorSpec((None, 10, 64), "float32", time="10").text() == "(B, 10, 64)"
    assert TensorSpec((None, None, 64), "float32").text() == "(B, T, 64)"
    moved = TensorSpec((None, 64, None), "float32", time="T-2", axes=("batch", "features", "time"))
    assert moved.text() == "(B, 64, T-2)"
    assert TensorSpec((None,), "float32").text() == "(B,)"
