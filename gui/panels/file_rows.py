"""How a file of the sample is read, as rows of the form: of all options those that matter for the file's suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.document.file_options import OF_SUFFIX, ROWS, TOKENIZERS, suffix_of
from engine.graph.values import Json
from gui.panels.sample_fields import Typed, choice, put
from gui.panels.sample_values import (
    read_column,
    read_columns,
    read_delimiter,
    read_whole,
    written_columns,
    written_delimiter,
)
from gui.widgets.field_row import FieldRow

FOUND = "found"


@dataclass(frozen=True)
class Option:
    """A row.

    Attributes:
        key: of the Input's entry.
        words: what may be chosen, and what each means in the document; none: it is typed.
        read, written: of what is typed.
    """

    key: str
    name: str
    hint: str
    words: Mapping[str, Json] | None = None
    read: Callable[[str], Json] = str.strip
    written: Callable[[Any], str] = str


def _first(text: str) -> Json:
    return read_whole(text, "first", 0) or None


def _name(text: str) -> Json:
    return text.strip() or None


OPTIONS = (
    Option("tokenizer", "tokenizer", "What a token is: what stands between white space, or a single character",
           {word: word for word in TOKENIZERS}),
    Option("key", "key", "The field of each object that holds the sequence; empty: the only one with a list",
           read=_name),
    Option("rows", "rows are", "A row is one of the steps, or one of the sequences; found: from columns and Input",
           {FOUND: None, **{word: word for word in ROWS}}),
    Option("sequence", "sequence", "The column that says which sequence a row belongs to: a name, or a number from 1",
           read=read_column, written=written_columns),
    Option("time", "time", "The column that orders the steps of a sequence: a name, or a number from 1",
           read=read_column, written=written_columns),
    Option("columns", "columns", "The features: names, or numbers from 1, with commas between them; empty: all others",
           read=read_columns, written=written_columns),
    Option("header", "header", "The first row names the columns; found: where none of its cells is a number",
           {FOUND: None, "yes": True, "no": False}),
    Option("delimiter", "delimiter", "What stands between cells: a character, tab or space; empty: it is found",
           read=read_delimiter, written=written_delimiter),
    Option("labels", "labels", "An array of one number for each sequence, such as its class: FILE.npz#name; empty: none",
           read=_name),
    Option("first", "first", "How many sequences are passed over before the batch; empty: none", read=_first),
)  # fmt: skip


class FileRows(QWidget):
    """The rows; says an option by its key."""

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, FieldRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def _row(self, option: Option) -> FieldRow:
        said = partial(self.changed.emit, option.key)
        if option.words is not None:
            words = option.words
            field: QWidget = choice(tuple(words), lambda text: said(words[text]))
        else:
            field = Typed(option.read)
            field.typed.connect(said)
        row = FieldRow(option.name, field, option.hint)
        field.setAccessibleName(option.name)
        if isinstance(field, Typed):
            field.complained.connect(row.complain)
        row.reset_wanted.connect(lambda: said(None))
        self.fields[option.key] = row
        return row

    def show_entry(self, entry: Mapping[str, Any]) -> None:
        """The options of an entry, and no others; a row is made when it is first wanted."""
        wanted = OF_SUFFIX.get(suffix_of(str(entry.get("path", ""))), ())
        place = 0
        for option in OPTIONS:
            row, value = self.fields.get(option.key), entry.get(option.key)
            if row is None and option.key in wanted:
                row = self._row(option)
                self._column.insertWidget(place, row)
            if row is None:
                continue
            place += 1
            row.setVisible(option.key in wanted)
            row.show_changed(changed=value is not None, may_reset=value is not None, default=_default(option))
            put(row.field, _written(option, value))


def _default(option: Option) -> str:
    return next(iter(option.words)) if option.words else "none"


def _written(option: Option, value: Any) -> str:
    if option.words is not None:
        return next((word for word, meant in option.words.items() if meant == value), _default(option))
    return "" if value is None else option.written(value)
