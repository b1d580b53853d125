"""How a file of the sample is read: which columns, which rows, which words. Read from an Input's entry of the sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeAlias, cast

Column: TypeAlias = str | int
Rows: TypeAlias = Literal["", "steps", "sequences"]
Tokenizer: TypeAlias = Literal["whitespace", "characters"]

ROWS: tuple[Rows, ...] = ("steps", "sequences")
TOKENIZERS: tuple[Tokenizer, ...] = ("whitespace", "characters")
ARRAYS = (".npy", ".npz")
TABLES = (".csv", ".tsv")
JSON_LINES = (".jsonl", ".ndjson")
PARQUET = (".parquet",)
TEXTS = (".txt",)
SUFFIXES = (*ARRAYS, *TABLES, *JSON_LINES, *PARQUET, *TEXTS)
"""The files that are read, by the end of their name."""
PART = "#"
LARGEST_FIRST = 1_000_000_000


@dataclass(frozen=True)
class FileOptions:
    """How a file is read; what is empty is found in the file.

    Attributes:
        first: how many sequences are passed over.
        columns: of tables: the features, by name or by number from 1; empty: all that are not `sequence` or `time`.
        sequence: of tables whose rows are steps: the column that says which sequence a row belongs to.
        time: of such tables: the column that says the order of the steps of a sequence.
        rows: of tables: a row is one of the `steps`, or one of the `sequences`.
        header: of tables: the first row names the columns.
        delimiter: of tables: what stands between two cells.
        key: of JSON lines that are objects: the field that holds the sequence.
        tokenizer: of text: what a token is.
    """

    first: int = 0
    columns: tuple[Column, ...] = ()
    sequence: Column = ""
    time: Column = ""
    rows: Rows = ""
    header: bool | None = None
    delimiter: str = ""
    key: str = ""
    tokenizer: Tokenizer = "whitespace"


_TABLE = ("columns", "sequence", "time", "rows")
OF_SUFFIX: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(ARRAYS, ("first", "valid", "lengths", "labels")),
    **dict.fromkeys(TABLES, (*_TABLE, "header", "delimiter", "first")),
    **dict.fromkeys(PARQUET, (*_TABLE, "first")),
    **dict.fromkeys(JSON_LINES, ("key", "first")),
    **dict.fromkeys(TEXTS, ("tokenizer", "first")),
}
"""The keys of an entry that say how a file of this suffix is read."""
FILE_KEYS = frozenset(key for keys in OF_SUFFIX.values() for key in keys)


def suffix_of(path: str) -> str:
    """The end of a file's name, small; of `FILE.npz#NAME` that of the file."""
    return PurePath(file_of(path)).suffix.lower()


def file_of(path: str) -> str:
    """The file of a path of the sample: `FILE.npz#NAME` without the name."""
    file, _, _ = path.partition(PART)
    return file if PurePath(file).suffix.lower() == ".npz" else path


def is_ragged(path: str) -> bool:
    """The file holds sequences of their own lengths, no array that was padded before."""
    return suffix_of(path) in SUFFIXES and suffix_of(path) not in ARRAYS


def read_options(entry: Mapping[str, Any], complain: Callable[[str, str], None]) -> FileOptions:
    """The options of an entry; each wrong one is told and takes its default.

    Args:
        complain: is told what is wrong, as in “has …”, and what it should be.
    """
    read: dict[str, Any] = {}
    for key, (check, said) in OPTION_CHECKS.items():
        value: Any = entry.get(key)
        if value is None:
            continue
        if check(value):
            read[key] = tuple(cast("list[Column]", value)) if key == "columns" else value
        else:
            complain(f"has {value!r} as {key}", said)
    return FileOptions(**read)


def _is_whole(value: object, lowest: int, highest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest


def _is_column(value: object) -> bool:
    return isinstance(value, str) or _is_whole(value, 1, LARGEST_FIRST)


def _are_columns(value: object) -> bool:
    return isinstance(value, list) and value != [] and all(map(_is_column, cast("list[object]", value)))


COLUMN = "A column is its name, or its number from 1."
OPTION_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "first": (
        lambda value: _is_whole(value, 0, LARGEST_FIRST),
        "It counts the sequences that are passed over, from 0.",
    ),
    "columns": (_are_columns, f"It is a list of columns. {COLUMN}"),
    "sequence": (_is_column, COLUMN),
    "time": (_is_column, COLUMN),
    "rows": (lambda value: value in ROWS, "Choose one of steps, sequences."),
    "header": (lambda value: isinstance(value, bool), "Choose true or false."),
    "delimiter": (
        lambda value: isinstance(value, str) and len(value) == 1 and value not in '"\r\n',
        "It is a single character, such as a comma.",
    ),
    "key": (lambda value: isinstance(value, str), "It is the name of a field."),
    "tokenizer": (lambda value: value in TOKENIZERS, "Choose one of whitespace, characters."),
}
"""What each option may be, and the sentence that says so."""
