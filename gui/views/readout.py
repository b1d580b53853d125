"""Numbers of the chosen units at the clock's step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea

from engine.protocol.results import Trace
from engine.protocol.traced import GATE
from gui.theme.theme import Theme
from gui.widgets.numbers import short

LARGE = 1e4
LONG = 14
"""A word of so many letters gets a line of its own."""
SIDE = 214
"""Width of the readout: a bar and four gates in a line."""


class Readout(QLabel):
    """“At step 6”: states and gates of each chosen unit, what the step is, and at the first that is read what entered."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName("Values at the step")

    def show_step(
        self, trace: Trace, step: int, units: Sequence[int], colours: Mapping[int, str], theme: Theme
    ) -> None:
        """Writes the values of `units` at `step`."""
        leaves = " · leaves" if trace.leaves[step] else ""
        rows = [_word(f"{describe_step(trace, step)}{leaves}", theme)]
        rows += [_unit(trace, step, unit, colours[unit], theme) for unit in units]
        self.setText("".join(rows))


def scrolled_readout(readout: Readout) -> QScrollArea:
    """A readout that scrolls where it is taller than its place."""
    area = QScrollArea(widgetResizable=True)
    area.setAccessibleName("At this step")
    area.setWidget(readout)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedWidth(SIDE)
    return area


def describe_step(trace: Trace, step: int) -> str:
    """What a step is: valid, or padding, and what happens to the state there.

    The words after “padding” come from the run: a masked step holds the state, an unmasked one is read like any other.
    """
    if not trace.valid[step]:
        return "padding, masked: state held"
    if not trace.real[step]:
        return "padding, not masked: the layer reads it"
    left = int((trace.valid & trace.real)[step + 1 :].sum())
    return f"valid, {left} more valid step{'' if left == 1 else 's'}"


def _unit(trace: Trace, step: int, unit: int, colour: str, theme: Theme) -> str:
    """A bar in the colour of the unit's lines, beside it name, states and gates."""
    known = [signal for signal in trace.cell.signals if signal.name in trace.arrays and unit < signal.count]
    values = {signal.name: float(trace.of_unit(signal.name, unit)[step]) for signal in known}
    states = [f"{name} {_number(value)}" for name, value in values.items() if not name.startswith(GATE)]
    gates = [
        f"{name.removeprefix(GATE)} {_number(value)}"
        for name, value in values.items()
        if name.startswith(GATE) and trace.valid[step]  # there are none at masked steps
    ]
    lines = [_word(_named(trace, unit), theme), *(_mono(row, theme.text, 12) for row in _rows(states))]
    lines += [_mono(gates, theme.secondary, 11)] if gates else []
    if step == trace.first_read:
        entered = [
            f"{name} {_number(float(start.ravel()[trace.place(unit)]))}"
            for name, start in trace.initial.items()
            if trace.place(unit) < start.size
        ]
        lines += [
            _mono(row, theme.secondary, 11) for row in _rows([f"from {entered[0]}", *entered[1:]] if entered else [])
        ]
    bar = f'<td width=3 bgcolor="{colour}"></td>'
    text = f'<td style="padding-left:8px">{"<br>".join(lines)}</td>'
    return f'<table cellspacing=0 cellpadding=0 style="margin-top:5px"><tr>{bar}{text}</tr></table>'


def _named(trace: Trace, unit: int) -> str:
    """`unit 7`, or `unit 7: row 3, channel 1`."""
    signal = next((state for state in trace.cell.states if unit < state.count), trace.cell.main)
    return f"unit {unit}" if len(signal.axes) == 1 else f"unit {unit}: {signal.unit_text(unit)}"


def _rows(words: Sequence[str]) -> list[Sequence[str]]:
    """h and c in one line; longer names in one each."""
    short = all(len(word) < LONG for word in words)
    return ([words] if words else []) if short else [[word] for word in words]


def _word(text: str, theme: Theme) -> str:
    return f'<span style="color:{theme.secondary};font-size:12px">{escape(text)}</span>'


def _mono(words: Sequence[str], colour: str, size_px: int) -> str:
    text = "&nbsp;".join(word.replace(" ", "&nbsp;") for word in words)
    return f'<span style="font-family:monospace;font-size:{size_px}px;color:{colour}">{text}</span>'


def _number(value: float) -> str:
    return short(value, ".2f" if abs(value) < LARGE else ".2g")
