"""Layers and cells that somebody registered with Keras."""

from __future__ import annotations

from typing import Any

from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import python_source
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from engine.runtime.execute import Runner
from engine.runtime.introspect import with_registered
from tests.conftest import TENSORFLOW
from tests.documents import chain

pytestmark = TENSORFLOW


@keras.saving.register_keras_serializable("testing")
class LeakyCell(keras.layers.Layer):
    """A cell of one state that forgets slowly."""

    def __init__(self, units: int, rate: float = 0.5, **rest: Any) -> None:
        super().__init__(**rest)
        self.units, self.rate = units, rate
        self.state_size = units

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(shape[-1], self.units))

    def call(self, inputs: Any, states: Any) -> Any:
        state = states[0] * self.rate + keras.ops.matmul(inputs, self.kernel)
        return state, [state]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "rate": self.rate}


@keras.saving.register_keras_serializable("testing")
class Doubled(keras.layers.Layer):
    """Twice what comes in."""

    def call(self, inputs: Any) -> Any:
        return inputs * 2


CELL = {"type": "testing>LeakyCell", "arguments": {"units": 4}}
DOCUMENT = chain([("testing>Doubled", {}), ("RNN", {"cell": CELL, "return_sequences": True})], features=3)


def test_what_is_registered_is_used() -> None:
    """A layer as a block, a cell inside RNN: inferred and run."""
    catalog = with_registered(load_snapshot())
    assert catalog.layers["testing>LeakyCell"].reason
    analysis = Analyst(catalog).analyse(DOCUMENT)
    assert analysis.ok, analysis.diagnostics
    spec = analysis.spec(PortRef("b3", "output"))
    assert spec is not None
    assert spec.text() == "(B, T, 4)"
    run = Runner(catalog).run(DOCUMENT, analysis=analysis)
    assert run.ok
    assert run.ports[PortRef("b3", "output")].shape[2] == 4
    text = python_source(lower(DOCUMENT, catalog), catalog).text
    assert 'keras.saving.get_registered_object("testing>Doubled")(' in text
    names: dict[str, Any] = {"__name__": "exported"}
    exec(text, names)
    assert names["build_model"]().output_shape == (None, None, 4)


def test_what_is_not_registered_is_an_unknown_type() -> None:
    """The block stays as it is."""
    codes = {problem.code for problem in Analyst(load_snapshot()).analyse(DOCUMENT).diagnostics}
    assert "block.unknown" in codes
