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
        rows = [f'<b style="font-size:14px">At step {step}</b>']
        rows += [_unit(trace, step, unit, colours[unit], theme) for unit in units]
        rows.append(f'<span style="color:{theme.secondary}">{escape(describe_step(trace, step))}</span>')
        self.setText("<br>".join(rows))


def describe_step(trace: Trace, step: int) -> str:
    """What a step is: valid, or padding, and what happens to the state there.

    The words after “padding” come from the run: a masked step holds the state, an unmasked one is read like any other.
    """
    if not trace.valid[step]:
        return "padding, masked: state held"
    if not trace.real[step]:
        return "padding, not masked: the layer reads it"
    left = int(trace.valid[step + 1 :].sum())
    return f"valid, {left} more valid step{'' if left == 1 else 's'}"


def _unit(trace: Trace, step: int, unit: int, colour: str, theme: Theme) -> str:
    states = [f"{name} {_number(trace, name, step, unit)}" for name in ("h", "c") if name in trace.arrays]
    gates = [
        f"{name.removeprefix(_GATE)} {_number(trace, name, step, unit)}"
        for name in sorted(trace.arrays)
        if name.startswith(_GATE)
    ]
    lines = [f'<span style="color:{colour}">▌</span>unit {unit}']
    mono = "font-family:monospace"
    lines.append(f'<span style="{mono}">{"  ".join(states)}</span>')
    for at in range(0, len(gates), 2):
        lines.append(f'<span style="{mono};color:{theme.secondary}">{"  ".join(gates[at : at + 2])}</span>')
    return "<br>".join(lines)


def _number(trace: Trace, name: str, step: int, unit: int) -> str:
    value = float(trace.arrays[name][step, unit])
    return f"{value:.2f}" if np.isfinite(value) else "–"
