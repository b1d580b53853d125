"""Two runs side by side, as values and as body and arrays of a reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, cast

from engine.graph.values import Json, JsonObject
from engine.protocol.messages import Array

Measure: TypeAlias = Literal["gradient", "norm", "change", "saturated"]
MEASURES: tuple[Measure, ...] = ("gradient", "norm", "change", "saturated")
FORGOTTEN, FAINT = 0.01, 0.1
"""Below the first share of a sequence's strongest gradient a step counts as forgotten, below the second as faint."""
POINTS, STATES, PLACE = "points", "states", ":"


@dataclass(frozen=True)
class Equal:
    """Whether the two sides are equal in one respect, and how, in a few words."""

    what: str
    same: bool
    words: str


@dataclass(frozen=True)
class Parting:
    """Where the values of the two sides part first, in the order of the model.

    Attributes:
        step: of the sequence's real steps, from 0; None: what parts has no time axis.
        by: the largest difference there; infinite where one side holds NaN or infinity and the other does not.
    """

    block: str
    port: str
    step: int | None
    by: float


@dataclass(frozen=True)
class ComparedSide:
    """One of the two runs.

    Attributes:
        kind: of the compared cell: `LSTM`; empty: none is compared.
        units: of its hidden state.
        parameters: of the cell's block; `whole` is of the model.
        trained: what the file of weights calls the block's layer; empty: its weights are seeded.
        reach: so many real steps before the last one the median of the gradient, as a share of each sequence's
            strongest, is still `FORGOTTEN`; None: there is no gradient.
        near: the same for `FAINT`.
        explained: the share of the variance along each of the two main directions.
        curves: by measure, (3, steps): 10 %, median, 90 % over the sequences. `gradient` counts steps back from the
            last real one, the others count real steps in the order in which the layer reads them.
        points: (sequences, T, 2) paths in the plane of the two main directions of this side.
        states: (steps, units) of the shown sequence, its real steps alone.
        missing: why the gradient is missing, in a sentence; `no_paths`: why the paths are.
        odd: so many sequences hold NaN or infinity at real steps, which no median counts.
    """

    kind: str = ""
    units: int = 0
    parameters: int = 0
    whole: int = 0
    trained: str = ""
    reach: int | None = None
    near: int | None = None
    explained: tuple[float, float] = (0.0, 0.0)
    curves: Mapping[Measure, Array] = field(default_factory=dict[Measure, Array])
    points: Array | None = None
    states: Array | None = None
    missing: str = ""
    no_paths: str = ""
    odd: int = 0


@dataclass(frozen=True)
class Comparison:
    """A kept run beside the run of another document.

    Attributes:
        key: of the compared cell; `keys` are those that both sides have.
        this, other: the kept run, and the one beside it.
        equal: respect by respect.
        by_unit: unit 12 of one side means the same in the other: kind, units and all weights above are equal.
        saturation: of what `saturated` is the share: sigmoid gates below 0.05 or above 0.95, or |h| above 0.95.
        output: id of the block and name of the port whose strongest unit was differentiated; empty: none.
        parting: None: they part nowhere, as far as their values can be put side by side.
        document: the other side's document, as it was run.
    """

    run: int
    sequence: int
    key: str = ""
    keys: tuple[str, ...] = ()
    this: ComparedSide = ComparedSide()
    other: ComparedSide = ComparedSide()
    equal: tuple[Equal, ...] = ()
    by_unit: bool = False
    saturation: Literal["gates", "states"] = "states"
    output: tuple[str, str] = ("", "")
    parting: Parting | None = None
    document: JsonObject = field(default_factory=dict[str, Json])
    missing: str = ""


def encode_comparison(found: Comparison) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of a comparison."""
    body: dict[str, Any] = {
        name: getattr(found, name)
        for name in ("run", "sequence", "key", "by_unit", "saturation", "document", "missing")
    }
    body |= {"keys": list(found.keys), "output": list(found.output), "equal": [asdict(one) for one in found.equal]}
    body["parting"] = None if found.parting is None else asdict(found.parting)
    arrays: dict[str, Array] = {}
    for name, side in (("this", found.this), ("other", found.other)):
        body[name] = _side_body(side)
        arrays |= {f"{name}{PLACE}{measure}": curve for measure, curve in side.curves.items()}
        given = {POINTS: side.points, STATES: side.states}
        arrays |= {f"{name}{PLACE}{what}": array for what, array in given.items() if array is not None}
    return body, arrays


def _side_body(side: ComparedSide) -> dict[str, Any]:
    names = ("kind", "units", "parameters", "whole", "trained", "reach", "near", "missing", "no_paths", "odd")
    return {**{name: getattr(side, name) for name in names}, "explained": list(side.explained)}


def decode_comparison(content: JsonObject, arrays: Mapping[str, Array]) -> Comparison:
    """The comparison of a reply."""
    body = cast("dict[str, Any]", content)
    return Comparison(
        run=body["run"],
        sequence=body["sequence"],
        key=body["key"],
        keys=tuple(body["keys"]),
        this=_side("this", body["this"], arrays),
        other=_side("other", body["other"], arrays),
        equal=tuple(Equal(**one) for one in body["equal"]),
        by_unit=body["by_unit"],
        saturation=body["saturation"],
        output=(body["output"][0], body["output"][1]),
        parting=None if body["parting"] is None else Parting(**body["parting"]),
        document=body["document"],
        missing=body["missing"],
    )


def _side(name: str, body: dict[str, Any], arrays: Mapping[str, Array]) -> ComparedSide:
    curves: dict[Measure, Array] = {
        measure: arrays[f"{name}{PLACE}{measure}"] for measure in MEASURES if f"{name}{PLACE}{measure}" in arrays
    }
    first, second = body["explained"]
    points, states = arrays.get(f"{name}{PLACE}{POINTS}"), arrays.get(f"{name}{PLACE}{STATES}")
    told = {name: value for name, value in body.items() if name != "explained"}
    return ComparedSide(**told, explained=(first, second), curves=curves, points=points, states=states)
