"""Every action of the window, declared once as a row of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Menu: TypeAlias = Literal["File", "Edit", "View", "Insert", "Run", "Help"]


@dataclass(frozen=True)
class ActionRow:
    """One action.

    Attributes:
        id: the name of the window's method that does it.
        shortcut: as Qt writes it; empty: none.
        checkable: it is on or off.
        rule: a line stands above it in the menu.
    """

    id: str
    menu: Menu
    text: str
    shortcut: str = ""
    tip: str = ""
    checkable: bool = False
    rule: bool = False


ACTIONS: tuple[ActionRow, ...] = (
    ActionRow("new_document", "File", "&New", "Ctrl+N", "Start an empty document"),
    ActionRow("open_document", "File", "&Open …", "Ctrl+O", "Open a .seqloom file"),
    ActionRow("save_document", "File", "&Save", "Ctrl+S", "Save the document", rule=True),
    ActionRow("save_document_as", "File", "Save &as …", "Ctrl+Shift+S", "Save under another name"),
    ActionRow(
        "export_python", "File", "Export &Python …", "Ctrl+E", "Write Python that was run and compared", rule=True
    ),
    ActionRow("export_keras", "File", "Export .&keras …", "", "Write the model with its weights"),
    ActionRow("close", "File", "&Quit", "Ctrl+Q", "Close the window", rule=True),
    ActionRow("delete_selection", "Edit", "&Delete", "Del", "Delete what is selected", rule=True),
    ActionRow("delete_bridging", "Edit", "Delete and &bridge", "Ctrl+Del", "Delete blocks and wire past them"),
    ActionRow("select_all", "Edit", "Select &all", "Ctrl+A", "Select every block", rule=True),
    ActionRow("fit_view", "View", "&Fit", "F", "Show the whole model"),
    ActionRow("zoom_whole", "View", "&100 %", "Ctrl+0", "Show at 100 %"),
    ActionRow("zoom_in", "View", "Zoom &in", "Ctrl++", "Show larger"),
    ActionRow("zoom_out", "View", "Zoom &out", "Ctrl+-", "Show smaller"),
    ActionRow("toggle_palette", "View", "&Palette", "Ctrl+B", "Show or hide the palette", checkable=True, rule=True),
    ActionRow("toggle_inspector", "View", "&Inspector", "Ctrl+I", "Show or hide the inspector", checkable=True),
    ActionRow("toggle_views", "View", "&Views", "Ctrl+J", "Show or hide the views", checkable=True),
    ActionRow(
        "toggle_theme", "View", "&Dark", "Ctrl+Shift+L", "Switch between light and dark", checkable=True, rule=True
    ),
    ActionRow("find_layer", "Insert", "&Find a layer …", "A", "Type a layer's name; Enter places it"),
    ActionRow("run_now", "Run", "&Run", "Ctrl+Return", "Run the model on the sample"),
    ActionRow("cancel_run", "Run", "&Cancel", "Ctrl+Shift+C", "Stop the run"),
    ActionRow("toggle_auto", "Run", "Run by &itself", "", "Run after each edit when that is cheap", checkable=True),
    ActionRow("open_fixes", "Run", "Show &fixes", "Ctrl+.", "Go to the problem's fixes", rule=True),
    ActionRow("step_back", "Run", "Step &back", ",", "One timestep back", rule=True),
    ActionRow("step_forward", "Run", "Step f&orward", ".", "One timestep on"),
    ActionRow("open_example", "Help", "&Examples …", "", "Open an example", rule=True),
    ActionRow("about", "Help", "&About SeqLoom", "", "Versions and licences"),
)
