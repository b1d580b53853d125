"""How one unit of a recurrent cell came by its state at one step: every gate, term by term."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from engine.graph.values import Json, JsonObject
from engine.protocol.messages import Array


@dataclass(frozen=True)
class GateTerms:
    """One gate of one unit at one step; of a SimpleRNN, its h.

    Attributes:
        name: `i`, `f`, `g`, `o`; `z`, `r`, `n`; `h`.
        inputs: W · x.
        state: U · h of the step before; U · (r · h) in the candidate of a GRU that resets before.
        bias: None: the cell has none.
        state_bias: a second one, beside U · h; None: there is one at most.
        before: what the activation is applied to.
        activation: as Keras calls it.
    """

    name: str
    inputs: float
    state: float
    bias: float | None
    state_bias: float | None
    before: float
    value: float
    activation: str


@dataclass(frozen=True)
class CellTerms:
    """All that made the state of one unit at one step, numbers of the run.

    Attributes:
        key: of the cell: `b3`, `b3/forward`, `b3/0`.
        unit: of all unit axes in one.
        kind: `LSTM`, `GRU`, `SimpleRNN`, `ConvLSTM`.
        gates: in the cell's order; where the step is held nothing comes of them.
        before, after: by the name of the state, what the step started from and what it left.
        activation: what an LSTM's c goes through on its way to h.
        reset_after: a GRU's r multiplies U · h, else h itself.
        held: the step is masked: the state stays.
        missing: why there are none, in a sentence.
    """

    run: int
    key: str
    sequence: int
    step: int
    unit: int
    kind: str = ""
    gates: tuple[GateTerms, ...] = ()
    before: Mapping[str, float] = field(default_factory=dict[str, float])
    after: Mapping[str, float] = field(default_factory=dict[str, float])
    activation: str = ""
    reset_after: bool = True
    held: bool = False
    missing: str = ""

    def gate(self, name: str) -> GateTerms:
        """The gate of this name."""
        return next(gate for gate in self.gates if gate.name == name)


def encode_terms(found: CellTerms) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body of terms; there are no arrays."""
    return cast("dict[str, Json]", {**asdict(found), "gates": [asdict(gate) for gate in found.gates]}), {}


def decode_terms(content: JsonObject, _: Mapping[str, Array]) -> CellTerms:
    """The terms of a reply."""
    body = cast("dict[str, Any]", content)
    parts: dict[str, Any] = {**body, "gates": tuple(GateTerms(**gate) for gate in body["gates"])}
    return CellTerms(**parts)
