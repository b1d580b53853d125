"""The form of a block's arguments: what is done in its rows becomes edits of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from PySide6.QtWidgets import QVBoxLayout, QWidget

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
    object_of,
    object_value,
    row_key,
    shown_value,
    with_members,
)
from gui.panels.choice_preview import ChoicePreview, Option
from gui.panels.editors import NONE
from gui.panels.form_rows import FormRows
from gui.session.session import EditorSession
from gui.widgets.field_row import FieldRow
from gui.widgets.fields import Switch

FORMS_KEPT = 12


@dataclass(frozen=True)
class Contents:
    """What a form shows of a block.

    Attributes:
        layout: what the widgets depend on.
        reusable: of a Reuse: the blocks whose layer it may call, by id.
    """

    block: Block
    rows: tuple[Row, ...]
    layout: tuple[object, ...]
    reusable: Mapping[str, str]


class ArgumentForm(QWidget):
    """Shows one block; each change is one undo step of the session, keystrokes in one field merged.

    Rows take a while to make: `make` does it out of sight, in steps, before `show_contents`.
    """

    def __init__(self, session: EditorSession) -> None:
        super().__init__()
        self._session = session
        self._block: Block | None = None
        self._rows: dict[str, Row] = {}
        self._open: set[tuple[str, str]] = set()
        self._parts: dict[str, Part] = {}
        self._visits = 0
        self._kept: dict[tuple[object, ...], FormRows] = {}
        self._shown: FormRows | None = None
        self._coming: FormRows | None = None
        self.preview = ChoicePreview(self, session.foresight, self.choices)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def fields(self) -> Mapping[str, FieldRow]:
        """What is shown, by the key of its row."""
        return self._shown.fields if self._shown is not None else {}

    def contents(self, block: Block) -> Contents:
        """What the form would show; while a block is looked at its rows stay where they are, under the pointer."""
        parts = self._parts if self._block is not None and self._block.id == block.id else {}
        rows = _in_place(argument_rows(block, self._session.catalog), parts)
        reusable = self._reusable(block) if block.type == REUSE else {}
        return Contents(block, rows, (block.type, layout_of(rows), tuple(reusable.items())), reusable)

    def _reusable(self, block: Block) -> dict[str, str]:
        """The blocks whose layer a Reuse may call again, by id."""
        others = self._session.document.graph.blocks
        return {other.id: other.name for other in others if other.type not in (INPUT, REUSE) and other.id != block.id}

    def has(self, contents: Contents) -> bool:
        """All its rows are made: those of forms that were shown a moment ago are kept."""
        return contents.layout in self._kept

    def make(self, contents: Contents) -> Iterator[None]:
        """Makes the rows out of sight, in their place: what moves is styled anew."""
        if self._coming is not None:  # nobody waits for it any more
            self._coming.deleteLater()
        self._coming = rows = FormRows(contents.block.type, self._session.catalog, contents.reusable, self._open)
        rows.made.connect(self.preview.watch)
        rows.changed.connect(lambda key, value: self._change(self._rows[key], value))
        rows.complained.connect(self._complain)
        rows.reset_wanted.connect(lambda key: self._reset(self._rows[key]))
        rows.type_chosen.connect(lambda key, kind: self._change_type(self._rows[key], kind))
        rows.cell_added.connect(lambda key: self._add_cell(self._rows[key]))
        rows.cell_moved.connect(lambda key, by: self._move_cell(self._rows[key], by))
        rows.cell_removed.connect(lambda key: self._remove_cell(self._rows[key]))
        self._column.addWidget(rows)
        yield from rows.make(contents.rows)
        self._coming, self._kept[contents.layout] = None, rows

    def follow(self, contents: Contents) -> None:
        """The block became another whose rows are not made yet: until then those in sight speak of it as it is."""
        if self._block is not None and self._block.id == contents.block.id:
            self._block = contents.block
            self._rows = {**self._rows, **_by_key(contents.rows)}

    def show_contents(self, contents: Contents) -> None:
        """Shows the arguments; the same rows with other values stay where they are."""
        if self._block is None or self._block.id != contents.block.id:
            self._visits += 1
            self._parts = {row_key(row): row.part for row in flattened(contents.rows)}
        rows = self._kept.pop(contents.layout)
        self._kept[contents.layout] = rows  # the last that goes
        if rows is not self._shown:
            self._change_places(rows)  # first: what was being typed belongs to the block before
        self._block, self._rows = contents.block, _by_key(contents.rows)
        rows.show_rows(self._rows)
        self.preview.prepare(tuple(rows.fields))

    def _change_places(self, rows: FormRows) -> None:
        """The keyboard stays at the argument it is at, where the other rows have it too."""
        focused = next((key for key, field in self.fields.items() if field.field.hasFocus()), "")
        if self._shown is not None:
            self._shown.hide()
        self._shown = rows
        for field in rows.fields.values():
            field.complain("")
        rows.show()
        if focused in rows.fields:
            rows.fields[focused].field.setFocus()
        while len(self._kept) > FORMS_KEPT:
            self._kept.pop(next(iter(self._kept))).deleteLater()

    def finish(self) -> None:
        """What was unfolded is there, now."""
        if self._shown is not None:
            self._shown.finish()

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
        merge = f"{self._block.id} {row_key(row)} {self._visits}" if typed else ""
        self._push(edit, edit_text(self._block, row, value), merge)

    def _reset(self, row: Row) -> None:
        self._complain(row_key(row), "")
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
        now = shown_value(row, self._session.catalog)
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


def _by_key(rows: Sequence[Row]) -> dict[str, Row]:
    return {row_key(row): row for row in flattened(rows)}


def _in_place(rows: Sequence[Row], parts: dict[str, Part]) -> tuple[Row, ...]:
    """Each row in the part of the form that it was in at first."""
    return tuple(
        replace(row, part=parts.setdefault(row_key(row), row.part), inner=_in_place(row.inner, parts)) for row in rows
    )
