"""A session whose worker is a notebook, and a model of which everything is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic, Fix, TensorSpec
from engine.document.edits import SetArgument
from engine.graph.values import PortRef
from engine.protocol.results import PortResult, RunResult, SampleResult
from gui.session.run_state import RunState
from gui.session.session import EditorSession
from gui.theme.theme import LIGHT, ThemeHolder, apply_theme
from tests.documents import chain
from tests.session.test_session import FakeWorker

LENGTHS = (3, 6, 0, 4)
STEPS = 6
LAYERS: list[tuple[str, dict[str, Any]]] = [
    ("Masking", {}),
    ("LSTM", {"units": 4, "return_sequences": True}),
    ("LSTM", {"units": 5}),
    ("Dense", {"units": 2}),
]


def spec(*shape: int | None, mask: bool = False) -> TensorSpec:
    """A tensor whose second axis is time where it is open."""
    has_time = len(shape) > 1 and shape[1] is None
    return TensorSpec(
        shape, "float32", mask, "T" if has_time else None, ("batch", "time", "features") if has_time else ()
    )


def valid_steps() -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Padding before in one sequence, a hole in another, one without any step."""
    valid = np.arange(STEPS) < np.array(LENGTHS)[:, None]
    valid[3] = valid[3][::-1]  # padded before
    valid[1, 2] = False  # a hole
    return valid


def analysis_of(session: EditorSession, *problems: Diagnostic) -> Analysis:
    """What Keras would say of the model."""
    arrives, reads, last, out = spec(None, None, 3), spec(None, None, 4, mask=True), spec(None, 5), spec(None, 2)
    masked = replace(arrives, mask=True)
    blocks = {
        "b1": BlockAnalysis({}, {"output": arrives}, 0),
        "b2": BlockAnalysis({"inputs": arrives}, {"output": masked}, 0, mask="created"),
        "b3": BlockAnalysis({"inputs": masked}, {"output": reads}, 128, mask="passed"),
        "b4": BlockAnalysis({"inputs": reads}, {"output": last}, 200, mask="consumed"),
        "b5": BlockAnalysis({"inputs": last}, {"output": out}, 12),
    }
    return Analysis(True, "3.15.1", 340, blocks, (PortRef("b5", "output"),), problems)


def run_of(session: EditorSession) -> RunResult:
    """What a run would give."""
    valid, size = valid_steps(), len(LENGTHS)
    counts = tuple(int(count) for count in valid.sum(axis=1))
    ports = {
        PortRef("b1", "output"): PortResult((size, STEPS, 3), "float32"),
        PortRef("b2", "output"): PortResult((size, STEPS, 3), "float32", valid, valid.shape, counts),
        PortRef("b3", "output"): PortResult((size, STEPS, 4), "float32", valid, valid.shape, counts),
        PortRef("b4", "output"): PortResult((size, 5), "float32"),
        PortRef("b5", "output"): PortResult((size, 2), "float32"),
    }
    inputs = {"b1": SampleResult((size, STEPS, 3), "float32", valid)}
    return RunResult(1, session.revision, "cpu", 5.0, 7, inputs, ports)


def problem(block: str, severity: Any = "error", **parts: Any) -> Diagnostic:
    """Something wrong with a block, with a fix."""
    fix = Fix("turn on return_sequences in block_4", (SetArgument("b4", "return_sequences", True),))
    return Diagnostic("shape.ndim", severity, "connect", block, f"{block} is wrong", "Because.", fixes=(fix,), **parts)


@pytest.fixture
def themes(qtbot: QtBot) -> ThemeHolder:
    """The light theme, applied."""
    apply_theme(LIGHT)
    return ThemeHolder(LIGHT)


@pytest.fixture
def session(qtbot: QtBot) -> EditorSession:
    """A model that was analysed and run."""
    made = EditorSession()
    made.run_by_itself = False
    made.attach(FakeWorker())
    made._put(chain(LAYERS, 3), None)
    made._set_run_state(RunState("idle", "Ready."))
    made.show_analysis(analysis_of(made), made.revision)
    made.show_run(run_of(made))
    return made


@pytest.fixture
def empty(qtbot: QtBot) -> EditorSession:
    """An empty document while TensorFlow loads."""
    return EditorSession()
