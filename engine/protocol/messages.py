"""What crosses the pipe between the window (or the command line) and the worker.

A message is a JSON head and raw arrays (see `engine.protocol.codec`). Requests carry the document's revision:
stale answers are dropped, the newest request of a verb wins.

Verbs and what they take and give (`body` and `arrays`):

| verb | body | reply body | reply arrays |
|---|---|---|---|
| `analyse` | `document`, `probe`, `folder` (for relative paths), `keep` (for later) | `analysis` (its encoding), `more` | |
| `probe` | `document`, `folder`, `keep` | `analysis`, with what a probe run shows and every fix tried (`more` was true) | |
| `run` | `document`, `folder`, options of `RunOptions.from_body`, `traces` (a path) | `run`, `analysis` | masks |
| `trace` | `run` (its number), `block`, `sequence`, `gates` (bool), `steps`, `units` (`Stretch`) | `trace` | of one sequence |
| `trace` | `run`, `block`, `sequence`, `most` (bytes; where the whole has more: few units), `units` | `trace` | the same |
| `overview` | `run`, `key`, `signal`, `sequence`, `steps` (null: all) | `Overview` | the strongest of each few steps |
| `previews` | `run`, `sequence` | `previews` (keys) | images and flags of every traced block |
| `fitting` | `shape`, `dtype`, `layers` (arguments by type) | `shape`, `fits` (output shapes by type) | |
| `foresee` | `document`, `edits` (of which each is tried alone) | `foreseen` (`engine.analysis.foreseen`) | |
| `values` | `run` (number of the run), `block`, `port`, `sequence` | `values` | the values of one sequence at a port |
| `statistics` | the same, `first`, `last` (steps, both included) | `SpanStatistics` | |
| `attention` | `run` (number of the run), `block`, `sequence` | `AttentionScores` | scores, real steps |
| `influence` | `run`, `block`, `port`, `sequence`, `step`, `unit` (null: chosen) | `Influence` | norms by step |
| `occlusion` | the same, `input` (an Input) | `Occlusion` | the number without each step |
| `state_space` | `run`, `key`, `signal`, `colour` (null, or an Input and a feature) | `StateSpace` | paths |
| `terms` | `run`, `key`, `sequence`, `step`, `unit` | `CellTerms` (`engine.protocol.terms`) | |
| `apart` | `run`, `key`, `signal`, `labels` (two, or null: chosen) | `Apart` | ranges of every unit |
| `unit_order` | `run`, `key`, `signal`, `rule` | `UnitOrder` | the order |
| `compare` | `run`, `key`, `sequence`, the other side (`runtime.compare.comparer.Asked`) | `Comparison` | curves, paths |
| `leaks` | `document`, `folder` | `leaks` (`engine.analysis.leaks`) | |
| `sample` | `document`, `folder`, `block` (an Input), `sequence` | `sample` | real steps, first values |
| `padded` | `run` (number of the run), `block` | `padded` | |
| `ways` | `document`, `folder`, `always` (else only where it is cheap) | `tested`, `diagnostics` | |
| `glance` | `name`, `document`, `folder` (not kept) | `name`, `analysis`, `run`, `previews` | masks, images |
| `export` | `document`, `folder`, `to`, `style`, `path`, `verify` | `ok`, `message`, `status`, `difference` | |
| `explain` | `text` (pasted: Python, an error, both) | `explain --json`'s answer without `file` | |
| `forget` | | | |
| `catalog` | | `catalog` | |
| `versions` | | `keras`, `tensorflow`, `python`, `devices` | |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from engine.graph.values import Json, JsonObject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.generic]"
Flags: TypeAlias = "NDArray[np.bool_]"
Verb: TypeAlias = Literal[
    "analyse",
    "probe",
    "run",
    "trace",
    "previews",
    "values",
    "statistics",
    "attention",
    "influence",
    "occlusion",
    "overview",
    "state_space",
    "terms",
    "apart",
    "unit_order",
    "compare",
    "fitting",
    "foresee",
    "leaks",
    "ways",
    "sample",
    "padded",
    "glance",
    "export",
    "explain",
    "catalog",
    "forget",
    "versions",
]
READS: frozenset[Verb] = frozenset(
    {"trace", "previews", "values", "statistics", "padded", "overview", "state_space", "apart", "unit_order"}
)
"""What is read from what a run left: answered beside other work, since nobody who looks waits for TensorFlow."""


@dataclass(frozen=True)
class Request:
    """Asks the worker for something. `id` counts up from 1; `revision` is the document's, 0 where there is none."""

    id: int
    verb: Verb
    revision: int = 0
    body: JsonObject = field(default_factory=dict[str, Json])


@dataclass(frozen=True)
class Cancel:
    """Asks the worker to stop working on a request."""

    id: int


@dataclass(frozen=True)
class Reply:
    """The answer to a request, exactly one each.

    Attributes:
        ok: False: `error` says in one sentence what went wrong (our failure or the machine's, never the model's:
            a wrong model is a good answer with diagnostics), or `cancelled`.
    """

    id: int
    revision: int = 0
    ok: bool = True
    error: str = ""
    cancelled: bool = False
    body: JsonObject = field(default_factory=dict[str, Json])
    arrays: Mapping[str, Array] = field(default_factory=dict[str, Array])


@dataclass(frozen=True)
class Event:
    """Something the worker says by itself.

    Kinds: `ready` (body: keras, tensorflow, devices), `heartbeat` (every second; `asking` names the call of Keras it is
    in), `asking` (the same, before each call, where a request is `careful`), `progress` (request, fraction 0..1 or null, text).
    """

    kind: Literal["ready", "heartbeat", "asking", "progress"]
    body: JsonObject = field(default_factory=dict[str, Json])


Message: TypeAlias = Request | Cancel | Reply | Event
