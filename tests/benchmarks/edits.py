"""What one edit costs, against rebuilding the Keras model."""

from __future__ import annotations

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
from tests.benchmarks.models import five_blocks, mixed_chain

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
