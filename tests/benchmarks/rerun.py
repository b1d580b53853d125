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
from engine.graph.values import JsonObject
from engine.runtime.execute import Runner
from engine.runtime.graph_call import GraphCalls
from engine.runtime.passes import NOTHING_KNOWN
from tests.benchmarks.measure import Line, seconds
from tests.benchmarks.models import MIXED, chain


def rerun_50(small: bool) -> Iterator[Line]:
    """50 blocks of ten kinds, 32 sequences of up to 1,000 steps: the last one gets units never seen before.

    A Dense at the end: against a run of the whole model. A Bidirectional at the end needs a graph of its own for each new
    size, which Keras makes once: of 0.24 s that takes 0.12, both of its passes 0.06 (at a size seen before: 0.10 in all,
    where the whole model takes 1.0). So it is measured against Keras making and running that one layer.
    """
    size, steps, times = (6, 10, 1) if small else (50, 1000, 5)
    calls, catalog, fresh = GraphCalls(), load_snapshot(), count(17)
    document = _document(size, steps, ("Dense", {"units": 4}))
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
    yield _recurrent(size, steps, times)


def _recurrent(size: int, steps: int, times: int) -> Line:
    """The same with a Bidirectional at the end, against that layer alone in plain Keras: made, run cold and warm."""
    import keras
    import numpy as np
    import tensorflow as tf

    catalog, fresh = load_snapshot(), count(17)
    document = _document(size, steps, ("Bidirectional", {"layer": _lstm(8)}))
    runner, arrives = Runner(catalog), np.random.default_rng(0).normal(size=(32, steps, 16)).astype("float32")
    runner.run(document)

    def plain(units: int) -> None:
        layer = keras.layers.Bidirectional(keras.layers.LSTM(units, return_sequences=True))
        graph = tf.function(layer, input_signature=[tf.TensorSpec((None, None, 16))], autograph=False)
        for _ in range(2):
            graph(arrives).numpy()

    taken: list[float] = []
    references: list[float] = []
    for _ in range(times):
        units = next(fresh)
        edited = apply(document, SetArgument(document.graph.blocks[-1].id, "layer", _lstm(units)), catalog)
        taken.append(seconds(partial(runner.run, edited)))
        references.append(seconds(partial(plain, units)))
    name = "that layer alone in Keras, cold and warm"
    return Line("rerun_50 recurrent", statistics.median(taken), name, statistics.median(references), "<= 1.5")


def _lstm(units: int) -> JsonObject:
    return {"type": "LSTM", "arguments": {"units": units, "return_sequences": True}}


def _document(size: int, steps: int, last: tuple[str, JsonObject]) -> Document:
    layers = [MIXED[at % len(MIXED)] for at in range(size - 2)]
    sample = {"batch": 32, "inputs": {"series": {"kind": "normal", "lengths": [steps, steps // 2, steps // 3]}}}
    return replace(chain([*layers, last]), sample=sample)
