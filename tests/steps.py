"""What the window makes in steps, made at once."""

from __future__ import annotations

from typing import TypeVar

from gui.panels.inspector import Inspector
from gui.session.session import EditorSession

Made = TypeVar("Made")


def whole(part: Made) -> Made:
    """A view or panel with all the steps of making it, where it is made in steps."""
    for _ in getattr(part, "make", tuple)():
        pass
    return part


def at_once(inspector: Inspector, session: EditorSession) -> None:
    """From now on its rows are there whenever a hand comes: a test is quicker than any."""

    def finish(_: object) -> None:
        inspector.finish()

    session.selection_changed.connect(finish)
    session.document_changed.connect(finish)
