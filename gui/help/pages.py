"""Pages of the help. A written page starts at a heading that ends in its address: `# Masks {page:masks; padding}`.

An address says what a page is about: `page:NAME`, `view:NAME`, `code:shape.ndim` (a problem), `layer:LSTM`,
`layers:recurrent` (a category), `sheet:shortcuts`. Other links do something: `example:NAME` opens one, `action:ID` is a
row of the menus, `show:NAME` brings a view to the front, `place:LSTM` places a layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from engine.catalog.spec import Catalog
from gui.help.hands import Hand, sheet_page
from gui.help.layer_pages import category_pages, layer_page
from gui.help.values import Page
from gui.session.search import in_order, layer_words

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "help"
GROUPS = {
    "start": "Start",
    "time": "Time and masks", "building": "Building", "views": "Views", "running": "Sample and runs",
    "files": "Files and export", "reference": "Reference", "problems": "Problems",
}  # fmt: skip
LAYERS = "Layers"
ABOUT_LAYERS = (GROUPS["time"], GROUPS["running"], GROUPS["problems"])
"""What is written in these groups about a layer or its category stands on the layer's page."""
PAGE_SCHEMES = frozenset({"page", "view", "code", "layer", "layers", "sheet"})
FIRST = "page:contents"
_HEAD = re.compile(r"^# (?P<title>.+?) \{(?P<address>[^};]+)(?:;(?P<words>[^}]*))?\}$", re.MULTILINE)
_LINK = re.compile(r"\]\(([a-z]+:[^)]+)\)")


class Library:
    """Every page, by address, in the order of the contents."""

    def __init__(self, catalog: Catalog, hands: Iterable[Hand]) -> None:
        written = list(written_pages())
        sheet = sheet_page(hands)
        self._linked = _back_links(page for page in written if page.group in ABOUT_LAYERS)
        layers = in_order(layer for layer in catalog.layers.values())
        made = [
            layer_page(layer, catalog, layer_words(layer), self._about(layer.type, layer.category)) for layer in layers
        ]
        pages = (*written, sheet, *category_pages(layers), *made)
        self.pages: Mapping[str, Page] = {page.address: page for page in pages}
        first = self.pages[FIRST]
        self.pages = {**self.pages, FIRST: replace(first, make=lambda: f"{first.make()}\n\n{_contents(pages)}")}

    def find(self, address: str) -> Page | None:
        """The page of an address; of a problem without a page of its own, what its kind of problem is."""
        plain = address.partition("#")[0]
        return self.pages.get(plain) or (self.pages.get("page:problems") if plain.startswith("code:") else None)

    def _about(self, kind: str, category: str) -> tuple[Page, ...]:
        """The written pages that speak of a layer or of its category."""
        both = (*self._linked.get(f"layer:{kind}", ()), *self._linked.get(f"layers:{category}", ()))
        return tuple({page.address: page for page in both}.values())


def _contents(pages: Iterable[Page]) -> str:
    """Links to all pages but those of single layers and problems."""
    groups: dict[str, list[str]] = {}
    for page in pages:
        if not page.address.startswith(("layer:", "code:")) and page.address != FIRST:
            group = LAYERS if page.address.startswith("layers:") else page.group
            groups.setdefault(group, []).append(f"[{page.title}]({page.address})")
    return "\n\n".join(f"**{group}**: " + " · ".join(links) for group, links in groups.items())


def written_pages() -> Iterator[Page]:
    """The pages of `resources/help`, group by group."""
    for name, group in GROUPS.items():
        text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        heads = list(_HEAD.finditer(text))
        ends = [*(head.start() for head in heads[1:]), len(text)]
        for head, end in zip(heads, ends, strict=True):
            words = tuple(word.strip().lower() for word in (head["words"] or "").split(",") if word.strip())
            body = text[head.end() : end].strip()
            yield Page(head["address"], head["title"], lambda body=body: body, group, words)


def links_of(page: Page) -> list[str]:
    """The addresses that a page links to."""
    return _LINK.findall(page.text)


def _back_links(pages: Iterable[Page]) -> dict[str, list[Page]]:
    found: dict[str, list[Page]] = {}
    for page in pages:
        for address in links_of(page):
            found.setdefault(address.partition("#")[0], []).append(page)
    return found
