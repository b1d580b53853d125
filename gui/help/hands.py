"""What hands can do: the sheet of all shortcuts. Menu actions give their own rows; the others stand here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gui.help.values import Page

SHEET = "sheet:shortcuts"


@dataclass(frozen=True)
class Hand:
    """A key, or something the mouse does.

    Attributes:
        where: the head of its table on the sheet.
        keys: as people read them, several with a comma between.
    """

    where: str
    keys: str
    does: str


HANDS: tuple[Hand, ...] = (
    Hand("Canvas, keyboard", "Left, Right", "Along a wire to the block before or after"),
    Hand("Canvas, keyboard", "Up, Down", "To the nearest block above or below"),
    Hand("Canvas, keyboard", "Shift+Left, Right, Up, Down", "The same, and the blocks on the way stay selected"),
    Hand("Canvas, keyboard", "Ctrl+Left, Right, Up, Down", "Move the selected blocks by one grid step"),
    Hand("Canvas, keyboard", "Tab, Shift+Tab", "Over the ports of the selected block, then to the next panel"),
    Hand("Canvas, keyboard", "W", "Wire from the port, or from the block's first output: choose where it ends"),
    Hand("Canvas, keyboard", "Del", "On a wired input: take off its wire"),
    Hand("Canvas, keyboard", "Enter, F2", "To the block's name and arguments in the inspector"),
    Hand("Canvas, keyboard", "Menu", "The context menu of the block"),
    Hand("Canvas, keyboard", "Esc", "Give up a drag, else fold the problem card, else select nothing"),
    Hand("Canvas, mouse", "Click, Ctrl+click, Shift+click", "Select; add to the selection or take from it"),
    Hand("Canvas, mouse", "Drag on the ground", "Select with a box"),
    Hand("Canvas, mouse", "Drag a block", "Move what is selected"),
    Hand("Canvas, mouse", "Drag from a port, or click two ports", "Wire them"),
    Hand("Canvas, mouse", "Drag a wire's end off its input", "Move the wire, or take it off"),
    Hand("Canvas, mouse", "Drop a wire on the ground", "Offer the layers that fit there"),
    Hand("Canvas, mouse", "Double click on the ground", "Add a layer at the pointer"),
    Hand("Canvas, mouse", "Double click on a wire", "Put a layer into it"),
    Hand("Canvas, mouse", "Double click on a block", "To its name and arguments"),
    Hand("Canvas, mouse", "Wheel, pinch, Ctrl+wheel", "Zoom"),
    Hand("Canvas, mouse", "Two fingers, middle button, Space+drag", "Move the view"),
    Hand("Problem card", "Tab, Enter", "To a fix, apply it"),
    Hand("Problem card", "Esc", "Fold the card"),
    Hand("Lists that filter", "Up, Down, Page Up, Page Down", "Choose, while typing filters"),
    Hand("Lists that filter", "Enter", "Take what is chosen"),
    Hand("Lists that filter", "Esc", "Close"),
    Hand("Palette", "Down", "From the search field to the layers"),
    Hand("Palette", "Enter", "Place the layer after the selected block, wired"),
    Hand("Views", "Left, Right, Up, Down", "In Lengths: step and sequence; in Values: cells; in Shapes: rows"),
    Hand("Views", "Shift+drag along the steps", "Select these steps in every view; Shift+click or Esc: select none"),
    Hand("Views", "Enter", "In Code: select the block of the line; in Problems: go to the block"),
    Hand("Views", "Double click on a tab", "Give the view a window of its own"),
    Hand("Help", "Alt+Left, Alt+Right", "Back and forward"),
    Hand("Help", "Tab, Enter", "To the next link, follow it"),
    Hand("Help", "Ctrl+F", "To the search field"),
    Hand("Help", "Esc", "Close"),
)  # fmt: skip


def sheet_page(hands: Iterable[Hand]) -> Page:
    """The sheet, a table for each place."""
    by_place: dict[str, list[Hand]] = {}
    for hand in hands:
        by_place.setdefault(hand.where, []).append(hand)
    parts = ["Letters without Ctrl work while no text field has the keyboard."]
    parts += [f"## {where}\n\n{_table(rows)}" for where, rows in by_place.items()]
    text = "\n\n".join(parts)
    words = ("keys", "keyboard", "hotkeys", "key bindings", "mouse")
    return Page(SHEET, "All shortcuts on one sheet", lambda: text, "Reference", words)


def _table(rows: Sequence[Hand]) -> str:
    """Two beside each other, so that the sheet stays short; read down the left side, then down the right."""
    half = (len(rows) + 1) // 2
    left, right = [_cells(hand) for hand in rows[:half]], [_cells(hand) for hand in rows[half:]]
    right += ["\u00a0 | \u00a0"] * (half - len(right))
    lines = (f"| {one} | {other} |" for one, other in zip(left, right, strict=True))
    return "| | | | |\n|---|---|---|---|\n" + "\n".join(lines)


def _cells(hand: Hand) -> str:
    return f"**{hand.keys}** | {hand.does}"
