"""The clipboard and what is selected: the actions of the Edit menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from gui.window.window import MainWindow


class Editing:
    """Copies, pastes, deletes and selects."""

    def __init__(self, window: MainWindow) -> None:
        self._session, self._canvas = window.session, window.canvas

    def copy(self) -> None:
        """The selected blocks go to the clipboard."""
        text = self._session.building.copied()
        if text:
            QGuiApplication.clipboard().setText(text)

    def cut(self) -> None:
        """The selected blocks go to the clipboard and from the canvas."""
        self.copy()
        self._session.building.remove_selection()

    def paste(self) -> None:
        """Blocks of the clipboard come to the pointer, or beside where they were; code and errors are explained."""
        self._session.building.paste(QGuiApplication.clipboard().text(), self._canvas.pointer_place())

    def duplicate(self) -> None:
        """The selected blocks again, a little beside."""
        text = self._session.building.copied()
        if text:
            self._session.building.paste(text, word="duplicate")

    def delete_selection(self) -> None:
        """Deletes what is selected, or the wire at the port that the keyboard is on."""
        if not self._canvas.keys.delete_wire():
            self._session.building.remove_selection()

    def delete_bridging(self) -> None:
        """Deletes blocks and wires past them."""
        self._session.building.remove_selection(bridge=True)

    def select_all(self) -> None:
        """Selects every block."""
        self._session.select(block.id for block in self._session.document.graph.blocks)
