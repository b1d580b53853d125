"""A comparison edits nothing until it is kept, and kept it is one undo step; a pinned run stays beside those that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.analysis.variants import NO_MASK, TRAINING
from engine.document.edits import SetArgument
from engine.document.file import decode_document, encode_document
from engine.graph.values import JsonObject
from engine.protocol.comparison import Comparison
from engine.protocol.results import RunResult, SampleResult
from gui.session.comparing import GONE
from gui.session.session import EditorSession
from tests.documents import chain
from tests.session.test_session import FakeWorker

LAYERS: list[tuple[str, JsonObject]] = [("Masking", {}), ("LSTM", {"units": 4}), ("Dense", {"units": 1})]


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A model that ran, and somebody who looks at Compare."""
    made = EditorSession()
    made.run_by_itself = False
    made.attach(FakeWorker())  # type: ignore[arg-type]
    made._put(chain(LAYERS, 3), None)
    made.comparing.reading.watch(seen=True)
    show_run(made)
    return made


def show_run(session: EditorSession, number: int = 4) -> None:
    """A run of the document as it is now."""
    fed = {"b1": SampleResult((3, 5, 3), "float32", None)}
    session.show_run(RunResult(number, session.revision, "cpu", 1.0, 0, inputs=fed, training=session.trained.training))


def asked(session: EditorSession) -> list[Any]:
    """What the worker was asked to compare."""
    worker = session.worker
    assert isinstance(worker, FakeWorker)
    return [body for verb, body in worker.asked if verb == "compare"]


def answer(session: EditorSession, **parts: Any) -> None:
    """The answer to the last question."""
    session.shown.answered.emit(
        "compare", asked(session)[-1], Comparison(session.run.number if session.run else 0, 0, **parts)
    )


def test_a_variant_is_asked_for_and_nothing_is_edited(session: EditorSession, qtbot: QtBot) -> None:
    """The variant of the document that ran, the shown sequence; the view is wanted; the block is selected."""
    before = session.document
    assert asked(session) == []
    with qtbot.waitSignal(session.comparing.started):
        session.comparing.start("b3", "GRU")
    body = asked(session)[-1]
    assert (body["run"], body["sequence"], body["block"], body["units"], body["training"]) == (4, 0, "b3", "", False)
    assert decode_document(body["document"]).block("b3").type == "GRU"
    assert (session.document, session.undo_stack.count(), session.selection.block) == (before, 0, "b3")
    session.shown.set_clock(sequence=2)
    assert asked(session)[-1]["sequence"] == 2
    session.comparing.dismiss()
    assert session.comparing.found is None


def test_kept_it_is_one_undo_step(session: EditorSession) -> None:
    """The variant stands in the document, said by name; undone, the document is as it was."""
    before = session.document
    session.comparing.start("b3", "GRU")
    session.comparing.keep()
    assert session.document.block("b3").type == "GRU"
    assert session.undo_stack.undoText() == f"keep GRU in place of {before.block('b3').name}"
    assert session.comparing.choice is None
    session.undo_stack.undo()
    assert session.document == before


def test_the_units_that_were_found_are_kept(session: EditorSession) -> None:
    """Not before they are known."""
    said: list[str] = []
    session.refused.connect(said.append)
    session.comparing.start("b3", "GRU=")
    assert asked(session)[-1]["units"] == "units"
    session.comparing.keep()
    assert said == ["The number of units is not known yet: wait for the comparison."]
    sized = decode_document(asked(session)[-1]["document"])
    block = replace(sized.block("b3"), arguments={"units": 5})
    graph = replace(sized.graph, blocks=tuple(block if one.id == "b3" else one for one in sized.graph.blocks))
    answer(session, document=encode_document(replace(sized, graph=graph)))
    session.comparing.keep()
    assert session.document.block("b3").arguments == {"units": 5}


def test_an_edit_is_compared_anew_and_a_variant_that_is_gone_says_so(session: EditorSession) -> None:
    """The variant is one of the model as it ran last."""
    session.comparing.start("b3", NO_MASK)
    session.push(SetArgument("b3", "units", 9), "widen")
    assert decode_document(asked(session)[-1]["document"]).block("b3").arguments["units"] == 4
    show_run(session, 5)
    assert decode_document(asked(session)[-1]["document"]).block("b3").arguments["units"] == 9
    session.comparing.keep()
    assert "b2" not in session.document.graph
    session.comparing.start("b3", NO_MASK)
    show_run(session, 6)
    assert session.comparing.missing == GONE


def test_a_pinned_run_stays_beside_the_edits(session: EditorSession) -> None:
    """The document of the run that is shown, whatever was edited since; put back it is one undo step."""
    before = session.document
    session.push(SetArgument("b3", "units", 9), "widen")
    session.comparing.pin()
    assert decode_document(asked(session)[-1]["document"]) == before
    show_run(session, 5)
    assert decode_document(asked(session)[-1]["document"]) == before
    session.comparing.keep()
    assert session.document == before
    assert session.undo_stack.undoText() == "put back the pinned run"


def test_nothing_is_pinned_before_a_run(qtbot: QtBot) -> None:
    """A sentence."""
    session, said = EditorSession(), list[str]()
    session.refused.connect(said.append)
    session.comparing.pin()
    assert said == ["There is no run to pin yet: run the model first."]


def test_training_mode_is_kept_as_the_mode_of_runs(session: EditorSession) -> None:
    """It is no part of the document."""
    session.comparing.start("b3", TRAINING)
    assert asked(session)[-1]["training"] is True
    session.comparing.keep()
    assert session.trained.training
    assert session.undo_stack.count() == 0


def test_another_document_ends_it(session: EditorSession) -> None:
    """What was compared was of the one before."""
    session.comparing.start("b3", "GRU")
    session.new()
    assert session.comparing.choice is None
