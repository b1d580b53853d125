"""The main window: palette, canvas, inspector, views, and the actions that join them."""

from __future__ import annotations

from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QSplitter,
    QStatusBar,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from gui.canvas.canvas import Canvas
from gui.panels.palette import Palette
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.window.memory import Memory
from gui.window.restoring import Restoring

if TYPE_CHECKING:  # made after the first paint
    from gui.bridge.bridge import WorkerBridge
    from gui.panels.inspector import Inspector
    from gui.panels.sample_form import SampleForm
    from gui.widgets.notice import Notice
    from gui.window.appearance import Appearance
    from gui.window.editing import Editing
    from gui.window.files import Files
    from gui.window.focus_keys import FocusKeys
    from gui.window.help import Help
    from gui.window.history import RunHistory
    from gui.window.pasting import Pastes
    from gui.window.status_bar import StatusBar
    from gui.window.tool_bar import ToolBar
    from gui.window.views import Views

WIDE = 1450
PALETTE_WIDTHS, INSPECTOR_WIDTHS = (168, 212), (248, 292)
VIEWS_SHARE, VIEWS_LEAST = 0.31, 120
TITLES = ("&File", "&Edit", "&View", "&Insert", "&Run", "&Help")
WELCOME = (".seqloom", ".h5", ".keras")
TOOL_BAR_AIR, STATUS_BAR_AIR = 26, 11
"""How much higher than a line of text the bars are, before they are filled and after."""


class MainWindow(QMainWindow):
    """One document in one window.

    Palette and canvas are made at once, everything else when it is first wanted, at the latest by `gui.window.parts`;
    its place is kept from the beginning, so that nothing moves.

    Attributes:
        right, bottom: the places of the inspector and of the views.
    """

    def __init__(self, session: EditorSession, themes: ThemeHolder, settings: QSettings) -> None:
        super().__init__()
        self.session, self.themes, self.memory = session, themes, Memory(settings)
        self.canvas = Canvas(session, themes)
        self.canvas.mouse.wheel_pans = self.memory.flag("wheel_pans")
        self.palette_panel = Palette(session, themes)
        self.right, self.bottom = _place("panel"), _place("bottom")
        self.bottom.setMinimumHeight(VIEWS_LEAST)
        self.setAcceptDrops(True)
        self.setMinimumSize(800, 500)
        for title in TITLES:
            self.menuBar().addAction(title)
        self._top: QToolBar = self.addToolBar("Tools")
        self._top.setObjectName("tools")
        self._top.setMovable(False)
        self.setStatusBar(QStatusBar(sizeGripEnabled=False))
        self._hold_heights()
        self._lay_out()
        self.restoring = Restoring(self)
        themes.theme_changed.connect(self._hold_heights)
        session.refused.connect(self.say)
        session.told.connect(self.say)
        session.file_changed.connect(self._refresh_title)
        session.undo_stack.cleanChanged.connect(self._refresh_title)
        self.canvas.edit_wanted.connect(self.edit_block)
        self.canvas.action_wanted.connect(self.act)
        self._refresh_title()

    def _lay_out(self) -> None:
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        middle = QWidget()
        self._column = _filled(middle, self.canvas)
        self._column.setSpacing(0)
        for part in (self.palette_panel, middle, self.right):
            self.columns.addWidget(part)
        self.columns.setStretchFactor(1, 1)
        self.columns.setHandleWidth(1)
        self.columns.setChildrenCollapsible(False)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(self.columns)
        self.rows.addWidget(self.bottom)
        self.rows.setStretchFactor(0, 1)
        self.rows.setHandleWidth(1)
        self.rows.setChildrenCollapsible(False)
        body = QWidget()
        _filled(body, self.rows)
        self.setCentralWidget(body)

    def arrange(self, size: QSize) -> None:
        """The panels' sizes for a window of this size."""
        wide = int(size.width() >= WIDE)
        palette, inspector = PALETTE_WIDTHS[wide], INSPECTOR_WIDTHS[wide]
        self.palette_panel.setMinimumWidth(min(palette, 168))
        self.right.setMinimumWidth(min(inspector, 248))
        self.columns.setSizes([palette, size.width() - palette - inspector, inspector])
        views = max(int(size.height() * VIEWS_SHARE), 180)
        self.rows.setSizes([size.height() - views, views])

    # --- parts, each made when it is first wanted ------------------------------------------------------------------

    @cached_property
    def actions_by_id(self) -> dict[str, QAction]:
        """Every action by its name; with them the menus are filled."""
        from gui.window.menus import make_actions

        return make_actions(self)

    @cached_property
    def tool_bar(self) -> ToolBar:
        """What stands above the canvas."""
        from gui.window.tool_bar import ToolBar

        bar = ToolBar(self.session, self.themes, self.actions_by_id)
        bar.run_wanted.connect(self.run_now)
        bar.cancel_wanted.connect(self.cancel_run)
        bar.show_zoom(self.canvas.view.scale)
        self.canvas.zoom_changed.connect(bar.show_zoom)
        self.removeToolBar(self._top)
        self._top.deleteLater()
        self._top = bar
        self.addToolBar(bar)
        self._hold_heights()
        return bar

    @cached_property
    def status_bar(self) -> StatusBar:
        """Facts that hold for the whole document."""
        from gui.window.status_bar import StatusBar

        bar = StatusBar(self.session, self.themes)
        self.setStatusBar(bar)
        self._hold_heights()
        return bar

    @cached_property
    def views(self) -> Views:
        """The views below the canvas."""
        from gui.window.views import Views

        views = Views(self.session, self.themes)
        _filled(self.bottom, views)
        views.wanted.connect(lambda _: self.canvas.reveal())
        self.restoring.restore_views(views)
        return views

    @cached_property
    def bridge(self) -> WorkerBridge:
        """The way to the worker."""
        from gui.bridge.bridge import WorkerBridge
        from gui.window.joining import join

        bridge = WorkerBridge(parent=self)
        join(self, bridge)
        return bridge

    @cached_property
    def notice(self) -> Notice:
        """The line above the canvas."""
        from gui.widgets.notice import Notice

        notice = Notice()
        self._column.insertWidget(0, notice)
        return notice

    @cached_property
    def files(self) -> Files:
        """Documents and exports."""
        from gui.window.files import Files

        return Files(self)

    @cached_property
    def editing(self) -> Editing:
        """The clipboard and what is selected."""
        from gui.window.editing import Editing

        return Editing(self)

    @cached_property
    def appearance(self) -> Appearance:
        """Colours and text size."""
        from gui.window.appearance import Appearance

        return Appearance(self.themes, self.memory, self.actions_by_id, self)

    @cached_property
    def focus_keys(self) -> FocusKeys:
        """Keys that both a field and the window know."""
        from gui.window.focus_keys import FocusKeys

        return FocusKeys(self)

    @cached_property
    def pasting(self) -> Pastes:
        """Pasted code and errors."""
        from gui.window.pasting import Pastes

        return Pastes(self)

    @cached_property
    def history(self) -> RunHistory:
        """The runs that were made."""
        from gui.window.history import RunHistory

        return RunHistory(self)

    @cached_property
    def help(self) -> Help:
        """Pages beside the window."""
        from gui.window.help import Help

        return Help(self)

    @cached_property
    def sample_form(self) -> SampleForm:
        """What an Input's inspector shows of the sample."""
        from gui.panels.sample_form import SampleForm

        return SampleForm(self.session, self.themes)

    @cached_property
    def inspector(self) -> Inspector:
        """The inspector in its place at the right."""
        from gui.panels.inspector import Inspector

        inspector = Inspector(self.session, self.themes, self.sample_form)
        _filled(self.right, inspector)
        return inspector

    # --- places ----------------------------------------------------------------------------------------------------

    @property
    def panels(self) -> dict[str, QWidget]:
        """What can be hidden, by its name."""
        return {"palette": self.palette_panel, "inspector": self.right, "views": self.bottom}

    def _hold_heights(self, _: object = None) -> None:
        text = self.fontMetrics().height()
        self._top.setFixedHeight(text + TOOL_BAR_AIR)
        self.statusBar().setFixedHeight(text + STATUS_BAR_AIR)

    def act(self, name: str, *_: object) -> None:
        """Does an action; single-letter shortcuts belong to a field that is being typed into."""
        from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

        action = self.actions_by_id[name]
        field = self.focusWidget()
        typing = isinstance(field, QLineEdit | QPlainTextEdit) and not field.isReadOnly()
        if typing and len(action.shortcut().toString()) == 1:
            return
        attrgetter(name)(self)()

    # --- what is told ----------------------------------------------------------------------------------------------

    def worker_ready(self, body: dict[str, object]) -> None:
        """TensorFlow has loaded."""
        self.status_bar.versions_text = f"Keras {body['keras']}, TensorFlow {body['tensorflow']}, ready"
        self.tool_bar.show_devices([str(name) for name in body["devices"]])  # type: ignore[attr-defined]
        self.session.worker_ready()

    def say(self, sentence: str) -> None:
        """A quiet line; nothing pops up."""
        self.status_bar.say(sentence)

    def _refresh_title(self, _: object = None) -> None:
        self.setWindowTitle(f"{self.session.title}[*] – SeqLoom")
        self.setWindowModified(not self.session.undo_stack.isClean())

    # --- actions (named in gui.window.actions) -------------------------------------------------------------------

    def zoom_whole(self) -> None:
        """Shows at 100 %."""
        self.canvas.zoom_to(1.0)

    def zoom_in(self) -> None:
        """Shows larger."""
        self.canvas.zoom_to(self.canvas.view.scale * 1.25)

    def zoom_out(self) -> None:
        """Shows smaller."""
        self.canvas.zoom_to(self.canvas.view.scale / 1.25)

    def toggle_palette(self) -> None:
        """Shows or hides the palette."""
        self.palette_panel.setVisible(self.palette_panel.isHidden())

    def toggle_inspector(self) -> None:
        """Shows or hides the inspector."""
        self.right.setVisible(self.right.isHidden())

    def toggle_views(self) -> None:
        """Shows or hides the views."""
        self.bottom.setVisible(self.bottom.isHidden())

    def detach_view(self) -> None:
        """Shows the view that is in front in a window of its own."""
        self.views.detach(self.views.tabs.currentIndex())

    def wheel_pans(self) -> None:
        """Whether a mouse wheel moves the canvas or zooms it."""
        self.canvas.mouse.wheel_pans = self.actions_by_id["wheel_pans"].isChecked()
        self.memory.settings.setValue("wheel_pans", self.canvas.mouse.wheel_pans)

    def add_layer(self) -> None:
        """Quick-add on the canvas."""
        self.canvas.setFocus()
        self.canvas.quick_add()

    def start_wire(self) -> None:
        """A wire from the selected block, by keyboard."""
        self.canvas.setFocus()
        self.canvas.keys.start_wire()

    def edit_block(self) -> None:
        """The keyboard goes to the name of the selected block, then to its arguments."""
        self.right.show()
        self.inspector.edit_name()

    def find_layer(self) -> None:
        """Goes to the search field of the palette."""
        self.palette_panel.show()
        self.palette_panel.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.palette_panel.search.selectAll()

    def run_now(self) -> None:
        """Runs the model on the sample."""
        self.session.run_now()

    def cancel_run(self) -> None:
        """Stops the run."""
        self.session.cancel()

    def toggle_auto(self) -> None:
        """The action's own state says whether the model runs by itself."""

    # --- from start to start -------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Asks about unsaved changes, remembers the window, ends the worker."""
        if not self.files.may_leave():
            event.ignore()
            return
        self.restoring.keep()
        self.bridge.close()
        event.accept()

    # --- files dropped onto the window ---------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """A document or a file of weights may be dropped."""
        from gui.widgets.drops import dropped_files

        if dropped_files(event, WELCOME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Takes it; of several files the first that is one."""
        from gui.widgets.drops import dropped_files

        paths = dropped_files(event, WELCOME)
        if paths:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.files.take(paths[0]))


def _place(name: str) -> QWidget:
    """Room for what is made later."""
    place = QWidget()
    place.setObjectName(name)
    place.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return place


def _filled(place: QWidget, content: QWidget) -> QVBoxLayout:
    """Puts something into its place, to the edges."""
    layout = QVBoxLayout(place)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(content)
    return layout
