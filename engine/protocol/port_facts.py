"""What a run showed of the numbers at one output port, over the valid steps of all its sequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from engine.graph.order import downstream
from engine.graph.values import Graph, Json, PortRef

NEAR = 0.05
"""A value this near a bound of its activation is saturated."""


@dataclass(frozen=True)
class NonFinite:
    """The numbers at a port that are NaN or infinite.

    Attributes:
        nan, infinite: how many at steps that are valid and real.
        padded: how many, of both kinds, at padded steps.
        sequence, step: where the first of them stands, at a padded step only where no other has one; step None: the port
            has no time axis.
        arises: nothing that the block was given holds any.
    """

    nan: int
    infinite: int
    padded: int
    sequence: int
    step: int | None
    arises: bool = True

    @property
    def count(self) -> int:
        """How many at steps that are no padding."""
        return self.nan + self.infinite


@dataclass(frozen=True)
class PortFacts:
    """What the numbers at a port are like in all sequences.

    Attributes:
        sequences: how many there are.
        steps: how many steps of them all are valid and real; without a time axis, the sequences.
        units: how many numbers a step has.
        low, high: the bounds of the activation that made the values; None: it has not both.
        saturated: the share of the values that are near a bound; None: there are no bounds.
        rectified: the activation gives 0 to whatever is far below 0.
        num_dead, num_constant: units that are 0 at every step, or another number that is the same at every step.
        dead, constant: the first of them.
        non_finite: None where every number is finite.
    """

    sequences: int
    steps: int
    units: int
    low: float | None = None
    high: float | None = None
    saturated: float | None = None
    rectified: bool = False
    num_dead: int = 0
    num_constant: int = 0
    dead: tuple[int, ...] = ()
    constant: tuple[int, ...] = ()
    non_finite: NonFinite | None = None

    @property
    def is_notable(self) -> bool:
        """There is more to say than that all is well."""
        return self.non_finite is not None or bool(self.saturated) or self.num_dead > 0


def encode_facts(facts: PortFacts | None) -> Json:
    """As it stands in a reply."""
    return None if facts is None else cast("Json", asdict(facts))


def decode_facts(content: Json) -> PortFacts | None:
    """The facts of a reply."""
    if content is None:
        return None
    body = dict(cast("Mapping[str, Any]", content))
    broken: Mapping[str, Any] | None = body["non_finite"]
    body["dead"], body["constant"] = tuple(body["dead"]), tuple(body["constant"])
    body["non_finite"] = None if broken is None else NonFinite(**broken)
    return PortFacts(**body)


def reaches_real_steps(graph: Graph, block: str, found: Mapping[PortRef, PortFacts | None]) -> bool:
    """NaN or infinity below this block stands at steps that are no padding."""
    below = downstream(graph, (block,))
    return any(
        facts is not None and facts.non_finite is not None and facts.non_finite.count > 0
        for port, facts in found.items()
        if port.block in below
    )


def broken_words(found: NonFinite) -> str:
    """`12 NaN, 3 inf, 4 more at padded steps`."""
    parts = [f"{count:,} {word}" for count, word in ((found.nan, "NaN"), (found.infinite, "inf")) if count]
    more = f"{found.padded:,} {'more ' if parts else 'NaN or inf '}at padded steps"
    return ", ".join([*parts, *([more] if found.padded else [])])


def place_words(found: NonFinite) -> str:
    """`sequence 3, step 5`."""
    return f"sequence {found.sequence}" + ("" if found.step is None else f", step {found.step}")
