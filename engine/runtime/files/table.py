"""Rows of a table as sequences: what each column is, which rows belong together, in which order.

Where nothing is said, a row is a step if a column names the sequence, if columns are named, if the Input takes several
features a step, or if there is a single column; else a row is a whole sequence of single numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Sequence as Cells
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine.document.file_options import Column
from engine.runtime.files.numbers import Numbers, as_array, reads_as_number, shortened
from engine.runtime.files.values import FileError, FirstRows, Sequence, Wanted

SEQUENCE_NAMES = ("sequence", "sequence_id", "seq", "seq_id", "series", "series_id", "id")
TIME_NAMES = ("time", "timestamp", "timestep", "step", "frame", "t")
"""Columns of these names are what they say, where nothing else is said."""
LISTED = 12
BYTES = 8


@dataclass(frozen=True)
class Roles:
    """What the columns are, by their index.

    Attributes:
        steps: a row is a step; else a whole sequence.
    """

    features: tuple[int, ...]
    sequence: int | None
    time: int | None
    steps: bool

    def words(self, count: int) -> tuple[str, ...]:
        """What each column is, in a word."""
        said = {self.sequence: "sequence", self.time: "time", **dict.fromkeys(self.features, "feature")}
        return tuple(said.get(at, "") for at in range(count))


def roles_of(names: tuple[str, ...], wanted: Wanted, *, named: bool, single: bool) -> Roles:
    """What the columns of a table are.

    Args:
        names: of the columns; `named`: they stand in the file; `single`: there is only one.

    Raises:
        FileError: a column is not there, or there are not as many as the Input takes.
    """
    options = wanted.options
    chosen = tuple(_index(column, names) for column in options.columns)
    others = {name.strip().lower(): at for at, name in reversed(tuple(enumerate(names))) if named and at not in chosen}
    sequence, time = _said(options.sequence, names), _said(options.time, names)
    if sequence is None and wanted.timed and options.rows != "sequences":
        sequence = next((others[name] for name in SEQUENCE_NAMES if name in others), None)
    if time is None and (sequence is not None or options.rows == "steps"):
        time = next((others[name] for name in TIME_NAMES if name in others and others[name] != sequence), None)
    rest = tuple(at for at in range(len(names)) if at not in (sequence, time))
    steps = options.rows == "steps" if options.rows else bool(
        sequence is not None or chosen or wanted.features != 1 or single
    )  # fmt: skip
    roles = Roles(chosen or rest, sequence, time, steps and wanted.timed)
    _check_count(roles, names, wanted)
    return roles


def _check_count(roles: Roles, names: tuple[str, ...], wanted: Wanted) -> None:
    found, takes = len(roles.features), wanted.features
    if not roles.features:
        raise FileError(" has no column that is left for features", "Name other columns, or another sequence column.")
    if wanted.timed and not roles.steps:
        if takes not in (1, None):
            why = f": a row that is a sequence has one number a step, and {wanted.name} takes {takes}"
            raise FileError(why, "Say that rows are steps, and which column names the sequence.")
        return
    if takes is None and len(wanted.step) != 1 or takes is not None and found != takes:
        said = _listed([names[at] for at in roles.features])
        wants = takes if takes is not None else "more axes"
        why = f" has {found} columns of features ({said}), and {wanted.name} takes {wants}"
        raise FileError(why, "Say which columns are the features, or change the Input's shape.")


def _said(column: Column, names: tuple[str, ...]) -> int | None:
    return None if column == "" else _index(column, names)


def _index(column: Column, names: tuple[str, ...]) -> int:
    if isinstance(column, int) and column <= len(names):
        return column - 1
    if column in names:
        return names.index(str(column))
    said = f"{column}" if isinstance(column, int) else f"“{shortened(column)}”"
    raise FileError(f" has no column {said}", f"The columns are: {_listed(names)}.")


def _listed(names: Iterable[str]) -> str:
    known = [shortened(name) for name in names]
    return ", ".join(known[:LISTED]) + (", …" if len(known) > LISTED else "")


class Table:
    """The sequences of rows.

    Args:
        names: of the columns; a row that is a sequence may have more cells than there are names.
        what: how a row is called: `line` or `row`.
        skipped: is told of every row that is passed over.
    """

    def __init__(
        self, wanted: Wanted, names: tuple[str, ...], roles: Roles, what: str, skipped: Callable[[], None]
    ) -> None:
        self._wanted, self._names, self._roles, self._what = wanted, names, roles, what
        self._skipped = skipped
        self._numbers = Numbers(wanted.dtype, wanted.name)
        self._held = 0
        self.first_rows = FirstRows()
        self.of_steps = roles.steps

    def sequences(self, rows: Iterable[tuple[int, Cells[Any]]]) -> Iterator[Sequence]:
        """Sequences, after those that are passed over.

        Args:
            rows: the number of each in the file, and its cells.

        Raises:
            FileError: a row that is none.
        """
        return self._of_steps(rows) if self._roles.steps else self._of_rows(rows)

    # --- a row is a sequence -------------------------------------------------------------------------------------

    def _of_rows(self, rows: Iterable[tuple[int, Cells[Any]]]) -> Iterator[Sequence]:
        for at, (line, cells) in enumerate(rows):
            if at < self._wanted.options.first:
                self._skipped()
                continue
            self.first_rows.keep(list(cells))
            places = self._places(cells)
            numbers = self._numbers.empty()
            for place in places:
                numbers.append(self._read(cells, place, line))
            shape = self._shape_of_row(len(numbers), line)
            self._count(len(numbers), line)
            yield Sequence(as_array(numbers, shape), line)

    def _places(self, cells: Cells[Any]) -> Iterable[int]:
        """The cells of a row that are numbers; empty ones at its end are none."""
        if self._wanted.options.columns or not self._wanted.timed:
            return self._roles.features
        end = len(cells)
        while end and cells[end - 1] == "":
            end -= 1
        return [at for at in range(end) if at not in (self._roles.sequence, self._roles.time)]

    def _shape_of_row(self, count: int, line: int) -> tuple[int, ...]:
        step = self._wanted.step
        if self._wanted.timed:
            return (count, *(1 for _ in step))
        if self._wanted.features not in (None, count):
            why = f", {self._what} {line} has {count} numbers, and {self._wanted.name} takes {self._wanted.features}"
            raise FileError(why, "Say which columns are the features, or change the Input's shape.")
        return tuple(size if size is not None else count for size in step)

    # --- a row is a step -----------------------------------------------------------------------------------------

    def _of_steps(self, rows: Iterable[tuple[int, Cells[Any]]]) -> Iterator[Sequence]:
        met: dict[str, int] = {}
        for at, (key, steps) in enumerate(groupby(enumerate(rows), self._key)):
            if self._roles.sequence is not None and key in met:
                _, (line, _) = next(steps)
                why = f", {self._what} {line}: sequence “{shortened(key)}” begins again, after it ended before"
                raise FileError(why, f"Sort the rows by {self._names[self._roles.sequence]}.")
            if at < self._wanted.options.first:
                for _ in steps:
                    self._skipped()
                continue
            met[key] = at
            yield self._sequence(row for _, row in steps)

    def _key(self, numbered: tuple[int, tuple[int, Cells[Any]]]) -> str:
        at, (line, cells) = numbered
        column = self._roles.sequence
        if column is None:
            return str(at // self._wanted.steps) if self._wanted.steps else ""
        self._check_width(cells, line)
        return str(cells[column]).strip()

    def _sequence(self, rows: Iterator[tuple[int, Cells[Any]]]) -> Sequence:
        numbers, times, first = self._numbers.empty(), list[Any](), 0
        for line, cells in rows:
            self._check_width(cells, line)
            self.first_rows.keep(list(cells))
            for place in self._roles.features:
                numbers.append(self._read(cells, place, line))
            if self._roles.time is not None:
                times.append(cells[self._roles.time])
            first = first or line
            self._count(len(self._roles.features), line)
        width = len(self._roles.features)
        values = as_array(numbers, (len(numbers) // width, width))
        values = values[in_order(times)] if times else values
        step = tuple(size if size is not None else width for size in self._wanted.step)
        return Sequence(values.reshape(len(values), *step), first)

    def _check_width(self, cells: Cells[Any], line: int) -> None:
        if len(cells) != len(self._names):
            why = (
                f", {self._what} {line}, column {min(len(cells), len(self._names)) + 1}: the row has {len(cells)} cells"
            )
            raise FileError(why, f"The first row has {len(self._names)}; every step needs as many.")

    # --- cells ---------------------------------------------------------------------------------------------------

    def _read(self, cells: Cells[Any], place: int, line: int) -> float:
        try:
            return self._numbers.read(cells[place] if place < len(cells) else "")
        except ValueError as error:
            name = self._names[place] if place < len(self._names) else str(place + 1)
            raise FileError(f", {self._what} {line}, column {shortened(name)}: {error}", REMEDY) from None

    def _count(self, numbers: int, line: int) -> None:
        self._held += numbers * BYTES
        if self._held > self._wanted.most_bytes:
            why = f", {self._what} {line}: the sequences take more than {self._wanted.most_bytes / 2**30:.1f} GiB"
            raise FileError(why, "Take fewer sequences, or say timesteps to cut rows of no sequence.")


REMEDY = "Correct the cell, or choose which columns are read."


def in_order(times: list[Any]) -> list[int]:
    """The steps of a sequence by their time: numbers, or text that sorts, such as 2026-01-31."""
    texts = [str(time).strip() for time in times]
    keys: list[Any] = [float(text) for text in texts] if all(map(reads_as_number, texts)) else texts
    return sorted(range(len(keys)), key=keys.__getitem__)
