"""How a run looks wherever two of them are drawn: this one first colour, solid; the other second colour, dashed."""

from __future__ import annotations

from typing import Literal, TypeAlias

from PySide6.QtCore import Qt

from gui.theme.theme import Theme

Side: TypeAlias = Literal["this", "other"]
SIDES: tuple[Side, ...] = ("this", "other")
_PLACES = {"this": 0, "other": 1}
_DASHES = {"this": Qt.PenStyle.SolidLine, "other": Qt.PenStyle.DashLine}


def run_colour(theme: Theme, side: Side) -> str:
    """The colour of a run's lines, band and path."""
    return theme.units[_PLACES[side]]


def run_dash(side: Side) -> Qt.PenStyle:
    """The dash of a run's lines."""
    return _DASHES[side]
