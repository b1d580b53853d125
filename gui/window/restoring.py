"""The window as it was at the last start, and where one was in each document: in the settings, never in a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QApplication

from gui.canvas.view import View

if TYPE_CHECKING:
    from gui.window.views import Views
    from gui.window.window import MainWindow


class Restoring:
    """Keeps and restores sizes, panels, views, and the place in each document."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._clock_to_come: tuple[int, int, str] | None = None
        window.session.opened.connect(self._restore_document)
        window.session.run_changed.connect(self._restore_clock)

    def keep(self) -> None:
        """Remembers the window for the next start."""
        window = self._window
        self.keep_document()
        keep = window.memory.settings.setValue
        keep("window", window.saveGeometry())
        keep("columns", window.columns.saveState())
        keep("rows", window.rows.saveState())
        keep("hidden", [name for name, part in window.panels.items() if part.isHidden()])
        keep("recent_layers", list(window.palette_panel.recent))
        keep("view", window.views.front)
        if window.views.is_filled:  # else the views of the last start have not come back yet
            keep("detached", list(window.views.detached))
            keep("docks", window.saveState())
        keep("last", "" if window.session.path is None else str(window.session.path.absolute()))

    def restore(self) -> None:
        """The window as it was at the last start."""
        window, settings = self._window, self._window.memory.settings
        kept = settings.value("window")
        if isinstance(kept, QByteArray):
            window.restoreGeometry(kept)
        else:
            screen = QApplication.primaryScreen().availableSize()
            window.resize(min(1600, screen.width()), min(1000, screen.height()))
        window.arrange(window.size())
        for splitter, key in ((window.columns, "columns"), (window.rows, "rows")):
            state = settings.value(key)
            if isinstance(state, QByteArray):
                splitter.restoreState(state)
        window.palette_panel.set_recent(window.memory.strings("recent_layers"))
        hidden = window.memory.strings("hidden")
        for name, part in window.panels.items():
            part.setVisible(name not in hidden)
        window.canvas.setFocus()

    def restore_views(self, views: Views) -> None:
        """The view in front; views that had windows of their own, once there is something to see in them."""
        views.front = self._window.memory.text("view") or views.front
        views.filled.connect(self._detach_again)

    def _detach_again(self) -> None:
        """Views that had windows of their own, where these stood."""
        views = self._window.views
        for name in self._window.memory.strings("detached"):
            views.detach(views.tab(name))
        docks = self._window.memory.settings.value("docks")
        if views.detached and isinstance(docks, QByteArray):
            self._window.restoreState(docks)

    def keep_document(self) -> None:
        """Remembers where one is in this document: view, selection, step."""
        session, canvas = self._window.session, self._window.canvas
        if session.path is None:
            return
        names = [session.document.block(block).name for block in sorted(session.selection.blocks)]
        view, clock = canvas.view, session.shown.clock
        seen = {
            "view": [view.scale, view.x, view.y], "size": [canvas.width(), canvas.height()],
            "selected": names, "sequence": clock.sequence, "step": clock.step, "trace": session.shown.trace_key,
        }  # fmt: skip
        self._window.memory.set_document(session.path, "seen", seen)

    def _restore_document(self) -> None:
        """Goes back to where one was in this document."""
        session = self._window.session
        seen = self._window.memory.document(session.path, "seen") if session.path is not None else {}
        self._clock_to_come = None
        if not seen:
            return
        try:
            self._window.canvas.open_at(View(*(float(part) for part in seen["view"])), tuple(seen["size"]))
            names = set(seen["selected"])
            self._clock_to_come = (int(seen["sequence"]), int(seen["step"]), str(seen["trace"]))
        except (KeyError, TypeError, ValueError):
            return
        session.select(block.id for block in session.document.graph.blocks if block.name in names)

    def _restore_clock(self, run: object) -> None:
        if run is None or self._clock_to_come is None:
            return
        sequence, step, key = self._clock_to_come
        self._clock_to_come = None
        session = self._window.session
        if session.run is not None and key in session.run.traced:
            session.shown.choose_trace(key)
        session.shown.set_clock(sequence=sequence, step=step)
