"""What one edit costs, against rebuilding the Keras model."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from engine.analysis.encoding import decode_analysis
from engine.catalog.snapshot import load_snapshot
from engine.client.client import WorkerClient
from engine.document.apply import apply
from engine.document.edits import SetArgument
from engine.document.file import encode_document
from engine.document.values import Document
from tests.benchmarks.measure import Line, in_turn, seconds
from tests.benchmarks.models import chain, five_blocks, mixed_chain

HUGE_FEATURES = 1024
RECURSION_LIMIT = 20_000  # Keras recurses over the layers of a model


def rebuild(document: Document) -> None:
    """What a user would do instead: builds the whole Keras model anew, by a plain loop over Keras's own classes."""
    import keras

    keras.backend.clear_session()
    keras.config.disable_traceback_filtering()  # the session's settings went with it
    blocks = document.graph.blocks
    first = keras.Input(tuple(blocks[0].arguments["shape"]))  # type: ignore[arg-type]
    tensor: Any = first
    for block in blocks[1:]:
        tensor = _layer(block.type, block.arguments)(tensor)
    keras.Model(first, tensor)


def _layer(kind: str, arguments: Any) -> Any:
    import keras

    made = {
        name: _layer(value["type"], value["arguments"]) if isinstance(value, dict) else value
        for name, value in arguments.items()
    }
    return getattr(keras.layers, kind)(**made)


def edit_1000(small: bool) -> Iterator[Line]:
    """One edit in the middle of 1,000 mixed blocks, a value never seen."""
    from engine.runtime.analyse import Analyst

    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))
    size, times = (30, 1) if small else (1000, 5)
    document = mixed_chain(size)
    analyst = Analyst(load_snapshot())
    analyst.analyse(document, probe=False)
    middle = next(block.id for block in document.graph.blocks[size // 2 :] if block.type == "Dense")
    change = _changes(document, middle, "units")
    value, reference = in_turn(lambda: analyst.analyse(change(), probe=False), lambda: rebuild(document), times)
    yield Line("edit_1000", value, "rebuild the Keras model", reference, ">= 100")


def toggle_1000(small: bool) -> Iterator[Line]:
    """return_sequences in the middle of 1,000 mixed blocks: off for the first time, and on again."""
    from engine.runtime.analyse import Analyst

    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION_LIMIT))
    size, times = (30, 1) if small else (1000, 5)
    document, catalog, analyst = mixed_chain(size), load_snapshot(), Analyst(load_snapshot())
    analyst.analyse(document, probe=False)
    recurrent = [block.id for block in document.graph.blocks if block.type in ("LSTM", "GRU")]
    places = iter(sorted(recurrent, key=lambda block: abs(int(block[1:]) - size // 2)))
    first: list[float] = []
    back: list[float] = []
    rebuilt: list[float] = []
    for _ in range(times):  # each time at another block of the middle, one never toggled before
        off = apply(document, SetArgument(next(places), "return_sequences", False), catalog)
        first.append(seconds(partial(analyst.analyse, off, probe=False)))
        back.append(seconds(partial(analyst.analyse, document, probe=False)))
        rebuilt.append(seconds(partial(rebuild, document)))
    reference = statistics.median(rebuilt)
    for name, taken, goal in (("first", first, ">= 15"), ("back", back, ">= 100")):
        yield Line(f"toggle_1000 {name}", statistics.median(taken), "rebuild the Keras model", reference, goal)


def huge_weights(small: bool) -> Iterator[Line]:
    """LSTM(4096) and Dense(50000), inferred for the first time: how long, and how much memory it took."""
    from engine.runtime.analyse import Analyst

    times = 1 if small else 7
    for kind in ("LSTM", "Dense"):
        analyst, before = Analyst(load_snapshot()), _peak_bytes()
        analyst.analyse(_huge(kind, 4000 if kind == "LSTM" else 49_000), probe=False)
        sizes = range(4096, 4096 + times) if kind == "LSTM" else range(50_000, 50_000 + times)
        taken = [seconds(partial(analyst.analyse, _huge(kind, units), probe=False)) for units in sizes]
        yield Line(f"huge_weights {kind}", statistics.median(taken), None, None, "<= 50 ms")
        grown = max(_peak_bytes() - before, 1)
        yield Line(f"huge_weights {kind} MB", grown / 1e6, "its weights", _weights_bytes(kind) / 1e6, ">= 5", unit="MB")


def _huge(kind: str, units: int) -> Document:
    return chain([(kind, {"units": units})], features=HUGE_FEATURES)


def _weights_bytes(kind: str) -> float:
    return 4.0 * (4 * 4096 * (HUGE_FEATURES + 4096 + 1) if kind == "LSTM" else 50_000 * (HUGE_FEATURES + 1))


def _peak_bytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def edit_5(small: bool) -> Iterator[Line]:
    """An edit in a model of five blocks: a value never seen at the first and at the last block, and one seen before."""
    from engine.runtime.analyse import Analyst

    times = 1 if small else 15
    document, analyst = five_blocks(), Analyst(load_snapshot())
    analyst.analyse(document, probe=False)
    rebuild(document)
    for where, block, argument, goal in (
        ("first", "b1", "shape", ">= 2.5"),
        ("last", "b5", "units", ">= 5"),
    ):
        change = _changes(document, block, argument)
        value, reference = in_turn(partial(_analyse, analyst, change), lambda: rebuild(document), times)
        yield Line(f"edit_5_new_at_{where}", value, "rebuild the Keras model", reference, goal)
    yield _seen_through_pipe(document, times)


def _seen_through_pipe(document: Document, times: int) -> Line:
    catalog = load_snapshot()
    variants = [apply(document, SetArgument("b3", "units", units), catalog) for units in (32, 48)]
    turns = count()
    with WorkerClient() as client:

        def ask() -> None:
            body = {"document": encode_document(variants[next(turns) % 2]), "probe": False, "folder": ""}
            decode_analysis(client.request("analyse", body).body["analysis"])

        for _ in range(4):
            seconds(ask)
        value, reference = in_turn(ask, lambda: rebuild(document), times)
    return Line("edit_5_seen_with_pipe", value, "rebuild the Keras model", reference, ">= 30")


def _changes(document: Document, block: str, argument: str) -> Callable[[], Document]:
    """A function that gives the document with a value never given before."""
    fresh, catalog = count(17), load_snapshot()

    def change() -> Document:
        value = next(fresh)
        return apply(document, SetArgument(block, argument, [None, value] if argument == "shape" else value), catalog)

    return change


def _analyse(analyst: Any, change: Callable[[], Document]) -> None:
    analyst.analyse(change(), probe=False)
