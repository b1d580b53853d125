"""The state of one open document: edits, undo, stale answers, facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis, Fix, TensorSpec
from engine.document.edits import Edit, Rename, SetArgument
from engine.document.values import Document
from engine.graph.values import JsonObject, PortRef, Wire
from engine.protocol.results import PortResult, PortValues, RunResult, SampleResult, Trace
from gui.session.lengths import wire_lengths
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from tests.document.strategies import EDITS
from tests.documents import chain, traced_cell


class FakeWorker:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.kept: list[bool] = []

    def analyse(self, document: Document, revision: int, folder: Path | None, *, keep: bool) -> None:
        self.asked.append(("analyse", revision))
        self.kept.append(keep)

    def run(self, document: Document, revision: int, folder: Path | None, device: str, *, training: bool) -> None:
        self.asked.append(("run", revision))

    def trace(self, run: int, key: str, sequence: int, units: Sequence[int]) -> None:
        self.asked.append(("trace", (run, key, sequence, *units)))

    def forget(self) -> None:
        self.asked.append(("forget", None))

    def previews(self, run: int, sequence: int) -> None:
        self.asked.append(("previews", (run, sequence)))

    def fitting(self, spec: TensorSpec, layers: Mapping[str, JsonObject]) -> None:
        self.asked.append(("fitting", spec.shape))

    def foresee(self, document: Document, revision: int, edits: Sequence[Edit]) -> None:
        self.asked.append(("foresee", tuple(edits)))

    def values(self, run: int, port: PortRef, sequence: int) -> None:
        self.asked.append(("values", (run, port, sequence)))

    def read(self, verb: str, body: JsonObject) -> None:
        self.asked.append((verb, dict(body)))

    def sample(self, document: Document, revision: int, folder: Path | None, block: str, sequence: int) -> None:
        self.asked.append(("sample", (block, sequence)))

    def padded(self, run: int, block: str) -> None:
        self.asked.append(("padded", (run, block)))

    def leaks(self, document: Document, revision: int, folder: Path | None) -> None:
        self.asked.append(("leaks", revision))

    def ways(self, document: Document, revision: int, folder: Path | None, *, always: bool) -> None:
        self.asked.append(("ways", always))

    def export(self, document: Document, folder: Path | None, to: str, path: Path) -> None:
        self.asked.append(("export", to))

    def explain(self, text: str) -> None:
        self.asked.append(("explain", text))

    def cancel(self) -> None:
        self.asked.append(("cancel", None))


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A session with a small model."""
    made = EditorSession()
    made._put(chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3), None)
    return made


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EDITS, max_size=10))
def test_any_edits_and_undo_all_give_the_start_again(qtbot: QtBot, edits: list[Edit]) -> None:
    """Undo keeps values, so it is right by construction; redo gives the end again."""
    session = EditorSession()
    start = chain([("LSTM", {"units": 4}), ("Dense", {"units": 1})], 3)
    session._put(start, None)
    for edit in edits:
        session.push(edit, "edit")
    end = session.document
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    assert session.document == start
    while session.undo_stack.canRedo():
        session.undo_stack.redo()
    assert session.document == end


def test_an_edit_that_cannot_be_applied_changes_nothing_and_says_why(session: EditorSession, qtbot: QtBot) -> None:
    """No broken undo stack."""
    before = session.document
    with qtbot.waitSignal(session.refused) as said:
        assert not session.push(Rename("b77", "x"), "rename")
    assert "no block b77" in str(said.args)
    assert session.document is before
    assert session.undo_stack.count() == 0


def test_a_fix_is_one_undo_step_with_a_name(session: EditorSession) -> None:
    """Several edits, one step."""
    fix = Fix(
        "Turn on return_sequences in reader", (SetArgument("b2", "return_sequences", True), Rename("b2", "reader"))
    )
    assert session.apply_fix(fix)
    assert session.undo_stack.count() == 1
    assert session.undo_stack.undoText() == "turn on return_sequences in reader"
    session.undo_stack.undo()
    assert session.document.block("b2").arguments == {"units": 4}


def test_typing_a_number_is_one_step(session: EditorSession) -> None:
    """The same merge key in a row."""
    for units in (1, 12, 128):
        session.push(SetArgument("b2", "units", units), "set units", "b2.units")
    assert session.undo_stack.count() == 1
    session.undo_stack.undo()
    assert session.document.block("b2").arguments == {"units": 4}


def test_stale_answers_are_dropped(session: EditorSession) -> None:
    """An analysis of an older revision is not shown."""
    session.push(SetArgument("b2", "units", 8), "set units")
    late = Analysis(complete=True, parameters=99)
    session.show_analysis(late, session.revision - 1)
    assert session.analysis.parameters != 99
    session.show_analysis(late, session.revision)
    assert session.analysis is late


def run_of(session: EditorSession, lengths: list[int], steps: int) -> RunResult:
    """A run as the worker would give it."""
    valid = np.arange(steps) < np.array(lengths)[:, None]
    inputs = {"b1": SampleResult((len(lengths), steps, 3), "float32", valid)}
    ports = {
        PortRef("b1", "output"): PortResult((len(lengths), steps, 3), "float32"),
        PortRef("b2", "output"): PortResult((len(lengths), steps, 4), "float32", valid, valid.shape, tuple(lengths)),
        PortRef("b3", "output"): PortResult((len(lengths), 1), "float32"),
    }
    return RunResult(1, session.revision, "cpu", 5.0, 7, inputs, ports, {"b2": traced_cell("b2", 4)})


def test_a_run_is_marked_stale_by_the_first_edit_since(session: EditorSession, qtbot: QtBot) -> None:
    """Results are dimmed and say since which edit, not removed."""
    worker = FakeWorker()
    session.attach(worker)
    session.show_run(run_of(session, [2, 5], 5))
    assert worker.asked[-2:] == [("trace", (1, "b2", 0)), ("previews", (1, 0))]
    session.push(SetArgument("b2", "units", 8), "set units in block_2")
    session.push(SetArgument("b2", "units", 9), "something later")
    assert session.run_state.stale == "set units in block_2"
    assert session.run is not None
    qtbot.waitUntil(lambda: ("analyse", session.revision) in worker.asked)


def test_a_run_of_the_document_before_is_not_shown(session: EditorSession) -> None:
    """It was under way when another document was opened; the engine is free again and may run this one."""
    session.attach(FakeWorker())
    session.run_now()
    late = run_of(session, [2, 5], 5)
    session.new()
    session.show_run(late)
    assert session.run is None
    assert (session.run_state.phase, session.run_state.stale) == ("idle", "")
    assert session._pause.isActive()


def test_a_closed_document_is_forgotten_by_the_engine(session: EditorSession) -> None:
    """What was kept of its run takes memory and disk for nobody."""
    worker = FakeWorker()
    session.attach(worker)
    session.show_run(run_of(session, [2, 5], 5))
    assert ("forget", None) not in worker.asked
    session.new()
    assert worker.asked[-1] == ("forget", None)


def test_moving_a_block_asks_nobody(session: EditorSession, qtbot: QtBot) -> None:
    """Layout is not the model."""
    from engine.document.edits import Move

    worker = FakeWorker()
    session.attach(worker)
    qtbot.waitUntil(lambda: bool(worker.asked))
    session.show_run(run_of(session, [2, 5], 5))
    count = len(worker.asked)
    session.push(Move("b2", (500.0, 10.0)), "move block_2")
    qtbot.wait(30)
    assert len(worker.asked) == count
    assert not session.run_state.stale


def test_the_pictogram_tells_masked_from_unmasked_padding(session: EditorSession) -> None:
    """From the run's own masks; without padding there is none."""
    run = run_of(session, [2, 5], 5)
    unmasked = wire_lengths(run, session.document, PortRef("b1", "output"))
    masked = wire_lengths(run, session.document, PortRef("b2", "output"))
    assert unmasked is not None
    assert masked is not None
    assert (unmasked.masked, masked.masked) == (False, True)
    assert unmasked.has_padding
    assert unmasked.valid.sum(axis=1).tolist() == [2, 5]
    assert wire_lengths(run, session.document, PortRef("b3", "output")) is None
    full = wire_lengths(run_of(session, [5, 5], 5), session.document, PortRef("b1", "output"))
    assert full is not None
    assert not full.has_padding


def test_a_trace_of_another_sequence_is_dropped(session: EditorSession) -> None:
    """The clock has moved on by then."""
    session.attach(FakeWorker())
    session.show_run(run_of(session, [2, 5], 5))
    flags = np.ones(5, bool)
    trace = Trace(1, traced_cell("b2", 4, "h"), 0, flags, flags, flags, {"h": np.zeros((5, 4))})
    session.shown.set_clock(sequence=1)
    session.shown.show_trace(trace)
    assert session.shown.trace is None
    session.shown.set_clock(sequence=0)
    session.shown.show_trace(trace)
    assert session.shown.trace is trace
    session.shown.set_clock(step=99)
    assert session.shown.clock.step == 4


def test_deleting_keeps_the_selection_honest(session: EditorSession) -> None:
    """What is gone is not selected."""
    session.select(["b2"], [Wire(PortRef("b2", "output"), PortRef("b3", "inputs"))])
    session.building.remove_selection(bridge=True)
    assert not session.selection
    assert session.undo_stack.undoText() == "delete block_2"
    assert [str(wire.source) for wire in session.document.graph.wires] == ["b1/output"]


def test_files_are_opened_saved_and_refused_with_a_sentence(
    session: EditorSession, qtbot: QtBot, tmp_path: Path
) -> None:
    """A bad file leaves the open document."""
    bad = tmp_path / "bad.seqloom"
    bad.write_text("{")
    before = session.document
    with qtbot.waitSignal(session.refused):
        assert not session.open(bad)
    assert session.document is before
    session.push(Rename("b2", "reader"), "rename")
    assert session.save(tmp_path / "good.seqloom")
    assert session.undo_stack.isClean()
    assert session.open(tmp_path / "good.seqloom")
    assert session.document.block("b2").name == "reader"


def test_the_code_follows_the_document(session: EditorSession) -> None:
    """Live, also while the model is wrong."""
    assert "layers.LSTM(4" in session.written.source.text
    session.push(SetArgument("b2", "units", 12), "set units")
    assert "layers.LSTM(12" in session.written.source.text


def test_values_are_asked_for_only_while_somebody_looks(session: EditorSession) -> None:
    """Of the selected block's first port, or the one that was chosen; late answers are dropped."""
    worker = FakeWorker()
    session.attach(worker)
    session.show_run(run_of(session, [3, 1], 3))

    def asked() -> list[Any]:
        return [what for verb, what in worker.asked if verb == "values"]

    assert asked() == []
    session.shown.watch_values(seen=True)
    assert asked() == [(1, PortRef("b1", "output"), 0)]
    session.select(["b2"])
    assert asked()[-1] == (1, PortRef("b2", "output"), 0)
    session.shown.set_clock(sequence=1)
    assert asked()[-1] == (1, PortRef("b2", "output"), 1)
    session.shown.show_values(PortValues(1, PortRef("b2", "output"), 0))
    assert session.shown.values is None
    session.shown.show_values(PortValues(1, PortRef("b2", "output"), 1))
    assert session.shown.values is not None
    session.shown.choose_port(PortRef("b3", "output"))
    assert asked()[-1] == (1, PortRef("b3", "output"), 1)
    session.shown.watch_values(seen=False)
    session.select(["b1"])
    assert asked()[-1] == (1, PortRef("b3", "output"), 1)
    assert session.shown.values_port == PortRef("b1", "output")


def test_values_are_asked_anew_of_another_run_of_the_same_number(session: EditorSession) -> None:
    """A worker that came back counts from 1 again."""
    worker = FakeWorker()
    session.attach(worker)
    session.show_run(run_of(session, [3, 1], 3))
    session.shown.watch_values(seen=True)
    session.shown.show_values(PortValues(1, PortRef("b1", "output"), 0, missing="no longer kept"))
    session.shown.watch_values(seen=True)
    assert [verb for verb, _ in worker.asked].count("values") == 1
    session.show_run(run_of(session, [3, 1], 3))
    assert [verb for verb, _ in worker.asked].count("values") == 2


def test_the_source_knows_the_lines_of_each_block(session: EditorSession) -> None:
    """Counted from 1."""
    first, last = session.written.source.lines["b2"]
    assert "LSTM(4" in "".join(session.written.source.text.splitlines()[first - 1 : last])


def test_what_was_remembered_is_shown_until_the_worker_answers(session: EditorSession) -> None:
    """An older document's memory, or one that comes after the answer, is dropped."""
    remembered = Analysis(complete=True, parameters=17, remembered=True)
    session.show_remembered(remembered, session.revision - 1)
    assert session.analysis.parameters == 0
    session.show_remembered(remembered, session.revision)
    assert (session.analysis.parameters, session.analysis.remembered) == (17, True)
    session.show_analysis(Analysis(complete=True, parameters=18), session.revision)
    session.show_remembered(remembered, session.revision)
    assert (session.analysis.parameters, session.analysis.remembered) == (18, False)


def test_only_documents_as_they_are_on_disk_are_kept(session: EditorSession, tmp_path: Path, qtbot: QtBot) -> None:
    """An edited one is not; saving asks again, to be kept."""
    worker = FakeWorker()
    session.attach(worker)
    qtbot.waitUntil(lambda: ("analyse", session.revision) in worker.asked)
    assert worker.kept == [False]
    assert session.save(tmp_path / "x.seqloom")
    qtbot.waitUntil(lambda: worker.kept == [False, True])
    session.push(SetArgument("b2", "units", 9), "change units")
    qtbot.waitUntil(lambda: worker.kept == [False, True, False])


def test_what_was_said_of_the_document_before_is_not_said_of_the_next(session: EditorSession) -> None:
    """The time of its last run goes with it; a run under way stays one."""
    session._set_run_state(RunState("idle", "Last run 64 ms on CPU."))
    session._put(chain([("Dense", {"units": 1})], 3), None)
    assert session.run_state == RunState("idle", "Ready.")
    session._set_run_state(RunState("running", "Running …"))
    session._put(chain([("Dense", {"units": 1})], 3), None)
    assert session.run_state.phase == "running"


def test_a_run_that_ended_the_engine_is_not_run_again_by_itself(session: EditorSession, qtbot: QtBot) -> None:
    """The sentence stays when the engine is back; an edit is another run, and so is another document."""
    worker = FakeWorker()
    session.attach(worker)
    session.run_by_itself, session.run = True, None
    session._set_run_state(RunState("running", "Running …"))
    session.worker_said(RunState("lost", "Memory ran out.", after="Memory ran out."))
    session.worker_ready()
    assert (session.run_state.phase, session.run_state.text) == ("failed", "Memory ran out.")
    asked = len([verb for verb, _ in worker.asked if verb == "run"])
    session._run_if_cheap()
    assert len([verb for verb, _ in worker.asked if verb == "run"]) == asked
    session.push(SetArgument("b2", "units", 2), "set units")
    session._run_if_cheap()
    assert len([verb for verb, _ in worker.asked if verb == "run"]) == asked + 1
    session.worker_said(RunState("lost", "Memory ran out.", after="Memory ran out."))
    session.worker_ready()
    session.new()
    assert session.run_state.text == "Ready."
