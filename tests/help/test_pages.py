"""The pages: every layer has one, every link leads somewhere, every problem is explained, a search finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from engine.catalog.snapshot import load_snapshot
from gui.bridge.bridge import WorkerBridge
from gui.canvas.picture import picture
from gui.help.examples import Examples, path_of
from gui.help.pages import FIRST, PAGE_SCHEMES, Library, links_of
from gui.help.reader import Reader
from gui.help.search import find_pages
from gui.session.session import EditorSession
from gui.theme.theme import LIGHT, ThemeHolder, apply_theme
from gui.window.actions import ACTIONS
from gui.window.views import VIEWS
from tests.help.codes import emitted_codes


@pytest.fixture
def reader(qtbot: QtBot, library: Library) -> Reader:
    """Shows pages; no engine answers."""
    apply_theme(LIGHT)
    bridge = WorkerBridge()
    made = Reader(library, Examples(EditorSession(bridge), bridge), picture, ThemeHolder(LIGHT, parent=bridge))
    bridge.setParent(made)
    made.resize(760, 600)
    qtbot.addWidget(made)
    return made


def test_every_layer_has_a_page_with_all_that_the_catalog_knows(reader: Reader, library: Library) -> None:
    """Title, every argument with its default, every port; and why a layer cannot be placed."""
    for layer in load_snapshot().layers.values():
        reader.open(f"layer:{layer.type}")
        lines = reader.toPlainText().splitlines()
        assert lines[0] == layer.type
        assert {argument.name for argument in (*layer.arguments, *layer.call)} <= set(lines)
        assert layer.placeable or layer.reason.replace("`", "") in reader.toPlainText()


def test_every_page_can_be_read(reader: Reader, library: Library) -> None:
    """No mark of Markdown is left over, no page is empty."""
    for page in library.pages.values():
        reader.open(page.address)
        text = reader.toPlainText()
        assert reader.page is page
        assert text.startswith(page.title)
        assert len(text) > len(page.title) + 20, page.address
        assert not re.search(r"\*\*|\]\(|\{\{|^#", text, re.MULTILINE), page.address


def test_every_link_leads_somewhere(reader: Reader, library: Library) -> None:
    """To a page (and to a line of it), an example, an action, a view, a layer that may be placed."""
    does = {
        "example": lambda name: path_of(name).is_file(),
        "action": {row.id for row in ACTIONS}.__contains__,
        "show": {name for name, _, _ in VIEWS}.__contains__,
        "place": lambda name: load_snapshot().layers[name].placeable,
    }
    for page in library.pages.values():
        for link in links_of(page):
            scheme, _, name = link.partition(":")
            plain, _, line = link.partition("#")
            assert plain in library.pages if scheme in PAGE_SCHEMES else does[scheme](name), f"{page.address}: {link}"
            if line:
                assert f"| {QUrl(link).fragment()} |" in library.pages[plain].text


def test_every_written_page_can_be_reached_from_the_first(library: Library) -> None:
    """Following links alone."""
    seen, waiting = {FIRST}, [FIRST]
    while waiting:
        page = library.find(waiting.pop())
        assert page is not None
        new = {link.partition("#")[0] for link in links_of(page)} & library.pages.keys() - seen
        seen |= new
        waiting += new
    missing = {address for address in library.pages if not address.startswith(("layer:", "code:"))} - seen
    assert not missing


def test_every_problem_has_a_page(library: Library, root: Path) -> None:
    """Every code that the engine can give to a problem; a new one needs a page in resources/help/problems.md."""
    codes = emitted_codes(root)
    assert {"shape.ndim", "keras.connect", "sample.kind", "sample.tokens", "wire.cycle", "trace.none"} <= codes
    written = {address.removeprefix("code:") for address in library.pages if address.startswith("code:")}
    assert codes - written == set(), "without a page in resources/help/problems.md"
    assert written - codes == set(), "explained, and never said"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("mha", "layer:MultiHeadAttention"),
        ("bilstm", "layer:Bidirectional"),
        ("mask never shortens", "page:masks"),
        ("expected ndim=3, found ndim=2", "code:shape.ndim"),
        ("lstm output sequences", "page:question"),
        ("lenghts", "page:lengths"),
        ("keyboard", "page:keys"),
    ],
)
def test_a_search_finds(library: Library, text: str, first: str) -> None:
    """By alias, initials, words of the text, Keras's own words, and with a slip."""
    assert find_pages(text, library.pages.values())[0].address == first


def test_a_search_for_nothing_that_is_said_finds_nothing(library: Library) -> None:
    """Rather than something else."""
    assert find_pages("xqzzyk", library.pages.values()) == []


def test_a_problem_of_a_later_engine_has_a_page_too(library: Library) -> None:
    """What problems are, where this one is not known."""
    found = library.find("code:some.thing_new")
    assert found is not None
    assert found.address == "page:problems"


def test_back_and_forward_go_to_where_one_was(reader: Reader) -> None:
    """The page and its place."""
    reader.show()
    reader.open("layer:LSTM")
    reader.verticalScrollBar().setValue(300)
    reader.open("page:masks")
    assert reader.verticalScrollBar().value() == 0
    reader.backward()
    assert (reader.source().toString(), reader.verticalScrollBar().value()) == ("layer:LSTM", 300)
    reader.forward()
    assert reader.source().toString() == "page:masks"


def test_a_link_to_a_line_goes_there_and_marks_it(reader: Reader) -> None:
    """An argument far down the page."""
    reader.show()
    reader.open("layer:LSTM#recurrent_dropout")
    marked = [mark.cursor.selectedText() for mark in reader.extraSelections()]  # pyright: ignore[reportAttributeAccessIssue]
    assert marked == ["recurrent_dropout"]
    assert reader.verticalScrollBar().value() > 300
    reader.open("layer:LSTM")
    assert reader.extraSelections() == []
