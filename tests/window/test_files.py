"""Documents from start to start: recent, reloaded, exported again, seen where one was; without a worker where none is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QFileDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from engine.analysis.values import Diagnostic
from engine.document.edits import Rename
from engine.document.file import load
from gui.app.start import last_document, open_window
from gui.bridge.answers import Exported
from gui.canvas.view import View
from gui.window.difference import DifferenceDialog
from gui.window.files import EXAMPLES
from gui.window.memory import Memory
from gui.window.parts import furnish_at_once
from gui.window.window import MainWindow

pytestmark = pytest.mark.xdist_group("window")
Opener = Callable[[Path | None], MainWindow]


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Settings of their own."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def opened(qtbot: QtBot, settings: QSettings) -> Opener:
    """Opens windows without a worker."""

    def make(path: Path | None) -> MainWindow:
        _, window = open_window(None if path is None else str(path), on_first_paint=lambda: None, settings=settings)
        furnish_at_once(window)
        window.resize(1366, 768)
        window.arrange(window.size())
        qtbot.addWidget(window, before_close_func=lambda w: w.session.undo_stack.setClean())
        window.grab()
        return window

    return make


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A document of one's own."""
    path = tmp_path / "mine.seqloom"
    path.write_bytes((EXAMPLES / "03_masking_variable_length.seqloom").read_bytes())
    return path


def test_the_window_comes_back_as_it_was(opened: Opener, document: Path, settings: QSettings) -> None:
    """View, selection, hidden panels, text size, colours, the view in front; nothing of it in the document."""
    content = document.read_bytes()
    window = opened(document)
    session = window.session
    session.select([block.id for block in session.document.graph.blocks if block.name == "reader"])
    window.canvas.set_view(View(1.25, 33.0, 44.0))
    window.toggle_palette()
    window.appearance.dark()
    window.appearance.text_larger()
    window.views.front = "Code"
    window.close()
    assert document.read_bytes() == content
    again = opened(None)
    assert again.session.path == document
    assert [again.session.document.block(b).name for b in again.session.selection.blocks] == ["reader"]
    assert again.canvas.view.scale == 1.25
    assert again.palette_panel.isHidden()
    assert not again.actions_by_id["toggle_palette"].isChecked()
    assert again.actions_by_id["appearance.dark"].isChecked()
    assert again.themes.theme.dark
    assert again.themes.text_scale == pytest.approx(1.1)
    assert again.views.front == "Code"
    again.appearance.light()
    again.appearance.text_normal()


def test_the_first_start_opens_the_questions_example_later_ones_the_last_document(
    settings: QSettings, document: Path
) -> None:
    """A document that is gone is not missed."""
    memory = Memory(settings)
    first = last_document(memory)
    assert first is not None
    assert first.name.startswith("03")
    settings.setValue("last", str(document))
    assert last_document(memory) == document
    document.unlink()
    assert last_document(memory) == first


def test_recent_documents_and_examples(opened: Opener, document: Path) -> None:
    """The latest first; those that are gone are left out; examples are not one's own documents."""
    window = opened(document)
    menu = QMenu()
    window.files.fill_recent(menu)
    assert [action.text() for action in menu.actions()] == ["&1  mine.seqloom"]
    window.files.fill_examples(menu)
    assert len(menu.actions()) == len(list(EXAMPLES.glob("*.seqloom")))
    menu.actions()[0].trigger()
    assert window.session.title == "01_lstm_then_dense.seqloom"
    document.unlink()
    window.files.fill_recent(menu)
    assert [action.isEnabled() for action in menu.actions()] == [False]


def test_a_document_changed_by_another_program_is_offered(opened: Opener, document: Path, qtbot: QtBot) -> None:
    """Reloading takes it; keeping keeps, and the window asks before it closes; our own saving is no change."""
    window = opened(document)
    session = window.session
    other = document.read_text().replace('"reader"', '"somebody"')
    document.write_text(other)
    qtbot.waitUntil(lambda: not window.notice.isHidden())
    assert "was changed by another program" in window.notice.label.text()
    window.notice.buttons[0].click()
    assert [block.name for block in session.document.graph.blocks][2] == "somebody"
    assert window.notice.isHidden()
    session.push(Rename("b3", "mine"), "rename")
    assert session.save()
    qtbot.wait(500)
    assert window.notice.isHidden()
    document.write_text(other)
    qtbot.waitUntil(lambda: not window.notice.isHidden())
    window.notice.buttons[1].click()
    assert session.document.block("b3").name == "mine"
    assert not session.undo_stack.isClean()
    document.unlink()
    qtbot.waitUntil(lambda: "was deleted" in window.notice.label.text())
    window.notice.buttons[0].click()
    assert load(document).block("b3").name == "mine"


def test_unsaved_changes_are_asked_about(
    opened: Opener, document: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Cancel stays, Discard leaves; an example is saved under another name."""
    window = opened(document)
    window.session.push(Rename("b3", "mine"), "rename")
    answers = iter([QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard])
    monkeypatch.setattr(QMessageBox, "question", lambda *_: next(answers))
    window.files.new()
    assert window.session.path == document
    window.files.new()
    assert window.session.path is None
    window.session.open(EXAMPLES / "01_lstm_then_dense.seqloom")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "copy"), ""))
    assert window.files.save()
    assert window.session.path == tmp_path / "copy.seqloom"
    assert (tmp_path / "copy.seqloom").is_file()


def test_exporting_again_never_overwrites_what_was_edited(
    opened: Opener, document: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot
) -> None:
    """The target is remembered; edited by hand, it is shown as a difference."""
    window = opened(document)
    target, written = tmp_path / "model.py", "x = 1\ny = 2\n"
    asked: list[Path] = []

    def export(to: str, path: Path) -> None:
        assert to == "python"
        asked.append(path)
        path.write_text(written)
        window.files.exported(Exported(True, f"Wrote {path.name}."))

    monkeypatch.setattr(window.session, "export", export)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "model"), ""))
    window.files.export_again()  # nothing remembered yet: it asks
    assert target.read_text() == written
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("asked again"))
    written = "x = 1\ny = 3\n"
    window.files.export_again()
    assert target.read_text() == written
    target.write_text("x = 1\ny = 3\nmine = True\n")
    window.files.export_again()
    assert "mine" in target.read_text()
    dialog = window.findChild(DifferenceDialog)
    assert dialog is not None
    assert "−mine = True" in dialog.text.toPlainText()
    assert asked[-1].parent != tmp_path
    dialog.reject()
    remembered = window.memory.document(document, "export")
    assert remembered["path"] == str(target)


def test_blocks_go_over_the_clipboard_between_documents(opened: Opener, document: Path) -> None:
    """As the JSON of a document."""
    window = opened(document)
    window.session.select(["b2", "b3"])
    window.editing.copy()
    content = json.loads(QGuiApplication.clipboard().text())
    assert [block["type"] for block in content["blocks"]] == ["Masking", "LSTM"]
    window.files.new()
    window.editing.paste()
    assert [block.type for block in window.session.document.graph.blocks] == ["Masking", "LSTM"]
    window.editing.duplicate()
    assert len(window.session.document.graph.blocks) == 4
    window.editing.select_all()
    window.editing.cut()
    assert not window.session.document.graph.blocks


def test_a_view_has_a_window_of_its_own_and_comes_back(opened: Opener, document: Path, qtbot: QtBot) -> None:
    """By the menu; closing it puts it back in its place."""
    window = opened(document)
    window.views.load()
    qtbot.waitUntil(lambda: window.views.is_filled, timeout=30_000)
    names = [window.views.tabs.tabText(at) for at in range(window.views.tabs.count())]
    window.views.front = "Traces"
    window.detach_view()
    assert window.views.detached == ("Traces",)
    view = window.views.view("Traces")
    assert view is not None
    assert view.window() is not window
    view.window().close()
    assert window.views.detached == ()
    assert [window.views.tabs.tabText(at) for at in range(window.views.tabs.count())] == names
    assert window.views.front == "Traces"


def fill(window: MainWindow, qtbot: QtBot) -> None:
    """The views are there."""
    window.views.load()
    qtbot.waitUntil(lambda: window.views.is_filled, timeout=30_000)


def test_detached_views_come_back_where_they_stood(opened: Opener, document: Path, qtbot: QtBot) -> None:
    """One in a window of its own, one docked at the right: sizes and places as they were, the others among the tabs.

    A window that is closed before its views have come forgets nothing of this.
    """
    window = opened(document)
    fill(window, qtbot)
    docks: dict[str, QDockWidget] = {}
    for name in ("Traces", "Shapes"):
        window.views.front = name
        window.detach_view()
        view = window.views.view(name)
        assert view is not None
        dock = view.parentWidget()
        assert isinstance(dock, QDockWidget)
        docks[name] = dock
    docks["Traces"].setGeometry(120, 90, 610, 330)
    docks["Shapes"].setFloating(False)
    QApplication.processEvents()
    sizes = window.rows.sizes()
    floating, docked = docks["Traces"].geometry(), docks["Shapes"].geometry()
    window.close()
    opened(None).close()
    again = opened(None)
    fill(again, qtbot)
    assert again.views.detached == ("Traces", "Shapes")
    found = {dock.windowTitle(): dock for dock in again.findChildren(QDockWidget)}
    assert found["Traces"].isFloating()
    assert not found["Shapes"].isFloating()
    assert found["Traces"].geometry() == floating
    qtbot.waitUntil(lambda: found["Shapes"].geometry() == docked)
    assert all(dock.isVisible() for dock in found.values())
    assert again.views.tab("Traces") == again.views.tab("Shapes") == -1
    assert again.views.tab("Lengths") >= 0
    assert again.rows.sizes() == sizes


def test_a_chosen_problem_brings_its_block_into_view(opened: Opener, document: Path, qtbot: QtBot) -> None:
    """By mouse and by keyboard, though the block is selected already and only scrolled away."""
    window = opened(document)
    fill(window, qtbot)
    session, canvas = window.session, window.canvas
    session.show_analysis(
        replace(session.analysis, complete=True, diagnostics=tuple(
            Diagnostic("shape.ndim", "error", "connect", block, f"{block} is wrong", "Because.") for block in ("b2", "b4")
        )),
        session.revision,
    )  # fmt: skip
    window.views.front = "Problems"
    problems: Any = window.views.view("Problems")
    qtbot.waitUntil(lambda: problems.model.rowCount() == 2)
    rows = problems.list

    def away() -> None:
        canvas.set_view(View(1.0, -6000.0, -6000.0))
        assert not any(canvas.rect().contains(canvas.block_rect(block.id)) for block in session.document.graph.blocks)

    def seen(block: str) -> bool:
        return session.selection.blocks == {block} and canvas.rect().contains(canvas.block_rect(block))

    for _ in range(2):  # the second time it is the selected block
        away()
        at = rows.visualRect(problems.model.index(1, 0)).topLeft() + QPoint(60, 10)
        QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert seen("b4")
    for _ in range(2):
        away()
        rows.setFocus()
        rows.setCurrentIndex(problems.model.index(0, 0))
        QTest.keyClick(rows, Qt.Key.Key_Return)
        assert seen("b2")


def dropped(window: MainWindow, *paths: Path) -> tuple[bool, bool]:
    """Drags files over the canvas, where a person lets them go, and drops them; whether each was accepted."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place = window.canvas.mapTo(window, window.canvas.rect().center())
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(place, Qt.DropAction.CopyAction, mime, buttons, modifiers)
    target: QWidget = window.canvas
    QApplication.sendEvent(target, entering)
    if not entering.isAccepted():  # as Qt does: the widgets above are asked
        target = window
        QApplication.sendEvent(target, entering)
    if not entering.isAccepted():
        return False, False
    moving = QDragMoveEvent(place, Qt.DropAction.CopyAction, mime, buttons, modifiers)
    QApplication.sendEvent(target, moving)
    dropping = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, mime, buttons, modifiers)
    QApplication.sendEvent(target, dropping)
    return entering.isAccepted(), dropping.isAccepted()


def test_a_document_dropped_on_the_window_is_opened(
    opened: Opener, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """The first document among what is dropped; other files are not taken; unsaved changes are asked about."""
    window = opened(None)
    session = window.session
    text = tmp_path / "notes.md"
    text.write_text("nothing")
    before = session.path
    assert dropped(window, text) == (False, False)
    QApplication.processEvents()
    assert session.path == before
    assert dropped(window, text, document) == (True, True)
    qtbot.waitUntil(lambda: session.path == document)
    session.push(Rename("b3", "mine"), "rename")
    other = tmp_path / "other.seqloom"
    other.write_bytes((EXAMPLES / "01_lstm_then_dense.seqloom").read_bytes())
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Cancel)
    assert dropped(window, other) == (True, True)
    QApplication.processEvents()
    assert session.path == document
    assert session.document.block("b3").name == "mine"
