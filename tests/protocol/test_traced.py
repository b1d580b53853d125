"""What can be looked at: keys, names in files, words."""

from __future__ import annotations

from engine.protocol.traced import TracedCell, TracedSignal
from tests.documents import traced_cell


def test_a_cell_is_addressed_by_block_and_path() -> None:
    """A signal's name in a file is the cell's key and its own."""
    for key in ("b3", "b3/forward", "b3/0", "b3/backward/1/0"):
        cell = traced_cell(key, 4, "h", "c", "gate_i")
        assert cell.key == key
        assert [str(signal) for signal in cell.signals] == [f"{key}/h", f"{key}/c", f"{key}/gate_i"]
        assert [state.name for state in cell.states] == ["h", "c"]
        assert cell.main is cell.signal("h")


def test_where_a_cell_is_in_words() -> None:
    """Directions as they are, levels counted from the input on."""
    paths = {"": "", "forward": "forward", "0": "level 0 (GRU)", "backward/1/0": "backward, level 1/0 (GRU)"}
    for path, words in paths.items():
        assert TracedCell("b3", path, "GRU", ()).place == words


def test_a_unit_of_several_axes_says_which() -> None:
    """Counted through the axes in their order."""
    signal = TracedSignal("b2", "", "h", ("row", "column", "channel"), (3, 4, 2))
    assert (signal.count, signal.unit_word) == (24, "row × column × channel")
    assert [signal.unit_text(unit) for unit in (0, 1, 2, 23)] == [
        "row 0, column 0, channel 0",
        "row 0, column 0, channel 1",
        "row 0, column 1, channel 0",
        "row 2, column 3, channel 1",
    ]
