"""A cell of a file as a number that an Input's type can hold."""

from __future__ import annotations

from array import array
from math import isfinite
from typing import Any, SupportsFloat

import numpy as np

from engine.protocol.messages import Array

LONGEST_SHOWN = 24


class Numbers:
    """Reads cells for one type of Input.

    Args:
        name: of the Input, for the sentences.
    """

    def __init__(self, dtype: np.dtype[Any], name: str) -> None:
        self._dtype, self._name = dtype, name
        self._whole = dtype.kind in "iub"
        kept = np.iinfo(np.int64)  # how whole numbers are kept until they are fed
        if dtype.kind == "b":
            self._lowest, self._highest = 0.0, 1.0
        elif self._whole:
            bounds = np.iinfo(dtype)
            self._lowest, self._highest = max(bounds.min, kept.min), min(bounds.max, kept.max)
        else:
            self._highest = float(np.finfo(dtype).max)
            self._lowest = -self._highest

    def read(self, cell: object) -> float:
        """The number of a cell: text, or what JSON and Parquet make of it.

        Raises:
            ValueError: what is wrong, to be said after the place of the cell.
        """
        value = _parsed(cell, whole=self._whole)
        if self._whole and value != value // 1:  # NaN and infinity too
            raise ValueError(f"{_quoted(cell)} is no whole number, and {self._name} takes {self._dtype}")
        if not self._lowest <= value <= self._highest and isfinite(value):
            raise ValueError(f"{_quoted(cell)} is more than {self._dtype} of {self._name} can hold")
        return int(value) if self._whole else value

    def empty(self) -> array[Any]:
        """Where numbers that were read are kept."""
        return array("q" if self._whole else "d")


def as_array(numbers: array[Any], shape: tuple[int, ...]) -> Array:
    """The numbers of a sequence in their shape."""
    return np.frombuffer(numbers, np.int64 if numbers.typecode == "q" else np.float64).reshape(shape)


def reads_as_number(cell: str) -> bool:
    """The cell holds a number, nan and inf among them."""
    try:
        _parsed(cell, whole=False)
    except ValueError:
        return False
    return True


def _parsed(cell: object, *, whole: bool) -> float:
    if isinstance(cell, str):
        return _from_text(cell, whole=whole)
    if cell is None:
        raise ValueError("null is no number: write NaN for a value that is missing")
    if isinstance(cell, int):
        return cell
    if isinstance(cell, SupportsFloat) and not isinstance(cell, list | dict):
        return float(cell)
    raise ValueError(f"{_quoted(cell)} is no number")


def _from_text(cell: str, *, whole: bool) -> float:
    if not cell.strip():
        raise ValueError("the cell is empty: write nan for a value that is missing")
    if "_" in cell:  # Python reads 1_000, nobody else does
        raise ValueError(f"{_quoted(cell)} is no number")
    try:
        return int(cell) if whole and cell.strip().lstrip("+-").isdigit() else float(cell)
    except ValueError:
        raise ValueError(f"{_quoted(cell)} is no number") from None


def _quoted(cell: object) -> str:
    text = " ".join(str(cell).split()) if not isinstance(cell, list | dict) else "a list or an object"
    return text if not isinstance(cell, str | list | dict) or text.startswith("a list") else f"“{shortened(text)}”"


def shortened(text: str) -> str:
    """A text short enough for a sentence."""
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
