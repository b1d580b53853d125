"""The window at rest: every shipped example and a broken model, both themes, small and large, at 100 % and 200 %."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from engine.document.file import encode_text
from gui.app.start import open_window
from gui.panels.editors import ChoiceEditor
from gui.theme.theme import DARK, LIGHT
from gui.window.files import EXAMPLES
from gui.window.window import MainWindow
from tests.conftest import ROOT
from tests.steps import at_once
from tests.window.looks import card_faults, cut_off, nameless, overlaps

pytestmark = pytest.mark.xdist_group("window")
LOAD_MS = 120_000
SIZES = ((1600, 1000), (1366, 768), (1024, 600))
SHIPPED = sorted(EXAMPLES.glob("0*.seqloom"))
SCALE = "QT_SCALE_FACTOR"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own for the window that all tests of this file share."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(folder / name.lower()))
        yield folder


@pytest.fixture(scope="module")
def window(home: Path, qapp: QApplication) -> Iterator[MainWindow]:
    """One window with one worker, since that takes seconds to start."""
    settings = QSettings(str(home / "s.ini"), QSettings.Format.IniFormat)
    _, made = open_window(str(SHIPPED[2]), settings=settings)
    at_once(made.inspector, made.session)
    yield made
    made.session.undo_stack.setClean()
    made.close()
    made.bridge.close()


@pytest.fixture
def no_runs(window: MainWindow) -> Iterator[None]:
    """Nothing runs by itself: what the status bar says stands still."""
    window.session.run_by_itself = False
    yield
    window.session.run_by_itself = True


def rest(window: MainWindow, qtbot: QtBot) -> None:
    """Until the model has been analysed, run where it can be, and painted."""
    session = window.session
    qtbot.waitUntil(
        lambda: (
            window.views.is_filled
            and session.analysis.complete
            and session.run is not None
            and not session.run_state.stale
            and session.run_state.phase == "idle"
            and (bool(session.shown.previews) or not session.run.traced)
        ),
        timeout=LOAD_MS,
    )
    settle(window)


def settle(window: MainWindow) -> None:
    """Layouts and paint events that are waiting are done."""
    window.views.finish()  # a view is made when it first comes into sight
    for _ in range(4):
        QApplication.processEvents()
    window.grab()


def show(window: MainWindow, size: tuple[int, int]) -> None:
    """A window of this size with its panels as at a start."""
    window.resize(*size)
    window.arrange(window.size())
    window.canvas.session.opened.emit()
    settle(window)


def open_file(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    """Another document, at rest."""
    by_itself, window.session.run_by_itself = window.session.run_by_itself, True
    window.session.undo_stack.setClean()
    assert window.session.open(file)
    rest(window, qtbot)
    window.session.run_by_itself = by_itself


def faults(window: MainWindow) -> list[str]:
    """All that is wrong at rest."""
    return overlaps(window.canvas) + card_faults(window.canvas) + cut_off(window)


def lasting_faults(window: MainWindow, qtbot: QtBot) -> list[str]:
    """All that stays wrong: the status bar's words still change while an answer of the engine arrives."""
    for _ in range(50):
        if not faults(window):
            return []
        qtbot.wait(20)
    return faults(window)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem[:2])
def test_every_example_is_whole_and_covers_nothing(window: MainWindow, qtbot: QtBot, file: Path) -> None:
    """No label, card or block overlaps, all text is whole or has a tooltip, every wire tells its shape; large and small."""
    open_file(window, file, qtbot)
    for theme in (LIGHT, DARK):
        window.themes.set_theme(theme)
        for size in SIZES:
            show(window, size)
            assert (window.width(), window.height()) == size
            assert lasting_faults(window, qtbot) == [], (theme.name, size)
    assert [look.text for look, label in window.canvas.scene.wires if label is None or not label.text] == []


def test_a_broken_model_keeps_its_card_off_everything(window: MainWindow, qtbot: QtBot, no_runs: None) -> None:
    """With the card open beside its block, whatever block is selected, in both themes and all sizes."""
    open_file(window, SHIPPED[2], qtbot)
    session = window.session
    session.building.add_layer("LSTM", after="b3")
    session.push(SetArgument("b3", "return_sequences", False), "turn off return_sequences in reader")
    qtbot.waitUntil(lambda: session.analysis.complete and not session.analysis.ok, timeout=LOAD_MS)
    session.select()
    for theme in (LIGHT, DARK):
        window.themes.set_theme(theme)
        for size in SIZES:
            show(window, size)
            assert window.canvas.card.isVisible(), size
            assert window.canvas.problems.has_pointer or size == SIZES[-1], size
            assert lasting_faults(window, qtbot) == [], (theme.name, size)
    for block in session.document.graph.blocks:
        session.select([block.id])
        settle(window)
        assert overlaps(window.canvas) + card_faults(window.canvas) == [], block.name
    session.select()
    window.canvas.open_fixes()
    QTest.keyClick(window.canvas.card.buttons[0], Qt.Key.Key_Return)
    assert window.actions_by_id["undo"].text() == "Undo turn on return_sequences in reader"


def test_text_of_another_size_is_whole_too(window: MainWindow, qtbot: QtBot) -> None:
    """Larger text grows buttons, rows and the card with it."""
    open_file(window, SHIPPED[2], qtbot)
    for scale in (1.3, 0.9, 1.0):
        window.themes.set_text_scale(scale)
        show(window, SIZES[0])
        assert faults(window) == [], scale


def test_500_pans_and_zooms_leave_the_document_alone(window: MainWindow, qtbot: QtBot) -> None:
    """By wheel, with and without Ctrl and Shift; nothing of it can be undone, and what is drawn still covers nothing."""
    open_file(window, SHIPPED[2], qtbot)
    canvas, hands = window.canvas, random.Random(7)
    before, count = encode_text(window.session.document), window.session.undo_stack.count()
    for _ in range(500):
        place = QPointF(hands.randrange(canvas.width()), hands.randrange(canvas.height()))
        turn = QPoint(0, hands.choice((-240, -120, 120, 240)))
        modifier = hands.choice((Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier))
        canvas.mouse.wheel_pans = hands.random() < 0.5
        QApplication.sendEvent(canvas, wheel(canvas, place, turn, modifier))
    assert encode_text(window.session.document) == before
    assert window.session.undo_stack.count() == count
    canvas.mouse.wheel_pans = False
    canvas.fit()
    assert overlaps(canvas) == []


def wheel(part: QWidget, place: QPointF, turn: QPoint, modifier: Qt.KeyboardModifier) -> QWheelEvent:
    """A notch of a mouse wheel."""
    away = QPointF(part.mapToGlobal(place.toPoint()))
    phase = Qt.ScrollPhase.NoScrollPhase
    return QWheelEvent(place, away, QPoint(), turn, Qt.MouseButton.NoButton, modifier, phase, False)


def test_a_wheel_never_changes_a_value_by_accident(window: MainWindow, qtbot: QtBot) -> None:
    """Every spin box and combo box of inspector, sample form, tool bar and views, without focus."""
    open_file(window, SHIPPED[2], qtbot)
    seen = 0
    for block in ("b1", "b3"):
        window.session.select([block])
        settle(window)
        before = encode_text(window.session.document)
        fields = [*window.findChildren(QComboBox), *window.findChildren(QAbstractSpinBox)]
        for field in (field for field in fields if field.isVisible() and not field.hasFocus()):
            if isinstance(field, ChoiceEditor):
                field.fill()  # else there is one entry and nowhere to go
            seen += not isinstance(field, QComboBox) or field.count() > 1
            said = field.currentText() if isinstance(field, QComboBox) else field.text()
            middle = QPointF(field.rect().center())
            for turn in (120, -120):
                QApplication.sendEvent(field, wheel(field, middle, QPoint(0, turn), Qt.KeyboardModifier.NoModifier))
                assert (field.currentText() if isinstance(field, QComboBox) else field.text()) == said
        assert encode_text(window.session.document) == before
    assert seen > 4


def test_tab_goes_through_the_whole_window_and_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    """It never traps: with a block selected it reaches palette, inspector and views, forward and backward."""
    open_file(window, SHIPPED[2], qtbot)
    show(window, SIZES[0])
    window.activateWindow()
    window.session.select(["b3"])
    window.canvas.setFocus()
    qtbot.waitUntil(window.canvas.hasFocus)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        seen: list[QWidget] = [window.canvas]
        left = False
        for _ in range(400):
            focused = QApplication.focusWidget()
            assert focused is not None, seen[-1]
            left = left or focused is not window.canvas
            if left and focused is window.canvas:
                break
            seen.append(focused)
            QTest.keyClick(focused, key)
        assert QApplication.focusWidget() is window.canvas, [type(part).__name__ for part in seen[-5:]]
        for panel in (window.palette_panel, window.inspector, window.views):
            assert any(panel.isAncestorOf(part) for part in seen), type(panel).__name__


def test_whatever_the_keyboard_reaches_has_a_name(window: MainWindow, qtbot: QtBot) -> None:
    """For a screen reader, with an Input and with a recurrent layer selected."""
    open_file(window, SHIPPED[2], qtbot)
    for block in ("b1", "b3"):
        window.session.select([block])
        settle(window)
        assert nameless(window) == []


@pytest.mark.skipif(os.environ.get(SCALE) == "2", reason="this is the run at 200 %")
def test_the_same_at_200_percent() -> None:
    """The tests of this file that look, in a process of its own, since Qt takes its scale once."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "example or broken", __file__]
    environment = {**os.environ, SCALE: "2"}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
