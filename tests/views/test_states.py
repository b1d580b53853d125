"""Every view says its state in a sentence: nothing yet, waiting, running, stale, failed, cannot be shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.document.edits import RemoveBlock, SetArgument
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from gui.theme.theme import DARK, ThemeHolder
from gui.views.attention import AttentionView
from gui.views.code import CodeView
from gui.views.gates import GatesView
from gui.views.influence import InfluenceView
from gui.views.lengths import LengthsView
from gui.views.problems import ProblemsView
from gui.views.shapes import ShapesView
from gui.views.state_space import StateSpaceView
from gui.views.telling import run_note, waiting_sentence
from gui.views.traces import TracesView
from gui.views.values import ValuesView
from tests.documents import chain
from tests.steps import whole
from tests.views.conftest import LAYERS, analysis_of, problem

VIEWS = (
    ShapesView, LengthsView, ValuesView, ProblemsView, CodeView, InfluenceView, TracesView, AttentionView, StateSpaceView
)  # fmt: skip
"""The last three need states or scores to look at: `test_traces`, `test_readings`."""


def shown(view: QWidget, qtbot: QtBot, width: int = 1000, height: int = 260) -> QWidget:
    """A view on the screen."""
    qtbot.addWidget(whole(view))
    view.resize(width, height)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.mark.parametrize("kind", VIEWS)
def test_an_empty_document_has_a_first_step(
    kind: type[QWidget], empty: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """What would be here, and what to do first."""
    view = shown(kind(empty, themes), qtbot)  # type: ignore[call-arg]
    sentence = view.sheet.sentence.text()  # type: ignore[attr-defined]
    assert "appear here. Drag a layer onto the canvas first." in sentence


@pytest.mark.parametrize("kind", [ShapesView, LengthsView, TracesView, ValuesView, ProblemsView])
def test_while_tensorflow_loads_that_is_said(
    kind: type[QWidget], empty: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """And when the worker says something else, that."""
    empty._put(chain(LAYERS, 3), None)
    view = shown(kind(empty, themes), qtbot)  # type: ignore[call-arg]
    sheet = view.sheet  # type: ignore[attr-defined]
    assert "Waiting for TensorFlow" in sheet.sentence.text()
    empty.worker_said(RunState("failed", "The engine's process could not be started; see `doctor`."))
    qtbot.waitUntil(lambda: "could not be started" in sheet.sentence.text())
    assert not sheet.is_open


def test_what_a_run_view_waits_for(session: EditorSession) -> None:
    """Run first; running so far; an error in the way; no Input."""
    ask = ("Lengths", "see them")
    assert waiting_sentence(session, *ask) == ""
    session.run = None
    assert waiting_sentence(session, *ask) == "Run the model (Ctrl+Enter) to see them."
    session._set_run_state(RunState("running", "Running 40% …", 0.4))
    assert waiting_sentence(session, *ask) == "Running 40% …"
    session._set_run_state(RunState("idle", "Ready."))
    session.show_analysis(analysis_of(session, problem("b4")), session.revision)
    assert waiting_sentence(session, *ask).startswith("Lengths cannot be shown: b4 is wrong.")
    session.push(RemoveBlock("b1", False), "delete series")
    session.analysis = replace(session.analysis, diagnostics=())
    assert "drag an Input" in waiting_sentence(session, *ask)


@pytest.mark.parametrize("kind", [TracesView, StateSpaceView, GatesView])
def test_a_run_that_stopped_above_the_recurrent_blocks_says_what_stopped_it(
    kind: type[QWidget], session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """The model does have a recurrent block; it had no run, and the problem's full stop stands once."""
    assert session.run is not None
    session.run = replace(session.run, traced={})
    told = replace(problem("b4"), title="b4 has nothing connected to value.")
    session.show_analysis(analysis_of(session, told), session.revision)
    view = shown(kind(session, themes), qtbot)  # type: ignore[call-arg]
    sentence = view.sheet.sentence  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: "cannot be shown: b4 has nothing connected to value. The Problems" in sentence.text())


def test_an_old_run_says_since_when_and_what_is_done(session: EditorSession) -> None:
    """It is dimmed, not removed; running and failing are said beside it."""
    assert run_note(session) == ""
    session.push(SetArgument("b3", "units", 9), "set units of block_3")
    assert run_note(session) == "from before “set units of block_3”; Ctrl+Enter runs it again"
    session._set_run_state(session.run_state._replace(phase="running", text="Running 40% …"))
    assert run_note(session) == "from before “set units of block_3”; Running 40%"
    session.show_analysis(analysis_of(session, problem("b4")), session.revision)
    session._set_run_state(session.run_state._replace(phase="idle", text="Ready."))
    assert run_note(session).endswith("the model cannot run now, see Problems")


@pytest.mark.parametrize("kind", [ShapesView, LengthsView])
def test_an_old_run_stays_in_sight(
    kind: type[QWidget], session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """With the edit it is older than."""
    view = shown(kind(session, themes), qtbot)  # type: ignore[call-arg]
    sheet = view.sheet  # type: ignore[attr-defined]
    session.push(SetArgument("b3", "units", 9), "set units of block_3")
    qtbot.waitUntil(lambda: "from before “set units of block_3”" in sheet.caption.whole())
    assert sheet.is_open


@pytest.mark.parametrize("kind", VIEWS[:-3])
@pytest.mark.parametrize("size", [(600, 180), (1600, 400)])
def test_a_view_paints_at_any_size_in_both_themes(
    kind: type[QWidget], size: tuple[int, int], session: EditorSession, themes: ThemeHolder, qtbot: QtBot
) -> None:
    """A panel of 600 by 180 is enough: nothing asks for more."""
    session.show_analysis(analysis_of(session, problem("b4"), problem("b2", "warning")), session.revision)
    view = shown(kind(session, themes), qtbot, *size)  # type: ignore[call-arg]
    assert (view.width(), view.height()) == size
    assert not view.grab().isNull()
    themes.set_theme(DARK)
    assert not view.grab().isNull()
    focusable = [child for child in view.findChildren(QWidget) if child.focusPolicy() and child.isVisible()]
    assert focusable


def test_a_hidden_view_does_no_work(session: EditorSession, themes: ThemeHolder, qtbot: QtBot) -> None:
    """It catches up when it comes into sight."""
    view = LengthsView(session, themes)
    qtbot.addWidget(view)
    session.show_analysis(analysis_of(session), session.revision)
    qtbot.wait(20)
    assert view.columns == []
    view.show()
    assert len(view.columns) == 4
