"""A page as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Page:
    """One page of the help.

    Attributes:
        address: such as `page:masks`, `layer:LSTM`, `code:shape.ndim`.
        make: gives the text; a page is written when it is first read.
        group: the head under which the contents list it.
        words: what it also goes by in a search, in lower case.
        summary: searched in the place of the text, where the text is made; empty: the text itself is searched.
    """

    address: str
    title: str
    make: Callable[[], str] = field(compare=False)
    group: str
    words: tuple[str, ...] = ()
    summary: str = ""

    @cached_property
    def text(self) -> str:
        """Markdown without the title; a line `{{example:NAME}}` is a live example."""
        return self.make()

    @cached_property
    def told(self) -> str:
        """What is searched, in lower case and on one line."""
        return " ".join(f"{self.title} {self.summary or self.text}".lower().split())
