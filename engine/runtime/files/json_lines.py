"""JSON lines: each line a sequence, a list of numbers or of lists of numbers, alone or in a field of an object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from engine.runtime.files.lines import Lines
from engine.runtime.files.nested import MisplacedError, NestedReader, Place
from engine.runtime.files.numbers import shortened
from engine.runtime.files.rows import has_next
from engine.runtime.files.values import FileError, FileRead, FirstRows, Sequence, Wanted

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
NAMED = 8
REMEDY = "Each line holds one sequence: a list of numbers, or of one list of numbers a step."


def read_json_lines(wanted: Wanted) -> FileRead:
    """The wanted sequences; empty lines are passed over.

    Raises:
        FileError: with line and column.
    """
    with wanted.path.open("rb") as stream:
        lines, rows = Lines(stream), FirstRows()
        lines.skip(wanted.options.first, blanks=False)
        texts = (text for text in lines if text.strip())
        found = tuple(islice(_sequences(wanted, lines, texts, rows), wanted.count))
        more = len(found) == wanted.count and has_next(texts)
    return FileRead(found, more, rows=tuple(rows.kept))


def _sequences(wanted: Wanted, lines: Lines, texts: Iterator[str], rows: FirstRows) -> Iterator[Sequence]:
    reader = NestedReader(wanted)
    for text in texts:
        rows.keep((text,))
        content, key = _parsed(text, lines.number), Place()
        try:
            if isinstance(content, dict):
                fields = cast("dict[str, Any]", content)
                key = [_key(fields, wanted.options.key)]
                content = fields[key[0]]
            yield Sequence(reader.array(content), lines.number)
        except MisplacedError as error:
            column = column_of(text, [*key, *error.place])
            raise FileError(f", line {lines.number}, column {column}{error.words}: {error}", REMEDY) from None


def _parsed(text: str, line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(f", line {line}, column {error.colno}: {error.msg}", "Correct that line.") from None
    except RecursionError:
        raise FileError(f", line {line}, column 1: too many brackets in each other", REMEDY) from None
    except ValueError as error:  # a whole number of thousands of digits
        raise FileError(f", line {line}, column 1: {str(error).partition(';')[0]}", "Correct that line.") from None


def _key(fields: dict[str, Any], wanted: str) -> str:
    """The field that holds the sequence: the one that is wanted, else the only one with a list."""
    lists = [name for name, value in fields.items() if isinstance(value, list)]
    if wanted and wanted in fields:
        return wanted
    if not wanted and len(lists) == 1:
        return lists[0]
    named = ", ".join(shortened(name) for name in list(fields)[:NAMED]) or "none"
    said = f"the object has no field “{shortened(wanted)}”" if wanted else "say which field holds the sequence (key)"
    raise MisplacedError(f"{said}; its fields are {named}")


def column_of(text: str, place: Place) -> int:
    """Where a value stands in a line of JSON, from 1.

    Args:
        place: the fields and indices that lead to it.
    """
    path: Place = []
    key = ""
    for token in TOKEN.finditer(text):
        sign = token.group()
        if sign in "]}":
            path.pop()
        elif sign == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else ""
        elif sign == ":":
            path[-1] = key
        elif path == place:
            return token.start() + 1
        elif sign in "[{":
            path.append(0 if sign == "[" else "")
        elif sign.startswith('"'):
            key = json.loads(sign)
    return 1
