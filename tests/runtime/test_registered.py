"""Layers and cells that somebody registered with Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.catalog.ports import ports_of
from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import python_source
from engine.document.file import load, save
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from engine.runtime.execute import Runner
from engine.runtime.introspect import with_registered
from tests.conftest import TENSORFLOW
from tests.documents import chain, with_sample

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
class Paired(LeakyCell):
    """Two states, and it gives another thing than either."""

    def __init__(self, units: int, **rest: Any) -> None:
        super().__init__(units, **rest)
        self.state_size = [units, units]
        self.output_size = units

    def call(self, inputs: Any, states: Any) -> Any:
        first, _ = super().call(inputs, states[:1])
        second = states[1] + first
        return first * second, [first, second]


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


def test_a_cell_has_as_many_ports_and_traces_as_states(tmp_path: Path) -> None:
    """`state_0` and `state_1` leave and enter; in the file the port keeps its name, the steps stand beside it."""
    catalog = with_registered(load_snapshot())
    assert (catalog.layers["testing>LeakyCell"].states, catalog.layers["testing>Paired"].states) == (1, 2)
    cell = {"type": "testing>Paired", "arguments": {"units": 4}}
    document = chain([("RNN", {"cell": cell, "return_state": True}), ("Dense", {"units": 1})], features=3)
    ports = ports_of(document.block("b2"), document.graph, catalog)
    assert [port.name for port in ports.outputs] == ["output", "state_0", "state_1"]
    assert [port.name for port in ports.inputs][1:3] == ["initial_state_0", "initial_state_1"]
    runner = Runner(catalog)
    run = runner.run(document, analysis=Analyst(catalog).analyse(document))
    assert run.ok
    assert [signal.name for signal in run.traced["b2"].signals] == ["state_0", "state_1"]
    runner.write_traces(tmp_path / "traces.npz")
    with np.load(tmp_path / "traces.npz") as arrays:
        for name in ("state_0", "state_1"):
            assert np.array_equal(arrays[f"b2/{name}"], arrays[f"b2/cell/{name}"][:, -1])
            assert not arrays[f"b2/cell/initial_{name}"].any()


def test_an_rnn_over_a_custom_cell_leaves_as_python_and_keras(tmp_path: Path) -> None:
    """The same numbers each time, exactly: of the engine, of the saved and opened document, of the Python, of the file."""
    catalog = with_registered(load_snapshot())
    cell = {"type": "testing>LeakyCell", "arguments": {"units": 4, "rate": 0.25}}
    layers = [("Masking", {}), ("RNN", {"cell": cell, "return_sequences": True}), ("Dense", {"units": 2})]
    document = with_sample(chain(layers, features=3), batch=3, lengths=[5, 2, 4])
    runner, analyst = Runner(catalog), Analyst(catalog)
    run = runner.run(document, analysis=analyst.analyse(document))
    kept = runner.kept(run.number)
    assert kept is not None
    wanted, fed = np.asarray(kept.seen.values[PortRef("b4", "output")]), [kept.fed["b1"].values]
    names: dict[str, Any] = {"__name__": "exported"}
    exec(python_source(lower(document, catalog), catalog).text, names)
    built = names["build_model"]()
    trained = [weight for layer in kept.model.assembled.model.layers for weight in layer.get_weights()]
    built.set_weights(trained)
    np.testing.assert_array_equal(np.asarray(built(fed[0])), wanted)
    built.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(np.asarray(loaded(fed[0])), wanted)
    h = np.zeros((3, 4), np.float32)
    kernel = trained[0]
    for step in range(5):
        there = kept.fed["b1"].valid[:, step]  # type: ignore[index]
        h = np.where(there[:, None], h * np.float32(0.25) + fed[0][:, step] @ kernel, h)
    np.testing.assert_allclose(np.asarray(kept.states["b3"].states["state_0"])[:, -1], h, atol=1e-6)
    save(document, tmp_path / "model.seqloom")
    again = runner.run(load(tmp_path / "model.seqloom"))
    opened = runner.kept(again.number)
    assert opened is not None
    np.testing.assert_array_equal(np.asarray(opened.seen.values[PortRef("b4", "output")]), wanted)


def test_what_is_not_registered_is_an_unknown_type() -> None:
    """The block stays as it is."""
    codes = {problem.code for problem in Analyst(load_snapshot()).analyse(DOCUMENT).diagnostics}
    assert "block.unknown" in codes
