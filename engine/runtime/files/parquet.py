"""Parquet, some rows at a time, by the optional package polars: rows as steps, or columns of lists as sequences."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from collections.abc import Sequence as Cells
from typing import Any

from engine.runtime.files.nested import MisplacedError, NestedReader
from engine.runtime.files.rows import Row, Rows, first_sequences
from engine.runtime.files.table import Table, roles_of
from engine.runtime.files.values import FileError, FileRead, FirstRows, Sequence, Wanted

ROWS_AT_A_TIME = 8192
EXTRA = 'Install the extra “parquet” of SeqLoom: pip install "seqloom[parquet]".'


def read_parquet(wanted: Wanted) -> FileRead:
    """The wanted sequences.

    Raises:
        FileError: with row and column.
    """
    try:
        polars = importlib.import_module("polars")
    except ImportError:
        raise FileError(" is read by the package polars, which is not installed", EXTRA) from None
    try:
        frame = polars.scan_parquet(wanted.path.absolute(), glob=False, hive_partitioning=False)
        schema: dict[str, Any] = dict(frame.collect_schema())
        lists = [name for name, kind in schema.items() if isinstance(kind, polars.List | polars.Array)]
        return (_of_lists if lists else _of_rows)(frame, list(schema), lists, wanted)
    except polars.exceptions.PolarsError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise FileError(f" is damaged or no Parquet ({reason})", "Write it anew.") from None


def _of_rows(frame: Any, columns: list[str], _: list[str], wanted: Wanted) -> FileRead:
    """Rows of single numbers, as in CSV; where a row is a sequence, those that are passed over are not read."""
    names = tuple(columns)
    roles = roles_of(names, wanted, named=True, single=len(names) == 1)
    table = Table(wanted, names, roles, "row", lambda: None)
    rows = Rows(_rows(frame, 0))
    found, more = first_sequences(table, rows, wanted.count)
    return FileRead(found, more, names, roles.words(len(names)), tuple(table.first_rows.kept))


def _rows(frame: Any, first: int, at_a_time: int = ROWS_AT_A_TIME) -> Iterator[Row]:
    """Rows with their number, from 1, read when they are asked for."""
    while True:
        part = frame.slice(first, at_a_time).collect()
        yield from enumerate(part.iter_rows(), first + 1)
        first += at_a_time
        if part.height < at_a_time:
            return


def _of_lists(frame: Any, columns: list[str], lists: list[str], wanted: Wanted) -> FileRead:
    """A row is a sequence: a column of lists holds it, or one of its features."""
    chosen = [columns[at] for at in roles_of_lists(tuple(columns), tuple(lists), wanted)]
    rows, first_rows = Rows(_rows(frame.select(chosen), wanted.options.first, wanted.count + 1)), FirstRows()
    reader = NestedReader(wanted)
    found: list[Sequence] = []
    for line, cells in rows:
        if len(found) == wanted.count:
            break
        first_rows.keep(list(cells))
        try:
            found.append(Sequence(reader.array(_steps(cells, chosen)), line))
        except MisplacedError as error:
            said = ", ".join(chosen)
            raise FileError(f", row {line}, column {said}{error.words}: {error}", "Correct the row.") from None
    words = tuple("feature" for _ in chosen)
    return FileRead(tuple(found), not rows.ended, tuple(chosen), words, tuple(first_rows.kept))


def roles_of_lists(names: tuple[str, ...], lists: tuple[str, ...], wanted: Wanted) -> tuple[int, ...]:
    """The columns of lists that are read: those that are named, else all of them."""
    named = roles_of(names, wanted, named=True, single=len(names) == 1).features if wanted.options.columns else ()
    return named or tuple(names.index(name) for name in lists)


def _steps(cells: Cells[Any], names: list[str]) -> Any:
    """The only list, or the lists of several features side by side."""
    if len(cells) == 1:
        return cells[0]
    sizes = {name: len(cell) if isinstance(cell, list) else 0 for name, cell in zip(names, cells, strict=True)}
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise MisplacedError(f"the lists of a row are not equally long: {said}")
    return [list(step) for step in zip(*cells, strict=True)]
