"""The lines of a text file one after the other: never the whole file, never a line of any length."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from engine.runtime.files.values import MOST_TEXT, FileError

LONGEST_LINE = 16 * 1024**2
MARK = "\ufeff"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Lines:
    """Lines as text, with their ends.

    Attributes:
        number: of the last line that was given, from 1.
        num_bytes: of the lines that were given as text.
        most_bytes: of such lines.
    """

    def __init__(self, stream: BinaryIO, most_bytes: int | None = None) -> None:
        self._stream = stream
        self.number = 0
        self.num_bytes = 0
        self.most_bytes = MOST_TEXT if most_bytes is None else most_bytes

    def skip(self, count: int, *, blanks: bool = True) -> None:
        """Passes over lines without a look at what they hold; `blanks`: empty ones count."""
        while count and (raw := self._next()):
            count -= blanks or bool(raw.strip())

    def restart(self) -> None:
        """What was read until now does not count against the most that may be read."""
        self.num_bytes = 0

    def __iter__(self) -> Iterator[str]:
        while raw := self._next():
            self.num_bytes += len(raw)
            if self.num_bytes > self.most_bytes:
                why = f": the sequences that are wanted take more than {self.most_bytes / 2**20:.0f} MiB"
                raise FileError(why, "Take fewer sequences, or say timesteps to cut rows of no sequence.")
            yield self._decoded(raw)

    def _next(self) -> bytes:
        raw = self._stream.readline(LONGEST_LINE + 1)
        if raw:
            self.number += 1
        if len(raw) > LONGEST_LINE:
            why = f", line {self.number} is longer than {LONGEST_LINE / 2**20:.0f} MiB"
            raise FileError(why, "Write one sequence, or one step, a line.")
        return raw

    def _decoded(self, raw: bytes) -> str:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            column = len(raw[: error.start].decode("utf-8")) + 1
            what = "the file is UTF-16" if raw.startswith(UTF_16) else "this is no UTF-8 text"
            why = f", line {self.number}, column {column}: {what}"
            raise FileError(why, "Save the file as UTF-8.") from None
        return text.removeprefix(MARK) if self.number == 1 else text
