"""The rows of one form: a field for each argument, nested layers in place, the rest folded; made in steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from engine.catalog.spec import Catalog
from engine.graph.values import REUSE
from gui.panels.arguments import OBJECT_KINDS, Row, flattened, object_names, row_key, shown_default, shown_value
from gui.panels.cells import MemberField
from gui.panels.editors import NONE, BlockEditor, make_editor
from gui.theme.measures import mono_font
from gui.widgets.field_row import INDENT, FieldRow
from gui.widgets.fields import Choice
from gui.widgets.gradually import Gradually

SPACING = 6


class FormRows(QWidget):
    """The fields of one layout of rows: says by the key of a row what is done there, and knows no document.

    Args:
        kind: the type of the block.
        reusable: of a Reuse: the blocks whose layer it may call, by id.
        opened: which groups of folded rows stand open, by kind and group; shared with other forms.

    Attributes:
        fields: what is made so far, by the key of their row.
    """

    made = Signal(str, FieldRow)
    changed = Signal(str, object)
    complained = Signal(str, str)
    reset_wanted = Signal(str)
    type_chosen = Signal(str, str)
    cell_added = Signal(str)
    cell_moved = Signal(str, int)
    cell_removed = Signal(str)

    def __init__(self, kind: str, catalog: Catalog, reusable: Mapping[str, str], opened: set[tuple[str, str]]) -> None:
        super().__init__()
        self.fields: dict[str, FieldRow] = {}
        self._kind, self._catalog, self._reusable, self._open = kind, catalog, reusable, opened
        self._rows: dict[str, Row] = {}
        self._unfolding = Gradually(self)
        self._column = _column(self)
        self.hide()  # shown when all rows are there

    def make(self, rows: Sequence[Row]) -> Iterator[None]:
        """Row after row, each styled and with its value, so that showing them all takes little."""
        self._rows = {row_key(row): row for row in flattened(rows)}
        yield from self._add_rows(self._column, rows, depth=0, group="")

    def show_rows(self, rows: dict[str, Row]) -> None:
        """The same rows, with the values of now."""
        self._rows = rows
        for key, field in self.fields.items():
            self._show(rows[key], field)

    def finish(self) -> None:
        """What was unfolded is there, now."""
        self._unfolding.finish()

    def _show(self, row: Row, field: FieldRow) -> None:
        required = row.spec.required or row.shape == "member"
        field.show_changed(
            changed=row.is_set and row.shape != "member",
            may_reset=row.is_set and not required,
            default=shown_default(row.spec),
        )
        if row.shape == "value":
            cast("Any", field.field).show_value(shown_value(row, self._catalog))
        elif isinstance(field.field, Choice):
            field.field.setCurrentText(row.type or NONE)
        elif isinstance(field.field, MemberField):
            field.field.show_member(row)

    # --- making --------------------------------------------------------------------------------------------------

    def _add_rows(self, column: QVBoxLayout, rows: Sequence[Row], *, depth: int, group: str) -> Iterator[None]:
        """The usual rows, then the folded ones."""
        for row in rows:
            if row.part == "usual":
                yield from self._add_row(column, row, depth)
        folded = [row for part in ("rare", "base") for row in rows if row.part == part]
        if folded:
            yield from self._add_folded(column, folded, depth, group)

    def _add_folded(self, column: QVBoxLayout, rows: Sequence[Row], depth: int, group: str) -> Iterator[None]:
        """Made when it is first opened: most never are; what stood open in another form is so here."""
        inner = QWidget()
        hidden = _column(inner)
        words = f"{len(rows)} more argument{'' if len(rows) == 1 else 's'}"
        button = _add_button(column, words, depth)
        key = (self._kind, group)

        def show(*, opened: bool) -> None:
            inner.setVisible(opened)
            button.setText(f"{'▾' if opened else '▸'} {words}")
            (self._open.add if opened else self._open.discard)(key)

        def unfolded() -> Iterator[None]:
            hidden.addSpacing(0)  # begun
            return self._unfold(hidden, rows, depth)

        def turn() -> None:
            if inner.isHidden() and not hidden.count():
                self._unfolding.add(unfolded())
            show(opened=inner.isHidden())

        button.clicked.connect(turn)
        column.addWidget(inner)
        show(opened=key in self._open)
        yield
        if key in self._open:
            yield from unfolded()

    def _unfold(self, column: QVBoxLayout, rows: Sequence[Row], depth: int) -> Iterator[None]:
        """Row after row below the button: nothing that was in sight moves but what is below."""
        for row in rows:
            yield from self._add_row(column, self._rows[row_key(row)], depth)

    def _add_row(self, column: QVBoxLayout, row: Row, depth: int) -> Iterator[None]:
        if row.shape == "cells":
            yield from self._add_cells(column, row, depth)
            return
        hint = row.spec.doc.replace("`", "")
        name = f"{row.spec.name} {row.place}" if row.shape == "member" and row.count > 1 else row.spec.name
        field = FieldRow(name, self._field(row), hint, depth)
        field.field.setAccessibleName(row.spec.name if not depth else name)
        key = row_key(row)
        field.reset_wanted.connect(lambda: self.reset_wanted.emit(key))
        self.fields[key] = field
        column.addWidget(field)
        self._show(self._rows[key], field)
        field.ensurePolished()
        self.made.emit(key, field)
        yield
        yield from self._add_rows(column, row.inner, depth=depth + 1, group=row.path)

    def _field(self, row: Row) -> QWidget:
        key = row_key(row)
        if row.shape == "member":
            member = MemberField(row)
            member.type_chosen.connect(lambda kind: self.type_chosen.emit(key, kind))
            member.moved.connect(lambda by: self.cell_moved.emit(key, by))
            member.removed.connect(lambda: self.cell_removed.emit(key))
            return member
        if row.shape == "layer":
            box = Choice()
            box.setFont(mono_font(12))
            box.addItems([*([] if row.spec.required else [NONE]), *row.types])
            box.textActivated.connect(lambda kind: self.type_chosen.emit(key, kind))
            return box
        names = object_names(row.spec.kind, self._catalog) if row.spec.kind in OBJECT_KINDS else ()
        editor = BlockEditor(self._reusable) if self._kind == REUSE else make_editor(row.spec, names)
        said = cast("Any", editor)
        said.changed.connect(lambda value: self.changed.emit(key, value))
        said.complained.connect(lambda complaint: self.complained.emit(key, complaint))
        return editor

    def _add_cells(self, column: QVBoxLayout, row: Row, depth: int) -> Iterator[None]:
        """Each cell with its own arguments, then a button for one more."""
        for member in row.inner:
            yield from self._add_row(column, member, depth)
        button = _add_button(column, "Add a cell", depth)
        button.setText("+ one more cell on top")
        button.clicked.connect(lambda: self.cell_added.emit(row_key(row)))
        yield


def _add_button(column: QVBoxLayout, name: str, depth: int) -> QToolButton:
    button = QToolButton()
    button.setObjectName("fold")
    button.setAccessibleName(name)
    line = _column(holder := QWidget())
    line.setContentsMargins(12 + depth * INDENT, 0, 0, 0)
    line.addWidget(button)
    column.addWidget(holder)
    return button


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACING)
    return column
