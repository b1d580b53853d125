"""The main window: palette, canvas, inspector, views, and the actions that join them."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QSizePolicy,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.bridge.bridge import WorkerBridge
from gui.canvas.canvas import Canvas
from gui.canvas.view import View
from gui.panels.inspector import Inspector
from gui.panels.palette import Palette
from gui.panels.sample_form import SampleForm
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, ThemeHolder, system_theme
from gui.widgets.fields import Choice
from gui.widgets.notice import Notice
from gui.window.actions import ACTIONS
from gui.window.files import Files
from gui.window.memory import Memory
from gui.window.sample_button import SampleButton
from gui.window.views import Views

WIDE, NARROW = 1450, 1280
PALETTE_WIDTHS, INSPECTOR_WIDTHS = (168, 212), (248, 292)
VIEWS_SHARE = 0.31
QUIET_MS = 8000
TEXT_STEP = 0.1


class MainWindow(QMainWindow):
    """One document in one window."""

    def __init__(self, session: EditorSession, bridge: WorkerBridge, themes: ThemeHolder, settings: QSettings) -> None:
        super().__init__()
        self.session, self.bridge, self.themes, self.memory = session, bridge, themes, Memory(settings)
        self._versions = ""
        self.actions_by_id: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        self.canvas = Canvas(session, themes)
        self.palette_panel = Palette(session, themes)
        self.inspector = Inspector(session, themes)
        self.sample_form = SampleForm(session)
        self.views = Views(session, themes)
        self.notice = Notice()
        self.files = Files(self)
        self._clock_to_come: tuple[int, int, str] | None = None
        self.setAcceptDrops(True)
        self.setMinimumSize(800, 500)
        self._make_actions()
        self._make_tool_bar()
        self._lay_out()
        self._make_status_bar()
        self._connect()
        self._refresh_title()
        self._refresh_status()

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
        themes = QActionGroup(self)
        for name in ("system", "light", "dark"):
            themes.addAction(self.actions_by_id[f"theme_{name}"])
        self.actions_by_id[f"theme_{self.memory.text('theme') or 'system'}"].setChecked(True)
        self.canvas.wheel_pans = self.memory.flag("wheel_pans")
        self.actions_by_id["wheel_pans"].setChecked(self.canvas.wheel_pans)

    def _act(self, name: str, *_: object) -> None:
        """Single-letter shortcuts belong to a field that is being typed into."""
        action = self.actions_by_id[name]
        typing = isinstance(self.focusWidget(), QLineEdit | QPlainTextEdit)
        if typing and len(action.shortcut().toString()) == 1 and self.focusWidget() is not None:
            return
        attrgetter(name)(self)()

    def _make_tool_bar(self) -> None:
        bar = QToolBar("Tools")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(bar)
        self.title_label = QLabel()
        self.title_label.setTextFormat(Qt.TextFormat.RichText)
        bar.addWidget(self.title_label)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        for name in ("undo", "redo"):
            button = QToolButton()
            button.setObjectName("flat")
            button.setDefaultAction(self.actions_by_id[name])
            button.setText(name.title())
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            self.actions_by_id[name].setIconText(name.title())
            bar.addWidget(button)
        self.zoom_button = QToolButton()
        self.zoom_button.setToolTip("Zoom; click to fit  (F)")
        self.zoom_button.clicked.connect(lambda: self.fit_view())
        bar.addWidget(self.zoom_button)
        self.sample_button = SampleButton(self.session, self.themes)
        bar.addWidget(self.sample_button)
        self.device = Choice()
        self.device.setAccessibleName("Device")
        self.device.setToolTip("Where the model runs")
        self.device.addItem("CPU", "cpu")
        self.device.setFixedWidth(84)
        self.device.activated.connect(lambda _: setattr(self.session, "device", self.device.currentData()))
        bar.addWidget(self.device)
        self.auto_button = QCheckBox("Run by itself")
        self.auto_button.setToolTip("Run after each edit when that is cheap")
        self.auto_button.setChecked(True)
        self.auto_button.toggled.connect(self.actions_by_id["toggle_auto"].setChecked)
        self.actions_by_id["toggle_auto"].toggled.connect(self.auto_button.setChecked)
        self.actions_by_id["toggle_auto"].toggled.connect(lambda on: setattr(self.session, "run_by_itself", on))
        bar.addWidget(self.auto_button)
        self.run_button = QToolButton()
        self.run_button.setObjectName("primary")
        self.run_button.clicked.connect(self._run_or_cancel)
        bar.addWidget(self.run_button)

    def _lay_out(self) -> None:
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.inspector)
        right.addWidget(self.sample_form)
        right.setChildrenCollapsible(False)
        right.setStretchFactor(0, 3)
        right.setStretchFactor(1, 2)
        self.right = right
        self.columns = QSplitter(Qt.Orientation.Horizontal)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.canvas, 1)
        for part in (self.palette_panel, middle, right):
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
        self.sample_button.set_short(short=event.size().width() < NARROW)

    def _make_status_bar(self) -> None:
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        self.problems_label, self.cost_label, self.run_label, self.versions_label = (QLabel() for _ in range(4))
        for label in (self.problems_label, self.cost_label, self.run_label):
            bar.addWidget(label)
        self.quiet = QLabel()
        self.quiet.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        bar.addWidget(self.quiet, 1)
        bar.addPermanentWidget(self.versions_label)
        self._quiet_timer = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet_timer.timeout.connect(self.quiet.clear)

    def _connect(self) -> None:
        session, bridge = self.session, self.bridge
        session.refused.connect(self.say)
        session.told.connect(self.say)
        session.file_changed.connect(self._refresh_title)
        session.undo_stack.cleanChanged.connect(self._refresh_title)
        for signal in (session.analysis_changed, session.run_changed, session.run_state_changed):
            signal.connect(lambda _: self._refresh_status())
        self.canvas.zoom_changed.connect(lambda scale: self.zoom_button.setText(f"{scale:.0%}"))
        self.zoom_button.setText("100%")
        bridge.ready.connect(self._worker_ready)
        bridge.analysed.connect(session.show_analysis)
        bridge.ran.connect(session.show_run)
        bridge.traced.connect(session.show_trace)
        bridge.previewed.connect(session.show_previews)
        bridge.fitted.connect(session.fits_changed)
        bridge.valued.connect(session.show_values)
        bridge.state.connect(session.worker_said)
        bridge.failed.connect(self.say)
        bridge.exported.connect(self.files.exported)
        self.canvas.edit_wanted.connect(self.edit_block)
        self.canvas.action_wanted.connect(self._act)
        session.opened.connect(self._restore_document)
        session.run_changed.connect(self._restore_clock)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    # --- the worker ----------------------------------------------------------------------------------------------

    def _worker_ready(self, body: dict[str, object]) -> None:
        self._versions = f"Keras {body['keras']}, TensorFlow {body['tensorflow']}, ready"
        devices = [str(name) for name in body["devices"]]  # type: ignore[attr-defined]
        self.device.clear()
        for name in devices:
            self.device.addItem(name.upper(), name)
        if self.session.device in devices:
            self.device.setCurrentIndex(devices.index(self.session.device))
        self.session.worker_ready()
        self._refresh_status()

    def say(self, sentence: str) -> None:
        """A quiet line; nothing pops up."""
        self.quiet.setText(sentence)
        self.quiet.setToolTip(sentence)
        self._quiet_timer.start()

    def _refresh_title(self, _: object = None) -> None:
        dirty = not self.session.undo_stack.isClean()
        colour = self.themes.theme.secondary
        edited = f' <span style="color:{colour}; font-weight:400">&nbsp;edited</span>' if dirty else ""
        self.title_label.setText(f"<b>{self.session.title}</b>{edited}")
        self.setWindowTitle(f"{self.session.title}[*] – SeqLoom")
        self.setWindowModified(dirty)

    def _refresh_status(self) -> None:
        session = self.session
        state, theme = session.run_state, self.themes.theme
        bad = sum(problem.severity == "error" for problem in session.analysis.diagnostics)
        mild = sum(problem.severity == "warning" for problem in session.analysis.diagnostics)
        parts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((bad, "problem"), (mild, "warning")) if n]
        self.problems_label.setText(", ".join(parts) or "no problems")
        self.problems_label.setStyleSheet(
            f"color: {theme.error if bad else theme.warning if mild else theme.secondary};"
        )
        names = session.document.graph.by_id
        unknown = [names[b].name for b, k in session.analysis.blocks.items() if k.outputs is None and b in names]
        missing = (
            f", {unknown[0]} unknown" if len(unknown) == 1 else f", {len(unknown)} blocks unknown" if unknown else ""
        )
        self.cost_label.setText(f"{session.analysis.parameters:,} parameters{missing}")
        stale = f" (before “{state.stale}”)" if state.stale else ""
        self.run_label.setText(state.text + stale)
        ready = state.phase in ("idle", "running") and self._versions
        self.versions_label.setText(self._versions if ready else "")
        running = state.phase == "running"
        self.run_button.setText("Cancel" if running else "Run  Ctrl+Enter")
        self.run_button.setToolTip("Stop the run" if running else "Run the model on the sample  (Ctrl+Enter)")
        self.actions_by_id["cancel_run"].setEnabled(running)

    def _run_or_cancel(self) -> None:
        if self.session.run_state.phase == "running":
            self.cancel_run()
        else:
            self.run_now()

    # --- actions (named in gui.window.actions) -------------------------------------------------------------------

    def export_python(self) -> None:
        """Asks where to and exports Python."""
        self.files.export("python")

    def export_keras(self) -> None:
        """Asks where to and exports `.keras`."""
        self.files.export("keras")

    def copy(self) -> None:
        """The selected blocks go to the clipboard."""
        text = self.session.copied()
        if text:
            QGuiApplication.clipboard().setText(text)

    def cut(self) -> None:
        """The selected blocks go to the clipboard and from the canvas."""
        self.copy()
        self.session.remove_selection()

    def paste(self) -> None:
        """Blocks of the clipboard come to the pointer, or beside where they were."""
        self.session.paste(QGuiApplication.clipboard().text(), self.canvas.pointer_place())

    def duplicate(self) -> None:
        """The selected blocks again, a little beside."""
        text = self.session.copied()
        if text:
            self.session.paste(text, word="duplicate")

    def delete_selection(self) -> None:
        """Deletes what is selected, or the wire at the port that the keyboard is on."""
        if not self.canvas.keys.delete_wire():
            self.session.remove_selection()

    def delete_bridging(self) -> None:
        """Deletes blocks and wires past them."""
        self.session.remove_selection(bridge=True)

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
        self.canvas.wheel_pans = self.actions_by_id["wheel_pans"].isChecked()
        self.memory.settings.setValue("wheel_pans", self.canvas.wheel_pans)

    def theme_system(self) -> None:
        """Follows the system's colours."""
        self._set_theme("system")

    def theme_light(self) -> None:
        """Light, whatever the system says."""
        self._set_theme("light")

    def theme_dark(self) -> None:
        """Dark, whatever the system says."""
        self._set_theme("dark")

    def toggle_theme(self) -> None:
        """Switches between light and dark, and remembers it."""
        self._set_theme("light" if self.themes.theme.dark else "dark")

    def _set_theme(self, name: str) -> None:
        self.memory.settings.setValue("theme", "" if name == "system" else name)
        self.actions_by_id[f"theme_{name}"].setChecked(True)
        self.themes.set_theme({"light": LIGHT, "dark": DARK}.get(name) or system_theme())
        self._refresh_title()
        self._refresh_status()

    def _system_changed(self, _: object) -> None:
        if not self.memory.text("theme"):
            self._set_theme("system")

    def text_larger(self) -> None:
        """Larger text in all panels."""
        self._set_text(self.themes.text_scale + TEXT_STEP)

    def text_smaller(self) -> None:
        """Smaller text in all panels."""
        self._set_text(self.themes.text_scale - TEXT_STEP)

    def text_normal(self) -> None:
        """Text at its own size."""
        self._set_text(1.0)

    def _set_text(self, scale: float) -> None:
        self.themes.set_text_scale(scale)
        self.memory.settings.setValue("text_scale", self.themes.text_scale)
        self._refresh_title()

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

    def step_back(self) -> None:
        """One timestep back."""
        self.session.set_clock(step=self.session.clock.step - 1)

    def step_forward(self) -> None:
        """One timestep on."""
        self.session.set_clock(step=self.session.clock.step + 1)

    def about(self) -> None:
        """Versions and licences."""
        text = (
            "<b>SeqLoom 0.1.0</b><p>Build a Keras sequence model out of blocks and see time.</p>"
            f"<p>{self._versions or 'TensorFlow is still loading.'}</p>"
            "<p>MIT licence. Qt and PySide6 are used under the LGPLv3, from unmodified packages. "
            "Example data: Japanese Vowels, M. Kudo, J. Toyama, M. Shimbo, UCI Machine Learning Repository, CC BY 4.0.</p>"
        )
        QMessageBox.about(self, "About SeqLoom", text)

    # --- from start to start -------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Asks about unsaved changes, remembers the window, ends the worker."""
        if not self.files.may_leave():
            event.ignore()
            return
        self.remember_document()
        keep = self.memory.settings.setValue
        keep("window", self.saveGeometry())
        keep("columns", self.columns.saveState())
        keep("rows", self.rows.saveState())
        keep("hidden", [name for name, part in self._panels().items() if part.isHidden()])
        keep("view", self.views.front)
        keep("detached", list(self.views.detached))
        keep("last", "" if self.session.path is None else str(self.session.path.absolute()))
        self.bridge.close()
        event.accept()

    def _panels(self) -> dict[str, QWidget]:
        return {"palette": self.palette_panel, "inspector": self.right, "views": self.views}

    def restore(self) -> None:
        """The window as it was at the last start."""
        settings = self.memory.settings
        kept = settings.value("window")
        if isinstance(kept, QByteArray):
            self.restoreGeometry(kept)
        else:
            screen = QApplication.primaryScreen().availableSize()
            self.resize(min(1600, screen.width()), min(1000, screen.height()))
        self.arrange(self.size())
        for splitter, key in ((self.columns, "columns"), (self.rows, "rows")):
            state = settings.value(key)
            if isinstance(state, QByteArray):
                splitter.restoreState(state)
        hidden = self.memory.strings("hidden")
        for name, part in self._panels().items():
            part.setVisible(name not in hidden)
            self.actions_by_id[f"toggle_{name}"].setChecked(not part.isHidden())
        self.views.front = self.memory.text("view") or self.views.front
        self.views.filled.connect(self._detach_again)
        self.canvas.setFocus()

    def _detach_again(self) -> None:
        """Views that had windows of their own."""
        for name in self.memory.strings("detached"):
            self.views.detach(self.views.tab(name))

    def remember_document(self) -> None:
        """Where one was in this document: view, selection, step."""
        session, view = self.session, self.canvas.view
        if session.path is None:
            return
        names = [session.document.block(block).name for block in sorted(session.selection.blocks)]
        seen = {
            "view": [view.scale, view.x, view.y], "size": [self.canvas.width(), self.canvas.height()],
            "selected": names, "sequence": session.clock.sequence, "step": session.clock.step, "trace": session.trace_key,
        }  # fmt: skip
        self.memory.set_document(session.path, "seen", seen)

    def _restore_document(self) -> None:
        """Goes back to where one was in this document."""
        seen = self.memory.document(self.session.path, "seen") if self.session.path is not None else {}
        self._clock_to_come = None
        if not seen:
            return
        try:
            self.canvas.open_at(View(*(float(part) for part in seen["view"])), tuple(seen["size"]))
            names = set(seen["selected"])
            self._clock_to_come = (int(seen["sequence"]), int(seen["step"]), str(seen["trace"]))
        except (KeyError, TypeError, ValueError):
            return
        self.session.select(block.id for block in self.session.document.graph.blocks if block.name in names)

    def _restore_clock(self, run: object) -> None:
        if run is not None and self._clock_to_come is not None:
            sequence, step, key = self._clock_to_come
            self._clock_to_come = None
            if self.session.run is not None and key in self.session.run.traced:
                self.session.choose_trace(key)
            self.session.set_clock(sequence=sequence, step=step)

    # --- files dropped onto the window ---------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """A document may be dropped."""
        if any(url.toLocalFile().endswith(".seqloom") for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Opens it."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        if paths:
            event.acceptProposedAction()
            QTimer.singleShot(0, self, lambda: self.files.open_path(paths[0]))
