"""What is painted can be read: text 4.5 : 1 and marks 3 : 1, measured on the pixels of every panel and view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.graph.values import PortRef
from gui.app.start import open_window
from gui.session.run_state import RunState
from gui.theme.theme import DARK, LIGHT, Theme
from gui.window.parts import furnish_at_once
from gui.window.views import VIEWS
from gui.window.window import MainWindow
from tests.documents import chain
from tests.session.test_session import FakeWorker
from tests.steps import at_once
from tests.theme.test_contrast import contrast
from tests.views.conftest import LAYERS, analysis_of, problem, run_of
from tests.window.pixels import DENSITY, forget, ink, pixels, texts

pytestmark = pytest.mark.xdist_group("window")
TEXT, MARK = 4.5, 3.0
SOFT = 0.97
"""An edge is a little softer than its colour, even painted large."""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[MainWindow]:
    """A window without a worker over a model with a run, an error and a warning."""
    settings = QSettings(str(tmp_path_factory.mktemp("contrast") / "s.ini"), QSettings.Format.IniFormat)
    _, made = open_window(None, on_first_paint=lambda: None, settings=settings)
    furnish_at_once(made)
    session = made.session
    session.run_by_itself = False
    session.attach(FakeWorker())
    session._put(chain(LAYERS, 3), None)
    session._set_run_state(RunState("idle", "Ready."))
    known = analysis_of(session, problem("b4", keras="expected ndim=3"), problem("b3", "warning"))
    session.show_analysis(known, session.revision)
    session.show_run(replace(run_of(session), diagnostics=known.diagnostics))
    made.inspector.show()
    made.resize(1366, 1300)  # high: the whole inspector is in sight
    made.arrange(made.size())
    made.views.load()
    while not made.views.is_filled:
        QApplication.processEvents()
    at_once(made.inspector, made.session)
    yield made
    session.undo_stack.setClean()
    made.close()


def settle(window: MainWindow) -> None:
    """Painted anew."""
    window.views.finish()  # a view is made when it first comes into sight
    for _ in range(4):
        QApplication.processEvents()
    forget()


def faint(window: MainWindow) -> list[str]:
    """Texts that are hard to read, with every block selected once and every view in front once."""
    found: dict[str, float] = {}
    seen = 0
    for block, (view, _, _) in zip(cycle(("b1", "b3", "b4", "")), VIEWS, strict=False):
        window.session.select([block] if block else [])
        window.views.front = view
        settle(window)
        for words, measured in texts(window):
            seen += 1
            if measured < TEXT * SOFT:
                found[words] = round(measured, 2)
    assert seen > 300, "too little was measured"
    return [f"{words} has {measured}" for words, measured in found.items()]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(window: MainWindow, theme: Theme) -> None:
    """Of tool bar, palette, inspector with its sample form, card, every view and its tab, clock and status bar."""
    window.themes.set_theme(theme)
    assert faint(window) == []


def test_text_that_is_too_pale_is_found(window: MainWindow) -> None:
    """The measuring can fail: a pale colour of a role is seen where the role is used."""
    window.themes.set_theme(replace(LIGHT, secondary="#a9b0bb"))
    found = faint(window)
    window.themes.set_theme(LIGHT)
    for part in ("Last run", "QTabBar", "5 outputs", "What it does to time", "at padded steps"):
        assert any(part in words for words in found), (part, found)
    assert len(found) > 10


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_ports_hatches_and_focus_stand_out(window: MainWindow, theme: Theme) -> None:
    """From the pixels: a port on its block and on the canvas, padding in a pictogram, the ring of a field."""
    window.themes.set_theme(theme)
    canvas = window.canvas
    window.session.select(["b3"])
    window.activateWindow()
    settle(window)
    place = canvas.port_position(PortRef("b1", "output"), is_input=False)
    port = pixels(canvas, QRect(place - QPoint(1, 1), place + QPoint(1, 1)))
    for ground in (theme.canvas, theme.block):
        assert contrast(_colour(port), ground) >= MARK, ground
    labels = [(look, label) for look, label in canvas.scene.wires if label and look.lengths]
    assert labels
    for look, label in labels:
        box = canvas.view.rect_to_screen(*label.box)
        hatched = pixels(canvas, box.toRect().adjusted(round(box.width() * 0.7), 0, 0, 0))
        assert ink(hatched) >= MARK, look
    field: Any = next(edit for edit in window.inspector.findChildren(QLineEdit) if edit.accessibleName() == "units")
    field.setFocus(Qt.FocusReason.TabFocusReason)
    assert field.hasFocus()
    settle(window)
    ring = pixels(field)[DENSITY, DENSITY * 12 : -DENSITY * 12]
    assert contrast(_colour(ring), theme.panel) >= MARK
    canvas.setFocus()


def _colour(part: np.ndarray) -> str:
    """The colour that there is most of."""
    colours, counts = np.unique(part.reshape(-1, 3), axis=0, return_counts=True)
    return "#" + "".join(f"{int(value):02x}" for value in colours[counts.argmax()])
