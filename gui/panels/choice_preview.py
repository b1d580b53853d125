"""A small card beside a switch or the entry of a list: what choosing it would do, before it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from engine.analysis.foreseen import Change, Foreseen
from engine.document.edits import Edit
from gui.session.foresight import Foresight
from gui.widgets.field_row import FieldRow

MOST_AHEAD = 5
"""So many other choices are asked ahead and told all at once; of longer lists the entry that one goes to."""
WIDEST_PX, GAP_PX = 340, 8
ASKING = "Asking Keras …"
MAY_FIND_MORE = "Told without a run, which may find more."
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


@dataclass(frozen=True)
class Option:
    """Something else that may be chosen, and the edit that choosing it makes."""

    words: str
    edit: Edit


class Card(QLabel):
    """Stands beside the panel, above everything, and takes neither the pointer nor the keyboard."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.WindowTransparentForInput)
        self.setObjectName("preview")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)

    def show_beside(self, html: str, area: QRect) -> None:
        """Shows the text left of an area of the screen, or below it where there is no room.

        Args:
            area: in global coordinates.
        """
        self.setText(html)
        self.setWordWrap(False)
        wide = self.sizeHint().width()
        self.setWordWrap(True)
        width = min(wide, WIDEST_PX)
        self.resize(width, self.heightForWidth(width))
        screen = self.screen().availableGeometry()
        left, top = area.left() - width - GAP_PX, area.top()
        if left < screen.left():
            left, top = area.left(), area.bottom() + GAP_PX
        top = max(screen.top(), min(top, screen.bottom() - self.height()))
        self.move(min(left, screen.right() - width), top)
        self.show()


class ChoicePreview(QObject):
    """Watches the fields of a form: under the pointer, with the keyboard, in an open list.

    Args:
        options: what else may be chosen in the field of a key, now.
    """

    def __init__(self, form: QWidget, foresight: Foresight, options: Callable[[str], Sequence[Option]]) -> None:
        super().__init__(form)
        self.card = Card(form)
        self._foresight, self._options = foresight, options
        self._keys: dict[QObject, str] = {}
        self._shown: tuple[FieldRow, str | None] | None = None
        foresight.known_changed.connect(self._refresh)

    def prepare(self, keys: Sequence[str]) -> None:
        """These fields are shown: what their few choices would do is asked ahead."""
        few = [found for key in keys if 0 < len(found := self._options(key)) <= MOST_AHEAD]
        self._foresight.prepare([option.edit for found in few for option in found])
        if self._shown is not None and self._shown[0].isVisible():
            self._refresh()
        else:
            self._hide()

    def watch(self, key: str, row: FieldRow) -> None:
        """Shows what the choices of a field would do, from now on."""
        field = row.field
        self._keys[row] = key
        row.installEventFilter(self)
        field.installEventFilter(self)
        if isinstance(field, QComboBox):
            field.highlighted.connect(partial(self._look_at_entry, row))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follows pointer and keyboard."""
        kind, row = event.type(), watched if isinstance(watched, FieldRow) else watched.parent()
        if isinstance(row, FieldRow):
            by_keys = isinstance(event, QFocusEvent) and event.reason() in BY_KEYS
            if kind == QEvent.Type.Enter and watched is row or kind == QEvent.Type.FocusIn and by_keys:
                self._look_at(row, None)
            elif kind == QEvent.Type.ToolTip and self.card.isVisible():
                return True  # its words stand in the card
            elif kind == QEvent.Type.FocusOut or kind in (QEvent.Type.Leave, QEvent.Type.Hide) and watched is row:
                self._hide()
        elif kind == QEvent.Type.Hide:  # an open list was closed
            self._hide()
        return super().eventFilter(watched, event)

    def _look_at_entry(self, row: FieldRow, place: int) -> None:
        if isinstance(row.field, QComboBox) and row.field.view().isVisible():
            row.field.view().installEventFilter(self)
            self._look_at(row, row.field.itemText(place))

    def _look_at(self, row: FieldRow, entry: str | None) -> None:
        self._shown = (row, entry)
        self._refresh()

    def _hide(self) -> None:
        self._shown = None
        self.card.hide()

    def _refresh(self) -> None:
        if self._shown is None:
            return
        row, entry = self._shown
        options = [one for one in self._options(self._keys[row]) if entry is None or one.words == entry]
        if not options or len(options) > MOST_AHEAD:
            self.card.hide()
            return
        found = self._foresight.look([option.edit for option in options])
        told = [(f"{row.name} {option.words}", told_of(one)) for option, one in zip(options, found, strict=True)]
        row.field.setAccessibleDescription("\n".join(" ".join((head, *lines)) for head, lines in told))
        parts = ["<br>".join((f"<b>{escape(head)}</b>", *map(escape, lines))) for head, lines in told]
        if any(one is not None and not one.refused and not one.run for one in found):
            parts.append(f"<i>{MAY_FIND_MORE}</i>")
        if entry is None and row.toolTip():
            parts.append(f"<i>{escape(row.toolTip())}</i>")
        self.card.show_beside(
            "".join(f"<p style='margin: 2px 0'>{part}</p>" for part in parts),
            _entry_area(row, entry) if entry is not None else _area(row),
        )


def _area(row: FieldRow) -> QRect:
    """The row as wide as its panel, so that the card hides nothing of it."""
    panel: QWidget = row
    while (holder := panel.parentWidget()) is not None and panel.objectName() != "panel":
        panel = holder
    start = QPoint(panel.mapToGlobal(QPoint(0, 0)).x(), row.mapToGlobal(QPoint(0, 0)).y())
    return QRect(start, row.size())


def _entry_area(row: FieldRow, entry: str) -> QRect:
    box = row.field
    if not isinstance(box, QComboBox):
        return _area(row)
    view = box.view()
    place = view.visualRect(box.model().index(box.findText(entry), box.modelColumn()))
    list_left = view.window().mapToGlobal(QPoint(0, 0)).x()
    return QRect(QPoint(list_left, view.viewport().mapToGlobal(place.topLeft()).y()), place.size())


def told_of(found: Foreseen | None) -> tuple[str, ...]:
    """What a choice would do, one line each."""
    if found is None:
        return (ASKING,)
    return (found.refused,) if found.refused else tuple(_told(found))


def _told(found: Foreseen) -> Iterator[str]:
    yield from map(_changed, found.changes)
    if found.more:
        yield f"and {found.more} {'block' if found.more == 1 else 'blocks'} more"
    if not found.changes:
        yield "Changes no shape."
    if found.parameters is not None:
        before, after = found.parameters
        yield f"{before:,} → {after:,} parameters"
    yield from (f"✓ mends “{title}”" for title in found.mends)
    yield from (f"✗ brings “{title}”" for title in found.brings)
    yield from (f"? a run tells whether this stays: “{title}”" for title in found.unsure)


def _changed(change: Change) -> str:
    name = f"{change.block}.{change.port}" if change.port else change.block
    if not change.before:
        return f"{name} is new: {change.after}"
    return f"{name} {change.before} → {change.after}" if change.after else f"{name} goes"
