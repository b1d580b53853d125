"""A forward pass gives plain Keras's numbers, masks and lengths at every port."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.analysis.values import Diagnostic
from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.edits import SetArgument
from engine.document.file import encode_document
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.protocol.result_encoding import decode_run, decode_trace, encode_run, encode_trace
from engine.protocol.work import Cancelled, Work
from engine.runtime.analyse import Analyst
from engine.runtime.devices import device_names
from engine.runtime.execute import Runner, RunOptions
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
LENGTHS = [2, 6, 4, 0]


def test_every_port_has_the_numbers_of_a_plain_call() -> None:
    """The model that was run, called directly, layer by layer as Keras does."""
    layers: list[tuple[str, dict[str, Any]]] = [
        ("Masking", {}),
        ("LSTM", {"units": 5, "return_sequences": True}),
        ("TimeDistributed", {"layer": {"type": "Dense", "arguments": {"units": 3}}}),
        ("Bidirectional", {"layer": {"type": "GRU", "arguments": {"units": 2}}}),
    ]
    document = with_sample(chain(layers, features=3), lengths=LENGTHS, timesteps=7)
    runner = Runner()
    run = runner.run(document)
    assert run.ok, run.diagnostics
    kept, watched = runner._kept, runner._watched
    assert kept is not None
    assert watched is not None
    plain = watched[1].assembled.model([kept.fed["b1"].values])
    assert np.array_equal(np.asarray(plain), np.asarray(kept.seen.values[PortRef("b5", "output")]))
    assert run.ports[PortRef("b3", "output")].valid_lengths == tuple(LENGTHS)
    assert run.ports[PortRef("b3", "output")].shape == (4, 7, 5)  # a mask never shortens the output
    assert run.ports[PortRef("b5", "output")].valid_lengths is None
    assert run.inputs["b1"].valid is not None
    assert run.inputs["b1"].valid.sum(axis=1).tolist() == LENGTHS


def test_timedistributed_keeps_its_steps_where_predict_loses_them() -> None:
    """The run that is shown is never `predict` (Keras 3.15.1: 3 steps in the place of 5, with no error)."""
    layers: list[tuple[str, dict[str, Any]]] = [
        ("TimeDistributed", {"layer": {"type": "Dense", "arguments": {"units": 1}}})
    ]
    runner = Runner()
    shapes = []
    for batch, steps in ((2, 7), (3, 5)):
        run = runner.run(with_sample(chain(layers, features=3), batch=batch, timesteps=steps))
        shapes.append(run.ports[PortRef("b2", "output")].shape)
    assert shapes == [(2, 7, 1), (3, 5, 1)]


def test_what_no_output_needs_is_run_too_and_changes_nothing() -> None:
    """Dead branches run in a second pass on fresh tensors."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [None], "dtype": "int32"}),
            "b2": ("Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}),
            "b3": ("MultiHeadAttention", {"num_heads": 1, "key_dim": 2}),
            "b4": ("LSTM", {"units": 3, "return_sequences": True}),
        },
        [("b1.output", "b2.inputs"), ("b2.output", "b3.query"), ("b2.output", "b3.value"), ("b2.output", "b4.inputs")],
        outputs=(PortRef("b4", "output"),),
        sample={"batch": 3, "inputs": {"input_b1": {"lengths": [5, 2, 3]}}},
    )
    run = Runner().run(document)
    assert run.ports[PortRef("b4", "output")].valid_lengths == (5, 2, 3)
    assert run.ports[PortRef("b3", "output")].shape == (3, 5, 4)


def test_a_broken_model_runs_as_far_as_it_can() -> None:
    """What can be known is known; the error is named."""
    document = chain([("LSTM", {"units": 4}), ("LSTM", {"units": 4})], 3)
    analysis = Analyst(load_snapshot()).analyse(document, probe=False)
    run = Runner().run(document, analysis=analysis)
    assert not run.ok
    assert run.ports[PortRef("b2", "output")].shape == (32, 4)
    assert "b2" in run.traced


def test_weights_depend_on_the_seed_and_the_block_alone() -> None:
    """Editing one block never changes another's numbers."""
    one = chain([("LSTM", {"units": 4, "return_sequences": True}), ("Dense", {"units": 2})], 3)
    other = chain([("LSTM", {"units": 4, "return_sequences": True}), ("Dense", {"units": 9})], 3)
    values = []
    for runner, document in ((Runner(), one), (Runner(), other)):
        runner.run(document)
        assert runner._kept is not None
        values.append(np.asarray(runner._kept.seen.values[PortRef("b2", "output")]))
    assert np.array_equal(*values)


def test_a_run_can_be_stopped_between_blocks() -> None:
    """Cancel is asked before each operation."""
    asked: list[int] = []
    work = Work(cancelled=lambda: len(asked) > 1 or bool(asked.append(1)))
    with pytest.raises(Cancelled):
        Runner().run(chain([("Dense", {"units": 1})] * 5, 3), work=work)


def test_runs_and_traces_survive_the_pipe() -> None:
    """What the window decodes is what ran."""
    document = with_sample(chain([("Masking", {}), ("LSTM", {"units": 4})], 3), lengths=LENGTHS, timesteps=6)
    runner = Runner()
    run = runner.run(document, revision=5)
    again = decode_run(*encode_run(run))
    assert encode_run(again)[0] == encode_run(run)[0]
    assert again.ports[PortRef("b2", "output")].valid_lengths == tuple(LENGTHS)
    trace = runner.trace(run.number, "b3", 1, gates=True)
    assert trace is not None
    back = decode_trace(*encode_trace(trace))
    assert np.array_equal(back.arrays["gate_i"], trace.arrays["gate_i"], equal_nan=True)
    assert runner.trace(run.number + 1, "b3", 0, gates=True) is None
    assert runner.trace(run.number, "b3", 99, gates=True) is None


def test_an_absent_device_falls_back_with_a_sentence() -> None:
    """Exit is fine; a warning says what was used."""
    run = Runner().run(chain([("LSTM", {"units": 2})], 3), RunOptions(device="gpu:7"))
    assert run.ok
    assert run.device == "cpu"
    assert [problem.code for problem in run.diagnostics] == ["device.absent"]


LOGICAL = """
import sys, json; sys.path.insert(0, sys.argv[1])
from engine.runtime.environment import tensorflow as tf
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2)
from engine.runtime import execute, passes
from engine.runtime.assemble import AssemblyError
from engine.runtime.devices import device_names
from engine.document.file import decode_document
from engine.graph.values import PortRef
document = decode_document(json.loads(sys.stdin.read()))
runner = execute.Runner()
def on(name):
    run = runner.run(document, execute.RunOptions(device=name))
    return {"device": run.device, "ok": run.ok, "said": [d.code + ": " + d.title + " " + d.detail for d in run.diagnostics]}
first = on("cpu:1")
first["where"] = [value.device for value in runner._kept.seen.values.values()]
layers = runner._watched[1].assembled.layers
first["weights"] = [variable.value.device for layer in layers.values() for variable in layer.variables]
absent = on("gpu:0")
real = passes.timed_pass
def full(model, feeds, chosen, work, known):
    seen, took = real(model, feeds, chosen, work, known)
    if chosen.name != "cpu":
        seen.error, seen.failed = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating"), "b2"
    return seen, took
passes.timed_pass = full
failed = on("cpu:1")
def wrong(model, feeds, chosen, work, known):
    seen, took = real(model, feeds, chosen, work, known)
    seen.error, seen.failed = tf.errors.InvalidArgumentError(None, None, "shapes differ"), "b2"
    return seen, took
passes.timed_pass = wrong
models = on("cpu:1")
passes.timed_pass = real
assemble = runner._assembler.assemble
def no_room(plan, seed, device, weights):
    if device != "/CPU:0":
        raise AssemblyError("b2", "construct", "OOM when allocating weights")
    return assemble(plan, seed, device, weights)
runner._assembler.assemble = no_room
runner._watched = None
weights = on("cpu:1")
print(json.dumps({"devices": device_names(), "first": first, "absent": absent, "failed": failed, "models": models, "weights": weights}))
"""


def test_placement_choice_and_fallback_on_logical_devices(root: Path) -> None:
    """Two logical CPUs stand for CPU and GPU: run and weights are where it was asked, a device without room falls back."""
    document = chain([("LSTM", {"units": 3}), ("Dense", {"units": 2})], 3)
    done = subprocess.run(
        [sys.executable, "-c", LOGICAL, str(root)], input=json.dumps(encode_document(document)), text=True, capture_output=True, check=True
    )  # fmt: skip
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["devices"] == ["cpu", "cpu:1"]
    first = answer["first"]
    assert (first["device"], first["ok"], first["said"]) == ("cpu:1", True, [])
    assert all(place.endswith("CPU:1") for place in first["where"] + first["weights"])
    assert len(first["weights"]) >= 5
    for key, code, said in (
        ("absent", "device.absent", "TensorFlow lists cpu, cpu:1"),
        ("failed", "device.failed", "cpu:1 could not run the model, so the CPU was used"),
        ("weights", "device.failed", "OOM when allocating weights"),
    ):
        assert (answer[key]["device"], answer[key]["ok"]) == ("cpu", True), key
        assert len(answer[key]["said"]) == 1
        assert answer[key]["said"][0].startswith(code)
        assert said in answer[key]["said"][0]
    assert not answer["models"]["ok"]  # what fails on the CPU too is the model's own fault
    assert [said.split(":")[0] for said in answer["models"]["said"]] == ["keras.run"]


@pytest.mark.gpu
def test_a_run_on_a_real_gpu() -> None:
    """The same numbers as on the CPU."""
    if "gpu:0" not in device_names():
        pytest.skip("TensorFlow lists no GPU on this machine")
    document = with_sample(chain([("Masking", {}), ("LSTM", {"units": 4})], 3), lengths=[3, 5], timesteps=6)
    values = []
    for device in ("cpu", "gpu:0"):
        runner = Runner()
        assert runner.run(document, RunOptions(device=device)).device == device
        assert runner._kept is not None
        values.append(np.asarray(runner._kept.seen.values[PortRef("b3", "output")]))
    assert np.allclose(*values, atol=1e-5)


def test_the_traces_file_holds_the_contracts_names(tmp_path: Path) -> None:
    """Outputs, masks, states, gates, in the order of the input's time."""
    document: Document = with_sample(
        chain([("Masking", {}), ("LSTM", {"units": 4, "go_backwards": True})], 3), lengths=LENGTHS, timesteps=6
    )
    runner = Runner()
    runner.run(document)
    runner.write_traces(tmp_path / "out.npz")
    arrays = dict(np.load(tmp_path / "out.npz", allow_pickle=False))
    assert {
        "b1/output",
        "b2/output.mask",
        "b3/output",
        "b3/h",
        "b3/c",
        "b3/gate_i",
        "b3/gate_f",
        "b3/gate_g",
        "b3/gate_o",
    } <= set(arrays)
    assert arrays["b3/h"].shape == (4, 6, 4)
    assert np.isnan(arrays["b3/gate_o"][0, 2:]).all()
    assert not np.isnan(arrays["b3/gate_o"][0, :2]).any()
    assert np.allclose(arrays["b3/h"][1, 0], arrays["b3/output"][1])  # backwards: the first step is read last


BOTH_WAYS: dict[str, Any] = {"layer": {"type": "LSTM", "arguments": {"units": 4}}}


@pytest.mark.parametrize(
    ("layer", "arguments", "path"),
    [("LSTM", {"units": 4}, "use_cudnn"), ("Bidirectional", BOTH_WAYS, "layer.arguments.use_cudnn")],
)
def test_a_mask_that_the_fused_kernel_refuses_is_a_warning_where_a_gpu_is_chosen(
    layer: str, arguments: dict[str, Any], path: str
) -> None:
    """Only there, only where the kernel would be used, and its fix ends it."""
    catalog = load_snapshot()
    document = with_sample(chain([("Masking", {}), (layer, arguments)], 3), lengths=[6, 3], timesteps=6, padding="pre")

    def warned(wanted: Document, device: str) -> list[Diagnostic]:
        result = Runner().run(wanted, RunOptions(device=device))
        assert result.ok
        return [problem for problem in result.diagnostics if problem.code == "kernel.mask"]

    assert warned(document, "cpu") == []
    (problem,) = warned(document, "gpu:0")
    assert (problem.severity, problem.block) == ("warning", "b3")
    assert problem.title.endswith("refuses this mask: sequence 1 is padded before its steps")
    assert problem.fixes[0].edits == (SetArgument("b3", path, False),)
    assert warned(apply_all(document, problem.fixes[0].edits, catalog), "gpu:0") == []
    after = with_sample(document, lengths=[6, 3], timesteps=6)
    assert warned(after, "gpu:0") == []
