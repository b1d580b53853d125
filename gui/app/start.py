"""Start-up: paint first, then the worker and the views."""

from __future__ import annotations

# PySide reads the source of every module that is imported after it: what needs no Qt comes before.
import engine.analysis.structure  # noqa: F401  # pyright: ignore[reportUnusedImport]
import engine.catalog.snapshot  # noqa: F401  # pyright: ignore[reportUnusedImport]
import engine.document.fragment  # noqa: F401  # pyright: ignore[reportUnusedImport]
import engine.document.sample  # noqa: F401  # pyright: ignore[reportUnusedImport]
import engine.protocol.book  # noqa: F401  # pyright: ignore[reportUnusedImport]

# isort: split
import gc
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QEvent, QObject, QPoint, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from engine.document.file import write_whole
from engine.graph.values import PortRef
from engine.setup.logs import log_to_file
from gui.bridge.bridge import WorkerBridge
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, ThemeHolder, apply_theme, system_theme
from gui.window.files import EXAMPLES
from gui.window.memory import Memory
from gui.window.window import MainWindow

NO_DISPLAY = (
    "There is no display to open the window on (neither DISPLAY nor WAYLAND_DISPLAY is set); "
    "check, run, export, explain, layers and doctor work without one."
)
STYLE = "Fusion"  # said to Qt in words: its style as a Python object costs 20 ms
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
    bridge = WorkerBridge()
    window = MainWindow(session, bridge, themes, settings)
    themes.setParent(window)
    session.setParent(window)
    bridge.setParent(window)
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
    window.bridge.start()
    window.session.attach(window.bridge)
    window.views.load()
    ready_file = os.environ.get(READY_FILE)
    if ready_file:
        teller = QTimer(window, interval=TELL_MS)
        teller.timeout.connect(lambda: _tell_places(window, Path(ready_file)))
        teller.start()


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
    log_to_file(LOG, "window")

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        LOG.error("unexpected", exc_info=(kind, error, trace))
        if isValid(window):
            window.say(
                f"Something went wrong in SeqLoom ({kind.__name__}); your document is as it was. "
                "The log has the details."
            )

    sys.excepthook = hook


def _tell_places(window: MainWindow, path: Path) -> None:
    """Writes where things stand on the screen, for programs that drive the window as a person would."""
    canvas, session = window.canvas, window.session

    def spot(place: QPoint) -> list[int]:
        return [place.x(), place.y()]

    ports: dict[str, list[int]] = {}
    for block in session.document.graph.blocks:
        known = session.ports(block.id)
        for is_input, group in ((True, known.inputs), (False, known.outputs)):
            for port in group:
                where = canvas.port_position(PortRef(block.id, port.name), is_input=is_input)
                ports[f"{block.name}.{'in' if is_input else 'out'}.{port.name}"] = spot(canvas.mapToGlobal(where))
    buttons = {button.text(): spot(button.mapToGlobal(button.rect().center())) for button in canvas.card.buttons}
    layers: dict[str, list[int]] = {}
    for name in session.catalog.layers:
        entry = window.palette_panel.layer_item(name)
        tree = window.palette_panel.tree
        if entry is not None and tree.viewport().rect().contains(tree.visualItemRect(entry).center()):
            layers[name] = spot(tree.viewport().mapToGlobal(tree.visualItemRect(entry).center()))
    fields = {
        field.accessibleName(): spot(field.mapToGlobal(field.rect().center()))
        for field in (*window.inspector.findChildren(QWidget), *window.sample_form.findChildren(QWidget))
        if field.accessibleName() and field.isVisible()
    }
    trace = session.shown.trace
    content = {
        "layers": layers,
        "fields": fields,
        "problems": [problem.title for problem in session.analysis.diagnostics],
        "trace": None if trace is None else [trace.key, int(trace.valid.sum()), len(trace.valid)],
        "revision": session.revision,
        "complete": session.analysis.complete,
        "ran": session.run is not None and not session.run_state.stale,
        "views": window.views.is_filled,
        "canvas": [*spot(canvas.mapToGlobal(QPoint(0, 0))), canvas.width(), canvas.height()],
        "ports": ports,
        "fixes": buttons,
    }
    write_whole(path, json.dumps(content).encode())
