"""The form of a block's arguments: rows in Keras's order, nested layers in place, the rest folded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from engine.document.edits import Edit, SetArgument, UnsetArgument
from engine.graph.values import INPUT, REUSE, Block, Json
from gui.panels.arguments import (
    OBJECT_KINDS,
    Part,
    Row,
    argument_rows,
    edit_for,
    edit_text,
    flattened,
    layout_of,
    members_of,
    nested_value,
    object_names,
    object_of,
    object_value,
    shown_default,
    with_members,
)
from gui.panels.cells import MemberField
from gui.panels.choice_preview import ChoicePreview, Option
from gui.panels.editors import NONE, BlockEditor, make_editor
from gui.session.session import EditorSession
from gui.theme.measures import mono_font
from gui.widgets.field_row import INDENT, FieldRow
from gui.widgets.fields import Choice, Switch
from gui.widgets.gradually import Gradually

SPACING = 6
FORMS_KEPT = 12


class ArgumentForm(QWidget):
    """Shows one block; each change is one undo step of the session, keystrokes in one field merged."""

    def __init__(self, session: EditorSession) -> None:
        super().__init__()
        self._session = session
        self._block: Block | None = None
        self._rows: dict[str, Row] = {}
        self._layout: tuple[object, ...] = ()
        self._open: set[tuple[str, str]] = set()
        self._parts: dict[str, Part] = {}
        self._visits = 0
        self._unfolding = Gradually(self)
        self._kept: dict[tuple[object, ...], tuple[QWidget, dict[str, FieldRow]]] = {}
        self.fields: dict[str, FieldRow] = {}
        self.preview = ChoicePreview(self, session.foresight, self.choices)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._body: QWidget | None = None

    def show_block(self, block: Block) -> None:
        """Shows the arguments; the same rows with other values stay where they are."""
        self._unfolding.finish()
        if self._block is None or self._block.id != block.id:
            self._visits += 1
            self._parts = {}
        rows = self._in_place(argument_rows(block, self._session.catalog))
        names = tuple(self._reusable(block).items()) if block.type == REUSE else ()
        layout = (block.type, layout_of(rows), names)
        known = {_key(row): row for row in flattened(rows)}
        self._block, self._rows = block, known
        if layout != self._layout:
            self._layout = layout
            self._build(rows)
        for key, field in self.fields.items():
            self._show(known[key], field)
        self.preview.prepare(tuple(self.fields))

    def _reusable(self, block: Block) -> dict[str, str]:
        """The blocks whose layer a Reuse may call again, by id."""
        others = self._session.document.graph.blocks
        return {other.id: other.name for other in others if other.type not in (INPUT, REUSE) and other.id != block.id}

    def _in_place(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """While a block is being looked at, its rows stay where they are: nothing moves under the pointer."""
        return tuple(
            replace(row, part=self._parts.setdefault(_key(row), row.part), inner=self._in_place(row.inner))
            for row in rows
        )

    def _show(self, row: Row, field: FieldRow) -> None:
        required = row.spec.required or row.shape == "member"
        field.show_changed(
            changed=row.is_set and row.shape != "member",
            may_reset=row.is_set and not required,
            default=shown_default(row.spec),
        )
        if row.shape == "value":
            cast("Any", field.field).show_value(self._shown_value(row))
        elif isinstance(field.field, Choice):
            field.field.setCurrentText(row.type or NONE)
        elif isinstance(field.field, MemberField):
            field.field.show_member(row)

    def _shown_value(self, row: Row) -> Json:
        found = object_of(row.value, row.spec.kind, self._session.catalog) if row.spec.kind in OBJECT_KINDS else None
        return (found[0].name or found[0].type) if found is not None else row.value

    # --- making --------------------------------------------------------------------------------------------------

    def _build(self, rows: Sequence[Row]) -> None:
        """Forms that were shown a moment ago are kept: the widgets of twenty rows take a while to make."""
        focused = self._focused_key()
        if self._body is not None:
            self._body.hide()
        kept = self._kept.pop(self._layout, None)
        body, self.fields = kept or (QWidget(), {})
        if kept is None:
            self._add_rows(_column(body), rows, depth=0, group="")
            self._unfolding.finish()  # what stood open stays in sight and keeps the keyboard
        self._kept[self._layout] = (body, self.fields)
        while len(self._kept) > FORMS_KEPT:
            self._kept.pop(next(iter(self._kept)))[0].deleteLater()
        for field in self.fields.values():
            field.complain("")
        self._body = body
        if kept is None:
            self._column.addWidget(body)
        body.show()
        if focused in self.fields:
            self.fields[focused].field.setFocus()

    def _focused_key(self) -> str:
        return next((key for key, row in self.fields.items() if row.field.hasFocus()), "")

    def _add_rows(self, column: QVBoxLayout, rows: Sequence[Row], *, depth: int, group: str) -> None:
        """The usual rows, then the folded ones."""
        for row in rows:
            if row.part == "usual":
                self._add_row(column, row, depth)
        folded = [row for part in ("rare", "base") for row in rows if row.part == part]
        if folded:
            self._add_folded(column, folded, depth, group)

    def _add_folded(self, column: QVBoxLayout, rows: Sequence[Row], depth: int, group: str) -> None:
        """Made when it is first opened: most forms never are."""
        inner = QWidget()
        hidden = _column(inner)
        button = QToolButton()
        button.setObjectName("fold")
        key = (self._block.type if self._block is not None else "", group)
        words = f"{len(rows)} more argument{'' if len(rows) == 1 else 's'}"

        def show(*, opened: bool) -> None:
            if opened and not hidden.count():
                hidden.addSpacing(0)  # begun
                self._unfolding.add(self._unfold(hidden, rows, depth))
            inner.setVisible(opened)
            button.setText(f"{'▾' if opened else '▸'} {words}")
            (self._open.add if opened else self._open.discard)(key)

        button.setAccessibleName(words)
        button.clicked.connect(lambda: show(opened=inner.isHidden()))
        line = _column(holder := QWidget())
        line.setContentsMargins(12 + depth * INDENT, 0, 0, 0)
        line.addWidget(button)
        column.addWidget(holder)
        column.addWidget(inner)
        show(opened=key in self._open)

    def _unfold(self, column: QVBoxLayout, rows: Sequence[Row], depth: int) -> Iterator[None]:
        """Row after row below the button: nothing that was in sight moves but what is below."""
        for row in rows:
            self._add_row(column, self._rows[_key(row)], depth)
            for shown in flattened((self._rows[_key(row)],)):
                if _key(shown) in self.fields:
                    self._show(shown, self.fields[_key(shown)])
            yield

    def _add_row(self, column: QVBoxLayout, row: Row, depth: int) -> None:
        hint = row.spec.doc.replace("`", "")
        name = f"{row.spec.name} {row.place}" if row.shape == "member" and row.count > 1 else row.spec.name
        if row.shape == "cells":
            self._add_cells(column, row, depth)
            return
        field = FieldRow(name, self._field(row), hint, depth)
        field.field.setAccessibleName(row.spec.name if not depth else name)
        key = _key(row)
        field.reset_wanted.connect(lambda: self._reset(self._rows[key]))
        self.fields[key] = field
        self.preview.watch(key, field)
        column.addWidget(field)
        if row.inner:
            self._add_rows(column, row.inner, depth=depth + 1, group=row.path)

    def _field(self, row: Row) -> QWidget:
        key = _key(row)
        if row.shape == "member":
            member = MemberField(row)
            member.type_chosen.connect(lambda kind: self._change_type(self._rows[key], kind))
            member.moved.connect(lambda by: self._move_cell(self._rows[key], by))
            member.removed.connect(lambda: self._remove_cell(self._rows[key]))
            return member
        if row.shape == "layer":
            box = Choice()
            box.setFont(mono_font(12))
            box.addItems([*([] if row.spec.required else [NONE]), *row.types])
            box.textActivated.connect(lambda kind: self._change_type(self._rows[key], kind))
            return box
        if self._block is not None and self._block.type == REUSE:
            return self._listened(BlockEditor(self._reusable(self._block)), key)
        names = object_names(row.spec.kind, self._session.catalog) if row.spec.kind in OBJECT_KINDS else ()
        return self._listened(make_editor(row.spec, names), key)

    def _listened(self, editor: QWidget, key: str) -> QWidget:
        said = cast("Any", editor)
        said.changed.connect(lambda value: self._change(self._rows[key], value))
        said.complained.connect(lambda complaint: self._complain(key, complaint))
        return editor

    def _add_cells(self, column: QVBoxLayout, row: Row, depth: int) -> None:
        """Each cell with its own arguments, then a button for one more."""
        for member in row.inner:
            self._add_row(column, member, depth)
        button = QToolButton()
        button.setObjectName("fold")
        button.setText("+ one more cell on top")
        button.setAccessibleName("Add a cell")
        key = _key(row)
        button.clicked.connect(lambda: self._add_cell(self._rows[key]))
        line = _column(holder := QWidget())
        line.setContentsMargins(12 + depth * INDENT, 0, 0, 0)
        line.addWidget(button)
        column.addWidget(holder)

    # --- edits ---------------------------------------------------------------------------------------------------

    def _push(self, edit: Any, text: str, merge: str = "") -> None:
        self._session.push(edit, text, merge)

    def _edit(self, block: Block, row: Row, value: Json) -> Edit:
        """The edit that gives an argument a value, however it is written there."""
        found = object_of(value, row.spec.kind, self._session.catalog) if row.spec.kind in OBJECT_KINDS else None
        if found is not None and value != row.spec.default:
            value = object_value(*found)
        owner = self._rows.get(row.owner[1]) if row.owner is not None else None
        return edit_for(block, row, value, owner.value if owner is not None else None)

    def _change(self, row: Row, value: Json) -> None:
        if self._block is None or value == row.value and row.is_set:
            return
        edit = self._edit(self._block, row, value)
        typed = row.spec.kind in ("int", "float")
        merge = f"{self._block.id} {_key(row)} {self._visits}" if typed else ""
        self._push(edit, edit_text(self._block, row, value), merge)

    def _reset(self, row: Row) -> None:
        self._complain(_key(row), "")
        self._change_to_default(row)

    def _change_to_default(self, row: Row) -> None:
        block = self._block
        if block is None:
            return
        if row.shape == "value":
            self._change(row, row.spec.default)
        else:
            self._push(UnsetArgument(block.id, row.path), f"reset {row.spec.name} in {block.name}")

    def _complain(self, key: str, complaint: str) -> None:
        field, row = self.fields.get(key), self._rows.get(key)
        if field is not None and row is not None:
            field.complain(f"{row.spec.name} {complaint}; the model keeps the value it had." if complaint else "")

    def _change_type(self, row: Row, type_name: str) -> None:
        block = self._block
        if block is None or type_name == row.type:
            return
        words = f"remove {row.spec.name} of {block.name}"
        if type_name != NONE:
            words = f"make {row.spec.name} of {block.name} a {type_name}"
        self._push(self._type_edit(block, row, type_name), words)

    def _type_edit(self, block: Block, row: Row, type_name: str) -> Edit:
        if type_name == NONE:
            return UnsetArgument(block.id, row.path)
        return SetArgument(block.id, row.path, nested_value(type_name, row.value, self._session.catalog))

    # --- choices -------------------------------------------------------------------------------------------------

    def choices(self, key: str) -> tuple[Option, ...]:
        """What else may be chosen in a field, with the edit that each is; nothing where one types."""
        block, row, field = self._block, self._rows.get(key), self.fields.get(key)
        if block is None or row is None or field is None:
            return ()
        if row.shape == "layer":
            none = () if row.spec.required else (NONE,)
            types = [kind for kind in (*none, *row.types) if kind != (row.type or NONE)]
            return tuple(Option(kind, self._type_edit(block, row, kind)) for kind in types)
        if row.shape != "value" or not hasattr(field.field, "choices"):
            return ()
        values = cast("dict[str, Json]", cast("Any", field.field).choices())
        now = self._shown_value(row)
        now = bool(now) if isinstance(field.field, Switch) else now
        return tuple(Option(words, self._edit(block, row, value)) for words, value in values.items() if value != now)

    def _cells(self, member: Row) -> Row | None:
        """The row of the list that a cell is in."""
        path = member.path.rpartition(".")[0] if member.count > 1 else member.path
        return next(
            (row for row in self._rows.values() if row.shape == "cells" and row.path in (path, member.path)), None
        )

    def _set_cells(self, row: Row, change: Callable[[list[Json]], object], words: str) -> None:
        if self._block is not None:
            members = members_of(row)
            change(members)
            self._push(
                SetArgument(self._block.id, row.path, with_members(row, members)), f"{words} in {self._block.name}"
            )

    def _add_cell(self, row: Row) -> None:
        self._set_cells(row, lambda members: members.append(members[-1]), "add a cell")

    def _remove_cell(self, member: Row) -> None:
        row = self._cells(member)
        if row is not None and row.count > 1:
            self._set_cells(row, lambda members: members.pop(member.place), "remove a cell")

    def _move_cell(self, member: Row, by: int) -> None:
        row = self._cells(member)
        if row is not None and 0 <= member.place + by < row.count:
            self._set_cells(row, partial(_swap, member.place, member.place + by), "move a cell")


def _swap(first: int, second: int, members: list[Json]) -> None:
    members[first], members[second] = members[second], members[first]


def _key(row: Row) -> str:
    """What tells rows apart: a single cell and its list have one path, a call setting may be called like an argument."""
    return f"{'call ' if row.call else 'cells ' if row.shape == 'cells' else ''}{row.path}"


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACING)
    return column
