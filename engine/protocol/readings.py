"""What is asked of a kept run beside states and values, as values and as body and arrays of a reply.

One line in `READINGS` for each: the verb, and how its reply is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Literal, TypeAlias, TypeVar, cast

from engine.graph.values import Json, JsonObject, PortRef
from engine.protocol.comparison import decode_comparison
from engine.protocol.messages import Array, Flags, Verb
from engine.protocol.results import Statistics
from engine.protocol.terms import decode_terms

Reading = TypeVar("Reading")


@dataclass(frozen=True)
class AttentionScores:
    """How much each step of the query looks at each step of the value, for one sequence of one attention block.

    Attributes:
        scores: (heads, query steps, value steps), after the softmax; None: `missing` says in a sentence why.
        query_real, value_real: (steps,) bool: the steps that are no padding, neither by the sample nor by a mask.
        query_labels, value_labels: the tokens at the steps, empty at padding; (): the steps have numbers alone.
    """

    run: int
    block: str
    sequence: int
    scores: Array | None = None
    query_real: Flags | None = None
    value_real: Flags | None = None
    query_labels: tuple[str, ...] = ()
    value_labels: tuple[str, ...] = ()
    missing: str = ""


@dataclass(frozen=True)
class Place:
    """One number of a run: unit (and step) of an output port for one sequence; what is None is chosen by the answer.

    Attributes:
        step: None: the last step of the sequence that is no padding, or there is no time axis.
        unit: of all features in one; None: the one of largest magnitude.
    """

    port: PortRef
    sequence: int
    step: int | None = None
    unit: int | None = None

    def body(self) -> dict[str, Json]:
        """As it stands in a request and a reply."""
        port = {"block": self.port.block, "port": self.port.port}
        return {**port, "sequence": self.sequence, "step": self.step, "unit": self.unit}

    @staticmethod
    def from_body(body: JsonObject) -> Place:
        """The place of a request or a reply."""
        given = cast("dict[str, Any]", body)
        return Place(PortRef(given["block"], given["port"]), given["sequence"], given["step"], given["unit"])


@dataclass(frozen=True)
class Influence:
    """How much one number of the output depends on each step: the norms of its gradient.

    Attributes:
        place: of the number, all of it known where there is an answer.
        output: the number.
        units: how many the port has at a step.
        states: by `b3/h`, `b3/forward/c`: (T,) the norm of d output / d state after each step, in the order of time.
        inputs: by the id of the Input: (T,) the norm of d output / d input at each step.
        real: by the same keys, (T,) bool: the steps that are no padding.
    """

    run: int
    place: Place
    output: float = 0.0
    units: int = 0
    states: Mapping[str, Array] = field(default_factory=dict[str, Array])
    inputs: Mapping[str, Array] = field(default_factory=dict[str, Array])
    real: Mapping[str, Flags] = field(default_factory=dict[str, Flags])
    missing: str = ""


@dataclass(frozen=True)
class Occlusion:
    """What one number of the output would be without one step of an input.

    Attributes:
        input: the id of the Input whose steps are removed, one at a time.
        output: the number with all steps.
        without: (T,) the number without each step; NaN where the step is padding or is the one that is looked at.
    """

    run: int
    place: Place
    input: str
    output: float = 0.0
    without: Array | None = None
    missing: str = ""


OrderRule: TypeAlias = Literal["activity", "cluster"]


@dataclass(frozen=True)
class StateSpace:
    """The paths of a state over time in the plane of its two main directions.

    Attributes:
        key, signal: of the state: `b3/forward`, `h`.
        points: (sequences, T, 2), NaN at steps that are padding; the first sequences of the batch.
        explained: the share of the variance along each direction, from 0 to 1.
        colour: (sequences, T) the feature that was asked for; None: none was, or the Input has other steps.
        odd: so many steps that are no padding hold NaN or infinity, and have no point.
    """

    run: int
    key: str
    signal: str
    points: Array | None = None
    explained: tuple[float, float] = (0.0, 0.0)
    colour: Array | None = None
    odd: int = 0
    missing: str = ""


@dataclass(frozen=True)
class UnitOrder:
    """Another order of the units of a state.

    Attributes:
        order: (units,) int32, the unit in each place.
    """

    run: int
    key: str
    signal: str
    rule: OrderRule
    order: Array | None = None
    missing: str = ""


@dataclass(frozen=True)
class Overview:
    """A state or gate of one sequence in few numbers, where it is too large to be looked at whole.

    Attributes:
        key, signal: of the state or gate: `b3/forward`, `h`.
        first: the step that the values begin with.
        share: how many steps lie in one column: of each unit the strongest of them is there.
        values: (columns, units) float32, all unit axes in one; NaN where no step of the column is valid.
    """

    run: int
    key: str
    signal: str
    sequence: int
    first: int = 0
    share: int = 1
    values: Array | None = None
    missing: str = ""


@dataclass(frozen=True)
class Apart:
    """Which units tell the sequences of two labels apart, by their state after the last real step.

    Attributes:
        labels: all that the sequences have, as they come first.
        pair: the two that are compared.
        counts: how many sequences each of them has.
        low, high: (2, units) the lowest and the highest state of each unit over the sequences of each of the pair.
        order: (units,) int32, the unit that tells them apart best first.
        clear: how many units, the first of the order, tell every sequence of the one from every one of the other.
        odd: so many sequences end in NaN or infinity, and are left out.
    """

    run: int
    key: str
    signal: str
    labels: tuple[str, ...] = ()
    pair: tuple[str, str] = ("", "")
    counts: tuple[int, int] = (0, 0)
    low: Array | None = None
    high: Array | None = None
    order: Array | None = None
    clear: int = 0
    odd: int = 0
    missing: str = ""


@dataclass(frozen=True)
class SpanStatistics:
    """What the values of one sequence at a port are like over a range of its steps.

    Attributes:
        steps: how many steps of the range are valid and real.
        statistics: over these.
    """

    run: int
    steps: int = 0
    statistics: Statistics | None = None
    missing: str = ""


STATE, INPUT_STEPS, REAL = "state:", "input:", "real:"


def encode_influence(found: Influence) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of an influence."""
    body: dict[str, Json] = {
        "run": found.run,
        "place": found.place.body(),
        "output": found.output,
        "units": found.units,
        "missing": found.missing,
    }
    kinds = ((STATE, found.states), (INPUT_STEPS, found.inputs), (REAL, found.real))
    return body, {kind + key: array for kind, arrays in kinds for key, array in arrays.items()}


def decode_influence(content: JsonObject, arrays: Mapping[str, Array]) -> Influence:
    """The influence of a reply."""
    body = cast("dict[str, Any]", content)

    def of(kind: str) -> dict[str, Any]:
        return {key.removeprefix(kind): array for key, array in arrays.items() if key.startswith(kind)}

    return Influence(
        run=body["run"],
        place=Place.from_body(body["place"]),
        output=body["output"],
        units=body["units"],
        states=of(STATE),
        inputs=of(INPUT_STEPS),
        real=of(REAL),
        missing=body["missing"],
    )


def decode_span_statistics(content: JsonObject, arrays: Mapping[str, Array]) -> SpanStatistics:
    """The statistics of a reply, which is their fields."""
    body = cast("dict[str, Any]", content)
    known = body["statistics"]
    statistics = None if known is None else Statistics(**known)
    return SpanStatistics(body["run"], body["steps"], statistics, body["missing"])


def encode_reading(found: object) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of a value whose fields are numbers, words, tuples of such, a `Place`, or arrays."""
    given = {one.name: getattr(found, one.name) for one in fields(cast("Any", found))}
    arrays = {name: value for name, value in given.items() if hasattr(value, "dtype")}
    told = {name: value for name, value in given.items() if value is not None and name not in arrays}
    return {name: _plain(value) for name, value in told.items()}, arrays


def _plain(value: Any) -> Json:
    if isinstance(value, Place):
        return value.body()
    return list(cast("tuple[Json, ...]", value)) if isinstance(value, tuple) else value


def decode_reading(kind: Callable[..., Reading], content: JsonObject, arrays: Mapping[str, Array]) -> Reading:
    """The value of a reply that `encode_reading` made."""
    told = {name: _valued(value) for name, value in content.items()}
    return kind(**told, **arrays)


def _valued(value: Any) -> Any:
    if isinstance(value, Mapping):
        return Place.from_body(cast("JsonObject", value))
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


READINGS: Mapping[Verb, Callable[[JsonObject, Mapping[str, Array]], Any]] = {
    "apart": partial(decode_reading, Apart),
    "attention": partial(decode_reading, AttentionScores),
    "compare": decode_comparison,
    "influence": decode_influence,
    "occlusion": partial(decode_reading, Occlusion),
    "overview": partial(decode_reading, Overview),
    "statistics": decode_span_statistics,
    "state_space": partial(decode_reading, StateSpace),
    "terms": decode_terms,
    "unit_order": partial(decode_reading, UnitOrder),
}
