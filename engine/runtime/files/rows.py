"""The first sequences of many, without a look at those that come after."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Cells
from itertools import islice
from typing import Any, TypeAlias

from engine.runtime.files.table import Table
from engine.runtime.files.values import FileError, Sequence

Row: TypeAlias = "tuple[int, Cells[Any]]"


class Rows:
    """Rows with their number; knows whether it has come to the end."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.ended = False

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        try:
            return next(self._rows)
        except StopIteration:
            self.ended = True
            raise


def first_sequences(table: Table, rows: Rows, count: int) -> tuple[tuple[Sequence, ...], bool]:
    """As many sequences as are wanted, and whether there are more."""
    found = tuple(islice(table.sequences(rows), count))
    return found, not rows.ended and (table.of_steps or has_next(rows))


def has_next(rows: Iterator[Any]) -> bool:
    """There is something more, even if it cannot be read."""
    try:
        return next(rows, None) is not None
    except FileError:
        return True
