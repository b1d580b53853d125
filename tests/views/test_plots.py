"""What plots are made of: colours, rows, hatching, words."""

from __future__ import annotations

import numpy as np
import pytest

from engine.protocol.results import Trace
from gui.theme.theme import DARK, LIGHT, Theme
from gui.views.colours import PADDING_INDEX, colour_table, to_indices
from gui.views.hatching import runs
from gui.views.heat import MOST_ROWS, strongest_rows
from gui.views.readout import describe_step
from gui.views.traces import levels, strongest_units


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_zero_is_the_panels_own_ground_and_padding_is_clear(theme: Theme) -> None:
    """Diverging about 0, so that red stays error."""
    table = colour_table(theme, "diverging")
    assert len(table) == 256
    assert f"#{table[127] & 0xFFFFFF:06x}" == theme.panel
    assert table[PADDING_INDEX] == 0
    assert to_indices(np.array([-1.0, 0.0, 1.0, np.nan]), -1, 1).tolist() == [0, 127, 254, 255]


def test_many_units_share_rows_by_the_strongest() -> None:
    """The sign is kept; nothing is averaged away."""
    values = np.zeros((3, 1000), np.float32)
    values[1, 500] = -0.9
    rows = strongest_rows(values)
    assert rows.shape[0] == 3
    assert rows.shape[1] <= MOST_ROWS
    assert rows.min() == np.float32(-0.9)


def trace_of(valid: list[bool], real: list[bool]) -> Trace:
    """A trace with two units."""
    h = np.array([[0.1, -0.5]] * len(valid), np.float32)
    return Trace(1, "b2", 0, np.array(valid), np.array(real), np.array(valid), {"h": h})


def test_a_step_is_described_as_it_is() -> None:
    """Valid, masked padding, padding that nothing masks."""
    trace = trace_of([True, True, False], [True, False, False])
    assert describe_step(trace, 0) == "valid, 1 more valid step"
    assert describe_step(trace, 1) == "padding, not masked: the layer reads it"
    assert describe_step(trace, 2) == "padding, masked: state held"


def test_levels_are_symmetric_over_valid_steps_and_units_are_the_strongest() -> None:
    """A value at a padded step does not stretch the colours."""
    values = np.array([[0.2, -0.4], [9.0, 9.0]], np.float32)
    assert levels(values, np.array([True, False]), signed=True) == pytest.approx((-0.4, 0.4))
    assert levels(values, np.array([True, False]), signed=False) == (0.0, 1.0)
    assert strongest_units(trace_of([True], [True]), 1) == [1]
    assert runs(np.array([False, True, True, False, True])) == ((1, 3), (4, 5))
