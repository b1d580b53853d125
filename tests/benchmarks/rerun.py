"""A run after an edit of the last block, against a run of the whole model."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply
from engine.document.edits import SetArgument
from engine.document.values import Document
from engine.runtime.execute import Runner
from engine.runtime.graph_call import GraphCalls
from engine.runtime.passes import NOTHING_KNOWN
from tests.benchmarks.measure import Line, seconds
from tests.benchmarks.models import MIXED, chain


def rerun_50(small: bool) -> Iterator[Line]:
    """50 blocks of ten kinds, 32 sequences of up to 1,000 steps: the units of the Dense at the end, never seen before."""
    size, steps, times = (6, 10, 1) if small else (50, 1000, 5)
    calls, catalog, fresh = GraphCalls(), load_snapshot(), count(17)
    document = _document(size, steps)
    last = document.graph.blocks[-1].id
    after_edits, whole = Runner(catalog, calls), Runner(catalog, calls)
    for runner in (after_edits, whole):
        runner.run(document)
    taken: list[float] = []
    references: list[float] = []
    for _ in range(times):
        edited = apply(document, SetArgument(last, "units", next(fresh)), catalog)
        taken.append(seconds(partial(after_edits.run, edited)))
        whole._known = NOTHING_KNOWN  # type: ignore[attr-defined]
        references.append(seconds(partial(whole.run, edited)))
    yield Line("rerun_50", statistics.median(taken), "a full run", statistics.median(references), ">= 10")


def _document(size: int, steps: int) -> Document:
    layers = [MIXED[at % len(MIXED)] for at in range(size - 2)]
    sample = {"batch": 32, "inputs": {"series": {"kind": "normal", "lengths": [steps, steps // 2, steps // 3]}}}
    return replace(chain([*layers, ("Dense", {"units": 4})]), sample=sample)
