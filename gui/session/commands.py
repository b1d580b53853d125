"""The one undo command of the whole program."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from engine.document.values import Document


class EditCommand(QUndoCommand):
    """From one document to another. Both exist before the command is pushed, so redo and undo cannot fail.

    Commands with the same `merge_key` in a row become one (a value typed digit by digit, a block dragged twice).
    """

    ID = 1

    def __init__(
        self, before: Document, after: Document, text: str, show: Callable[[Document], None], merge_key: str = ""
    ) -> None:
        super().__init__(text)
        self._before, self._after = before, after
        self._show = show
        self._merge_key = merge_key

    def redo(self) -> None:
        """Shows the document after."""
        self._show(self._after)

    def undo(self) -> None:
        """Shows the document before."""
        self._show(self._before)

    def id(self) -> int:
        """All are of one kind; whether two merge is for their keys to say."""
        return self.ID if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        """Takes the later command's result where both have the same key."""
        if not isinstance(other, EditCommand) or other._merge_key != self._merge_key:
            return False
        self._after = other._after
        return True
