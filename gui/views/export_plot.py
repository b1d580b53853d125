"""What one takes away from a view: its picture to the clipboard or a file, the numbers behind it to a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QPainter, QPixmap, QShortcut
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QWidget

from engine.document.file import write_whole
from gui.views.plot import Plot
from gui.views.plot_data import Named, writing
from gui.widgets.gradually import Gradually

PICTURES = "PNG picture (*.png);;SVG drawing (*.svg)"
NUMBERS = "NumPy arrays (*.npz);;CSV table (*.csv)"


class Exports(QObject):
    """The context menu of a view: by the right button, the menu key or Shift+F10.

    Args:
        view: whose `data()`, if it has one, gives the arrays that it draws.
        page: what a picture of the view shows.
        is_open: there is something to take.
    """

    def __init__(self, view: QWidget, page: QWidget, is_open: Callable[[], bool]) -> None:
        super().__init__(view)
        self._view, self._page, self._is_open = view, page, is_open
        self._writing = Gradually(self)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self.popup)
        keys = QShortcut(QKeySequence("Shift+F10"), view)  # Qt knows only the menu key on some systems
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._popup_at_focus)

    def menu(self, place: QPoint) -> QMenu:
        """What can be taken: of the plot at a place of the view, and of the whole view."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        plot = self._plot_at(place)
        for words, part in (("plot", plot), ("view", self._page)):
            if part is not None:
                menu.addAction(f"Copy picture of the {words}", lambda part=part: self.copy(part))
                menu.addAction(f"Save picture of the {words} …", lambda part=part: self._ask_picture(part))
        arrays = self.arrays()
        menu.addSeparator()
        menu.addAction("Save data …", self._ask_data).setEnabled(bool(arrays))
        for action in menu.actions():
            action.setEnabled(action.isEnabled() and self._is_open())
        return menu

    def popup(self, place: QPoint) -> None:
        """The menu at a place of the view."""
        self.menu(place).popup(self._view.mapToGlobal(place))

    def _popup_at_focus(self) -> None:
        focused = QApplication.focusWidget() or self._view
        self.popup(focused.mapTo(self._view, focused.rect().center()))

    def arrays(self) -> Sequence[Named]:
        """The numbers that the view draws; none: it draws no numbers."""
        return self._view.data() if hasattr(self._view, "data") else ()  # pyright: ignore[reportAttributeAccessIssue]

    def _plot_at(self, place: QPoint) -> Plot | None:
        """The plot under the pointer, or that has the keyboard."""
        for part in (self._view.childAt(place), QApplication.focusWidget()):
            while part is not None and part is not self._view:
                if isinstance(part, Plot):
                    return part
                part = part.parentWidget()
        return None

    # --- taking --------------------------------------------------------------------------------------------------

    def copy(self, part: QWidget) -> None:
        """A picture to the clipboard."""
        QGuiApplication.clipboard().setPixmap(part.grab())

    def save_picture(self, part: QWidget, path: Path) -> None:
        """A picture to a file, PNG or SVG by its suffix; what the system refuses is said in a sentence."""
        content = svg_of(part) if path.suffix.lower() == ".svg" else png_of(part)
        self._try(path, lambda: write_whole(path, content))

    def save_data(self, path: Path) -> None:
        """The arrays to a file, `.npz` or CSV by its suffix, between the window's other work."""
        self._writing.start(self._written(path, self.arrays()))

    def _written(self, path: Path, arrays: Sequence[Named]) -> Iterator[None]:
        try:
            yield from writing(path, arrays)
        except OSError as error:
            self._refuse(path, error)

    def _try(self, path: Path, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self._refuse(path, error)

    def _refuse(self, path: Path, error: OSError) -> None:
        sentence = f"{path} cannot be written ({error.strerror or error})."
        said = QMessageBox(QMessageBox.Icon.Warning, "Not saved", sentence, parent=self._view)
        said.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said.open()

    # --- asking --------------------------------------------------------------------------------------------------

    def _ask_picture(self, part: QWidget) -> None:
        name = part.accessibleName() or self._name
        path = self._ask("Save picture", name, PICTURES, (".png", ".svg"))
        if path is not None:
            self.save_picture(part, path)

    def _ask_data(self) -> None:
        path = self._ask("Save data", self._name, NUMBERS, (".npz", ".csv"))
        if path is not None:
            self.save_data(path)

    @property
    def _name(self) -> str:
        return type(self._view).__name__.removesuffix("View")

    def _ask(self, title: str, name: str, kinds: str, suffixes: tuple[str, str]) -> Path | None:
        start = Path.home() / f"{file_name(name)}{suffixes[0]}"
        chosen, kind = QFileDialog.getSaveFileName(self._view, title, str(start), kinds)
        if not chosen:
            return None
        path = Path(chosen)
        wanted = next(suffix for suffix in suffixes if f"*{suffix}" in (kind or kinds))
        return path if path.suffix.lower() in suffixes else path.with_name(f"{path.name}{wanted}")


def file_name(words: str) -> str:
    """Words as a file may be called.

    >>> file_name("Heat map of units by steps")
    'heat_map_of_units_by_steps'
    """
    return re.sub(r"\W+", "_", words.lower()).strip("_") or "plot"


def png_of(part: QWidget, ratio: float | None = None) -> bytes:
    """As it looks on the screen.

    Args:
        ratio: pixels of the picture for each of the widget's; None: as many as the screen has.
    """
    picture = QPixmap(part.size() * (ratio or part.devicePixelRatioF()))
    picture.setDevicePixelRatio(ratio or part.devicePixelRatioF())
    picture.fill(Qt.GlobalColor.transparent)
    QWidget.render(part, picture, QPoint(0, 0))  # a plot has a `render` of its own
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(content, "PNG")
    return bytes(content.data().data())


def svg_of(part: QWidget) -> bytes:
    """As lines and words."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(part.width(), part.height()))
    generator.setViewBox(part.rect())
    generator.setTitle(part.accessibleName())
    with QPainter(generator) as painter, _as_lines(part):
        QWidget.render(part, painter, QPoint(0, 0))
    return re.sub(rb'font-family="([^"]*)"', rb'font-family="\1,sans-serif"', bytes(buffer.data().data()))


@contextmanager
def _as_lines(part: QWidget) -> Iterator[None]:
    """What pyqtgraph else draws as small pictures, the markers, is drawn anew meanwhile."""
    plots = [part] if isinstance(part, Plot) else part.findChildren(Plot)
    marked: list[Any] = [item for plot in plots for item in plot.items() if hasattr(item, "setExportMode")]
    for item in marked:
        item.setExportMode(True)
    try:
        yield
    finally:
        for item in marked:
            item.setExportMode(False)
