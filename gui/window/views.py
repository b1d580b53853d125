"""The views below the canvas. Their modules are imported in a thread after the first paint, since plots cost a second."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QTabWidget, QVBoxLayout, QWidget

from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.window.clock_bar import ClockBar

VIEWS = (("Traces", "gui.views.traces", "TracesView"), ("Code", "gui.views.code", "CodeView"))


QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtOpenGLWidgets", "QtTest")
"""What pyqtgraph copies every name of."""
SLICE_S = 0.004


class _Importer(QObject):
    """Imports the views away from the window's thread and says when they are there.

    PySide makes its classes and enums when they are first named, and that is not safe in two threads at once
    (pyqtgraph names them all: one start in ten crashed). So they are named here first, a few milliseconds at a time.
    """

    done = Signal()

    def start(self) -> None:
        self._names = _named_qt()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._name_some)
        self._timer.start()

    def _name_some(self) -> None:
        end = time.perf_counter() + SLICE_S
        for _ in self._names:
            if time.perf_counter() > end:
                return
        self._timer.stop()
        threading.Thread(target=self._run, name="views", daemon=True).start()

    def _run(self) -> None:
        for _, module, _ in VIEWS:
            importlib.import_module(module)
        self.done.emit()


def _named_qt() -> Iterator[object]:
    """Every class and enum of the Qt modules, made as it is named."""
    for name in QT_MODULES:
        module = importlib.import_module(f"PySide6.{name}")
        for attribute in dir(module):
            yield getattr(module, attribute)


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
        self.tabs.setCurrentIndex(chosen)
        self.is_filled = True
        self.filled.emit()
