"""The head of the inspector: the block's name, its type, what its layer is."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.catalog.ports import reused_block
from engine.catalog.spec import short_type
from engine.document.edits import Rename
from engine.graph.values import REUSE, Block
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder

UNKNOWN = "A layer that this Keras does not know; its arguments are kept."


class Head(QWidget):
    """Name and type; typing into the name renames the block."""

    def __init__(self, session: EditorSession, themes: ThemeHolder) -> None:
        super().__init__()
        self._session, self._themes = session, themes
        self._block: Block | None = None
        self._colour = ""
        self.name = QLineEdit()
        self.name.setObjectName("name")
        self.name.setAccessibleName("Name")
        self.name.setToolTip("The block's name; type to change it")
        self.name.editingFinished.connect(self._rename)
        self.badge = QLabel()
        self.badge.setObjectName("badge")
        self.doc = QLabel(wordWrap=True)
        self.doc.setObjectName("secondary")
        self.doc.setTextFormat(Qt.TextFormat.PlainText)
        self.weights = QLabel(wordWrap=True)
        self.weights.setObjectName("secondary")
        self.weights.setAccessibleName("Where the weights come from")
        self.weights.linkActivated.connect(lambda _: session.trained.remove())
        line = QHBoxLayout()
        line.addWidget(self.name, 1)
        line.addWidget(self.badge)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addLayout(line)
        whole.addWidget(self.doc)
        whole.addWidget(self.weights)

    def show_block(self, block: Block) -> None:
        """Shows a block."""
        self._block = block
        if not self.name.hasFocus() or not self.name.isModified():
            self.name.setText(block.name)
        spec = self._session.catalog.layers.get(block.type)
        self.badge.setText(short_type(block.type))
        colour = self._themes.theme.category[spec.category] if spec is not None else self._themes.theme.secondary
        if colour != self._colour:
            self._colour = colour
            self.badge.setStyleSheet(f"color: {colour};")
        self.doc.setText(self._sentence(block) if spec is not None else UNKNOWN)
        self.show_weights(block)

    def show_weights(self, block: Block) -> None:
        """Where the block's weights come from; a file can be taken away here."""
        trained, words = self._session.trained, escape(self._session.trained.words(block))
        link = f' <a href="seeded" style="color: {self._themes.theme.accent}">Use seeded</a>' if trained.file else ""
        self.weights.setText(words + link if words else "")
        self.weights.setVisible(bool(words))

    def _sentence(self, block: Block) -> str:
        if block.type == REUSE:
            owner = reused_block(block, self._session.document.graph)
            return (
                f"Calls {owner.name} ({owner.type}) again, with the same weights."
                if owner is not None
                else "Calls a block that is not there: choose one below."
            )
        return self._session.catalog.layers[block.type].doc.replace("`", "")

    def _rename(self) -> None:
        block, name = self._block, self.name.text().strip()
        self.name.setModified(False)
        if block is None or name == block.name:
            return
        if not self._session.push(Rename(block.id, name), f"rename {block.name} to {name}"):
            self.name.setText(block.name)
