"""Finding pages: by name and alias first, then by the words of the text; a slip of the finger is forgiven."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from gui.help.values import Page

MOST = 40
NEAR = 0.75
_WORD = re.compile(r"[a-z_]{3,}")


def find_pages(text: str, pages: Iterable[Page]) -> list[Page]:
    """The pages that a search means, best first."""
    wanted = " ".join(text.lower().split())
    if not wanted:
        return []
    known = list(pages)
    found = _found(wanted, known) or _found(_nearest(wanted, known), known)
    return found[:MOST]


def _found(wanted: str, known: Sequence[Page]) -> list[Page]:
    if not wanted:
        return []
    named = sorted((page for page in known if _name_rank(page, wanted) < 3), key=lambda page: _name_rank(page, wanted))
    words = wanted.split()
    telling = [page for page in known if page not in named and all(_tells(page, word) for word in words)]
    telling.sort(key=lambda page: -_weight(page, wanted, words))
    return [*named, *telling]


def _name_rank(page: Page, wanted: str) -> int:
    """0: it is called so; 1: its name starts so; 2: its name has it; 3: none of these."""
    names = (page.title.lower(), page.address.partition(":")[2].lower(), *page.words)
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    return 2 if any(wanted in name for name in names) else 3


def _tells(page: Page, word: str) -> bool:
    """A word of the page begins so."""
    return re.search(rf"(?<![a-z]){re.escape(word)}", page.told) is not None


def _weight(page: Page, wanted: str, words: Sequence[str]) -> float:
    """The words side by side count most, then in the title, then how often they are used."""
    titled = sum(word in page.title.lower() for word in words)
    often = sum(page.told.count(word) for word in words) / (len(page.told) + 400)
    return 1000.0 * (wanted in page.told) + 100.0 * titled + often


def _nearest(wanted: str, known: Sequence[Page]) -> str:
    """The search with each unknown word as the nearest that titles and aliases use; empty: one has none."""
    vocabulary = {word for page in known for name in (page.title.lower(), *page.words) for word in _WORD.findall(name)}
    near: list[str] = []
    for word in wanted.split():
        best = get_close_matches(word, vocabulary, 1, NEAR)
        if not best:
            return ""
        near += best
    return " ".join(near)
