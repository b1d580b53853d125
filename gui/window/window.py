"""The main window: palette, canvas, inspector, views, and the actions that join them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cached_property, partial
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui.bridge.bridge import WorkerBridge
from gui.canvas.canvas import Canvas
from gui.panels.palette import Palette
from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.widgets.drops import dropped_files
from gui.widgets.notice import Notice
from gui.window.actions import ACTIONS
from gui.window.appearance import Appearance
from gui.window.files import Files
from gui.window.focus_keys import FocusKeys
from gui.window.help import Help
from gui.window.memory import Memory
from gui.window.pasting import Pastes
from gui.window.restoring import Restoring
from gui.window.status_bar import StatusBar
from gui.window.tool_bar import ToolBar
from gui.window.views import Views

if TYPE_CHECKING:  # made after the first paint
    from gui.panels.inspector import Inspector
    from gui.panels.sample_form import SampleForm

WIDE, NARROW = 1450, 1280
PALETTE_WIDTHS, INSPECTOR_WIDTHS = (168, 212), (248, 292)
VIEWS_SHARE = 0.31
PANEL_MODULES = (
    "arguments", "editors", "cells", "choice_preview", "form", "facts", "facts_view", "head", "inspector",
    "sample_values", "sample_table", "sample_fields", "file_rows", "file_preview", "sample_preview", "sample_form",
)  # fmt: skip
"""What the inspector is made of, one import at a time: what each needs stands before it."""
WELCOME = (".seqloom", ".h5", ".keras")


class MainWindow(QMainWindow):
    """One document in one window."""

    def __init__(self, session: EditorSession, bridge: WorkerBridge, themes: ThemeHolder, settings: QSettings) -> None:
        super().__init__()
        self.session, self.bridge, self.themes, self.memory = session, bridge, themes, Memory(settings)
        self.actions_by_id: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        self.canvas = Canvas(session, themes)
        self.palette_panel = Palette(session, themes)
        self.right = QWidget()
        self.right.setObjectName("panel")
        self.right.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.views = Views(session, themes)
        self.notice = Notice()
        self.files = Files(self)
        self.help = Help(self)
        self.setAcceptDrops(True)
        self.setMinimumSize(800, 500)
        self._make_actions()
        self.tool_bar = ToolBar(session, themes, self.actions_by_id)
        self.addToolBar(self.tool_bar)
        self.status_bar = StatusBar(session, themes)
        self.setStatusBar(self.status_bar)
        self._lay_out()
        self.appearance = Appearance(themes, self.memory, self.actions_by_id, self._look_changed, self)
        self.restoring = Restoring(self)
        self.focus_keys = FocusKeys(self)
        self.pasting = Pastes(self)
        self._connect()
        self._refresh_title()

    def furnish(self) -> Iterator[object]:
        """Makes the inspector, in steps that each are short."""
        for module in PANEL_MODULES:
            yield importlib.import_module(f"gui.panels.{module}")
        yield self.inspector
        yield from self.sample_form.make()

    @cached_property
    def inspector(self) -> Inspector:
        """The inspector in its place at the right; made after the first paint, or when it is first wanted."""
        from gui.panels.inspector import Inspector

        inspector = Inspector(self.session, self.themes, self.sample_form)
        layout = QVBoxLayout(self.right)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(inspector)
        return inspector

    @cached_property
    def sample_form(self) -> SampleForm:
        """What an Input's inspector shows of the sample; made with the inspector."""
        from gui.panels.sample_form import SampleForm

        return SampleForm(self.session, self.themes)

    # --- making --------------------------------------------------------------------------------------------------

    def _make_actions(self) -> None:
        menus = {name: self.menuBar().addMenu(f"&{name}") for name in ("File", "Edit", "View", "Insert", "Run", "Help")}
        undo = self.session.undo_stack.createUndoAction(self, "Undo")
        redo = self.session.undo_stack.createRedoAction(self, "Redo")
        undo.setShortcut(QKeySequence("Ctrl+Z"))
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.actions_by_id |= {"undo": undo, "redo": redo}
        menus["Edit"].addActions([undo, redo])
        for name, fill in (("Open &recent", self.files.fill_recent), ("E&xamples", self.files.fill_examples)):
            menu = QMenu(name, self)
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(partial(fill, menu))
            self._menus[name] = menu
        for row in ACTIONS:
            action = QAction(row.text, self)
            action.setCheckable(row.checkable)
            action.setStatusTip(row.tip)
            action.setToolTip(f"{row.tip}  ({row.shortcut})" if row.shortcut else row.tip)
            if row.shortcut:
                action.setShortcut(QKeySequence(row.shortcut))
            action.triggered.connect(partial(self._act, row.id))
            if row.rule:
                menus[row.menu].addSeparator()
            menus[row.menu].addAction(action)
            self.actions_by_id[row.id] = action
            if row.id == "files.open":
                menus["File"].addMenu(self._menus["Open &recent"])
                menus["File"].addMenu(self._menus["E&xamples"])
        for shown in ("toggle_palette", "toggle_inspector", "toggle_views", "toggle_auto"):
            self.actions_by_id[shown].setChecked(True)
        self.canvas.mouse.wheel_pans = self.memory.flag("wheel_pans")
        self.actions_by_id["wheel_pans"].setChecked(self.canvas.mouse.wheel_pans)

    def _act(self, name: str, *_: object) -> None:
        """Single-letter shortcuts belong to a field that is being typed into."""
        action = self.actions_by_id[name]
        typing = isinstance(self.focusWidget(), QLineEdit | QPlainTextEdit)
        if typing and len(action.shortcut().toString()) == 1 and self.focusWidget() is not None:
            return
        attrgetter(name)(self)()

    def _lay_out(self) -> None:
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.canvas, 1)
        for part in (self.palette_panel, middle, self.right):
            self.columns.addWidget(part)
        self.columns.setStretchFactor(1, 1)
        self.columns.setHandleWidth(1)
        self.columns.setChildrenCollapsible(False)
        self.rows = QSplitter(Qt.Orientation.Vertical)
        self.rows.addWidget(self.columns)
        self.rows.addWidget(self.views)
        self.rows.setStretchFactor(0, 1)
        self.rows.setHandleWidth(1)
        self.rows.setChildrenCollapsible(False)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.rows)
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

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Run stays in the tool bar: on a narrow window the sample is told in fewer words."""
        super().resizeEvent(event)
        self.tool_bar.sample.set_short(short=event.size().width() < NARROW)

    def _connect(self) -> None:
        session, bridge = self.session, self.bridge
        session.refused.connect(self.say)
        session.told.connect(self.say)
        session.file_changed.connect(self._refresh_title)
        session.undo_stack.cleanChanged.connect(self._refresh_title)
        for signal in (session.analysis_changed, session.run_changed, session.run_state_changed):
            signal.connect(lambda _: self._refresh_status())
        self.canvas.zoom_changed.connect(self.tool_bar.show_zoom)
        self.tool_bar.run_wanted.connect(self.run_now)
        self.tool_bar.cancel_wanted.connect(self.cancel_run)
        bridge.ready.connect(self._worker_ready)
        bridge.analysed.connect(session.show_analysis)
        bridge.ran.connect(session.show_run)
        bridge.traced.connect(session.shown.show_trace)
        bridge.previewed.connect(session.shown.show_previews)
        bridge.fitted.connect(session.fits_changed)
        bridge.valued.connect(session.shown.show_values)
        bridge.answered.connect(session.shown.answered)
        bridge.sampled.connect(session.looks.show_sample)
        bridge.foreseen.connect(session.foresight.show)
        bridge.padding_read.connect(session.looks.show_padded)
        bridge.state.connect(session.worker_said)
        bridge.rested.connect(session.worker_rests)
        bridge.failed.connect(self.say)
        bridge.leaks_tested.connect(session.findings.show_leaks)
        bridge.leaks_failed.connect(session.findings.refuse_leaks)
        bridge.ways_compared.connect(session.findings.show_ways)
        bridge.exported.connect(self.files.exported)
        self.views.wanted.connect(lambda _: self.canvas.reveal())
        self.canvas.edit_wanted.connect(self.edit_block)
        self.canvas.action_wanted.connect(self._act)

    # --- the worker ----------------------------------------------------------------------------------------------

    def _worker_ready(self, body: dict[str, object]) -> None:
        self.status_bar.versions_text = f"Keras {body['keras']}, TensorFlow {body['tensorflow']}, ready"
        self.tool_bar.show_devices([str(name) for name in body["devices"]])  # type: ignore[attr-defined]
        self.session.worker_ready()
        self._refresh_status()

    def say(self, sentence: str) -> None:
        """A quiet line; nothing pops up."""
        self.status_bar.say(sentence)

    def _refresh_title(self, _: object = None) -> None:
        edited = not self.session.undo_stack.isClean()
        self.tool_bar.show_title(edited=edited)
        self.setWindowTitle(f"{self.session.title}[*] – SeqLoom")
        self.setWindowModified(edited)

    def _refresh_status(self) -> None:
        self.status_bar.refresh()
        self.tool_bar.refresh()
        self.actions_by_id["cancel_run"].setEnabled(self.session.run_state.phase == "running")

    def _look_changed(self) -> None:
        """Other colours or sizes: what is written with a colour of its own is written anew."""
        self._refresh_title()
        self._refresh_status()

    # --- actions (named in gui.window.actions) -------------------------------------------------------------------

    def copy(self) -> None:
        """The selected blocks go to the clipboard."""
        text = self.session.building.copied()
        if text:
            QGuiApplication.clipboard().setText(text)

    def cut(self) -> None:
        """The selected blocks go to the clipboard and from the canvas."""
        self.copy()
        self.session.building.remove_selection()

    def paste(self) -> None:
        """Blocks of the clipboard come to the pointer, or beside where they were; code and errors are explained."""
        self.session.building.paste(QGuiApplication.clipboard().text(), self.canvas.pointer_place())

    def duplicate(self) -> None:
        """The selected blocks again, a little beside."""
        text = self.session.building.copied()
        if text:
            self.session.building.paste(text, word="duplicate")

    def delete_selection(self) -> None:
        """Deletes what is selected, or the wire at the port that the keyboard is on."""
        if not self.canvas.keys.delete_wire():
            self.session.building.remove_selection()

    def delete_bridging(self) -> None:
        """Deletes blocks and wires past them."""
        self.session.building.remove_selection(bridge=True)

    def select_all(self) -> None:
        """Selects every block."""
        self.session.select(block.id for block in self.session.document.graph.blocks)

    def fit_view(self) -> None:
        """Shows the whole model."""
        self.canvas.fit()

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
        self.views.setVisible(self.views.isHidden())

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
        name = next((field for field in self.inspector.findChildren(QLineEdit) if field.isVisible()), None)
        if name is not None:
            name.setFocus(Qt.FocusReason.OtherFocusReason)
            name.selectAll()

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

    def open_fixes(self) -> None:
        """Goes to the fixes of the problem."""
        self.canvas.open_fixes()

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
        if dropped_files(event, WELCOME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Takes it; of several files the first that is one."""
        paths = dropped_files(event, WELCOME)
        if paths:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.files.take(paths[0]))
