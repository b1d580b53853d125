"""What of a run can be looked at step by step: the states and gates of every recurrent cell, as values.

A block has one cell, or several: two directions, the levels of a stack, or both. A cell is addressed by its block and its
path in it, a signal by its name: `b3/h`, `b3/forward/gate_i`, `b3/backward/1/c`, `b3/state_0`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

SEPARATOR = "/"
GATE = "gate_"
DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class TracedSignal:
    """One state or gate of one cell; its values are (…, T, *sizes).

    Attributes:
        block: id of the block.
        path: of the cell in the block: `""` the only one, `forward`, `0` the first level of a stack, `forward/1`.
        name: `h`, `c`, `state_0`, …: the state after each step; `gate_i`, …: what a gate was at each step.
        axes: names of the unit axes: `unit`; of a ConvLSTM `row`, `column`, `channel`.
        sizes: of the unit axes.
    """

    block: str
    path: str
    name: str
    axes: tuple[str, ...]
    sizes: tuple[int, ...]

    def __str__(self) -> str:
        return SEPARATOR.join(filter(None, (self.block, self.path, self.name)))

    @property
    def count(self) -> int:
        """Number of units, those of all axes."""
        return prod(self.sizes)

    @property
    def is_gate(self) -> bool:
        """A gate; else a state."""
        return self.name.startswith(GATE)

    @property
    def unit_word(self) -> str:
        """`unit`, or `row × channel`: what a unit is one of."""
        return " × ".join(self.axes)

    def unit_text(self, unit: int) -> str:
        """Which one a unit is, counted through the axes in their order.

        >>> TracedSignal("b2", "", "h", ("row", "channel"), (5, 2)).unit_text(7)
        'row 3, channel 1'
        """
        places: list[str] = []
        for axis, size in zip(reversed(self.axes), reversed(self.sizes), strict=True):
            unit, place = divmod(unit, size)
            places.insert(0, f"{axis} {place}")
        return ", ".join(places)


@dataclass(frozen=True)
class Stretch:
    """The part of a trace that is looked at.

    Attributes:
        first, stop: the steps from `first` on, up to before `stop`; None: to the end.
        units: which, counted through all unit axes; None: all, on their own axes.
    """

    first: int = 0
    stop: int | None = None
    units: tuple[int, ...] | None = None

    @staticmethod
    def from_body(body: Mapping[str, Any]) -> Stretch:
        """The `steps` and `units` of a `trace` request; both may be missing."""
        first, stop = body.get("steps") or (0, None)
        units = body.get("units")
        return Stretch(max(0, first), stop, None if units is None else tuple(units))

    def of(self, steps: int) -> slice:
        """The steps among so many; one at least."""
        first = min(self.first, steps - 1)
        return slice(first, steps if self.stop is None else min(max(self.stop, first + 1), steps))


@dataclass(frozen=True)
class TracedCell:
    """One cell of a block, with everything of it that can be looked at.

    Attributes:
        block, path: as of its signals.
        kind: `LSTM`, `GRU`, `SimpleRNN`, `ConvLSTM`, or the class of a custom cell.
        signals: the states, then the gates.
    """

    block: str
    path: str
    kind: str
    signals: tuple[TracedSignal, ...]

    @cached_property
    def key(self) -> str:
        """`b3`, `b3/forward`, `b3/0`: what a trace is asked for by."""
        return SEPARATOR.join(filter(None, (self.block, self.path)))

    @property
    def states(self) -> tuple[TracedSignal, ...]:
        """The states alone: what the cell gives on is the first, of a custom cell what it likes."""
        return tuple(signal for signal in self.signals if not signal.is_gate)

    @property
    def main(self) -> TracedSignal:
        """The hidden state, or a custom cell's first state."""
        return self.signals[0]

    def signal(self, name: str) -> TracedSignal:
        """The state or gate of this name."""
        return next(signal for signal in self.signals if signal.name == name)

    @property
    def place(self) -> str:
        """Where in its block the cell is, in words: empty, `forward`, `level 0 (LSTM)`, `forward, level 0 (LSTM)`."""
        parts = self.path.split(SEPARATOR) if self.path else []
        words = [parts.pop(0)] if parts and parts[0] in DIRECTIONS else []
        words += [f"level {SEPARATOR.join(parts)} ({self.kind})"] if parts else []
        return ", ".join(words)
