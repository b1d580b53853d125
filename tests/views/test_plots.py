"""What plots are made of: colours, rows, hatching, words."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.protocol.results import Trace
from gui.theme.theme import DARK, LIGHT, Theme
from gui.views.colours import PADDING_INDEX, colour_table, to_indices
from gui.views.hatching import runs
from gui.views.heat import HeatMap, sharing, strongest
from gui.views.heat_plot import ColourBar, heat_plot, step_cursor
from gui.views.readout import describe_step
from gui.views.step_curve import StepCurve, extremes
from gui.views.step_lines import StepLine, StepLines, as_band
from gui.views.traces import levels, strongest_units
from tests.documents import traced_cell


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_zero_is_the_panels_own_ground_and_padding_is_clear(theme: Theme) -> None:
    """Diverging about 0, so that red stays error."""
    table = colour_table(theme, "diverging")
    assert len(table) == 256
    assert f"#{table[126] & 0xFFFFFF:06x}" == theme.panel
    assert table[PADDING_INDEX] == 0
    assert to_indices(np.array([-1.0, 0.0, 1.0, np.nan]), -1, 1).tolist() == [0, 126, 252, 254]


def test_many_units_and_steps_share_pixels_by_the_strongest() -> None:
    """The sign is kept; nothing is averaged away, whatever the size; padding stays nothing."""
    indices = np.full((30, 1000), 127, np.uint8)
    indices[1, 500] = 13
    indices[20:] = PADDING_INDEX
    rows = strongest(indices, 4, 8, 127)
    assert rows.shape == (8, 125)
    assert rows[0, 62] == 13
    assert (rows[5:] == PADDING_INDEX).all()
    assert (rows == 127).sum() == 5 * 125 - 1
    assert strongest(indices, 1, 1, 127) is indices
    indices[2, 501] = 240
    assert strongest(indices, 4, 8, 127)[0, 62] == 13  # 114 away from nothing, 240 is 113
    assert strongest(indices, 4, 8, 0)[0, 62] == 240


def test_other_levels_are_another_table_and_not_other_pixels(qtbot: QtBot) -> None:
    """Half the range: what was half as strong has the strongest colour; padding stays clear; themes too."""
    heat = HeatMap(LIGHT)
    everything = np.ones(2, bool)
    values = np.array([[-1.0, 0.6], [0.0, 1.0]], np.float32)
    heat.set_values(values, everything, ~everything, everything, scale="diverging", low=-1.0, high=1.0)
    pixels = heat.shown_image.convertToFormat(QImage.Format.Format_ARGB32)
    strongest_colour = pixels.pixelColor(1, 1)
    assert pixels.pixelColor(0, 1) != strongest_colour
    heat.set_levels(-0.5, 0.5)
    assert heat.shown_image.pixelIndex(0, 1) == 202
    pixels = heat.shown_image.convertToFormat(QImage.Format.Format_ARGB32)
    assert pixels.pixelColor(0, 1) == pixels.pixelColor(1, 1) == strongest_colour
    assert pixels.pixelColor(1, 0).name() == LIGHT.panel
    heat.set_theme(DARK)
    assert heat.shown_image.pixelColor(1, 0).name() == DARK.panel


def test_the_wheel_over_the_colours_changes_their_range(qtbot: QtBot) -> None:
    """A double click brings back the whole one."""
    heat = HeatMap(LIGHT)
    bar = ColourBar(heat_plot(heat, LIGHT, name="heat"), LIGHT, heat)
    qtbot.addWidget(bar)
    bar.set_range("diverging", -1.0, 1.0)
    bar.wheel(120)
    assert heat.levels == pytest.approx((-0.8, 0.8))
    assert bar.accessibleName() == "Colours from -0.8 to 0.8"
    QTest.mouseDClick(bar, Qt.MouseButton.LeftButton)
    assert heat.levels == (-1.0, 1.0)


def test_a_line_of_many_steps_keeps_its_peaks() -> None:
    """The lowest and the highest of those that share a column; NaN only where all are."""
    values = np.zeros(100)
    values[33], values[34], values[90:] = 5.0, -3.0, np.nan
    x, y = extremes(np.arange(100.0), values, 8)
    assert len(x) == len(y) == 26
    assert (y[8], y[9]) == (-3.0, 5.0)
    assert np.isnan(y[-2:]).all()
    assert not np.isnan(y[:24]).any()


def test_of_very_many_lines_a_band_is_drawn() -> None:
    """Their lowest and highest at each step; what has none of them has none."""
    walk = np.arange(51.0).reshape(17, 3)
    walk[:, 2] = np.nan
    lines = [StepLine(str(at), one, LIGHT.units[0]) for at, one in enumerate(walk)]
    assert as_band(lines[:16]) == lines[:16]
    low, high = as_band(lines)
    assert (low.name, high.name) == ("lowest of 17", "highest of 17")
    assert low.values[:2].tolist() == [0.0, 1.0]
    assert high.values[:2].tolist() == [48.0, 49.0]
    assert np.isnan(low.values[2])
    assert np.isnan(high.values[2])


def test_a_cursor_moves_over_a_picture_and_the_plot_is_not_painted(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two strips; what changes in the plot is painted, and the picture made anew."""
    painted: list[int] = []
    path = StepCurve.getPath

    def counted(curve: StepCurve) -> object:
        painted.append(1)
        return path(curve)

    monkeypatch.setattr(StepCurve, "getPath", counted)
    plot = StepLines(LIGHT, name="lines")
    qtbot.addWidget(plot)
    cursor = step_cursor(plot, LIGHT)
    plot.resize(300, 200)
    plot.show()
    plot.show_lines([StepLine("a", np.arange(10.0), LIGHT.units[0])], None, logarithmic=False)
    qtbot.waitUntil(lambda: bool(painted))

    def moved(step: int) -> QImage:
        cursor.setValue(step)
        qtbot.waitUntil(lambda: plot._strips.isEmpty())
        return plot.viewport().grab().toImage()

    first = moved(2)
    cursor.setValue(3)
    qtbot.waitUntil(lambda: plot._strips.isEmpty() and plot._picture is not None)
    painted.clear()
    cursor.setValue(6)
    qtbot.waitUntil(lambda: plot._strips.isEmpty())
    assert painted == []
    assert plot._picture is not None
    plot.viewport().update()
    qtbot.waitUntil(lambda: bool(painted))
    assert plot._picture is None
    second, line = moved(6), cursor.line()
    assert line is not None
    x = round(line.x1())
    assert any(second.pixelColor(x, y) != first.pixelColor(x, y) for y in range(20, 150))


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
