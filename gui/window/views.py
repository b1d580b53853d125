"""The views below the canvas. Their modules are imported in a thread after the first paint, since plots cost a second."""

from __future__ import annotations

import importlib
import threading

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.window.clock_bar import ClockBar

VIEWS = (
    ("Shapes", "gui.views.shapes", "ShapesView"),
    ("Lengths", "gui.views.lengths", "LengthsView"),
    ("Traces", "gui.views.traces", "TracesView"),
    ("Values", "gui.views.values", "ValuesView"),
    ("Problems", "gui.views.problems", "ProblemsView"),
    ("Code", "gui.views.code", "CodeView"),
)
FIRST = "Traces"


class _Importer(QObject):
    """Imports modules away from the window's thread and says when they are there."""

    done = Signal()

    def start(self) -> None:
        threading.Thread(target=self._run, name="views", daemon=True).start()

    def _run(self) -> None:
        for _, module, _ in VIEWS:
            importlib.import_module(module)
        self.done.emit()


class Views(QWidget):
    """Tabs with the clock at their right; each says a sentence until its module is there."""

    filled = Signal()

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bottom")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._themes = session, themes
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.clock = ClockBar(session)
        for name, _, _ in VIEWS:
            self.tabs.addTab(QLabel(f"{name} is loading …", alignment=Qt.AlignmentFlag.AlignCenter), name)
        self.tabs.setCurrentIndex([entry[0] for entry in VIEWS].index(FIRST))
        self.tabs.setCornerWidget(self.clock, Qt.Corner.TopRightCorner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tabs)
        self.setMinimumHeight(120)
        self.is_filled = False
        self._importer = _Importer(self)
        self._importer.done.connect(self._fill, Qt.ConnectionType.QueuedConnection)

    def load(self) -> None:
        """Begins to import the views."""
        self._importer.start()

    def view(self, name: str) -> QWidget | None:
        """The view of a tab."""
        at = [entry[0] for entry in VIEWS].index(name)
        return self.tabs.widget(at)

    def _fill(self) -> None:
        chosen = self.tabs.currentIndex()
        for at, (name, module, view) in enumerate(VIEWS):
            made = getattr(importlib.import_module(module), view)(self._session, self._themes)
            self.tabs.removeTab(at)
            self.tabs.insertTab(at, made, name)
            if hasattr(made, "title_changed"):  # a view that counts something says so in its tab
                made.title_changed.connect(
                    lambda title, view=made: self.tabs.setTabText(self.tabs.indexOf(view), title)
                )
                self.tabs.setTabText(at, made.title)
        self.tabs.setCurrentIndex(chosen)
        self.is_filled = True
        self.filled.emit()
