"""Nested lists, as JSON lines and Parquet hold them, as the array of one sequence."""

from __future__ import annotations

import json
from typing import Any, cast

from engine.protocol.messages import Array
from engine.runtime.files.numbers import Numbers, as_array
from engine.runtime.files.values import Wanted

Place = list[int | str]
BYTES = 8


class MisplacedError(ValueError):
    """Something that cannot be read.

    Attributes:
        place: where it stands in the value: the indices that lead to it.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.place: Place = []

    @property
    def words(self) -> str:
        """“ (step 2, feature 1)”, as far as it is known."""
        at = [f"{kind} {place}" for kind, place in zip(("step", "feature"), self.place, strict=False)]
        return f" ({', '.join(at)})" if at else ""


class NestedReader:
    """Reads the sequences of one file; a size that the Input leaves open is that of the first sequence."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._numbers = Numbers(wanted.dtype, wanted.name)
        self._step = list(wanted.step)
        self._held = 0

    def array(self, content: Any) -> Array:
        """(T, …) of a list of numbers or of lists; without a time axis (F, …).

        Raises:
            MisplacedError: it is none, or there is too much of it.
        """
        timed = self._wanted.timed
        flat = timed and self._step == [1] and not _is_nested(content)  # a number a step, for one feature
        sizes: list[int | None] = [None, *([] if flat else self._step)] if timed else list(self._step)
        numbers = self._numbers.empty()
        self._fill(content, sizes, 0, numbers)
        if numbers and not flat:
            self._step = sizes[1:] if timed else sizes
        shape = [sizes[0], *self._step] if timed else sizes
        self._held += len(numbers) * BYTES
        if self._held > self._wanted.most_bytes:
            raise MisplacedError(f"the sequences take more than {self._wanted.most_bytes / 2**30:.1f} GiB")
        return as_array(numbers, tuple(size or 0 for size in shape))

    def _fill(self, value: Any, sizes: list[int | None], depth: int, numbers: Any) -> None:
        """Appends the numbers of nested lists; an open size becomes that of the first list."""
        if depth == len(sizes):
            try:
                numbers.append(self._numbers.read(value))
            except ValueError as error:
                raise MisplacedError(str(error)) from None
            return
        if not isinstance(value, list):
            found = "an object" if isinstance(value, dict) else json.dumps(value, default=str)[:24]
            raise MisplacedError(f"{found} stands where a list is wanted, and {self._wanted.name} takes {self._takes}")
        parts = cast("list[Any]", value)
        if sizes[depth] is None:
            sizes[depth] = len(parts)
        elif sizes[depth] != len(parts):
            raise MisplacedError(f"{len(parts)} values stand where {sizes[depth]} are wanted")
        for at, part in enumerate(parts):
            try:
                self._fill(part, sizes, depth + 1, numbers)
            except MisplacedError as error:
                error.place.insert(0, at)
                raise

    @property
    def _takes(self) -> str:
        axes = ("steps", *self._wanted.step) if self._wanted.timed else self._wanted.step
        return (
            "(" + ", ".join("?" if size is None else str(size) for size in axes) + ("," if len(axes) == 1 else "") + ")"
        )


def _is_nested(content: Any) -> bool:
    parts = cast("list[Any]", content) if isinstance(content, list) else []
    return bool(parts) and isinstance(parts[0], list)
