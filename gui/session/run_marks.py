"""What a run showed of a block's numbers that a person wants to know at a glance: NaN, saturated, dead."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.graph.values import PortRef
from engine.protocol.port_facts import NEAR, PortFacts, broken_words, place_words, reaches_real_steps
from engine.protocol.results import RunResult
from gui.session.session import EditorSession

Strength: TypeAlias = Literal["cause", "passed", "quiet"]
SATURATED_FROM, DEAD_FROM = 0.5, 0.1
"""The shares of values and of units from which a block is marked."""
ENOUGH_STEPS = 100
"""Over fewer steps a unit may be 0 by chance."""
MOST_UNITS = 8
SHOWN = "A click shows them in Values."


@dataclass(frozen=True)
class RunMark:
    """A mark at a block.

    Attributes:
        strength: NaN or infinity arises in the block, or came with what it was given; quiet: no mistake.
        text: on the mark; tip: what it means.
        port, sequence, step: where to look; None: wherever the clock is.
    """

    strength: Strength
    text: str
    tip: str
    port: PortRef
    sequence: int | None = None
    step: int | None = None


def run_marks(session: EditorSession, outputs: Collection[PortRef]) -> dict[str, RunMark]:
    """The mark of each block that has one; none where the run is not of the document as it is.

    Args:
        outputs: of the model: a sure answer is saturated, and should be.
    """
    run = session.run
    if run is None or session.run_state.stale:
        return {}
    marks: dict[str, RunMark] = {}
    for port in run.notable:
        if port.block not in session.document.graph:
            continue
        mark = _broken(session, run, port) or (None if port in outputs else _quiet(run, port))
        before = marks.get(port.block)
        if mark is not None and (before is None or (before.strength == "quiet" and mark.strength != "quiet")):
            marks[port.block] = mark
    return marks


def _broken(session: EditorSession, run: RunResult, port: PortRef) -> RunMark | None:
    facts = run.ports[port].facts
    found = None if facts is None else facts.non_finite
    if found is None:
        return None
    what = "NaN or inf" if not found.count else ", ".join(
        word for word, count in (("NaN", found.nan), ("inf", found.infinite)) if count
    )  # fmt: skip
    strength: Strength
    if found.count:
        strength = "cause" if found.arises else "passed"
        cause = "They arise here: nothing that it was given holds any." if found.arises else "They came from above."
    elif found.arises:
        notable = {other: run.ports[other].facts for other in run.notable}
        harm = reaches_real_steps(session.document.graph, port.block, notable)
        what, strength = f"{what} in padding", "cause" if harm else "quiet"
        cause = "Real steps below become NaN or infinite by them." if harm else "No real step has any."
    else:
        return None
    tip = f"{port.port}: {broken_words(found)}, first in {place_words(found)}\n{cause} {SHOWN}"
    return RunMark(strength, what, tip, port, found.sequence, found.step)


def _quiet(run: RunResult, port: PortRef) -> RunMark | None:
    facts = run.ports[port].facts
    if facts is None or facts.steps < ENOUGH_STEPS:
        return None
    over = f"over {facts.steps:,} steps of {facts.sequences:,} sequences"
    if facts.saturated is not None and facts.saturated >= SATURATED_FROM:
        tip = f"{port.port}: {facts.saturated:.0%} of the values are {near_words(facts)}, {over}\n"
        tip += "There the gradient of the activation is near 0. A click shows them in Values."
        return RunMark("quiet", f"{facts.saturated:.0%} saturated", tip, port)
    if facts.rectified and facts.num_dead >= DEAD_FROM * facts.units:
        named = unit_words(facts.dead, facts.num_dead)
        tip = f"{port.port}: {named} {'is' if facts.num_dead == 1 else 'are'} 0 at every step, {over}\n{SHOWN}"
        return RunMark("quiet", f"{facts.num_dead:,} of {facts.units:,} dead", tip, port)
    return None


def near_words(facts: PortFacts) -> str:
    """`within 0.05 of -1 or 1`."""
    return f"within {NEAR:g} of {facts.low:.3g} or {facts.high:.3g}"


def unit_words(units: Iterable[int], count: int) -> str:
    """`unit 3`, `units 3, 7`, `units 0, 1, 2 … (40)`."""
    named = list(units)[:MOST_UNITS]
    more = f" … ({count:,})" if count > len(named) else ""
    return f"unit{'' if count == 1 else 's'} {', '.join(map(str, named))}{more}"
