"""Numbers of the chosen units at the clock's step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from engine.protocol.results import Trace
from gui.theme.theme import Theme

_GATE = "gate_"


class Readout(QLabel):
    """“At step 6”: h, c and the gates of each chosen unit, and what the step is."""

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
    states = [f"{name} {_number(trace, name, step, unit)}" for name in ("h", "c") if name in trace.arrays]
    gates = [
        f"{name.removeprefix(_GATE)} {_number(trace, name, step, unit)}"
        for name in sorted(trace.arrays)
        if name.startswith(_GATE) and np.isfinite(trace.arrays[name][step, unit])  # there are none at masked steps
    ]
    lines = [_word(f"unit {unit}", theme), _mono(states, theme.text, 12)]
    lines += [_mono(gates, theme.secondary, 11)] if gates else []
    bar = f'<td width=3 bgcolor="{colour}"></td>'
    text = f'<td style="padding-left:8px">{"<br>".join(lines)}</td>'
    return f'<table cellspacing=0 cellpadding=0 style="margin-top:5px"><tr>{bar}{text}</tr></table>'


def _word(text: str, theme: Theme) -> str:
    return f'<span style="color:{theme.secondary};font-size:12px">{escape(text)}</span>'


def _mono(words: Sequence[str], colour: str, size_px: int) -> str:
    text = "&nbsp;".join(word.replace(" ", "&nbsp;") for word in words)
    return f'<span style="font-family:monospace;font-size:{size_px}px;color:{colour}">{text}</span>'


def _number(trace: Trace, name: str, step: int, unit: int) -> str:
    value = float(trace.arrays[name][step, unit])
    return f"{value:.2f}" if np.isfinite(value) else "–"
