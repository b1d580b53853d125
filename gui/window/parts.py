"""What is made after the first paint: one list of parts, in the order in which they are made."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.window.window import MainWindow

PANEL_MODULES = (
    "arguments", "editors", "cells", "choice_preview", "form_rows", "form", "facts", "facts_view", "head", "inspector",
    "sample_values", "sample_table", "sample_fields", "file_rows", "file_preview", "sample_preview", "sample_form",
)  # fmt: skip
"""What the inspector is made of, one import at a time: what each needs stands before it."""
SEEN = (
    ("actions_by_id", ("gui.window.menus",)),
    ("palette_panel", ()),
    ("tool_bar", ("engine.document.sample", "gui.widgets.fields", "gui.widgets.parts_button", "gui.window.tool_bar")),
    ("status_bar", ("gui.window.status_bar",)),
    ("views", ("gui.window.views",)),
)
"""What can be seen and pressed: the name of each part, and the modules that it needs, dearest first."""
WORKING = (
    ("bridge", (
        "engine.document.edits", "engine.document.edit_encoding", "engine.analysis.encoding",
        "engine.protocol.messages", "engine.protocol.traced", "engine.protocol.results",
        "engine.protocol.result_encoding", "engine.protocol.looks", "engine.protocol.readings", "engine.protocol.book",
        "engine.protocol.suspects", "engine.analysis.foreseen", "engine.analysis.leaks", "gui.bridge.answers",
        "gui.bridge.bridge", "engine.document.merge", "gui.session.pasting", "gui.session.foresight",
        "gui.session.recall", "gui.window.joining",
    )),
)  # fmt: skip
WANTED_LATER = (
    ("canvas.card", ("gui.canvas.card",)),
    ("files", ("gui.window.files",)),
    ("appearance", ("gui.window.appearance",)),
    ("focus_keys", ("gui.window.focus_keys",)),
    ("pasting", ("gui.window.pasting",)),
    ("history", ("engine.remembered.key", "engine.remembered.runs", "gui.session.history", "gui.window.history")),
    ("help", ("gui.window.help",)),
    ("inspector", tuple(f"gui.panels.{module}" for module in PANEL_MODULES)),
)


def furnish_at_once(window: MainWindow) -> None:
    """All that needs no worker, for whoever cannot wait."""
    for _ in furnish(window, (*SEEN, *WANTED_LATER)):
        pass


def furnish(window: MainWindow, parts: tuple[tuple[str, tuple[str, ...]], ...]) -> Iterator[object]:
    """Makes parts of the window in steps that each are short; what is there already costs nothing."""
    for name, modules in parts:
        for module in modules:
            yield importlib.import_module(module)
        yield attrgetter(name)(window)
        if name == "palette_panel":
            yield from window.palette_panel.make()
        if name == "inspector":  # its form takes longer than an event may
            yield from window.sample_form.make()
