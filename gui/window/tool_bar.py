"""The tool bar: document, undo, zoom, sample, device, run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from gui.session.session import EditorSession
from gui.theme.theme import ThemeHolder
from gui.widgets.fields import Choice
from gui.widgets.parts_button import Part, PartsButton
from gui.window.sample_button import SampleButton

RUN = (Part("Run", strong=True), Part("Ctrl+Enter"))
CANCEL = (Part("Cancel", strong=True),)
NARROW = 1280


class ToolBar(QToolBar):
    """What stands above the canvas, from the document's name to Run."""

    run_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, session: EditorSession, themes: ThemeHolder, actions: Mapping[str, QAction]) -> None:
        super().__init__("Tools")
        self.setObjectName("tools")  # the window remembers where its bars and docks stand by their names
        self._session, self._themes = session, themes
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.title.setContentsMargins(8, 0, 0, 0)
        self.addWidget(self.title)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        for name in ("undo", "redo"):
            self.addWidget(_flat(actions[name], name.title()))
        self.zoom = QToolButton()
        self.zoom.setToolTip("Zoom; click to fit  (F)")
        self.zoom.clicked.connect(actions["canvas.fit"].trigger)
        self.addWidget(self.zoom)
        self.sample = SampleButton(session, themes)
        self.addWidget(self.sample)
        self.device = self._make_device()
        self.addWidget(self.device)
        self.auto = self._make_auto(actions["toggle_auto"])
        self.addWidget(self.auto)
        self.run = PartsButton()
        self.run.setObjectName("primary")
        self.run.clicked.connect(lambda: (self.cancel_wanted if self._running else self.run_wanted).emit())
        self.addWidget(self.run)
        end = QWidget()
        end.setFixedWidth(0)  # the bar's spacing makes the margin that the left side has
        self.addWidget(end)
        session.run_state_changed.connect(self.refresh)
        session.file_changed.connect(self._show_title)
        session.undo_stack.cleanChanged.connect(self._show_title)
        themes.theme_changed.connect(self._show_title)
        self._show_title()
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Run stays in the bar: on a narrow window the sample is told in fewer words."""
        super().resizeEvent(event)
        self.sample.set_short(short=event.size().width() < NARROW)

    def _make_device(self) -> Choice:
        device = Choice()
        device.setAccessibleName("Device")
        device.setToolTip("Where the model runs")
        device.addItem("CPU", "cpu")
        device.setFixedWidth(76)
        device.activated.connect(lambda _: setattr(self._session, "device", device.currentData()))
        return device

    def _make_auto(self, action: QAction) -> QCheckBox:
        auto = QCheckBox("Run by itself")
        auto.setToolTip("Run after each edit when that is cheap")
        auto.setChecked(True)
        auto.toggled.connect(action.setChecked)
        action.toggled.connect(auto.setChecked)
        action.toggled.connect(lambda on: setattr(self._session, "run_by_itself", on))
        return auto

    @property
    def _running(self) -> bool:
        return self._session.run_state.phase == "running"

    def show_zoom(self, scale: float) -> None:
        """How large the canvas is shown."""
        self.zoom.setText(f"{scale * 100:.0f} %")

    def show_devices(self, devices: Sequence[str]) -> None:
        """The devices that TensorFlow lists."""
        self.device.clear()
        for name in devices:
            self.device.addItem(name.upper(), name)
        if self._session.device in devices:
            self.device.setCurrentIndex(devices.index(self._session.device))

    def _show_title(self, _: object = None) -> None:
        """The document's name, and whether it has changes that are not saved."""
        colour, edited = self._themes.theme.secondary, not self._session.undo_stack.isClean()
        mark = f' <span style="color:{colour}; font-weight:400">&nbsp;edited</span>' if edited else ""
        self.title.setText(f"<b>{self._session.title}</b>{mark}")

    def refresh(self, _: object = None) -> None:
        """Run, or Cancel while it runs."""
        self.run.show_parts(CANCEL if self._running else RUN)
        self.run.setToolTip("Stop the run" if self._running else "Run the model on the sample  (Ctrl+Enter)")


def _flat(action: QAction, text: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName("flat")
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    action.setIconText(text)
    return button
