"""What a run leaves behind: single sequences, the file of all arrays, notes on what is not shown, bounds."""

from __future__ import annotations

import gc
import shutil
import sys
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.graph.values import PortRef
from engine.protocol.result_encoding import decode_trace, encode_trace
from engine.protocol.results import RunResult
from engine.protocol.traced import Stretch
from engine.protocol.work import Cancelled, Work
from engine.runtime import execute, passes
from engine.runtime.analyse import Analyst
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.kept import values_bytes
from engine.runtime.parts import PREVIEW_COLUMNS, PREVIEW_ROWS, preview_image
from engine.runtime.passes import timed_pass
from engine.runtime.sample import Overrides
from engine.runtime.spilled import is_spilled
from tests.documents import chain, graph_of, with_sample

pytestmark = pytest.mark.xdist_group("tensorflow")
LENGTHS = [2, 6, 4, 0]
MASKED_LSTM: list[tuple[str, dict[str, Any]]] = [("Masking", {}), ("LSTM", {"units": 4})]
TWO_INPUTS = graph_of(
    {
        "b1": ("Input", {"shape": [None, 3]}),
        "b2": ("Input", {"shape": [None, 3]}),
        "b3": ("GRU", {"units": 3, "return_sequences": True}),
        "b4": ("Bidirectional", {"layer": {"type": "SimpleRNN", "arguments": {"units": 2}}}),
    },
    [("b1.output", "b3.inputs"), ("b2.output", "b4.inputs")],
    sample={"batch": 2, "inputs": {"input_b1": {"lengths": [5, 2]}, "input_b2": {"lengths": [1, 5]}}},
)


def units_of(run: RunResult) -> dict[str, int]:
    """Number of units by traced key."""
    return {key: cell.main.count for key, cell in run.traced.items()}


def test_real_steps_are_those_of_the_input_above() -> None:
    """Two Inputs of equal length: each block has its own; nothing masks, so all steps are valid."""
    runner = Runner()
    run = runner.run(TWO_INPUTS)
    assert units_of(run) == {"b3": 3, "b4/forward": 2, "b4/backward": 2}
    for key, real in (("b3", 2), ("b4/backward", 5)):
        trace = runner.trace(run.number, key, 1, gates=True)
        assert trace is not None
        assert int(trace.real.sum()) == real
        assert trace.valid.all()
        assert set(trace.arrays) == ({"h", "gate_z", "gate_r", "gate_n"} if key == "b3" else {"h"})
    for key, sequence in (("b9", 0), ("b3", 2), ("b3", -1), ("b4", 0)):
        assert runner.trace(run.number, key, sequence, gates=False) is None


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_the_steps_that_change_nothing_are_known_from_the_run(backwards: bool, masked: bool) -> None:  # noqa: FBT001
    """A mask holds the state through padding; without one the state moves on through zeros, once it is not zero."""
    layers: list[tuple[str, Any]] = [("Masking", {})] if masked else []
    layers.append(("LSTM", {"units": 4, "go_backwards": backwards}))
    document = with_sample(chain(layers, 2), batch=4, kind="ones", lengths=LENGTHS, timesteps=6)
    runner = Runner()
    run = runner.run(document)
    for sequence, length in enumerate(LENGTHS):
        trace = runner.trace(run.number, next(iter(run.traced)), sequence, gates=False)
        assert trace is not None
        assert trace.changes is not None
        moved = range(length) if masked or backwards or not length else range(6)
        assert trace.changes.tolist() == [step in moved for step in range(6)]


def test_a_shortened_sequence_has_the_steps_of_its_own_time() -> None:
    """Behind a convolution the Input's real steps do not fit: the valid ones stand for them."""
    layers = [("Conv1D", {"filters": 2, "kernel_size": 3}), ("LSTM", {"units": 2})]
    runner = Runner()
    run = runner.run(with_sample(chain(layers, 3), lengths=[3, 9], timesteps=9))
    trace = runner.trace(run.number, "b3", 0, gates=False)
    assert trace is not None
    assert trace.real.tolist() == [True] * 7


def test_a_shared_layer_is_traced_in_each_of_its_calls() -> None:
    """A Reuse has states of its own, with the weights of the layer it names."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [None, 3]}),
            "b2": ("LSTM", {"units": 3, "return_sequences": True}),
            "b3": ("Reuse", {"of": "b2"}),
        },
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs")],
        sample={"batch": 2, "inputs": {"input_b1": {"timesteps": 5}}},
    )
    runner = Runner()
    run = runner.run(document)
    assert units_of(run) == {"b2": 3, "b3": 3}
    for key in run.traced:
        trace = runner.trace(run.number, key, 1, gates=True)
        assert trace is not None
        assert runner._kept is not None
        output = np.asarray(runner._kept.seen.values[PortRef(key, "output")])[1]
        assert np.array_equal(trace.arrays["h"], output)
        assert np.allclose(trace.arrays["gate_o"] * np.tanh(trace.arrays["c"]), output, atol=1e-5)


def test_what_is_not_traced_says_so() -> None:
    """A note, no error: the run is fine."""
    layer = ("TimeDistributed", {"layer": {"type": "LSTM", "arguments": {"units": 2}}})
    document = graph_of({"b1": ("Input", {"shape": [None, 4, 3]}), "b2": layer}, [("b1.output", "b2.inputs")])
    run = Runner().run(document, RunOptions(overrides=Overrides(batch=2, timesteps=3)))
    assert run.ok
    assert run.traced == {}
    (note,) = run.diagnostics
    assert (note.code, note.severity, note.block) == ("trace.none", "info", "b2")
    assert "inside TimeDistributed" in note.detail


def test_what_entered_is_in_the_trace_and_frames_keep_their_places(tmp_path: Path) -> None:
    """Initial states wired to a ConvLSTM: in the trace, before each step, in the file; its previews are flat."""
    document = graph_of(
        {
            "b1": ("Input", {"shape": [None, 5, 3]}),
            "b2": ("Input", {"shape": [4, 2]}),
            "b3": ("Input", {"shape": [4, 2]}),
            "b4": ("ConvLSTM1D", {"filters": 2, "kernel_size": 2, "go_backwards": True}),
        },
        [("b1.output", "b4.inputs"), ("b2.output", "b4.initial_state_h"), ("b3.output", "b4.initial_state_c")],
        sample={"batch": 2, "inputs": {"input_b1": {"timesteps": 6}}},
    )
    runner = Runner()
    run = runner.run(document)
    (cell,) = run.traced.values()
    assert (cell.kind, cell.main.axes, cell.main.sizes) == ("ConvLSTM", ("row", "channel"), (4, 2))
    trace = runner.trace(run.number, "b4", 1, gates=True)
    assert trace is not None
    assert runner._kept is not None
    for name, block in (("h", "b2"), ("c", "b3")):
        fed = np.asarray(runner._kept.seen.values[PortRef(block, "output")])[1]
        assert np.array_equal(trace.initial[name], fed)
        assert np.array_equal(trace.before(name)[trace.first_read], fed)
        assert np.array_equal(trace.before(name)[0], trace.arrays[name][1])
    assert trace.first_read == 5
    assert trace.units("gate_i").shape == (6, 8)
    (preview,) = runner.previews(run.number, 1)
    assert preview.image.shape == (8, 6)
    runner.write_traces(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        assert (arrays["b4/gate_o"].shape, arrays["b4/initial_h"].shape) == ((2, 6, 4, 2), (2, 4, 2))


def test_the_time_is_that_of_a_warm_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first run of a model is made twice; a further one, of another length too, once."""
    made: list[bool] = []

    def counted(*given: Any) -> Any:
        seen, seconds = timed_pass(*given)
        made.append(seen.warm)
        return seen, seconds

    monkeypatch.setattr(passes, "timed_pass", counted)
    runner = Runner()
    document = with_sample(chain(MASKED_LSTM, 3), lengths=LENGTHS, timesteps=7)
    run = runner.run(document)
    assert made == [False, True]
    assert run.ms is not None
    assert set(run.block_ms) == {"b2", "b3"}
    assert 0 < sum(run.block_ms.values()) <= run.ms
    runner.run(with_sample(chain(MASKED_LSTM, 3), lengths=LENGTHS, timesteps=9))
    assert made == [False, True, True]
    monkeypatch.setattr(passes, "LONGEST_REPEATED_S", 0.0)  # what takes long is not made twice
    Runner().run(document)
    assert made == [False, True, True, False]


BACKWARDS = graph_of(
    {
        "b1": ("Input", {"shape": [None, 3]}),
        "b2": ("Masking", {}),
        "b3": ("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 4, "return_sequences": True}}}),
        "b4": ("GRU", {"units": 3, "go_backwards": True}),
        "b5": ("RNN", {"cell": [{"type": "LSTMCell", "arguments": {"units": 3}}, {"type": "GRUCell", "arguments": {"units": 4}}]}),
    },
    [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs"), ("b2.output", "b5.inputs")],
    sample={"batch": 4, "inputs": {"input_b1": {"lengths": LENGTHS, "timesteps": 7}}},
)  # fmt: skip


def assert_same_traces(run: RunResult, one: Runner, other: Runner) -> None:
    """Of every cell and sequence, to the bit."""
    for key in run.traced:
        for sequence in range(4):
            mine, theirs = (runner.trace(runner._number, key, sequence, gates=True) for runner in (one, other))
            assert mine is not None
            assert theirs is not None
            for ours, whole in ((mine.arrays, theirs.arrays), (mine.initial, theirs.initial)):
                assert {name: np.asarray(a).tobytes() for name, a in ours.items()} == {
                    name: np.asarray(a).tobytes() for name, a in whole.items()
                }


def test_large_states_are_read_from_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As they were, after the pass; the files have no names, so that nothing stays; the next run needs none of them."""
    whole = Runner()
    whole.run(BACKWARDS)
    monkeypatch.setattr(execute, "SPILL_BYTES", 100)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    runner = Runner()
    for _ in range(2):
        run = runner.run(BACKWARDS)
        assert run.ok
        assert run.diagnostics == ()
        assert runner._kept is not None
        assert not runner._known.calls
        spilled = [a for kept in runner._kept.states.values() for a in (*kept.states.values(), kept.inputs)]
        assert all(is_spilled(array) for array in spilled)
        assert runner._kept.size == values_bytes(runner._kept.seen)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert_same_traces(run, runner, whole)
    assert runner.previews(runner._number, 1)
    target = tmp_path / "x.npz"
    runner.write_traces(target)
    assert "b5/1/gate_z" in np.load(target).files


def test_a_run_that_is_forgotten_is_gone_from_memory_and_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The document was closed: no file is held, no array, and the next run is made as ever."""
    monkeypatch.setattr(execute, "SPILL_BYTES", 100)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    runner = Runner()
    number = runner.run(BACKWARDS).number
    assert runner._kept is not None
    held = [weakref.ref(kept.states["h"]) for kept in runner._kept.states.values()]
    assert sys.platform != "linux" or str(tmp_path) in Path("/proc/self/maps").read_text()
    runner.forget()
    gc.collect()
    assert [array() for array in held] == [None] * len(held)
    assert sys.platform != "linux" or str(tmp_path) not in Path("/proc/self/maps").read_text()
    assert runner.kept(number) is None
    assert runner.run(BACKWARDS).ok


def test_where_the_disk_has_no_room_the_states_are_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The run is fine and says so; asked for a file, everything is kept in memory until it is written."""
    document = with_sample(chain(MASKED_LSTM, 3), lengths=LENGTHS, timesteps=7)
    monkeypatch.setattr(execute, "SPILL_BYTES", 100)
    monkeypatch.setattr("engine.runtime.spilled.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    runner = Runner()
    run = runner.run(document)
    assert run.ok
    assert run.traced == {}
    assert run.ports[PortRef("b3", "output")].shape == (4, 4)
    assert [problem.code for problem in run.diagnostics] == ["trace.too_large"]
    run = runner.run(document, RunOptions.from_body({"traces": "x.npz"}))
    assert units_of(run) == {"b3": 4}
    runner.write_traces(tmp_path / "x.npz")
    assert "b3/gate_i" in np.load(tmp_path / "x.npz").files


@pytest.mark.parametrize(("first", "stop"), [(0, 3), (2, 5), (6, 7), (3, 99), (0, None)])
def test_a_stretch_of_a_trace_is_a_part_of_the_whole(first: int, stop: int | None) -> None:
    """Every cell, forwards and backwards: states, gates, flags, and what its first step that is read starts from."""
    runner = Runner()
    run = runner.run(BACKWARDS)
    for key, cell in run.traced.items():
        whole = runner.trace(run.number, key, 1, gates=True)
        part = runner.trace(run.number, key, 1, Stretch(first, stop, (2, 0, 99)), gates=True)
        assert whole is not None
        assert part is not None
        assert (part.first, part.chosen) == (first, (2, 0))
        for name, values in whole.arrays.items():
            assert np.allclose(part.arrays[name], values[first:stop][:, [2, 0]], atol=1e-6, equal_nan=True), (key, name)
        for signal in cell.states:
            before = np.asarray(whole.before(signal.name))[first:stop][:, [2, 0]]
            assert np.array_equal(part.before(signal.name), before), (key, signal.name)
        for flags, all_flags in ((part.valid, whole.valid), (part.real, whole.real), (part.leaves, whole.leaves)):
            assert np.array_equal(flags, all_flags[first:stop])
        again = decode_trace(*encode_trace(part))
        assert (again.first, again.chosen, again.units("c" if "c" in again.arrays else "h").shape) == (
            part.first, part.chosen, (len(part.valid), 2),
        )  # fmt: skip
    assert Stretch.from_body({}) == Stretch()
    assert Stretch.from_body({"steps": [-3, 2], "units": [1]}) == Stretch(0, 2, (1,))
    assert Stretch(9, 2).of(7) == slice(6, 7)


def test_a_run_of_the_command_lines_size_is_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The document's own sample is small; the batch that is asked for is not."""
    document = with_sample(chain([("Dense", {"units": 1000})], 3), batch=2)
    analysis = Analyst(load_snapshot()).analyse(document, probe=False)
    monkeypatch.setattr("engine.runtime.bounds.machine_bytes", lambda: 2**30)
    runner = Runner()
    assert runner.run(document, analysis=analysis).ok
    run = runner.run(document, RunOptions(overrides=Overrides(batch=1000, timesteps=1000)), analysis)
    assert [problem.code for problem in run.diagnostics] == ["model.too_large"]
    assert run.ports == {}


def test_masks_of_another_rank_have_a_shape_and_no_lengths() -> None:
    """Masking over four axes leaves a mask of three; over two, a flag for each sequence."""
    for shape, expected in (([None, 4, 3], (2, 10, 4)), ([3], (2,))):
        document = graph_of({"b1": ("Input", {"shape": shape}), "b2": ("Masking", {})}, [("b1.output", "b2.inputs")])
        port = Runner().run(document, RunOptions(overrides=Overrides(batch=2))).ports[PortRef("b2", "output")]
        assert (port.mask_shape, port.mask, port.valid_lengths) == (expected, None, None)


def test_the_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    """A stop in the middle and a folder that is not there leave no file and no rest."""
    runner = Runner()
    runner.run(with_sample(chain(MASKED_LSTM, 3), lengths=LENGTHS, timesteps=7))
    target = tmp_path / "x.npz"
    target.write_bytes(b"old")
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        runner.write_traces(target, Work(cancelled=stop))
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]
    with pytest.raises(OSError):
        runner.write_traces(tmp_path / "nowhere" / "x.npz")


def test_tensors_numpy_does_not_know_can_be_written(tmp_path: Path) -> None:
    """Sixteen-bit floats of both kinds; nothing is pickled."""
    layers = [("Dense", {"units": 2, "dtype": "bfloat16"}), ("LSTM", {"units": 2, "dtype": "mixed_bfloat16"})]
    runner = Runner()
    run = runner.run(with_sample(chain(layers, 3), timesteps=3))
    assert run.ok, run.diagnostics
    runner.write_traces(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as arrays:
        assert {arrays[name].dtype for name in arrays.files} == {np.dtype("float32")}
        assert np.isfinite(arrays["b3/gate_f"]).all()


def test_a_wrong_run_leaves_the_last_one_out() -> None:
    """A run that fails keeps what it reached; the states of the run before are gone."""
    runner = Runner()
    document = with_sample(chain(MASKED_LSTM, 3), lengths=LENGTHS, timesteps=7)
    first = runner.run(document)
    failed = runner.run(replace(document, sample={"batch": 0}))
    assert not failed.ok
    assert [problem.code for problem in failed.diagnostics] == ["sample.batch"]
    assert failed.number == first.number + 1
    assert runner.trace(failed.number, "b3", 0, gates=False) is None


def test_previews_are_the_states_made_small() -> None:
    """Every traced block for one sequence: signs and places of the strongest, padding and what leaves as they are."""
    runner = Runner()
    run = runner.run(with_sample(chain(MASKED_LSTM, 3), lengths=LENGTHS))
    (preview,) = runner.previews(run.number, 2)
    trace = runner.trace(run.number, "b3", 2, gates=False)
    assert trace is not None
    h = np.asarray(trace.arrays["h"])
    assert preview.image.shape == (4, 6)
    shown = (preview.image.astype(float) - 126) / 126 * np.abs(h[:4]).max()
    assert np.allclose(shown[:, :4], h[:4].T, atol=np.abs(h[:4]).max() / 200)
    assert (preview.image[:, 4:] == 255).all()
    assert preview.leaves.tolist() == [False, False, False, True, False, False]
    assert runner.previews(run.number, 99) == runner.previews(run.number + 1, 0) == ()


def test_a_preview_of_many_units_and_steps_keeps_the_strongest() -> None:
    """Nothing is averaged away."""
    values = np.zeros((1000, 300), np.float32)
    values[517, 41] = -0.8
    image = preview_image(values, np.ones(1000, bool))
    assert image.shape[0] <= PREVIEW_ROWS
    assert image.shape[1] <= PREVIEW_COLUMNS
    assert (image == 0).sum() == 1
    assert (image == 126).sum() == image.size - 1
