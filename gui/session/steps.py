"""Which steps of the shown sequence are real, for the one clock of all views."""

from __future__ import annotations

from engine.protocol.messages import Flags
from gui.session.session import EditorSession


def real_steps(session: EditorSession) -> Flags | None:
    """(T,) bool: the valid steps of the shown sequence, of the shown trace where there is one; None: nothing has steps."""
    trace = session.shown.trace
    if trace is not None:
        return trace.valid & trace.real
    fed = fed_steps(session)
    return fed[session.shown.clock.sequence] if fed is not None and session.shown.clock.sequence < len(fed) else None


def fed_steps(session: EditorSession) -> Flags | None:
    """(B, T) bool: the real steps of every sequence of the longest input that was run; None: no input has a time axis."""
    fed = [sample.valid for sample in session.run.inputs.values() if sample.valid is not None] if session.run else []
    return max(fed, key=lambda valid: valid.shape[1], default=None)


def first_padding(session: EditorSession) -> int | None:
    """The first step of the shown sequence that is padding, None where it has none."""
    real = real_steps(session)
    return None if real is None or real.all() else int(real.argmin())


def label_of(session: EditorSession, sequence: int) -> str:
    """What the sample says a sequence is; empty: nothing."""
    labels = session.run.labels if session.run is not None else ()
    return labels[sequence] if sequence < len(labels) else ""


def sequence_words(session: EditorSession, *, short: bool = False) -> str:
    """“ of 32, label 4, 9 of 15 steps valid”: of the clock's sequence; in short the label, else the number of sequences."""
    real = None if short else real_steps(session)
    told = label_of(session, session.shown.clock.sequence)
    label = f", label {told}" if told else ""
    if short and label:
        return label
    valid = f", {int(real.sum())} of {len(real)} steps valid" if real is not None else ""
    return f" of {session.shown.num_sequences}{label}{valid}"
