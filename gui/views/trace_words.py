"""What the Traces view says: names of states and gates, from where on nothing changes, why there is nothing."""

from __future__ import annotations

from engine.protocol.results import Trace
from gui.session.session import EditorSession
from gui.views.telling import stopped_sentence, waiting_sentence

SUBJECT = "Hidden states, cell states and gates"
WORDS = {
    "h": "Hidden state h",
    "c": "Cell state c",
    "gate_i": "Input gate i",
    "gate_f": "Forget gate f",
    "gate_g": "Candidate g",
    "gate_o": "Output gate o",
    "gate_z": "Update gate z",
    "gate_r": "Reset gate r",
    "gate_n": "Candidate n",
}


def why_nothing(session: EditorSession) -> str:
    """Why there is nothing to show, and the first step towards it."""
    waiting = waiting_sentence(session, SUBJECT, "see the states of its recurrent blocks")
    if waiting or session.run is None:
        return waiting
    if session.run_state.phase != "idle":
        return session.run_state.text
    untraced = session.shown.untraced
    if untraced is not None:
        return f"{untraced.title}. {untraced.detail}"
    if not session.run.traced:
        none = "This model has no recurrent block: only those have states to look at."
        return stopped_sentence(session, SUBJECT) or none
    block = session.document.graph.by_id.get(session.shown.trace_key.partition("/")[0])
    if block is not None:
        return f"Reading the states of {block.name} …"
    return "Select a recurrent block on the canvas to see its states."


def still_text(trace: Trace) -> str:
    """From which step on nothing changes, by the states of the run; empty: the last step that is read changes some.

    A layer that goes backwards reads padding at the end first: there nothing changes before a step.
    """
    changes = trace.changes
    if changes is None:
        return ""
    if not changes.any():
        return "nothing changes at any step"
    first, last = int(changes.argmax()), len(changes) - 1 - int(changes[::-1].argmax())
    words = [f"before step {first}"] if first else []
    words += [f"from step {last + 1} on"] if last + 1 < len(changes) else []
    return f"nothing changes {' and '.join(words)}" if words else ""


def signal_words(name: str) -> str:
    """`Hidden state h`; a custom cell's `State 0`."""
    return WORDS.get(name, name.replace("_", " ").capitalize())
