"""Exported code computes what the engine computes: generated models, and a difference that must be caught."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import python_source
from engine.document.apply import apply_all
from engine.document.edits import Rename, SetOutputs
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.protocol.work import Work
from engine.runtime import export
from engine.runtime.analyse import Analyst
from engine.runtime.environment import keras
from engine.runtime.execute import Runner
from tests.documents import chain, connected, graph_of

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
SEQUENCE = {"shape": [None, 4]}
LSTM = {"units": 4, "return_sequences": True}
MODELS: list[Document] = [
    chain([("LSTM", {"units": 4, "activation": "relu", "kernel_initializer": {"type": "RandomUniform", "arguments": {"minval": -0.1}}})], 3),
    chain([("Bidirectional", {"layer": {"type": "GRU", "arguments": LSTM}, "merge_mode": "sum"}), ("Conv1D", {"filters": 2, "kernel_size": [3]})], 3),
    chain([("RNN", {"cell": [{"type": "LSTMCell", "arguments": {"units": 3}}, {"type": "GRUCell", "arguments": {"units": 2}}]})], 3),
    chain([("Masking", {"mask_value": -1.0}), ("LayerNormalization", {}), ("GlobalAveragePooling1D", {}), ("Dense", {"units": 2, "activation": "softmax"})], 3),
    graph_of(
        {"b1": ("Input", SEQUENCE), "b2": ("LSTM", {**LSTM, "return_state": True}), "b3": ("LSTM", LSTM), "b4": ("Concatenate", {}), "b5": ("Reuse", {"of": "b3"})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.state_h", "b3.initial_state_h"), ("b2.state_c", "b3.initial_state_c"),
         ("b2.output", "b4.inputs"), ("b3.output", "b4.inputs"), ("b2.output", "b5.inputs")],
    ),
    graph_of(
        {"b1": ("Input", SEQUENCE), "b2": ("Masking", {}), "b3": ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}), "b4": ("LSTM", LSTM), "b5": ("Attention", {"use_scale": True})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs"), ("b2.output.mask", "b4.mask"), ("b4.output", "b5.query"), ("b2.output", "b5.value")],
    ),
    connected(graph_of({"b1": ("Input", SEQUENCE), "b2": ("Input", SEQUENCE), "b3": ("Subtract", {})}, [("b1.output", "b3.inputs")]), ("b2.output", "b3.inputs")),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*destroy the mask")
@pytest.mark.parametrize("number", range(len(MODELS)))
@pytest.mark.parametrize("style", ["auto", "functional"])
def test_printed_and_executed_plans_compute_the_same(number: int, style: Any) -> None:
    """One plan, printed and executed: the numbers agree on the same weights and sample."""
    document = MODELS[number]
    runner = Runner()
    run = runner.run(document)
    assert run.ok, run.diagnostics
    kept, watched = runner._kept, runner._watched
    assert kept is not None
    assert watched is not None
    assembled = watched[1].assembled
    names: dict[str, Any] = {"__name__": "exported"}
    exec(python_source(lower(document, CATALOG), CATALOG, style=style).text, names)
    made: list[Any] = []
    original = keras.layers.Layer.__init__
    keras.layers.Layer.__init__ = lambda self, *a, **k: (made.append(self), original(self, *a, **k))[1]
    try:
        model = names["build_model"]()
    finally:
        keras.layers.Layer.__init__ = original
    own = {id(layer) for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)}
    weights = export.weights_of(assembled)
    for place, layer in enumerate([layer for layer in made if id(layer) in own]):
        count = len([name for name in weights if name.startswith(f"{place}/")])
        layer.set_weights([weights[f"{place}/{at}"] for at in range(count)])
    feeds = [kept.fed[block].values for block in assembled.plan.inputs]
    found = keras.tree.flatten(model(feeds[0] if len(feeds) == 1 else feeds))
    for port, value in zip(assembled.plan.outputs, found, strict=True):
        assert np.allclose(np.asarray(value), np.asarray(kept.seen.values[port]), atol=1e-5), port


def exported(document: Document, path: Path) -> dict[str, Any]:
    """The report of an export of Python."""
    analysis = ANALYST.analyse(document, probe=False)
    return export.export(document, path, analysis, export.ExportOptions(), Work())


def test_a_difference_is_caught_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 3 and no file: the check can fail."""
    real = export.python_source

    def wrong(*args: Any, **kwargs: Any) -> Any:
        made = real(*args, **kwargs)
        return type(made)(made.text.replace("layers.Dense(2,", 'layers.Dense(2, activation="tanh",'), made.lines)

    monkeypatch.setattr(export, "python_source", wrong)
    report = exported(chain([("Dense", {"units": 2})], 3), tmp_path / "model.py")
    assert (report["ok"], report["status"]) == (False, 3)
    assert "other numbers" in report["message"]
    assert not (tmp_path / "model.py").exists()


def test_code_that_does_not_run_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fresh process says why."""
    real = export.python_source
    monkeypatch.setattr(
        export, "python_source", lambda *a, **k: type(real(*a, **k))("import keras\nraise ValueError('no')\n", {})
    )
    report = exported(chain([("Dense", {"units": 2})], 3), tmp_path / "model.py")
    assert report["status"] == 3
    assert "ValueError: no" in report["message"]


def test_keras_names_outputs_by_their_blocks() -> None:
    """So to name an output is to name its block: the exported model has no other names for them."""
    document = graph_of(
        {"b1": ("Input", SEQUENCE), "b2": ("LSTM", LSTM), "b3": ("Dense", {"units": 1})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs")],
    )
    both = (PortRef("b3", "output"), PortRef("b2", "output"))
    edits = [Rename("b2", "states"), Rename("b3", "answer"), SetOutputs(both)]
    made: dict[str, Any] = {"__name__": "exported"}
    exec(python_source(lower(apply_all(document, edits, CATALOG), CATALOG), CATALOG).text, made)
    assert made["build_model"]().output_names == ["answer", "states"]


def test_weights_of_the_engine_go_where_keras_loads_them(tmp_path: Path) -> None:
    """`--to weights`: the exported model with `load_weights` computes what the engine does, trained weights and all."""
    from tests.runtime.weights.test_loading import output_of, ran, trained

    document = chain([("LSTM", LSTM), ("Dropout", {"rate": 0.5}), ("Dense", {"units": 2})], 3)
    trained(document).save_weights(tmp_path / "trained.weights.h5")
    loaded = replace(document, weights="trained.weights.h5")
    analysis = ANALYST.analyse(loaded, probe=False, folder=tmp_path)
    for to, name in (("weights", "out.weights.h5"), ("python", "out.py"), ("keras", "out.keras")):
        report = export.export(loaded, tmp_path / name, analysis, export.ExportOptions(to, folder=tmp_path), Work())
        assert report["ok"], report
    source = (tmp_path / "out.py").read_text()
    assert '    # model.load_weights("trained.weights.h5")  # trained' in source
    runner, _ = ran(loaded, tmp_path)
    made: dict[str, Any] = {"__name__": "exported"}
    exec(source, made)
    assert runner._kept is not None
    fed = runner._kept.fed["b1"].values
    for file in ("out.weights.h5", "trained.weights.h5"):
        model = made["build_model"]()
        model.load_weights(tmp_path / file)
        assert np.allclose(np.asarray(model(fed)), output_of(runner, loaded), atol=1e-6)
    assert np.allclose(
        np.asarray(keras.models.load_model(tmp_path / "out.keras")(fed)), output_of(runner, loaded), atol=1e-6
    )
