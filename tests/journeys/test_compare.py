"""Whether a GRU of equal size forgets sooner than the trained LSTM, in the real window: three actions from the open example."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.driver import ROOT, Program, Screen
from tests.journeys.marks import JOURNEY

pytestmark = JOURNEY
MOST_ACTIONS = 3
TRAINED = ROOT / "resources" / "examples" / "08_trained_speakers.seqloom"
SAME_SIZE = "GRU with the same number of parameters"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_gru_of_equal_size_beside_the_trained_lstm(theme: str, tmp_path: Path) -> None:
    """Right click, choose, read; then keep it, and undo."""
    with Screen() as screen, Program(screen, tmp_path, str(TRAINED), theme=theme) as program:
        places = program.wait("the example", lambda p: p["ran"] and p["trace"] and p["views"])
        program.take_keyboard()
        program.right_click(places["blocks"]["listener"])
        program.choose("Compare with", SAME_SIZE)
        places = program.wait("the sentence", lambda p: p["front"] == "Compare" and "forgets sooner" in p["caption"])
        assert program.actions < MOST_ACTIONS
        assert "listener (LSTM, 16 units, trained) still has 1 % of its gradient" in places["caption"]
        assert "GRU of equal size (19 units, seeded)" in places["caption"]
        assert "GRU of equal size forgets sooner" in places["caption"]
        assert places["saved"]
        program.screenshot(tmp_path / f"compare_{theme}.png")
        program.click(places["fields"]["Keep it"])
        places = program.wait("the GRU", lambda p: not p["saved"] and p["ran"])
        assert places["undo"] == "keep GRU of equal size in place of listener"
        assert places["caption"].startswith("Compare this run with another")
        program.key("ctrl+z")
        program.wait("the LSTM again", lambda p: p["saved"] and p["ran"])
