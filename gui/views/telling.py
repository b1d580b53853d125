"""What a view says of its state, in sentences: nothing yet, waiting, running, stale, failed, cannot be shown."""

from __future__ import annotations

from engine.analysis.values import Diagnostic
from engine.document.values import Document
from gui.session.session import EditorSession

OLD = 0.55
"""How much of an old run's picture is left."""


def waiting_sentence(session: EditorSession, subject: str, purpose: str) -> str:
    """Why a view of the run has nothing to show, and the first step towards it; empty: there is a run to look at.

    Args:
        subject: what would be here, in the plural: `Hidden states`.
        purpose: what running is for: `see the states of its recurrent blocks`.
    """
    if not session.document.graph.blocks:
        return nothing_yet(subject)
    if session.run is not None and session.run.ports:
        return ""
    if session.run_state.phase != "idle":
        return session.run_state.text
    stopped = stopped_sentence(session, subject)
    if stopped:
        return stopped
    if not session.document.graph.inputs:
        return "There is nothing to feed yet: drag an Input onto the canvas and wire it."
    return f"Run the model (Ctrl+Enter) to {purpose}."


def stopped_sentence(session: EditorSession, subject: str) -> str:
    """What an error keeps from being shown, be it all or what stands below it; empty: there is no error."""
    problem = first_error(session)
    if problem is None:
        return ""
    return f"{subject} cannot be shown: {problem.title.rstrip('.')}. The Problems view has the way out."


def nothing_yet(subject: str) -> str:
    """The sentence of an empty document."""
    return f"{subject} appear here. Drag a layer onto the canvas first."


def first_error(session: EditorSession) -> Diagnostic | None:
    """What keeps the model from running."""
    return next((problem for problem in session.analysis.diagnostics if problem.severity == "error"), None)


def run_note(session: EditorSession) -> str:
    """What must be known of the run that is shown: since which edit it is old, and what is done about it; else empty."""
    state, run = session.run_state, session.run
    mode = "run in training mode" if run is not None and run.training else ""
    stale = "; ".join(part for part in (mode, f"from before “{state.stale}”" if state.stale else "") if part)
    if state.phase != "idle":
        return "; ".join(part for part in (stale, state.text.removesuffix(" …").removesuffix(".")) if part)
    if state.stale and first_error(session) is not None:
        return f"{stale}; the model cannot run now, see Problems"
    return f"{stale}; Ctrl+Enter runs it again" if state.stale and not session.run_by_itself else stale


def joined(*parts: str) -> str:
    """The parts that say something, for one line."""
    return " · ".join(part for part in parts if part)


def named(document: Document, key: str) -> str:
    """A cell or a block by the names that people read: `reader forward`."""
    block, _, part = key.partition("/")
    known = document.graph.by_id.get(block)
    return f"{known.name if known is not None else block}{' ' if part else ''}{part.replace('/', ' ')}"
