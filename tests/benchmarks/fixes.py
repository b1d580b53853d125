"""How long verified fixes take, with blocks below the error."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import JsonObject
from tests.benchmarks.measure import Line, seconds
from tests.benchmarks.models import MIXED, chain

if TYPE_CHECKING:
    from engine.runtime.analyse import Analyst

BELOW = 20


def fixes_20(small: bool) -> Iterator[Line]:
    """An error never seen with twenty blocks below it: from what is wrong to fixes that were tried."""
    from engine.runtime.analyse import Analyst

    analyst, fresh = Analyst(load_snapshot()), count(17)
    analyst.analyse(_broken(next(fresh)), probe=False)
    taken: list[float] = []
    for _ in range(1 if small else 7):
        document = analyst._shared(_broken(next(fresh)))  # type: ignore[attr-defined]
        analyst._look(document, analyst._checker, analyst._survey)  # type: ignore[attr-defined]  what is wrong, known
        taken.append(seconds(partial(_analyse, analyst, document)))
    yield Line("fixes_20", statistics.median(taken), None, None, "<= 150 ms")


def _analyse(analyst: Analyst, document: Document) -> None:
    found = analyst.analyse(document, probe=False).diagnostics
    assert [(bool(problem.fixes), problem.checking) for problem in found] == [(True, False)]


def _broken(units: int) -> Document:
    """A recurrent block without return_sequences, then one that wants a sequence and twenty blocks more."""
    layers: list[tuple[str, JsonObject]] = [
        ("LSTM", {"units": units}),
        ("LSTM", {"units": 16, "return_sequences": True}),
        *(MIXED[at % len(MIXED)] for at in range(BELOW)),
    ]
    return chain(layers)
