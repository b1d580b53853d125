"""A long chain costs what its kinds of blocks cost: equal recurrent layers are traced once, whatever their number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import JsonObject
from engine.plan.lower import lower
from engine.protocol.work import Work
from engine.runtime import ways
from engine.runtime.analyse import Analyst
from engine.runtime.assemble import Assembler
from engine.runtime.environment import keras
from engine.runtime.graph_call import GraphCalls
from engine.runtime.shared_graphs import shared_graphs
from tests.documents import chain

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
KINDS: list[tuple[str, JsonObject]] = [
    ("LSTM", {"units": 4, "return_sequences": True}),
    ("Dense", {"units": 4}),
    ("Bidirectional", {"layer": {"type": "GRU", "arguments": {"units": 2, "return_sequences": True}}}),
]


@pytest.mark.parametrize("way", ["call", "predict"])
def test_equal_recurrent_layers_share_a_graph_and_keep_their_numbers(way: str) -> None:
    """The numbers of plain Keras, of as many graphs as there are kinds; afterwards the layers are as they were."""
    document = chain([("Masking", {}), *KINDS * 3], 4)
    model = Assembler(CATALOG).assemble(lower(document, CATALOG), document.seed).model
    values = np.random.default_rng(1).normal(size=(3, 6, 4)).astype("float32")
    values[1, 4:] = 0
    run = (lambda: model([values])) if way == "call" else lambda: model.predict([values], verbose=0)
    plain = keras.tree.flatten(run())
    model.predict_function = None
    with shared_graphs(model) as calls:
        shared = keras.tree.flatten(run())
    assert calls.traced == 2
    assert np.allclose(np.asarray(plain[0]), np.asarray(shared[0]), atol=1e-6)
    assert all("call" not in vars(layer) for layer in model.layers)


def test_a_stateful_layer_keeps_its_own_graph() -> None:
    """Its states must be those that Keras gives it."""
    document = chain([("LSTM", {"units": 4, "stateful": True})], 4)
    document = _with_batch(document)
    model = Assembler(CATALOG).assemble(lower(document, CATALOG), document.seed).model
    values = np.ones((2, 5, 4), "float32")
    with shared_graphs(model) as calls:
        first, second = (np.asarray(keras.tree.flatten(model([values]))[0]) for _ in range(2))
    assert calls.traced == 0
    assert not np.allclose(first, second)


def _with_batch(document: Document) -> Document:
    from engine.document.apply import apply_all
    from engine.document.edits import SetArgument, UnsetArgument

    edits = [UnsetArgument("b1", "shape"), SetArgument("b1", "batch_shape", [2, 5, 4])]
    return apply_all(document, edits, CATALOG)


def test_the_ways_of_a_longer_chain_make_no_more_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed."""
    made: list[GraphCalls] = []
    real = GraphCalls.__init__

    def counted(self: GraphCalls, **settings: Any) -> None:
        real(self, **settings)
        made.append(self)

    monkeypatch.setattr(GraphCalls, "__init__", counted)
    traced: list[int] = []
    for times in (1, 4):
        document = chain(KINDS * times, 4)
        analyst = Analyst(CATALOG)
        made.clear()
        tester = ways.WaysTester(CATALOG, lambda other, analyst=analyst: analyst.analyse(other, probe=False))
        assert tester.test(document, analyst.analyse(document, probe=False), None, Work()) == ()
        traced.append(sum(calls.traced for calls in made))
    assert traced[0] == traced[1] > 0
