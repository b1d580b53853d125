"""CSV and TSV, row by row, by the standard library's reader."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Cells
from itertools import chain

from engine.runtime.files.lines import Lines
from engine.runtime.files.numbers import reads_as_number
from engine.runtime.files.rows import Row, Rows, first_sequences
from engine.runtime.files.table import Table, roles_of
from engine.runtime.files.values import FileError, FileRead, Wanted

DELIMITERS = ",;\t| "
SNIFFED_LINES, SNIFFED = 20, 16 * 1024


def read_csv(wanted: Wanted) -> FileRead:
    """The wanted sequences of a table.

    Raises:
        FileError: with line and column.
    """
    with wanted.path.open("rb") as stream:
        lines = Lines(stream)
        head = _head(lines)
        delimiter = wanted.options.delimiter or ("\t" if wanted.path.suffix.lower() == ".tsv" else _sniffed(head))
        rows = _rows(chain(head, lines), delimiter)
        before: list[Row] = []
        for row in rows:
            before.append(row)
            if row[1]:
                break
        if not before or not before[-1][1]:
            raise FileError(" is empty", "Choose another file.")
        names, header = _names(before[-1][1], said=wanted.options.header)
        single = not any(delimiter in line for line in head)
        roles = roles_of(names, wanted, named=header, single=single)
        whole = rows if header else chain(before, rows)
        table = Table(wanted, names, roles, "line", lines.restart)
        kept = Rows(_without_blanks(whole, inner=wanted.timed and not roles.steps))
        found, more = first_sequences(table, kept, wanted.count)
    return FileRead(found, more, names, roles.words(len(names)), tuple(table.first_rows.kept))


def _names(cells: Cells[str], *, said: bool | None) -> tuple[tuple[str, ...], bool]:
    """The names of the columns, and whether they stand in the file: where no cell of the first row is a number."""
    header = not any(map(reads_as_number, cells)) if said is None else said
    return tuple((cell.strip() if header else "") or str(at) for at, cell in enumerate(cells, 1)), header


def _head(lines: Lines) -> list[str]:
    head: list[str] = []
    for line in lines:
        head.append(line)
        if len(head) == SNIFFED_LINES or lines.num_bytes > SNIFFED:
            break
    return head


def _sniffed(head: list[str]) -> str:
    """What stands between cells: what the standard library finds, else what there is most of."""
    text = "".join(head)[:SNIFFED]
    try:
        return csv.Sniffer().sniff(text, DELIMITERS).delimiter
    except csv.Error:  # rows of different lengths, or a single column
        return max(DELIMITERS, key=text.count)


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """Rows with the line that they end in.

    Raises:
        FileError: quotes that do not match, a cell without an end.
    """
    seen = [""]
    reader = csv.reader(_watched(lines, seen), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            column = max(seen[0].find('"'), 0) + 1
            why = f", line {max(reader.line_num, 1)}, column {column}: {error}"
            raise FileError(why, "Correct the quotes of that line.") from None
        yield reader.line_num, cells


def _watched(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    for line in lines:
        seen[0] = line
        yield line


def _without_blanks(rows: Iterable[Row], *, inner: bool) -> Iterator[Row]:
    """Without blank lines; where each is an empty sequence (`inner`), only those at the end of the file go."""
    blanks: list[Row] = []
    for row in rows:
        if row[1]:
            yield from blanks
            blanks.clear()
            yield row
        elif inner:
            blanks.append(row)
