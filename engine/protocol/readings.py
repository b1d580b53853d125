"""What is asked of a kept run beside states and values, as values and as body and arrays of a reply.

One line in `READINGS` for each: the verb, and how its reply is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from engine.graph.values import Json, JsonObject
from engine.protocol.messages import Array, Flags, Verb


@dataclass(frozen=True)
class AttentionScores:
    """How much each step of the query looks at each step of the value, for one sequence of one attention block.

    Attributes:
        scores: (heads, query steps, value steps), after the softmax; None: `missing` says in a sentence why.
        query_real, value_real: (steps,) bool: the steps that are no padding, neither by the sample nor by a mask.
    """

    run: int
    block: str
    sequence: int
    scores: Array | None = None
    query_real: Flags | None = None
    value_real: Flags | None = None
    missing: str = ""


def encode_attention(scores: AttentionScores) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of attention scores."""
    given = {"scores": scores.scores, "query_real": scores.query_real, "value_real": scores.value_real}
    body: dict[str, Json] = {
        "run": scores.run,
        "block": scores.block,
        "sequence": scores.sequence,
        "missing": scores.missing,
    }
    return body, {name: array for name, array in given.items() if array is not None}


def decode_attention(content: JsonObject, arrays: Mapping[str, Array]) -> AttentionScores:
    """The attention scores of a reply."""
    body = cast("dict[str, Any]", content)
    return AttentionScores(
        run=body["run"],
        block=body["block"],
        sequence=body["sequence"],
        scores=arrays.get("scores"),
        query_real=cast("Flags | None", arrays.get("query_real")),
        value_real=cast("Flags | None", arrays.get("value_real")),
        missing=body["missing"],
    )


READINGS: Mapping[Verb, Callable[[JsonObject, Mapping[str, Array]], Any]] = {"attention": decode_attention}
