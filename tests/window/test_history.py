"""Every run is noted once; it is put back, named, compared and deleted from the list."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.document.edits import SetArgument
from engine.protocol.results import Preview, RunResult, SampleResult
from engine.remembered.runs import RunStore
from gui.session.comparing import PinnedRun
from gui.session.history import MOST_TRIES, NOT_KEPT, History, name_of
from gui.session.session import EditorSession
from gui.theme.theme import LIGHT
from gui.window.history import HistoryDialog
from tests.documents import chain
from tests.session.test_session import FakeWorker


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A small model."""
    made = EditorSession()
    made.run_by_itself = False
    made.attach(FakeWorker())  # type: ignore[arg-type]
    made._put(chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3), None)
    return made


@pytest.fixture
def history(session: EditorSession, tmp_path: Path) -> History:
    """Noted into a file of its own."""
    return History(session, RunStore(tmp_path / "runs.sqlite3"))


def run(session: EditorSession, number: int = 1) -> None:
    """A run of the document as it is, with a picture of its states."""
    fed = {"b1": SampleResult((4, 6, 3), "float32", None)}
    session.show_run(RunResult(number, session.revision, "cpu", 1.0, 0, inputs=fed))
    flags = np.ones(6, bool)
    picture = Preview("b2", np.full((4, 6), 252, np.uint8), flags, flags, flags)
    session.shown.show_previews(number, 0, {"b2": picture})


def test_each_revision_is_noted_once(session: EditorSession, history: History) -> None:
    """Not the same again, not a run that is old by now; another mode is another run."""
    run(session)
    run(session, 2)
    assert [(one.facts, one.device, list(one.pictures)) for one in list(history.each())] == [
        ("4 sequences, 6 steps", "cpu", ["b2"])
    ]
    session.push(SetArgument("b2", "units", 9), "widen")
    session.show_run(RunResult(3, session.revision - 1, "cpu", 1.0, 0))
    assert len(list(history.each())) == 1
    run(session, 4)
    assert [one.document.block("b2").arguments["units"] for one in list(history.each())] == [9, 4]
    session.show_run(RunResult(5, session.revision, "cpu", 1.0, 0, training=True))
    assert [one.training for one in list(history.each())] == [True, False, False]


def test_a_run_is_put_back_as_one_undo_step(session: EditorSession, history: History, qtbot: QtBot) -> None:
    """By the button of the list; undone, the document is what it was before."""
    run(session)
    before = session.document
    session.push(SetArgument("b2", "units", 9), "widen")
    widened = session.document
    run(session, 2)
    dialog = HistoryDialog(history, theme=LIGHT)
    qtbot.addWidget(dialog)
    dialog.refresh()
    dialog.filling.finish()
    dialog.show()
    assert dialog.list.count() == 2
    assert not dialog.list.item(1).icon().isNull()
    dialog.list.setCurrentRow(1)
    QTest.mouseClick(dialog.put_back, Qt.MouseButton.LeftButton)
    assert session.document == before
    assert session.undo_stack.undoText() == f"put back {name_of(list(history.each())[1])}"
    session.undo_stack.undo()
    assert session.document == widened


def test_a_run_is_named_compared_and_deleted(session: EditorSession, history: History, qtbot: QtBot) -> None:
    """A name in the list; the pinned side is its document; Del forgets it."""
    run(session)
    dialog = HistoryDialog(history, theme=LIGHT)
    qtbot.addWidget(dialog)
    dialog.refresh()
    dialog.filling.finish()
    dialog.show()
    dialog.list.item(0).setText("the first")
    dialog.filling.finish()
    assert [one.name for one in list(history.each())] == ["the first"]
    assert dialog.list.item(0).text().startswith("the first · untitled · 4 sequences, 6 steps · cpu · ")
    QTest.mouseClick(dialog.compare, Qt.MouseButton.LeftButton)
    assert session.comparing.choice == PinnedRun("the first", list(history.each())[0].document, None, "cpu", False)
    QTest.keyClick(dialog, Qt.Key.Key_Delete)
    dialog.filling.finish()
    assert list(history.each()) == []
    assert dialog.list.count() == 0
    assert not dialog.put_back.isEnabled()


def test_many_runs_are_listed_a_few_at_a_time_and_the_chosen_one_stays_chosen(
    session: EditorSession, history: History, qtbot: QtBot
) -> None:
    """A run that is noted meanwhile stands above; a name that somebody types is left alone."""
    for number in range(1, 40):
        session.push(SetArgument("b2", "units", number + 4), "widen")
        run(session, number)
    history._write()
    dialog = HistoryDialog(history, theme=LIGHT)
    qtbot.addWidget(dialog)
    dialog.refresh()
    dialog.show()
    assert dialog.list.count() == 0
    assert dialog.filling.is_busy
    dialog.filling.finish()
    assert dialog.list.count() == 39
    dialog.list.setCurrentRow(7)
    chosen = dialog.chosen
    session.push(SetArgument("b2", "units", 99), "widen")
    run(session, 40)
    history._write()
    dialog.filling.finish()
    assert dialog.list.count() == 40
    assert dialog.list.currentRow() == 8
    assert chosen is not None
    assert dialog.chosen is not None
    assert dialog.chosen.id == chosen.id
    dialog.list.editItem(dialog.list.item(8))
    QTest.keyClicks(dialog.list.findChild(QLineEdit), "mine")
    dialog.refresh()
    dialog.filling.finish()
    assert dialog.list.findChild(QLineEdit).text() == "mine"


def test_a_file_that_changed_since_is_said(session: EditorSession, history: History, tmp_path: Path) -> None:
    """Another size or time."""
    (tmp_path / "x.npy").write_bytes(b"1")
    sample = {"inputs": {"series": {"kind": "file", "path": "x.npy"}}}
    session._put(replace(session.document, sample=sample), tmp_path / "m.seqloom")
    run(session)
    noted = list(history.each())[0]
    assert history.changed_files(noted) == []
    (tmp_path / "x.npy").write_bytes(b"12")
    assert history.changed_files(noted) == ["x.npy"]
    said: list[str] = []
    session.told.connect(said.append)
    history.put_back(noted)
    assert said == [f"{name_of(noted)} is back; changed since: x.npy."]


def test_a_history_that_cannot_be_written_is_one_sentence_and_no_wait(
    session: EditorSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked by another process: the window's thread does not wait for it; unlocked, the run is kept after all."""
    path = tmp_path / "locked" / "runs.sqlite3"
    store = RunStore(path)
    list(store.each())
    history = History(session, store)
    said: list[str] = []
    session.told.connect(said.append)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        run(session)
        taken: list[float] = []
        for _ in range(MOST_TRIES):
            start = time.perf_counter()
            history._write()
            taken.append(time.perf_counter() - start)
        assert min(taken) < 0.016
        assert said == [NOT_KEPT]
        session.push(SetArgument("b2", "units", 9), "widen")
        run(session, 2)
        other.rollback()
    assert [one.document.block("b2").arguments["units"] for one in list(history.each())] == [9]
    assert said == [NOT_KEPT]


def test_a_run_is_written_once_with_its_pictures(session: EditorSession, tmp_path: Path, qtbot: QtBot) -> None:
    """Not before they come, and not twice."""
    store = RunStore(tmp_path / "runs.sqlite3")
    written: list[int] = []
    put = store.put
    store.put = lambda noted: written.append(len(noted.pictures)) or put(noted)  # type: ignore[method-assign]
    history = History(session, store)
    with qtbot.waitSignal(history.changed):
        run(session)
    qtbot.wait(5)
    assert written == [1]
