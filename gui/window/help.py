"""The window's help: which page F1 opens, what links on pages do, the sheet of shortcuts, About."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from engine.analysis.values import Diagnostic
from engine.catalog.arguments import nested_layer
from engine.catalog.spec import Catalog
from engine.graph.values import Block
from gui.help.hands import HANDS, SHEET, Hand
from gui.window.actions import ACTIONS
from gui.window.views import VIEWS

if TYPE_CHECKING:  # what shows pages is imported when the help is first wanted
    from gui.help.help_window import HelpWindow
    from gui.help.pages import Library
    from gui.window.window import MainWindow

FIRST, QUESTION = "page:contents", "page:question"
SETTING = "help"
MENUS = ("File", "Edit", "View", "Insert", "Run", "Help")


class Help(QObject):
    """Opens pages beside the window; pages are made when the help is first wanted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._shown: HelpWindow | None = None
        self._opening: Iterator[object] = iter(())
        self._steps = QTimer(self, interval=0)
        self._steps.timeout.connect(self._step)

    @cached_property
    def library(self) -> Library:
        """Every page."""
        from gui.help.pages import Library

        return Library(self._window.session.catalog, hands(self._window))

    @property
    def pages(self) -> HelpWindow:
        """The window of the help."""
        if self._shown is None:
            from gui.canvas.picture import picture
            from gui.help.examples import Examples
            from gui.help.help_window import HelpWindow

            window = self._window
            examples = Examples(window.session, window.bridge)
            self._shown = HelpWindow(self.library, examples, picture, window.themes, window)
            kept = window.memory.settings.value(SETTING)
            if isinstance(kept, QByteArray):
                self._shown.restoreGeometry(kept)
            self._shown.closed.connect(lambda: window.memory.settings.setValue(SETTING, self.pages.saveGeometry()))
            self._shown.reader.followed.connect(self.follow)
        return self._shown

    @property
    def is_open(self) -> bool:
        """The help is seen."""
        return self._shown is not None and self._shown.isVisible()

    def open(self, address: str) -> None:
        """Opens a page: the first time step by step, so that the window goes on meanwhile."""
        if self._shown is not None:
            self.pages.open(address)
            return
        wanted: tuple[Callable[[], object], ...] = (
            lambda: self.library, lambda: self.pages, lambda: self.pages.show(), lambda: self.pages.open(address)
        )  # fmt: skip
        self._opening = (step() for step in wanted)
        self._steps.start()

    def _step(self) -> None:
        if next(self._opening, self) is self:
            self._steps.stop()

    # --- actions (named in gui.window.actions) -------------------------------------------------------------------

    def here(self) -> None:
        """The page of what has the keyboard, of what is selected, else the contents."""
        self.open(address_here(self._window, QApplication.focusWidget()) or FIRST)

    def contents(self) -> None:
        """The first page."""
        self.open(FIRST)

    def question(self) -> None:
        """How long LSTM output sequences are."""
        self.open(QUESTION)

    def shortcuts(self) -> None:
        """Every key on one sheet."""
        self.open(SHEET)

    def about(self) -> None:
        """Versions and licences."""
        from gui.help.about import AboutDialog

        AboutDialog(self._window.themes.theme, self._window).open()

    def follow(self, link: str) -> None:
        """Does what a link says that leads to no page."""
        window = self._window
        what, _, name = link.partition(":")
        if what == "example":
            from gui.help.examples import path_of

            window.files.open_path(path_of(name))
        elif what == "show":
            window.bottom.show()
            window.views.front = name
        elif what == "place":
            window.palette_panel.place(name)
        elif what == "action":
            attrgetter(name)(window)()


def hands(window: MainWindow) -> Iterator[Hand]:
    """Every shortcut: of the actions as they are, then those that keyboard and mouse have elsewhere."""
    rows = {row.id: row for row in ACTIONS}
    known = [(rows.get(name), name, action) for name, action in window.actions_by_id.items() if action.shortcuts()]
    known.sort(key=lambda entry: MENUS.index(entry[0].menu if entry[0] is not None else "Edit"))
    for row, name, action in known:
        keys = ", ".join(key.toString() for key in action.shortcuts())
        yield Hand(f"Menu {row.menu}", keys, row.tip) if row is not None else Hand("Menu Edit", keys, name.title())
    yield from HANDS


def address_here(window: MainWindow, focus: QWidget | None) -> str:
    """The page of what has the keyboard; of what is selected; empty: of nothing in particular.

    A widget may say its own page in the property `help`; what surrounds it answers for those that do not.
    """
    part = focus
    while part is not None and part is not window:
        own = part.property("help")
        if isinstance(own, str) and own:
            return own
        part = part.parentWidget()
    for panel, page in _pages(window):
        if focus is not None and (panel is focus or panel.isAncestorOf(focus)):
            return page if isinstance(page, str) else page(window, focus)
    return ""


Answer: TypeAlias = "str | Callable[[MainWindow, QWidget], str]"


def _pages(window: MainWindow) -> list[tuple[QWidget, Answer]]:
    """What may have the keyboard, what lies inside something else before it."""
    views = ((view, name) for name, _, _ in VIEWS if (view := window.views.view(name)) is not None)
    return [
        (window.canvas.card, lambda window, _: _problem_page(window.canvas.card.diagnostic)),
        (window.canvas, _of_selection),
        (window.sample_form, "page:sample"),
        (window.inspector, _of_argument),
        (window.palette_panel, _of_palette),
        (window.views.clock, "page:clock"),
        *((view, partial(_of_view, name)) for view, name in views),
        (window.views, lambda window, _: f"view:{window.views.front}"),
        (window.tool_bar.sample, "page:sample"),
        (window.tool_bar, "page:running"),
    ]


def _problem_page(problem: Diagnostic | None) -> str:
    return f"code:{problem.code}" if problem is not None else ""


def _of_selection(window: MainWindow, _: QWidget) -> str:
    """The selected block's layer; a selected wire; else the problem whose card is open."""
    session = window.session
    block = session.document.graph.by_id.get(session.selection.block)
    if block is not None:
        return f"layer:{block.type}" if block.type in session.catalog.layers else "code:block.unknown"
    if session.selection.wires:
        return "page:wires"
    return _problem_page(window.canvas.problems.shown) or "page:canvas"


def _of_argument(window: MainWindow, focus: QWidget) -> str:
    """An argument's line on the page of the layer that has it."""
    session = window.session
    block = session.document.graph.by_id.get(session.selection.block)
    if block is None:
        return "page:inspector"
    part: QWidget | None = focus
    while part is not None and part is not window.inspector:
        name = part.accessibleName().removeprefix("Reset ")
        kind = next((kind for kind in _kinds(block) if _has(session.catalog, kind, name)), "")
        if kind:
            return f"layer:{kind}#{name}"
        part = part.parentWidget()
    return _of_selection(window, focus)


def _kinds(block: Block) -> Iterator[str]:
    """The block's layer, then the layers and cells inside it."""
    yield block.type
    waiting = list(block.arguments.values())
    while waiting:
        value = waiting.pop(0)
        nested = nested_layer(value)
        if nested is not None:
            yield nested[0]
            waiting += nested[1].values()
        elif isinstance(value, list):
            waiting += value


def _has(catalog: Catalog, kind: str, argument: str) -> bool:
    return kind in catalog.layers and catalog.layers[kind].argument(argument) is not None


def _of_palette(window: MainWindow, focus: QWidget) -> str:
    """The layer that is chosen in the list."""
    item = window.palette_panel.tree.currentItem()
    kind = item.data(0, Qt.ItemDataRole.UserRole) if item is not None and window.palette_panel.tree is focus else None
    return f"layer:{kind}" if kind else "page:palette"


def _of_view(name: str, window: MainWindow, _: QWidget) -> str:
    """The view's page; in Problems that of the chosen problem."""
    chosen = getattr(window.views.view(name), "chosen_problem", None)
    return _problem_page(chosen) or f"view:{name}"
