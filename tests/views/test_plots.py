"""What plots are made of: colours, rows, hatching, words."""

from __future__ import annotations

import numpy as np
import pytest

from engine.protocol.results import Trace
from gui.theme.theme import DARK, LIGHT, Theme
from gui.views.colours import PADDING_INDEX, colour_table, to_indices
from gui.views.hatching import runs
from gui.views.heat import sharing, strongest
from gui.views.readout import describe_step
from gui.views.traces import levels, strongest_units
from tests.documents import traced_cell


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_zero_is_the_panels_own_ground_and_padding_is_clear(theme: Theme) -> None:
    """Diverging about 0, so that red stays error."""
    table = colour_table(theme, "diverging")
    assert len(table) == 256
    assert f"#{table[127] & 0xFFFFFF:06x}" == theme.panel
    assert table[PADDING_INDEX] == 0
    assert to_indices(np.array([-1.0, 0.0, 1.0, np.nan]), -1, 1).tolist() == [0, 127, 254, 255]


def test_many_units_and_steps_share_pixels_by_the_strongest() -> None:
    """The sign is kept; nothing is averaged away, whatever the size; padding stays nothing."""
    values = np.zeros((30, 1000), np.float32)
    values[1, 500] = -0.9
    values[20:] = np.nan
    rows = strongest(values, 4, 8)
    assert rows.shape == (8, 125)
    assert rows[0, 62] == np.float32(-0.9)
    assert np.isnan(rows[5:]).all()
    assert strongest(values, 7, 1).shape == (5, 1000)
    assert strongest(values, 1, 1) is values


def test_sharing_follows_the_pixels() -> None:
    """No more share a pixel than must, to a power of 2."""
    assert [sharing(pixels) for pixels in (7.5, 1.0, -0.51, 0.4, 0.01)] == [1, 1, 1, 2, 64]


def trace_of(valid: list[bool], real: list[bool]) -> Trace:
    """A trace with two units."""
    h = np.array([[0.1, -0.5]] * len(valid), np.float32)
    return Trace(1, traced_cell("b2", h.shape[1], "h"), 0, np.array(valid), np.array(real), np.array(valid), {"h": h})


def test_a_step_is_described_as_it_is() -> None:
    """Valid, masked padding, padding that nothing masks."""
    trace = trace_of([True, True, True, False], [True, True, False, False])
    assert describe_step(trace, 0) == "valid, 1 more valid step"
    assert describe_step(trace, 2) == "padding, not masked: the layer reads it"
    assert describe_step(trace, 3) == "padding, masked: state held"


def test_levels_are_symmetric_over_valid_steps_and_units_are_the_strongest() -> None:
    """A value at a padded step does not stretch the colours."""
    values = np.array([[0.2, -0.4], [9.0, 9.0]], np.float32)
    assert levels(values, np.array([True, False]), signed=True) == pytest.approx((-0.4, 0.4))
    assert levels(values, np.array([True, False]), signed=False) == (0.0, 1.0)
    assert strongest_units(trace_of([True], [True]), 1) == [1]
    assert runs(np.array([False, True, True, False, True])) == ((1, 3), (4, 5))
