"""What a comparison says in words: what is equal, who forgets sooner, where the two part."""

from __future__ import annotations

import numpy as np

from engine.document.values import Document
from engine.protocol.comparison import ComparedSide, Comparison, Measure, Parting
from gui.views.finite import ODD
from gui.views.telling import named


def equal_text(found: Comparison) -> str:
    """What is equal and what is not: the first sentence of the view."""
    same = [fact.words for fact in found.equal if fact.same]
    differing = [fact.words for fact in found.equal if not fact.same]
    this, other = found.this.whole, found.other.whole
    sizes = f"{this:,} parameters" if this == other else f"{this:,} and {other:,} parameters"
    (same if this == other else differing).append(sizes)
    return f"Equal: {', '.join(same) or 'nothing'}. Not equal: {', '.join(differing) or 'nothing'}."


def forgetting_text(found: Comparison, document: Document, other_name: str) -> str:
    """Which side forgets sooner, with what it is measured by."""
    if not found.key:
        return "No recurrent block is on both sides: there are no states to compare."
    this, other = found.this, found.other
    missing = this.missing or other.missing
    if missing or this.reach is None or other.reach is None:
        return missing or _nothing_heard(this, other)
    name = named(document, found.key)
    first, second = (name, other_name) if found.by_unit else (_told(name, this), _told(other_name, other))
    words = f"{first} still has 1 % of its gradient {_back(this)}, {second} {_back(other)}"
    if this.reach == other.reach:
        return f"{words}: neither forgets sooner."
    sooner = other_name if this.reach > other.reach else name
    return f"{words}: {sooner} forgets sooner{', and faster at first' if _agrees(this, other) else ''}."


def _nothing_heard(this: ComparedSide, other: ComparedSide) -> str:
    if not any(_has_numbers(side, "norm") for side in (this, other)):
        return "No sequence has a real step of numbers: there is nothing to compare."
    return "No step has an influence on the output: there is nothing to forget."


def _has_numbers(side: ComparedSide, measure: Measure) -> bool:
    curve = side.curves.get(measure)
    return curve is not None and bool(np.isfinite(np.asarray(curve, float)).any())


def odd_words(found: Comparison) -> str:
    """How many sequences no median counts."""
    counts = {side.odd for side in (found.this, found.other)}
    if counts == {0}:
        return ""
    both = " and ".join(map(str, sorted(counts, reverse=True)))
    return f"{ODD} NaN or infinity in {both} sequence{'' if counts == {1} else 's'}, left out of medians"


def _agrees(this: ComparedSide, other: ComparedSide) -> bool:
    """What forgets sooner is also what is faint sooner."""
    if this.near is None or other.near is None or this.reach is None or other.reach is None:
        return False
    return (this.near - other.near) * (this.reach - other.reach) > 0


def _told(name: str, side: ComparedSide) -> str:
    """`reader (LSTM, 32 units, trained)`; the kind only where the name does not begin with it."""
    kind = "" if name.startswith(side.kind) else f"{side.kind}, "
    return f"{name} ({kind}{side.units} units, {'trained' if side.trained else 'seeded'})"


def _back(side: ComparedSide) -> str:
    """`22 steps back (10 %: 1)`."""
    near = "" if side.near is None else f" (10 %: {side.near})"
    return f"{side.reach} step{'' if side.reach == 1 else 's'} back{near}"


def parting_text(parting: Parting | None, document: Document, sequence: int, *, comparable: bool) -> str:
    """Where the two part first; of other layers there is nothing to say."""
    if not comparable:
        return ""
    if parting is None:
        return f"At the real steps of sequence {sequence} the two are equal everywhere."
    name = named(document, parting.block)
    if parting.step is None:
        words = "up to its last real step everything is equal"
        return f"Sequence {sequence} first parts in what leaves {name} ({parting.port}), {_by(parting)}: {words}."
    return f"Sequence {sequence} first parts in {parting.port} of {name}, at real step {parting.step}, {_by(parting)}."


def _by(parting: Parting) -> str:
    return f"by {parting.by:.2g}" if np.isfinite(parting.by) else "where one side alone holds NaN or infinity"
