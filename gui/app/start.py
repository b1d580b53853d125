"""Start-up: paint first, then the worker and the views."""

from __future__ import annotations

import gui.app.imports  # noqa: F401  # pyright: ignore[reportUnusedImport]  # before what it makes cheaper

# isort: split
import gc
import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from engine.setup.logs import log_to_file
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, STYLE, ThemeHolder, apply_theme, system_theme
from gui.widgets.gradually import Gradually
from gui.window.memory import EXAMPLES, Memory
from gui.window.parts import SEEN, WANTED_LATER, WORKING, furnish
from gui.window.window import MainWindow

NO_DISPLAY = (
    "There is no display to open the window on (neither DISPLAY nor WAYLAND_DISPLAY is set); "
    "check, run, export, explain, layers and doctor work without one."
)
READY_FILE = "SEQLOOM_READY_FILE"
TELL_MS = 150
LOG = logging.getLogger("seqloom.window")


def main(file: str | None) -> int:
    """Opens the window and stays until it is closed."""
    if not has_display():
        print(NO_DISPLAY, file=sys.stderr)
        return 2
    app, window = open_window(file)
    status = app.exec()
    window.bridge.close()
    return status


def has_display() -> bool:
    """Qt has something to draw on."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def open_window(
    file: str | None, on_first_paint: Callable[[], None] | None = None, settings: QSettings | None = None
) -> tuple[QApplication, MainWindow]:
    """The application and its window, shown; worker and views start after the first paint."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([*sys.argv[:1], "-style", STYLE])
    app.setApplicationName("SeqLoom")
    app.setOrganizationName("seqloom")
    settings = settings if settings is not None else QSettings("seqloom", "seqloom")
    chosen = {"light": LIGHT, "dark": DARK}.get(str(settings.value("theme", "")))
    memory = Memory(settings)
    themes = ThemeHolder(chosen or system_theme(), memory.number("text_scale", 1.0))
    apply_theme(themes.theme, themes.text_scale)
    session = EditorSession()
    window = MainWindow(session, themes, settings)
    themes.setParent(window)
    session.setParent(window)
    window.restoring.restore()
    path = Path(file) if file is not None else last_document(memory)
    if path is not None:
        session.open(path)
    _After(window, lambda: _after_first_paint(window, on_first_paint))
    window.show()
    return app, window


def last_document(memory: Memory) -> Path | None:
    """What a start without a file opens: the last document, at first an example that already answers the question."""
    last = Path(memory.text("last"))
    if memory.text("last") and last.is_file():
        return last
    return next(iter(sorted(EXAMPLES.glob("03*.seqloom"))), None)


def _after_first_paint(window: MainWindow, then: Callable[[], None] | None) -> None:
    gc.freeze()
    gc.enable()
    if then is not None:
        then()
        return
    _catch_mistakes(window)
    furnishing = Gradually(window)
    furnishing.start(_furnish(window))
    furnishing.go_on()  # the menus: no shortcut comes too early
    ready_file = os.environ.get(READY_FILE)
    if ready_file:
        from gui.app.places import tell_places  # only programs that drive the window need it

        teller = QTimer(window, interval=TELL_MS)
        teller.timeout.connect(lambda: tell_places(window, Path(ready_file)))
        teller.start()


def _furnish(window: MainWindow) -> Iterator[object]:
    """What can be seen and pressed, then the worker, then the rest, in steps that each are short."""
    yield from furnish(window, SEEN)
    yield importlib.import_module("logging.handlers")
    yield log_to_file(LOG, "window")
    yield from furnish(window, WORKING)
    window.bridge.start()
    yield
    window.session.attach(window.bridge)
    window.bridge.codec_comes = True  # with the views
    window.views.filled.connect(gc.freeze)  # what is made to stay is not looked through again
    window.views.load()
    yield from furnish(window, WANTED_LATER)
    yield from window.session.catalog.layers.values()  # each is decoded, so that no selection has to wait for all
    gc.freeze()


class _After(QObject):
    """Calls once, after the canvas has painted for the first time."""

    def __init__(self, window: MainWindow, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then = then
        window.canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Waits for the paint event."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._then)
        return False


def _catch_mistakes(window: MainWindow) -> None:
    """Our own mistakes become a sentence in the window and a traceback in the log."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        LOG.error("unexpected", exc_info=(kind, error, trace))
        if isValid(window):
            window.say(
                f"Something went wrong in SeqLoom ({kind.__name__}); your document is as it was. "
                "The log has the details."
            )

    sys.excepthook = hook
