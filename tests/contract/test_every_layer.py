"""One contract that every placeable layer and operation passes, whatever its kind."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.analysis.starters import starting_arguments
from engine.catalog.ports import ports_of
from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import python_source
from engine.document.apply import apply_all
from engine.document.edits import AddBlock, Connect
from engine.document.file import decode_text, encode_text, load, save
from engine.document.values import Document
from engine.graph.values import INPUT, Block, Graph, PortRef
from engine.plan.lower import lower
from engine.protocol.results import RunResult
from engine.runtime.analyse import Analyst
from engine.runtime.arrays import write_npz
from engine.runtime.execute import Runner
from engine.runtime.export import CHILD, TOLERANCE, weights_of
from tests.conftest import TENSORFLOW
from tests.contract.cases import BATCH, case_of

pytestmark = TENSORFLOW
CATALOG = load_snapshot()
ANALYST, RUNNER = Analyst(CATALOG), Runner()
TYPES = [layer.type for layer in CATALOG.layers.values() if layer.placeable and layer.type not in (INPUT, "Reuse")]
STEPS = 6
OTHER_DTYPES = {("keras.ops.lu_factor", "pivots")}  # Keras promises float32 and gives int32


def placed(kind: str) -> Document:
    """A document with this block and an Input at every port that needs something, made by edits."""
    spec, case = CATALOG.layers[kind], case_of(CATALOG.layers[kind])
    block = Block("b9", kind, "it", {**starting_arguments(spec), **case.arguments})
    ports = [port for port in ports_of(block, Graph((block,)), CATALOG).inputs if port.required]
    names = [port.name for port in ports for _ in range(2 if port.growing and kind != "keras.ops.einsum" else 1)]
    edits: list[Any] = [AddBlock(block)]
    for place, name in enumerate(names):
        shape, dtype = case.fed.get(name, case.every)
        edits.append(AddBlock(Block(f"b{place}", INPUT, f"input{place}", {"batch_shape": shape, "dtype": dtype})))
        edits.append(Connect(PortRef(f"b{place}", "output"), PortRef("b9", name)))
    kinds = {name: case.sample if "float" in case.fed.get(name, case.every)[1] else "ones" for name in names}
    entries: Any = {f"input{at}": {"timesteps": STEPS, "kind": kinds[name]} for at, name in enumerate(names)}
    document = replace(Document(keras=CATALOG.keras, next_id=10, seed=3), sample={"batch": BATCH, "inputs": entries})
    return apply_all(document, edits, CATALOG)


Ran = tuple[Document, RunResult, Mapping[PortRef, np.ndarray[Any, Any]], Any]


@cache
def ran(kind: str) -> Ran:
    """The document of a layer, its run, the arrays of the run, and the assembled model."""
    return ran_document(placed(kind))


def ran_document(document: Document) -> Ran:
    """A document without errors, its run, the arrays of the run, and the assembled model."""
    analysis = ANALYST.analyse(document, probe=False)
    assert [problem for problem in analysis.diagnostics if problem.severity == "error"] == []
    run = RUNNER.run(document, analysis=analysis)
    assert [problem for problem in run.diagnostics if problem.severity == "error"] == []
    assert RUNNER._kept is not None
    assert RUNNER._watched is not None
    values = {port: np.asarray(value) for port, value in RUNNER._kept.seen.values.items()}
    return document, run, values, RUNNER._watched[1].assembled


@pytest.mark.parametrize("kind", TYPES)
def test_a_layer_is_placed_inferred_run_saved_and_opened(kind: str, tmp_path: Path) -> None:
    """Every port that was promised is there; what was inferred is what ran; what is opened is what was saved."""
    document, run, _, _ = ran(kind)
    outputs = ANALYST.analyse(document, probe=False).blocks["b9"].outputs
    ports = ports_of(document.block("b9"), document.graph, CATALOG).outputs
    assert outputs is not None
    assert list(outputs) == [port.name for port in ports]
    for name, spec in outputs.items():
        result = run.ports[PortRef("b9", name)]
        assert len(result.shape) == len(spec.shape)
        assert all(size in (None, found) for size, found in zip(spec.shape, result.shape, strict=True))
        assert result.dtype == spec.dtype or (kind, name) in OTHER_DTYPES
        if spec.time is not None and spec.time.isdigit():
            assert spec.time_axis is not None
            assert result.shape[spec.time_axis] == int(spec.time)
    save(document, tmp_path / "it.seqloom")
    assert load(tmp_path / "it.seqloom") == document
    assert decode_text(encode_text(document)) == document


STATES = {
    "LSTM": {"": "hcifgo"},
    "GRU": {"": "hzrn"},
    "SimpleRNN": {"": "h"},
    "RNN": {"": "hcifgo"},
    "Bidirectional": {"forward": "hcifgo", "backward": "hcifgo"},
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), {"": "hcifgo"}),
}


@pytest.mark.parametrize("kind", [kind for kind in TYPES if CATALOG.layers[kind].category == "recurrent"])
def test_a_recurrent_layer_is_traced(kind: str) -> None:
    """Every state and gate of every cell at every step; what leaves last is the state of that step."""
    _, run, values, _ = ran(kind)
    number = RUNNER.run(placed(kind)).number  # the last run is the one that is kept
    assert {cell.path: "".join(s.name.removeprefix("gate_") for s in cell.signals) for cell in run.traced.values()} == (
        STATES[kind]
    )
    for key, cell in run.traced.items():
        trace = RUNNER.trace(number, key, 1, gates=True)
        assert trace is not None
        for signal in cell.signals:
            assert trace.arrays[signal.name].shape == (STEPS, *signal.sizes)
            assert np.isfinite(trace.arrays[signal.name]).all()
        if kind != "Bidirectional":
            last = values[PortRef("b9", "output")][1]
            assert np.allclose(trace.arrays["h"][-1], last[-1] if last.ndim > len(cell.main.sizes) else last, atol=1e-6)


def answers_of_fresh_process(whole: Path, models: Mapping[str, Ran]) -> Mapping[str, Mapping[str, Any]]:
    """What a fresh process found when it ran the exported Python of models, by name."""
    folders = {name: whole / str(place) for place, name in enumerate(models)}
    for name, (document, _, values, assembled) in models.items():
        folder = folders[name]
        folder.mkdir()
        plan = lower(document, CATALOG)
        (folder / "model.py").write_text(python_source(plan, CATALOG).text, encoding="utf-8")
        write_npz(folder / "weights.npz", weights_of(assembled))
        fed = {f"input{at}": values[PortRef(block, "output")] for at, block in enumerate(plan.inputs)}
        write_npz(folder / "inputs.npz", fed)
        write_npz(folder / "expected.npz", {f"output{at}": values[port] for at, port in enumerate(plan.outputs)})
    command = [sys.executable, "-I", str(CHILD), *map(str, folders.values())]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return {name: json.loads((folder / "answer.json").read_text()) for name, folder in folders.items()}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """What a fresh process found, by type."""
    return answers_of_fresh_process(tmp_path_factory.mktemp("exported"), {kind: ran(kind) for kind in TYPES})


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_exported_computes_the_same(kind: str, exported: Mapping[str, Mapping[str, Any]]) -> None:
    """In a process that knows nothing of the program."""
    answer = exported[kind]
    assert "error" not in answer, answer
    assert answer["difference"] <= TOLERANCE
