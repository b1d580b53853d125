"""The views below the canvas. Their modules are imported in a thread after the first paint, since plots cost a second."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabBar, QTabWidget, QVBoxLayout, QWidget

from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.widgets.gradually import Gradually
from gui.window.clock_bar import ClockBar

VIEWS = (
    ("Shapes", "gui.views.shapes", "ShapesView"),
    ("Lengths", "gui.views.lengths", "LengthsView"),
    ("Traces", "gui.views.traces", "TracesView"),
    ("Gates", "gui.views.gates", "GatesView"),
    ("Influence", "gui.views.influence", "InfluenceView"),
    ("Attention", "gui.views.attention", "AttentionView"),
    ("State-space", "gui.views.state_space", "StateSpaceView"),
    ("Compare", "gui.views.compare", "CompareView"),
    ("Values", "gui.views.values", "ValuesView"),
    ("Problems", "gui.views.problems", "ProblemsView"),
    ("Code", "gui.views.code", "CodeView"),
)
FIRST, COUNTED = "Traces", "Problems"
ROOM_FOR_CLOCK = 640
"""What the clock takes with all its words and the name of a traced block."""


QT_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtOpenGLWidgets", "QtTest")
"""What pyqtgraph copies every name of."""
SLOW_MODULES = ("engine.protocol.codec", "numpy.ma")
"""What is first wanted on the window's thread and would stall it there; the first one reads the worker's answers."""


class _Importer(QObject):
    """Imports the views away from the window's thread and says when they are there.

    PySide makes its classes and enums when they are first named, and that is not safe in two threads at once
    (pyqtgraph names them all: one start in ten crashed). So they are named here first, a few milliseconds at a time.
    """

    done = Signal()

    def start(self) -> None:
        self._naming = Gradually(self)
        self._naming.start(self._name_all())

    def _name_all(self) -> Iterator[object]:
        yield from _named_qt()
        threading.Thread(target=self._run, name="views", daemon=True).start()

    def _run(self) -> None:
        for module in (*SLOW_MODULES, *(module for _, module, _ in VIEWS)):
            importlib.import_module(module)
        self.done.emit()


def _named_qt() -> Iterator[object]:
    """Every class and enum of the Qt modules, made as it is named."""
    for name in QT_MODULES:
        module = importlib.import_module(f"PySide6.{name}")
        for attribute in dir(module):
            yield getattr(module, attribute)


class _Detached(QDockWidget):
    """A view in a window of its own, or docked at another side; closing puts it back among the tabs."""

    def __init__(self, name: str, view: QWidget, views: Views) -> None:
        super().__init__(name, views.window())
        self.setObjectName(f"detached {name}")
        self._name, self._view, self._views = name, view, views
        self.setWidget(view)
        view.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc: see `Views`."""
        self._views.take_key(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Back among the tabs."""
        self._views.attach(self._name, self._view)
        self.deleteLater()
        super().closeEvent(event)


class Views(QWidget):
    """Tabs with the clock at their right; each says a sentence until its module is there."""

    filled = Signal()
    wanted = Signal(str)
    """A block that somebody wants to see."""

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._themes = session, themes
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Views")
        self.tabs.setDocumentMode(False)
        self.clock = ClockBar(session, themes)
        for name, _, _ in VIEWS:
            self._insert(
                self.tabs.count(), QLabel(f"{name} is loading …", alignment=Qt.AlignmentFlag.AlignCenter), name
            )
        self.tabs.setCurrentIndex([entry[0] for entry in VIEWS].index(FIRST))
        self.tabs.setCornerWidget(self.clock, Qt.Corner.TopRightCorner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 1, 0, 0)  # the line above stays in sight
        layout.addWidget(self.tabs)
        self.tabs.tabBarDoubleClicked.connect(self.detach)
        self.tabs.tabBar().setToolTip("Double click: a window of its own")
        self._detached: dict[str, _Detached] = {}
        self.is_filled = False
        self._making = Gradually(self)
        self._waiting: dict[QObject, Callable[[], Iterator[None]]] = {}
        self._importer = _Importer(self)
        self._importer.done.connect(self._fill, Qt.ConnectionType.QueuedConnection)

    def load(self) -> None:
        """Begins to import the views."""
        self._importer.start()

    def view(self, name: str) -> QWidget | None:
        """The view of this name, wherever it is shown."""
        if name in self._detached:
            return self._detached[name].widget()
        return self.tabs.widget(self.tab(name))

    def tab(self, name: str) -> int:
        """The place of a view among the tabs, -1: it is not there."""
        return next((at for at in range(self.tabs.count()) if self._name(at) == name), -1)

    def _name(self, at: int) -> str:
        return str(self.tabs.tabBar().tabData(at))

    @property
    def front(self) -> str:
        """The name of the view in front."""
        return self._name(self.tabs.currentIndex())

    @front.setter
    def front(self, name: str) -> None:
        self.tabs.setCurrentIndex(max(self.tab(name), 0))

    def _show(self, name: str) -> None:
        """Brings a view to the front, wherever it is."""
        if name in self._detached:
            self._detached[name].raise_()
            return
        (self.parentWidget() or self).show()
        self.front = name

    @property
    def detached(self) -> tuple[str, ...]:
        """The names of the views that have windows of their own."""
        return tuple(self._detached)

    def detach(self, at: int) -> None:
        """Gives a view a window of its own; one stays among the tabs."""
        window = self.window()
        view = self.tabs.widget(at)
        if not self.is_filled or not isinstance(window, QMainWindow) or self.tabs.count() < 2 or view is None:
            return
        name = self._name(at)
        self.tabs.removeTab(at)
        dock = self._detached[name] = _Detached(name, view, self)
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        dock.setFloating(True)
        dock.resize(800, 420)
        dock.show()

    def attach(self, name: str, view: QWidget) -> None:
        """Puts a view back among the tabs, in its place."""
        del self._detached[name]
        order = [entry[0] for entry in VIEWS]
        later = (at for at in range(self.tabs.count()) if order.index(self._name(at)) > order.index(name))
        self._insert(next(later, self.tabs.count()), view, name)
        self.front = name

    def _insert(self, at: int, view: QWidget, name: str) -> None:
        at = self.tabs.insertTab(at, view, name)
        self.tabs.tabBar().setTabData(at, name)

    def _count(self, errors: int, warnings: int) -> None:
        """The number of problems as a badge in their tab: full for errors, an outline where there are only warnings."""
        at = self.tab(COUNTED)
        if at < 0:
            return
        words = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
        badge = QLabel(str(errors or warnings)) if words else None
        if badge is not None:
            badge.setObjectName("errors" if errors else "warnings")
        self.tabs.tabBar().setTabButton(at, QTabBar.ButtonPosition.RightSide, badge)
        self.tabs.setTabToolTip(at, ", ".join(words))
        self.tabs.tabBar().setAccessibleTabName(at, ", ".join((COUNTED, *words)))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc, where what has the keyboard does nothing with it: no steps are selected any longer."""
        self.take_key(event)

    def take_key(self, event: QKeyEvent) -> None:
        """A key that a view has left over."""
        event.setAccepted(event.key() == Qt.Key.Key_Escape and self._session.shown.span is not None)
        if event.isAccepted():
            self._session.shown.choose_span(None)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where the tabs need the room, the clock takes fewer words."""
        super().resizeEvent(event)
        self.clock.set_short(short=event.size().width() < self.tabs.tabBar().sizeHint().width() + ROOM_FOR_CLOCK)

    def _fill(self) -> None:
        self._session.comparing.started.connect(lambda: self._show("Compare"))
        self._session.shown.values_wanted.connect(lambda: self._show("Values"))
        self._making.start(self._make_all())

    def _make_all(self) -> Iterator[None]:
        """Every view in its place, the one in front first and whole; the others wait until somebody looks at them."""
        front = self.front
        for name, module, view in sorted(VIEWS, key=lambda entry: entry[0] != front):
            made = getattr(importlib.import_module(module), view)(self._session, self._themes)
            yield
            in_steps = hasattr(made, "make")  # it takes longer than an event may, and is made in its place
            if in_steps and name != front:
                self._waiting[made] = made.make
                made.installEventFilter(self)
            self._put(name, made)
            yield
            if in_steps and name == front:
                yield from made.make()
                yield
        self.is_filled = True
        self.filled.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """A view comes into sight for the first time: among the tabs, or in a window of its own."""
        if event.type() == QEvent.Type.Show and watched in self._waiting:
            watched.removeEventFilter(self)
            self._making.add(self._waiting.pop(watched)())
        return super().eventFilter(watched, event)

    def finish(self) -> None:
        """What is being made is there, now."""
        self._making.finish()

    def _put(self, name: str, made: Any) -> None:
        """A view in the place of the sentence that it is loading."""
        at, front = self.tab(name), self.tabs.currentIndex()
        self.tabs.removeTab(at)
        self._insert(at, made, name)
        self.tabs.setCurrentIndex(front)
        if hasattr(made, "wanted"):
            made.wanted.connect(self.wanted)
        if hasattr(made, "counted"):  # a view that counts something says so in its tab
            made.counted.connect(self._count)
            self._count(*made.count)
