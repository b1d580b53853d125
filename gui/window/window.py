"""The main window: palette, canvas, inspector, views, and the actions that join them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMessageBox,
    QPlainTextEdit,
    QSizePolicy,
    QSplitter,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.bridge.bridge import Exported, WorkerBridge
from gui.canvas.canvas import Canvas
from gui.panels.inspector import Inspector
from gui.panels.palette import Palette
from gui.panels.sample_form import SampleForm
from gui.session.session import EditorSession
from gui.theme.theme import DARK, LIGHT, ThemeHolder
from gui.widgets.fields import Choice
from gui.window.actions import ACTIONS
from gui.window.sample_button import SampleButton
from gui.window.views import Views

EXAMPLES = Path(__file__).resolve().parents[2] / "resources" / "examples"
WIDE, NARROW = 1450, 1280
PALETTE_WIDTHS, INSPECTOR_WIDTHS = (168, 212), (248, 292)
VIEWS_SHARE = 0.31
QUIET_MS = 8000


class MainWindow(QMainWindow):
    """One document in one window."""

    def __init__(self, session: EditorSession, bridge: WorkerBridge, themes: ThemeHolder, settings: QSettings) -> None:
        super().__init__()
        self.session, self.bridge, self.themes, self._settings = session, bridge, themes, settings
        self._versions = ""
        self.actions_by_id: dict[str, QAction] = {}
        self.canvas = Canvas(session, themes)
        self.palette_panel = Palette(session, themes)
        self.inspector = Inspector(session, themes)
        self.sample_form = SampleForm(session)
        self.views = Views(session, themes)
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
        for shown in ("toggle_palette", "toggle_inspector", "toggle_views", "toggle_auto"):
            self.actions_by_id[shown].setChecked(True)
        self.actions_by_id["toggle_theme"].setChecked(self.themes.theme.dark)

    def _act(self, name: str, *_: object) -> None:
        """Single-letter shortcuts belong to a field that is being typed into."""
        action = self.actions_by_id[name]
        typing = isinstance(self.focusWidget(), QLineEdit | QPlainTextEdit)
        if typing and len(action.shortcut().toString()) == 1 and self.focusWidget() is not None:
            return
        getattr(self, name)()

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
        for part in (self.palette_panel, self.canvas, right):
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
        bridge.valued.connect(session.show_values)
        bridge.state.connect(session.worker_said)
        bridge.failed.connect(self.say)
        bridge.exported.connect(self._exported)

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

    def _exported(self, answer: Exported) -> None:
        self.say(answer.message)

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

    def new_document(self) -> None:
        """Starts an empty document."""
        if self._may_leave():
            self.session.new()

    def open_document(self) -> None:
        """Asks for a file and opens it."""
        start = str(self.session.folder or EXAMPLES)
        name, _ = QFileDialog.getOpenFileName(self, "Open", start, "SeqLoom documents (*.seqloom)")
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Opens a file, after asking about unsaved changes."""
        if self._may_leave():
            self.session.open(path)

    def open_example(self) -> None:
        """Asks for one of the examples."""
        name, _ = QFileDialog.getOpenFileName(self, "Examples", str(EXAMPLES), "SeqLoom documents (*.seqloom)")
        if name:
            self.open_path(Path(name))

    def save_document(self) -> bool:
        """Saves; an untitled document asks for a name."""
        if self.session.path is None or EXAMPLES in self.session.path.parents:
            return self.save_document_as()
        return self.session.save()

    def save_document_as(self) -> bool:
        """Asks for a name and saves."""
        start = str(Path.home() / self.session.title) if self.session.path is None else str(self.session.path)
        name, _ = QFileDialog.getSaveFileName(self, "Save as", start, "SeqLoom documents (*.seqloom)")
        if not name:
            return False
        path = Path(name)
        return self.session.save(path if path.suffix else path.with_suffix(".seqloom"))

    def export_python(self) -> None:
        """Asks where to and exports Python."""
        self._export("python", ".py", "Python (*.py)")

    def export_keras(self) -> None:
        """Asks where to and exports `.keras`."""
        self._export("keras", ".keras", "Keras model (*.keras)")

    def _export(self, to: str, suffix: str, kinds: str) -> None:
        stem = Path(self.session.title).stem
        start = (self.session.folder or Path.home()) / f"{stem}{suffix}"
        name, _ = QFileDialog.getSaveFileName(self, "Export", str(start), kinds)
        if name:
            path = Path(name)
            self.session.export(to, path if path.suffix else path.with_suffix(suffix))

    def delete_selection(self) -> None:
        """Deletes what is selected."""
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

    def toggle_theme(self) -> None:
        """Switches between light and dark, and remembers it."""
        theme = LIGHT if self.themes.theme.dark else DARK
        self.themes.set_theme(theme)
        self._settings.setValue("theme", theme.name)
        self.actions_by_id["toggle_theme"].setChecked(theme.dark)
        self._refresh_title()
        self._refresh_status()

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

    # --- leaving -------------------------------------------------------------------------------------------------

    def _may_leave(self) -> bool:
        """Asks about unsaved changes: the one question that stops."""
        if self.session.undo_stack.isClean():
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self,
            "Unsaved changes",
            f"Save the changes to {self.session.title}?",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        if answer == buttons.Save:
            return self.save_document()
        return answer == buttons.Discard

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Asks about unsaved changes, remembers the window, ends the worker."""
        if not self._may_leave():
            event.ignore()
            return
        self._settings.setValue("window", self.saveGeometry())
        self.bridge.close()
        event.accept()

    def restore(self) -> None:
        """The window as it was at the last start."""
        kept = self._settings.value("window")
        if isinstance(kept, QByteArray):
            self.restoreGeometry(kept)
        else:
            screen = QApplication.primaryScreen().availableSize()
            self.resize(min(1600, screen.width()), min(1000, screen.height()))
        self.arrange(self.size())
        self.canvas.setFocus()

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
            QTimer.singleShot(0, self, lambda: self.open_path(paths[0]))


def first_example() -> Path | None:
    """What the first start opens: an example that already answers the question."""
    found = sorted(EXAMPLES.glob("03*.seqloom"))
    return found[0] if found else None
