"""Weights are taken and given back as undo steps; training mode is said of every run that was made in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis, BlockAnalysis
from engine.document.file import load
from engine.document.values import Document
from engine.graph.values import Block
from engine.protocol.results import RunResult
from gui.session.session import EditorSession
from gui.views.telling import run_note
from tests.benchmarks.models import chain
from tests.session.test_session import FakeWorker


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> EditorSession:
    """A saved document, with what the worker said of it."""
    made = EditorSession()
    made._put(
        chain([("LSTM", {"units": 4}), ("Dropout", {"rate": 0.5}), ("Dense", {"units": 1})], 3),
        tmp_path / "model.seqloom",
    )
    blocks = {
        block: BlockAnalysis({}, {}, parameters) for block, parameters in (("b1", 0), ("b2", 128), ("b3", 0), ("b4", 5))
    }
    made.show_analysis(Analysis(blocks=blocks, complete=True), made.revision)
    return made


def words(session: EditorSession, block: str) -> str:
    return session.trained.words(session.document.block(block))


def test_a_file_beside_the_document_is_named_as_the_document_says_it(session: EditorSession, tmp_path: Path) -> None:
    """One undo step that makes another model of it; taking it away is another."""
    before = session.revision
    session.trained.load(tmp_path / "runs" / "best.keras")
    assert session.document.weights == "runs/best.keras"
    assert session.revision == before + 1
    assert session.undo_stack.undoText() == "load the weights of best.keras"
    session.trained.remove()
    assert session.document.weights == ""
    session.undo_stack.undo()
    assert session.document.weights == "runs/best.keras"
    session.trained.load(Path("/elsewhere/other.weights.h5"))
    assert session.document.weights == "/elsewhere/other.weights.h5"
    assert 'model.load_weights("/elsewhere/other.weights.h5")' in session.written.source.text


def test_what_is_no_weights_file_or_has_no_model_is_refused(
    session: EditorSession, qtbot: QtBot, tmp_path: Path
) -> None:
    """With a sentence; nothing changes."""
    with qtbot.waitSignal(session.refused) as said:
        session.trained.load(tmp_path / "model.h5")
    assert said.args == ["model.h5 is no weights file: choose one that ends with .weights.h5 or .keras."]
    session._put(Document(), None)
    with qtbot.waitSignal(session.refused) as said:
        session.trained.load(tmp_path / "best.keras")
    assert said.args == ["Weights belong to the blocks of a model: open or draw it first."]
    assert session.undo_stack.count() == 0


def test_every_block_with_weights_says_where_they_come_from(session: EditorSession, tmp_path: Path) -> None:
    """Seeded, of a file as far as it is known, of a layer of the file, seeded since none fits; a Reuse as its owner."""
    assert words(session, "b2") == f"Weights: seeded ({session.document.seed})."
    assert words(session, "b3") == ""
    session.trained.load(tmp_path / "best.keras")
    session.show_analysis(replace(session.analysis, complete=True), session.revision)
    assert words(session, "b2") == "Weights: of best.keras where they fit, known after a run."
    session.show_run(RunResult(1, session.revision, "cpu", 3.0, 7, weights={"b2": "reader"}))
    assert words(session, "b2") == "Weights: reader of best.keras."
    assert words(session, "b4") == f"Weights: seeded ({session.document.seed}); none of best.keras fit."
    again = Block("b9", "Reuse", "again", {"of": "b2"})
    document = session.document
    session.document = replace(document, graph=replace(document.graph, blocks=(*document.graph.blocks, again)))
    assert words(session, "b9") == "Weights: reader of best.keras."


def test_training_mode_is_asked_for_and_said(session: EditorSession, qtbot: QtBot) -> None:
    """The mode goes with the question; the numbers of the other mode are old; the answer says how it was made."""
    session.worker = FakeWorker()
    asked: list[bool] = []
    session.worker.run = lambda *_, training: asked.append(training)
    session.show_run(RunResult(1, session.revision, "cpu", 3.0, 7))
    assert session.run_state.text == "Last run 3 ms on CPU."
    session.run_by_itself = False
    with qtbot.waitSignal(session.told) as said:
        session.trained.toggle()
    assert said.args == ["Runs are made in training mode from now on."]
    assert session.run_state.stale == "the change to training mode"
    assert asked == []
    session.run_now()
    session.show_run(RunResult(2, session.revision, "cpu", 3.0, 7, training=True))
    assert session.run_state.text == "Last run 3 ms on CPU in training mode."
    assert not session.run_state.stale
    assert run_note(session) == "run in training mode"
    session.run_by_itself = True
    session.trained.toggle()
    assert session.run_state.stale == "the change to inference"
    assert asked == [True, False]
    session.show_run(RunResult(3, session.revision, "cpu", 3.0, 7))
    assert run_note(session) == ""


def test_a_document_saved_elsewhere_still_finds_its_files(session: EditorSession, tmp_path: Path) -> None:
    """Weights and sample, relative to the new folder or whole; what is not there and what is no file stay as they are."""
    (tmp_path / "deep").mkdir()
    for name in ("best.keras", "deep/x.npz"):
        (tmp_path / name).write_bytes(b"1")
    entry = {"kind": "file", "path": "deep/x.npz#train", "valid": "trailing"}
    session.put(
        replace(
            session.document, weights="best.keras", sample={"inputs": {"series": entry, "other": {"path": "gone.npy"}}}
        ),
        "feed",
    )
    assert session.save(tmp_path / "deep" / "copy.seqloom")
    assert session.undo_stack.isClean()
    assert session.document.weights == str(tmp_path / "best.keras")
    inputs = {"series": {"kind": "file", "path": "x.npz#train", "valid": "trailing"}, "other": {"path": "gone.npy"}}
    assert session.document.sample == {"inputs": inputs}
    assert load(tmp_path / "deep" / "copy.seqloom") == session.document
    count = session.undo_stack.count()
    assert session.save()
    assert session.undo_stack.count() == count
