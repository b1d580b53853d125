"""The palette: every layer that may be placed, by category, with a search field; drag, double click or Enter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from PySide6.QtCore import QEvent, QMimeData, QObject, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from engine.catalog.snapshot import of_category
from engine.catalog.spec import OPERATION, LayerSpec, short_type
from engine.graph.values import REUSE
from gui.session.search import HEADS, in_order, layer_words, ranked
from gui.session.session import EditorSession
from gui.theme.measures import ui_font
from gui.theme.theme import ThemeHolder

LAYER_MIME = "application/x-seqloom-layer"
FOLDED, OPEN = "▸", "▾"
MOST_RECENT, ROW = 5, 24
IN_SIGHT = 42
"""So many rows fit into a high window: the others follow after the first paint."""


class LayerTree(QTreeWidget):
    """Categories with layers; gives a layer's type to a drag."""

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:  # noqa: N802 - Qt's name
        """The type of the dragged layer."""
        data = QMimeData()
        types = [item.data(0, Qt.ItemDataRole.UserRole) for item in items]
        if types and types[0]:
            data.setData(LAYER_MIME, str(types[0]).encode())
            data.setText(str(types[0]))
        return data


class Palette(QWidget):
    """The palette of a session."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._themes = session, themes
        self.recent: tuple[str, ...] = ()
        self._is_old = False
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a layer  (A)")
        self.search.setAccessibleName("Find a layer")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.tree = LayerTree()
        self.tree.setHeaderHidden(True)
        self.tree.setRootIsDecorated(False)
        self.tree.setIndentation(4)
        self.tree.setIconSize(QSize(10, 16))
        self.tree.setDragEnabled(True)
        self.tree.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setAccessibleName("Layers")
        self.tree.itemActivated.connect(self._activated)
        self.tree.itemClicked.connect(self._fold)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 12, 4, 4)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)
        themes.theme_changed.connect(lambda _: self._fill(self.search.text()))
        self.tree.installEventFilter(self)
        session.placed.connect(lambda kind: self.set_recent((kind, *(one for one in self.recent if one != kind))))
        self._rest = self._usual()
        next((rows for rows in self._rest if rows >= IN_SIGHT), None)

    def make(self) -> Iterator[int]:
        """The rows below those in sight, a category at a time."""
        while (rows := next(self._rest, None)) is not None:
            yield rows

    def set_recent(self, types: Sequence[str]) -> None:
        """The layers placed last, the latest first; while the pointer is over the list, nothing in it moves."""
        known = self._session.catalog.layers
        recent = tuple(kind for kind in types if kind in known and known[kind].placeable)[:MOST_RECENT]
        self._is_old = self._is_old or recent != self.recent
        self.recent = recent
        if not self.underMouse():
            self._renew()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """What was placed meanwhile joins the recent ones."""
        super().leaveEvent(event)
        self._renew()

    def _renew(self) -> None:
        if self._is_old and not self.search.text().strip():
            place = self.tree.verticalScrollBar().value()
            self._fill("")
            self.tree.verticalScrollBar().setValue(place)

    def layer_item(self, type_name: str) -> QTreeWidgetItem | None:
        """The entry of a layer, if it is shown."""
        for head in range(self.tree.topLevelItemCount()):
            parent = self.tree.topLevelItem(head)
            for row in range(parent.childCount() if parent is not None else 0):
                child = parent.child(row)  # type: ignore[union-attr]
                if child is not None and child.data(0, Qt.ItemDataRole.UserRole) == type_name:
                    return child
        return None

    def place(self, type_name: str) -> None:
        """Places a layer after the selected block, wired."""
        self._session.building.add_layer(type_name, after=self._session.selection.block)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """In the search field Enter places the first hit and Down goes to the list; in the list, typing searches."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            took = self._key_in_search(event) if watched is self.search else self._key_in_list(event)
            if took:
                return True
        return super().eventFilter(watched, event)

    def _key_in_search(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            first = self._first()
            if first:
                self.place(first)
                self.search.clear()
            return True
        if event.key() != Qt.Key.Key_Down:
            return False
        head = self.tree.topLevelItem(0)
        first = head.child(0) if head is not None and head.childCount() else None
        if first is not None:
            self.tree.setCurrentItem(first)
        self.tree.setFocus()
        return True

    def _key_in_list(self, event: QKeyEvent) -> bool:
        """Up from the first layer goes back to the search field, a letter starts a search."""
        head = self.tree.topLevelItem(0)
        if event.key() == Qt.Key.Key_Up and head is not None and self.tree.currentItem() is head.child(0):
            self.search.setFocus()
            return True
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        if not plain or not event.text().isalnum():
            return False
        self.search.setFocus()
        self.search.setText(self.search.text() + event.text())
        return True

    def _first(self) -> str:
        head = self.tree.topLevelItem(0)
        first = head.child(0) if head is not None else None
        return str(first.data(0, Qt.ItemDataRole.UserRole)) if first is not None else ""

    def _activated(self, item: QTreeWidgetItem) -> None:
        type_name = item.data(0, Qt.ItemDataRole.UserRole)
        if type_name:
            self.place(str(type_name))

    def _fill(self, text: str) -> None:
        self._is_old = False
        self.tree.clear()
        self._rest = iter(())
        if text.strip():
            found = ranked(text, ((layer, layer_words(layer)) for layer in self._placeable(operations=None)))
            self._add("Found" if found else "Nothing has that name", found)
            return
        for _ in self._usual():
            pass

    def _usual(self) -> Iterator[int]:
        """Every category under its head, with the number of rows so far."""
        rows = 0
        if self.recent:
            self._add("Recent", [self._session.catalog.layers[kind] for kind in self.recent])
        for category, head in HEADS.items():
            if category == "operation":
                continue
            own = in_order(filter(_is_offered, of_category(self._session.catalog, category)))
            if own:
                self._add(head, own)
                rows += 1 + len(own)
                yield rows
        self._add(f"{FOLDED} {HEADS['operation']}", []).setToolTip(
            0, "Functions; click to see them, or type a name above"
        )

    def _placeable(self, *, operations: bool | None) -> list[LayerSpec]:
        """The layers, the operations, or both (None); what is not asked for is not even decoded."""
        known = self._session.catalog.layers
        wanted = (name for name in known if operations is None or name.startswith(OPERATION) is operations)
        return [layer for layer in map(known.__getitem__, wanted) if _is_offered(layer)]

    def _add(self, head: str, layers: list[LayerSpec]) -> QTreeWidgetItem:
        parent = QTreeWidgetItem(self.tree, [head])
        parent.setFlags(Qt.ItemFlag.ItemIsEnabled)
        parent.setFont(0, ui_font(11, semibold=True))
        parent.setData(0, Qt.ItemDataRole.ForegroundRole, QColor(self._themes.theme.secondary))
        self._add_layers(parent, layers)
        parent.setExpanded(True)
        return parent

    def _add_layers(self, parent: QTreeWidgetItem, layers: list[LayerSpec]) -> None:
        for layer in layers:
            child = QTreeWidgetItem(parent, [short_type(layer.type)])
            child.setData(0, Qt.ItemDataRole.UserRole, layer.type)
            child.setSizeHint(0, QSize(0, ROW))
            child.setData(0, Qt.ItemDataRole.DecorationRole, _bar(self._themes.theme.category[layer.category]))
            child.setToolTip(0, _told(layer))

    def _fold(self, item: QTreeWidgetItem) -> None:
        """A click on the folded head opens it, another closes it."""
        text = item.text(0)
        if text[:1] not in (FOLDED, OPEN):
            return
        if not item.childCount():
            self._add_layers(item, in_order(self._placeable(operations=True)))
        item.setExpanded(text[:1] == FOLDED)
        item.setText(0, (OPEN if item.isExpanded() else FOLDED) + text[1:])


def _is_offered(layer: LayerSpec) -> bool:
    return layer.placeable and layer.type != REUSE


def _told(layer: LayerSpec) -> str:
    """What a layer is, and what Keras was seen to do to time with it."""
    return "\n".join(part for part in (layer.doc.replace("`", ""), layer.time.replace(". With", ".\nWith")) if part)


@cache
def _bar(colour: str) -> QPixmap:
    """A category's colour. Pixmaps: to name QIcon (with every icon of the desktop) would cost 8 ms of the start."""
    pixmap, bar = QPixmap(10, 16), QPixmap(3, 14)
    pixmap.fill(Qt.GlobalColor.transparent)
    bar.fill(QColor(colour))
    with QPainter(pixmap) as painter:
        painter.drawPixmap(2, 1, bar)
    return pixmap
