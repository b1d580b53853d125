"""What an Input wants of a file, what was read of it, and why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from engine.document.file_options import FileOptions
from engine.protocol.messages import Array

MOST_TEXT = 64 * 1024**2
"""Bytes that are read for one sample: Python takes seconds for them."""


class FileError(Exception):
    """A file that cannot be read as it is wanted.

    Attributes:
        why: goes on after the name of the file, as in “, line 3, column 5: “x” is no number”.
        remedy: one sentence.
    """

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why, self.remedy = why, remedy


@dataclass(frozen=True)
class Wanted:
    """What one Input wants of a file.

    Attributes:
        name: of the Input.
        shape: of one sequence, (T, …) or, without a time axis, (F, …); None: any size.
        timed: axis 0 of it is time.
        steps: the padded length, where one is said: rows of no sequence are cut into as many.
        count: how many sequences.
        most_bytes: that may be held.
    """

    path: Path
    options: FileOptions
    name: str
    shape: tuple[int | None, ...]
    dtype: np.dtype[Any]
    timed: bool
    steps: int | None
    count: int
    most_bytes: int

    @property
    def step(self) -> tuple[int | None, ...]:
        """The shape of a step, or of a whole row where there is no time."""
        return self.shape[1:] if self.timed else self.shape

    @property
    def features(self) -> int | None:
        """Numbers of a step (of a row); None: any."""
        return None if None in self.step else prod(size or 0 for size in self.step)


@dataclass(frozen=True)
class Sequence:
    """One sequence.

    Attributes:
        values: (T, …) of float64 or int64; without a time axis (F, …).
        line: of the file, where it begins, from 1; a row in Parquet.
        tokens: (T,) the words of a text.
    """

    values: Array
    line: int
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a text: id 0 is padding, 1 any token that is not here, 2 the most frequent one, and so on.

    Attributes:
        tokens: in the order of their ids, from 2 on.
        counts: how often each is in the part of the text that was read for it.
        whole: that part is the whole text.
    """

    tokens: tuple[str, ...]
    counts: tuple[int, ...]
    whole: bool

    @property
    def size(self) -> int:
        """Ids, with padding and unknown: the smallest input_dim that holds them."""
        return len(self.tokens) + FIRST_ID


PADDING_ID, UNKNOWN_ID, FIRST_ID = 0, 1, 2


@dataclass(frozen=True)
class FileRead:
    """What was read of a file.

    Attributes:
        more: the file has further sequences.
        header: of tables: the names of the columns.
        roles: of tables: what each column is: `sequence`, `time`, `feature`, or nothing.
        rows: the first rows that were read, as they stand in the file.
        vocabulary: of texts.
    """

    sequences: tuple[Sequence, ...]
    more: bool
    header: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    vocabulary: Vocabulary | None = None


FIRST_ROWS, LONGEST_CELL = 6, 200


@dataclass
class FirstRows:
    """Keeps the first rows that go by, as text that can be shown."""

    kept: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def keep(self, cells: tuple[object, ...] | list[Any]) -> None:
        """One more row; what comes later is not kept."""
        if len(self.kept) < FIRST_ROWS:
            self.kept.append(tuple(_shown(cell) for cell in cells[:LONGEST_CELL]))


def _shown(cell: object) -> str:
    text = cell if isinstance(cell, str) else "null" if cell is None else str(cell)
    text = text.strip("\r\n")
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"
