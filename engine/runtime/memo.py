"""A memo that forgets what was not asked for longest."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memo(Generic[Key, Value]):
    """Values by content, at most `limit` of them.

    Attributes:
        num_made: how often a value had to be made; tests count by it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: dict[Key, Value] = {}
        self.num_made = 0

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of this key, made now if it is not known."""
        try:
            value = self._values.pop(key)  # put back as the youngest
        except KeyError:
            value = make()
            self.num_made += 1
        self._values[key] = value
        if len(self._values) > self._limit:
            del self._values[next(iter(self._values))]
        return value

    def __len__(self) -> int:
        return len(self._values)
