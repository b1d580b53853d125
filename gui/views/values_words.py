"""What the numbers at a port are like, in words."""

from __future__ import annotations

from engine.protocol.port_facts import PortFacts, broken_words, place_words
from engine.protocol.results import PortValues, Statistics
from gui.session.run_marks import near_words, unit_words
from gui.views.telling import joined
from gui.views.values_table import number_text


def _counted(values: PortValues) -> str:
    if values.valid is None or values.real is None:
        return "over all numbers"
    steps = int((values.valid & values.real).sum())
    return f"over {steps} valid step{'' if steps == 1 else 's'}"


def statistics_text(statistics: Statistics | None, values: PortValues | None, over: str = "") -> str:
    """What the numbers are like, in a line; `over` says which they are, where they are not all valid ones."""
    if statistics is None or values is None:
        return ""
    over = over or _counted(values)
    if statistics.count == 0:
        return f"{over}: no numbers"
    share = statistics.zeros / statistics.count
    zeros = "no zeros" if statistics.zeros == 0 else f"{share:.0%} zeros" if share >= 0.01 else "under 1% zeros"
    odd = (
        "no NaN or inf"
        if not statistics.nan + statistics.infinite
        else f"{statistics.nan} NaN, {statistics.infinite} inf"
    )
    if statistics.low is None:
        return f"{over}: no finite number · {odd}"
    names = (("min", statistics.low), ("max", statistics.high), ("mean", statistics.mean), ("std", statistics.std))
    numbers = "  ".join(f"{name} {number_text(value)}" for name, value in names)
    near = "" if statistics.saturated is None else f"{statistics.saturated / statistics.count:.0%} saturated"
    return joined(f"{over}:  {numbers}", zeros, near, odd)


def batch_text(facts: PortFacts) -> str:
    """What only all sequences together show: saturated and dead units, and where the first NaN stands."""
    sequences = "the only sequence" if facts.sequences == 1 else f"all {facts.sequences:,} sequences"
    parts: list[str] = []
    if facts.saturated is not None:
        parts.append(f"{facts.saturated:.0%} saturated ({near_words(facts)})")
    if facts.num_dead:
        parts.append(f"dead, 0 at every step: {unit_words(facts.dead, facts.num_dead)}")
    if facts.num_constant:
        parts.append(f"the same at every step: {unit_words(facts.constant, facts.num_constant)}")
    if facts.steps > 1 and not facts.num_dead + facts.num_constant:
        parts.append("no unit is constant")
    found = facts.non_finite
    parts.append("no NaN or inf" if found is None else f"{broken_words(found)}, first in {place_words(found)}")
    return joined(f"in {sequences}:  {parts[0]}", *parts[1:])
