"""The cells of a recurrent layer: one, or the levels of a stack; the names of their states and gates."""

from __future__ import annotations

from typing import Any

from engine.runtime.environment import keras

CONV_LSTM_CELL = keras.src.layers.rnn.conv_lstm.ConvLSTMCell
STATES: dict[type, tuple[str, ...]] = {
    keras.layers.LSTMCell: ("h", "c"),
    keras.layers.GRUCell: ("h",),
    keras.layers.SimpleRNNCell: ("h",),
    CONV_LSTM_CELL: ("h", "c"),
}
"""Keras's own cells: what they give at a step is their first state. Classes derived from them may do anything."""
GATES: dict[type, tuple[str, ...]] = {
    keras.layers.LSTMCell: ("i", "f", "g", "o"),
    keras.layers.GRUCell: ("z", "r", "n"),
    CONV_LSTM_CELL: ("i", "f", "g", "o"),
}
PLACES = ("row", "column", "depth")


def is_known(cell: Any) -> bool:
    """One of Keras's own cells."""
    return type(cell) in STATES


def levels_of(cell: Any, path: str = "") -> dict[str, Any]:
    """The cells by path: `""` the only one; `0`, `1`, … those of a stack, from the input on; `1/0` in a stack inside."""
    if not isinstance(cell, keras.layers.StackedRNNCells):
        return {path: cell}
    found: dict[str, Any] = {}
    for place, inner in enumerate(cell.cells):
        found |= levels_of(inner, f"{path}/{place}" if path else str(place))
    return found


def state_names(cell: Any) -> tuple[str, ...]:
    """`h`, `c`, or `state_0`, … of a custom cell: as many as its `state_size` says."""
    if is_known(cell):
        return STATES[type(cell)]
    return tuple(f"state_{place}" for place in range(len(keras.tree.flatten(cell.state_size))))


def gate_names(cell: Any) -> tuple[str, ...]:
    """`gate_i`, …; none of a custom cell."""
    return tuple(f"gate_{name}" for name in GATES.get(type(cell), ()))


def kind_of(cell: Any) -> str:
    """`LSTM`, `GRU`, `SimpleRNN`, `ConvLSTM`, or the class of a custom cell."""
    name = type(cell).__name__
    return name.removesuffix("Cell") if is_known(cell) else name


def unit_axes(cell: Any, sizes: tuple[int, ...]) -> tuple[str, ...]:
    """What the axes of a state are called: `unit`, or of a ConvLSTM `row`, `column`, `channel`."""
    if len(sizes) == 1:
        return ("unit",)
    if isinstance(cell, CONV_LSTM_CELL):
        places = PLACES[: len(sizes) - 1]
        return (*places, "channel") if cell.data_format == "channels_last" else ("channel", *places)
    return tuple(f"axis {place + 1}" for place in range(len(sizes)))
