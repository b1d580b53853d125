"""A warm trace run against the plain model as a warm `tf.function` and against `model.predict`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

from engine.document.values import Document
from engine.protocol.readings import Overview
from engine.protocol.results import Trace
from engine.protocol.traced import Stretch
from engine.runtime.execute import Runner
from engine.runtime.overview import overview_of
from engine.runtime.spilled import give_back
from gui.bridge.bridge import MOST_BYTES
from tests.benchmarks.measure import Line, in_turn
from tests.benchmarks.models import chain


def trace(small: bool) -> Iterator[Line]:
    """LSTM of 64 units, 1,000 steps, batch 32: h, c and the gates of the sequence that is shown."""
    import keras
    import numpy as np
    import tensorflow as tf

    units, steps, batch, times = (4, 10, 2, 1) if small else (64, 1000, 32, 7)
    documents = cycle(_document(units, steps, batch, kind) for kind in ("normal", "uniform"))  # each run is a new one
    runner = Runner()

    def ours() -> None:
        result = runner.run(next(documents))
        runner.trace(result.number, "b2", 0, gates=True)

    model = keras.Sequential([keras.Input((None, 3)), keras.layers.LSTM(units, return_sequences=True)])
    data = np.random.default_rng(0).normal(size=(batch, steps, 3)).astype("float32")
    plain = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec((None, None, 3))])
    for _ in range(2):
        ours()
        plain(data).numpy()
        model.predict(data, verbose=0)
    value, reference = in_turn(ours, lambda: plain(data).numpy(), times)
    yield Line("trace_vs_tf_function", value, "the plain model as a warm tf.function", reference, "<= 1.35")
    value, reference = in_turn(ours, lambda: model.predict(data, verbose=0), times)
    yield Line("trace_vs_predict", value, "model.predict", reference, "<= 1")


def _document(units: int, steps: int, batch: int, kind: str = "normal") -> Document:
    from dataclasses import replace

    document = chain([("LSTM", {"units": units, "return_sequences": True})], features=3)
    sample = {"batch": batch, "inputs": {"series": {"kind": kind, "timesteps": steps}}}
    return replace(document, sample=sample)


def trace_large(small: bool) -> Iterator[Line]:
    """LSTM of 1,024 units, 10,000 steps, batch 8, as the window looks at it: in memory less than its two states take.

    A first look (the strongest units at every step, the heat map in few columns) against reading a whole sequence, what
    of it crosses, and what is left in memory when the document is closed.
    """
    units, steps, batch, times = (4, 10, 2, 1) if small else (1024, 10_000, 8, 5)
    runner = Runner()
    before = _memory()
    number = runner.run(_document(units, steps, batch)).number
    signal, grown = 4 * units * steps * batch, max(_memory() - before, 1)
    yield Line("trace_large memory", grown / 1e6, "its two states", 2 * signal / 1e6, "<= 1", unit="MB")
    yield from _looked(runner, number, signal, times)
    runner.forget()
    give_back()
    left = max(_memory() - before, 1)
    yield Line("trace_large closed", left / 1e6, "one state", signal / 1e6, "<= 0.5", unit="MB")


def _looked(runner: Runner, number: int, signal: int, times: int) -> Iterator[Line]:
    """A first look at a sequence of a run; `signal`: what one state of all sequences takes, in bytes."""
    kept, looked = runner.kept(number), list[tuple[Trace | None, Overview]]()
    assert kept is not None

    def look() -> None:
        few, whole = kept.looked_at("b2", 1, (), MOST_BYTES), overview_of(kept, "b2", "h", 1, Stretch())
        looked.append((few, whole))

    value, reference = in_turn(look, lambda: kept.trace("b2", 1, gates=True), times)
    yield Line("trace_large look", value, "the whole sequence", reference, ">= 3")
    few, whole = looked[0]
    assert few is not None
    assert whole.values is not None
    crossing = sum(array.nbytes for array in (*few.arrays.values(), whole.values))
    yield Line("trace_large crossing", crossing / 1e6, "one state", signal / 1e6, ">= 50", unit="MB")


def _memory() -> int:
    """What this process has in memory that lies in no file, in bytes."""
    with open("/proc/self/status", encoding="ascii") as lines:
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
