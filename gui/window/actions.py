"""Every action of the window, declared once as a row of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Menu: TypeAlias = Literal["File", "Edit", "View", "Insert", "Run", "Help"]


@dataclass(frozen=True)
class ActionRow:
    """One action.

    Attributes:
        id: the name of the window's method that does it, `files.open` of a part of it.
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
    ActionRow("files.new", "File", "&New", "Ctrl+N", "Start an empty document"),
    ActionRow("files.open", "File", "&Open …", "Ctrl+O", "Open a .seqloom file"),
    ActionRow("files.save", "File", "&Save", "Ctrl+S", "Save the document", rule=True),
    ActionRow("files.save_as", "File", "Save &as …", "Ctrl+Shift+S", "Save under another name"),
    ActionRow(
        "files.export_python", "File", "Export &Python …", "Ctrl+E", "Write Python that was run and compared", rule=True
    ),
    ActionRow("files.export_keras", "File", "Export .&keras …", "", "Write the model with its weights"),
    ActionRow(
        "files.export_weights", "File", "Export wei&ghts …", "", "Write what load_weights reads into the exported model"
    ),
    ActionRow("files.export_again", "File", "Export a&gain", "Ctrl+Shift+E", "Export to where it went last time"),
    ActionRow(
        "files.load_weights",
        "File",
        "Load &weights …",
        "",
        "Take trained weights from .weights.h5 or .keras",
        rule=True,
    ),
    ActionRow("session.trained.remove", "File", "Use see&ded weights", "", "Every block has its seeded weights again"),
    ActionRow("close", "File", "&Quit", "Ctrl+Q", "Close the window", rule=True),
    ActionRow("editing.cut", "Edit", "Cu&t", "Ctrl+X", "Take the selected blocks to the clipboard", rule=True),
    ActionRow("editing.copy", "Edit", "&Copy", "Ctrl+C", "Copy the selected blocks"),
    ActionRow("editing.paste", "Edit", "&Paste", "Ctrl+V", "Paste blocks, code or an error from the clipboard"),
    ActionRow("editing.duplicate", "Edit", "D&uplicate", "Ctrl+D", "Copy and paste the selected blocks in one go"),
    ActionRow("editing.delete_selection", "Edit", "&Delete", "Del", "Delete what is selected", rule=True),
    ActionRow("editing.delete_bridging", "Edit", "Delete and &bridge", "Ctrl+Del", "Delete blocks and wire past them"),
    ActionRow("editing.select_all", "Edit", "Select &all", "Ctrl+A", "Select every block", rule=True),
    ActionRow("canvas.fit", "View", "&Fit", "F", "Show the whole model"),
    ActionRow("zoom_whole", "View", "&100 %", "Ctrl+0", "Show at 100 %"),
    ActionRow("zoom_in", "View", "Zoom &in", "Ctrl++", "Show larger"),
    ActionRow("zoom_out", "View", "Zoom &out", "Ctrl+-", "Show smaller"),
    ActionRow("wheel_pans", "View", "Mouse &wheel pans", "", "The wheel moves the canvas; Ctrl zooms", checkable=True),
    ActionRow("toggle_palette", "View", "&Palette", "Ctrl+B", "Show or hide the palette", checkable=True, rule=True),
    ActionRow("toggle_inspector", "View", "&Inspector", "Ctrl+I", "Show or hide the inspector", checkable=True),
    ActionRow("toggle_views", "View", "&Views", "Ctrl+J", "Show or hide the views", checkable=True),
    ActionRow("detach_view", "View", "&Detach the view", "Ctrl+Shift+D", "Show the view in a window of its own"),
    ActionRow(
        "appearance.system", "View", "Colours of the &system", "", "Follow the system", checkable=True, rule=True
    ),
    ActionRow("appearance.light", "View", "&Light", "", "Light colours", checkable=True),
    ActionRow("appearance.dark", "View", "Dar&k", "", "Dark colours", checkable=True),
    ActionRow("appearance.toggle", "View", "Light or dar&k", "Ctrl+Shift+L", "Switch between light and dark"),
    ActionRow("appearance.text_larger", "View", "Lar&ger text", "Ctrl+Shift++", "Larger text in all panels", rule=True),
    ActionRow("appearance.text_smaller", "View", "S&maller text", "Ctrl+Shift+-", "Smaller text in all panels"),
    ActionRow("appearance.text_normal", "View", "&Normal text", "Ctrl+Shift+0", "Text at its own size"),
    ActionRow("add_layer", "Insert", "&Add a layer …", "A", "Type a layer's name at the pointer; Enter places it"),
    ActionRow("find_layer", "Insert", "&Find in the palette", "Ctrl+F", "Go to the palette's search field"),
    ActionRow("start_wire", "Insert", "&Wire from the block …", "", "Choose where a wire ends (W on the canvas)"),
    ActionRow("run_now", "Run", "&Run", "Ctrl+Return", "Run the model on the sample"),
    ActionRow("cancel_run", "Run", "&Cancel", "Ctrl+Shift+C", "Stop the run"),
    ActionRow("toggle_auto", "Run", "Run by &itself", "", "Run after each edit when that is cheap", checkable=True),
    ActionRow(
        "session.trained.toggle",
        "Run",
        "&Training mode",
        "",
        "Run as in training, with dropout; nothing is changed",
        checkable=True,
    ),
    ActionRow(
        "session.findings.ask_leaks",
        "Run",
        "Does &padding change my results?",
        "Ctrl+L",
        "Run every sequence alone and unpadded, and compare it with the padded batch, block by block",
        rule=True,
    ),
    ActionRow(
        "session.findings.ask_ways",
        "Run",
        "Do Keras's &ways to run agree?",
        "",
        "Compare a direct call, predict on batches of different length, and a function of fixed signature",
    ),
    ActionRow(
        "session.comparing.pin",
        "Run",
        "P&in this run",
        "",
        "Keep this run beside those that follow; Compare shows what an edit changes",
        rule=True,
    ),
    ActionRow("history.open", "Run", "&History …", "Ctrl+H", "Every run: put it back, name it, compare with it"),
    ActionRow("canvas.open_fixes", "Run", "Show &fixes", "Ctrl+.", "Go to the problem's fixes", rule=True),
    ActionRow("views.clock.first", "Run", "Fi&rst step", "Home", "Go to step 0", rule=True),
    ActionRow("views.clock.back", "Run", "Step &back", ",", "One timestep back"),
    ActionRow("views.clock.forward", "Run", "Step f&orward", ".", "One timestep on"),
    ActionRow(
        "views.clock.extend_back",
        "Run",
        "Select one step bac&k",
        "Alt+,",
        "Selects the steps that the clock passes",
    ),
    ActionRow(
        "views.clock.extend_forward",
        "Run",
        "Select one step o&n",
        "Alt+.",
        "Selects the steps that the clock passes",
    ),
    ActionRow("views.clock.clear_range", "Run", "Se&lect no steps", "", "Clear the range of steps"),
    ActionRow("views.clock.end", "Run", "First &padding", "End", "Go to the first padded step, then to the last step"),
    ActionRow("views.clock.play", "Run", "&Play the steps", "P", "Move the clock on by itself, or stop it"),
    ActionRow("views.clock.sequence_back", "Run", "Sequence before", "<", "The sequence before", rule=True),
    ActionRow("views.clock.sequence_forward", "Run", "Next sequence", ">", "The next sequence"),
    ActionRow("views.clock.open_sequences", "Run", "Choose the se&quence …", "", "All sequences with their lengths"),
    ActionRow("help.here", "Help", "&Help on this", "F1", "The page of what has the keyboard or is selected"),
    ActionRow("pasting.ask", "Help", "&Explain an error …", "", "Paste code or an error: the model, the cause, fixes"),
    ActionRow("help.contents", "Help", "&Contents", "", "Every page of the help"),
    ActionRow(
        "help.question", "Help", "How &long are LSTM output sequences?", "", "The answer, with live examples", rule=True
    ),
    ActionRow("help.shortcuts", "Help", "All &shortcuts", "Shift+F1", "Every key on one sheet"),
    ActionRow("help.about", "Help", "&About SeqLoom", "", "Versions and licences", rule=True),
)
