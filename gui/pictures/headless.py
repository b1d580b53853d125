"""The pictures of `run --plot`: the canvas and the Traces view of every traced cell, as the window shows them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from engine.analysis.values import Analysis
from engine.graph.values import PortRef
from engine.protocol.results import RunResult
from gui.canvas.canvas import Canvas
from gui.pictures.asked import Ask, AskedBridge
from gui.session.session import EditorSession
from gui.session.steps import sequence_words
from gui.theme.theme import LIGHT, STYLE, ThemeHolder, apply_theme
from gui.views.export_plot import png_of, svg_of
from gui.views.sheet import GAP, MARGIN
from gui.views.telling import named
from gui.views.traces import TracesView
from gui.views.values import ValuesView

TITLE, VIEW = 32, (1280, 400)
"""Height of the line above a view, width and height with it, as the pixels of a screen at 100 %."""
CANVAS_MARGIN, CARD_HEIGHT = 96, 260
SMALLEST, LARGEST = (640, 280), (16_000, 4000)
RATIO, MOST_PIXELS = 2.0, 16_384
"""Pixels of a PNG for each of a screen at 100 %: sharp in print and on every screen; fewer where it would be wider than
programs open."""


def draw(file: Path, analysis: Analysis, run: RunResult, ask: Ask, suffix: str) -> Iterator[tuple[str, bytes]]:
    """The pictures of a run, each with what it shows (empty: the model) and the content of its file.

    Args:
        ask: answers questions about the run, of the worker that has it.
        suffix: `.png` or `.svg`.
    """
    _application()
    themes = ThemeHolder(LIGHT)
    session = EditorSession()
    session.run_by_itself = False
    canvas = Canvas(session, themes)
    session.open(file)
    session.show_analysis(analysis, session.revision)
    bridge = session.worker = AskedBridge(session, ask)
    session.show_run(replace(run, revision=session.revision))
    _make_room(canvas)
    yield "", _taken(canvas, bridge, suffix)
    if run.traced and run.ok:
        titled = _Titled(session, TracesView(session, themes))
        for key in run.traced:
            session.shown.choose_trace(key)
            titled.say(named(session.document, key))
            yield _file_words(named(session.document, key)), _taken(titled, bridge, suffix)
    elif run.ok:
        titled = _Titled(session, ValuesView(session, themes))
        for port in analysis.outputs:
            session.shown.choose_port(port)
            titled.say(_port_name(session, port))
            yield _file_words(_port_name(session, port)), _taken(titled, bridge, suffix)


def _application() -> None:
    """Qt without a display, where the system lets it; nothing is ever shown on one."""
    if QApplication.instance() is None:
        platform = ["-platform", "offscreen"] if sys.platform.startswith("linux") else []
        qInstallMessageHandler(lambda *_: None)  # it has no window to tell of its platform
        QApplication([*sys.argv[:1], "-style", STYLE, *platform])
    apply_theme(LIGHT)


def _make_room(canvas: Canvas) -> None:
    """For the model at 100 %, unless it is larger than a picture may be, and for the card of a problem."""
    _, _, wide, tall = canvas.scene.bounds
    sizes = (wide, tall + (CARD_HEIGHT if canvas.problems.wanted_block else 0))
    size = (
        max(least, min(round(size) + CANVAS_MARGIN, most))
        for size, least, most in zip(sizes, SMALLEST, LARGEST, strict=True)
    )
    canvas.resize(*size)
    canvas.fit()


class _Titled(QWidget):
    """A view under a line that says what is shown: the window says it in its clock bar."""

    def __init__(self, session: EditorSession, view: TracesView | ValuesView) -> None:
        super().__init__()
        self.setObjectName("view")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self.title = QLabel()
        self.title.setContentsMargins(MARGIN, GAP, MARGIN, 0)
        self.title.setFixedHeight(TITLE)
        for _ in view.make():
            pass
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(view, 1)
        self.resize(*VIEW)

    def say(self, subject: str) -> None:
        """What is shown, of which sequence of which file."""
        session = self._session
        sequence = f"sequence {session.shown.clock.sequence}{sequence_words(session)}"
        self.title.setText(f"<b>{subject}</b> · {sequence} · {session.title}")
        self.setAccessibleName(f"{subject}, {sequence}, {session.title}")


def _taken(part: QWidget, bridge: AskedBridge, suffix: str) -> bytes:
    """A picture, when all has been asked and drawn."""
    part.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    part.show()
    QApplication.processEvents()
    while any(timer.isActive() for timer in part.findChildren(QTimer)):
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    if bridge.failure is not None:
        raise bridge.failure
    if suffix == ".svg":
        return svg_of(part)
    return png_of(part, min(RATIO, MOST_PIXELS / part.width()))


def _port_name(session: EditorSession, port: PortRef) -> str:
    name = session.document.block(port.block).name
    return name if len(session.ports(port.block).outputs) == 1 else f"{name} {port.port}"


def _file_words(name: str) -> str:
    """A name as a part of a file's name.

    >>> _file_words("reader forward")
    'reader-forward'
    """
    return re.sub(r"[^\w.]+", "-", name)
