"""Weights of a file in the engine's own layers: the numbers of plain Keras, to the bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.analysis.values import Diagnostic
from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import python_source
from engine.document.apply import apply_all
from engine.document.edits import Rename, SetArgument, SetWeights
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.runtime.analyse import Analyst
from engine.runtime.assemble import Assembler
from engine.runtime.execute import Runner, RunOptions
from engine.runtime.weights.loading import layout_of
from tests.documents import chain, graph_of

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
SEQUENCE = {"shape": [None, 4]}
LSTM = {"units": 4, "return_sequences": True}
CELLS = [{"type": "LSTMCell", "arguments": {"units": 3}}, {"type": "GRUCell", "arguments": {"units": 4}}]
MODELS: dict[str, Document] = {
    "recurrent": chain(
        [
            ("Masking", {}),
            ("LSTM", {**LSTM, "dropout": 0.2, "recurrent_dropout": 0.2}),
            ("Bidirectional", {"layer": {"type": "GRU", "arguments": {**LSTM, "reset_after": False}}}),
            ("RNN", {"cell": CELLS, "return_sequences": True}),
            ("TimeDistributed", {"layer": {"type": "Dense", "arguments": {"units": 3}}}),
            ("SimpleRNN", {"units": 2}),
        ],
        4,
    ),
    "others": chain(
        [
            ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}),
            ("BatchNormalization", {}),
            ("Dropout", {"rate": 0.5}),
            ("LayerNormalization", {}),
            ("EinsumDense", {"equation": "btf,fg->btg", "output_shape": [None, 4], "bias_axes": "g"}),
            ("Dense", {"units": 2}),
        ],
        4,
    ),
    "attention": graph_of(
        {"b1": ("Input", {"shape": [None], "dtype": "int32"}), "b2": ("Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}),
         "b3": ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}), "b4": ("AdditiveAttention", {}), "b5": ("LSTM", LSTM)},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.query"), ("b2.output", "b3.value"), ("b3.output", "b4.query"), ("b2.output", "b4.value"), ("b4.output", "b5.inputs")],
    ),
    "convolved states": graph_of(
        {"b1": ("Input", {"shape": [None, 5, 2]}), "b2": ("ConvLSTM1D", {"filters": 2, "kernel_size": 2})}, [("b1.output", "b2.inputs")]
    ),
}  # fmt: skip


def trained(document: Document) -> Any:
    """The exported model, as plain Keras builds it, with weights that no seed of ours would give."""
    spaces: dict[str, Any] = {}
    exec(python_source(lower(document, CATALOG), CATALOG).text, spaces)
    model = spaces["build_model"]()
    random = np.random.default_rng(1)
    for variable in model.weights:
        variable.assign(random.uniform(0.05, 0.6, variable.shape))
    return model


def ran(document: Document, folder: Path, runner: Runner | None = None) -> tuple[Runner, Any]:
    runner = runner or Runner()
    return runner, runner.run(document, RunOptions(folder=folder))


def output_of(runner: Runner, document: Document) -> np.ndarray[Any, Any]:
    kept = runner._kept
    assert kept is not None
    return np.asarray(kept.seen.values[PortRef(document.graph.blocks[-1].id, "output")])


def fed_to(runner: Runner) -> Any:
    kept = runner._kept
    assert kept is not None
    return kept.fed["b1"].values


def codes(found: tuple[Diagnostic, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.block) for one in found if one.code.startswith("weights.")]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
@pytest.mark.filterwarnings("ignore:.*destroy the mask")
def test_a_saved_model_gives_plain_keras_numbers(name: str, suffix: str, tmp_path: Path) -> None:
    """Every kind of layer, from both kinds of file: the very weights of Keras's own model, and what it computes."""
    document, model = MODELS[name], trained(MODELS[name])
    path = tmp_path / f"trained{suffix}"
    if suffix == ".keras":
        model.compile("adam", "mse")
        model.save(path)
    else:
        model.save_weights(path)
    runner, run = ran(replace(document, weights=path.name), tmp_path)
    assert codes(run.diagnostics) == []
    assert set(run.weights) == {block.id for block in document.graph.blocks if _has_weights(runner, block.id)}
    theirs, ours = model.get_weights(), model_of(runner).get_weights()
    assert len(theirs) == len(ours)
    assert all(np.array_equal(a, b) for a, b in zip(theirs, ours, strict=True))
    assert np.allclose(np.asarray(model(fed_to(runner))), output_of(runner, document), atol=1e-6)


def model_of(runner: Runner) -> Any:
    assert runner._watched is not None
    return runner._watched[1].assembled.model


def _has_weights(runner: Runner, block: str) -> bool:
    assert runner._watched is not None
    layers = runner._watched[1].assembled.layers
    return block in layers and bool(layers[block].weights)


def test_our_layout_is_the_one_that_keras_writes(tmp_path: Path) -> None:
    """Contract on Keras's private walk: where the arrays of each layer lie in a real file, and their shapes."""
    import h5py

    for document in MODELS.values():
        assembled = Assembler(CATALOG).assemble(lower(document, CATALOG), 3)
        assembled.model.save_weights(tmp_path / "all.weights.h5")
        shapes: dict[str, tuple[int, ...]] = {}
        with h5py.File(tmp_path / "all.weights.h5") as root:
            root.visititems(
                lambda name, found, s=shapes: s.update({name: found.shape} if isinstance(found, h5py.Dataset) else {})
            )
        counted = sum(len(layout_of(layer)) for layer in assembled.layers.values())
        assert counted == len(shapes)
        for layer in assembled.layers.values():
            for path, shape in layout_of(layer).items():
                assert any(name.endswith(f"/{path}") and shape == found for name, found in shapes.items()), path


def test_removing_renaming_and_reshaping_give_seeded_weights_back(tmp_path: Path) -> None:
    """One runner through edits: each run has exactly the weights that its document says."""
    document = chain([("LSTM", LSTM), ("Dense", {"units": 3}), ("Dense", {"units": 3})], 4)
    model = trained(document)
    model.save_weights(tmp_path / "trained.weights.h5")
    runner, seeded = ran(document, tmp_path)
    start = output_of(runner, document)
    assert not seeded.weights
    loaded = apply_all(document, [SetWeights("trained.weights.h5")], CATALOG)
    _, run = ran(loaded, tmp_path, runner)
    with_file = output_of(runner, loaded)
    assert len(run.weights) == 3
    assert not np.array_equal(start, with_file)
    wider = apply_all(loaded, [SetArgument("b2", "units", 6)], CATALOG)
    _, run = ran(wider, tmp_path, runner)
    assert codes(run.diagnostics) == [("weights.unmatched", "b2"), ("weights.unmatched", "b3"), ("weights.unused", "")]
    assert "(4, 16), not (4, 24)" in run.diagnostics[-3].title
    assert set(run.weights) == {"b4"}
    fresh, _ = ran(wider, tmp_path)
    assert np.array_equal(output_of(runner, wider), output_of(fresh, wider))
    _, run = ran(apply_all(loaded, [Rename("b2", "reader")], CATALOG), tmp_path, runner)
    assert len(run.weights) == 3  # the structure is the same: Keras's own order holds
    assert np.array_equal(output_of(runner, loaded), with_file)
    _, run = ran(document, tmp_path, runner)
    assert not run.weights
    assert np.array_equal(output_of(runner, document), start)


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """The same document, another training: the next run has the new weights."""
    document = replace(chain([("Dense", {"units": 3})], 4), weights="trained.weights.h5")
    model = trained(document)
    model.save_weights(tmp_path / "trained.weights.h5")
    runner, _ = ran(document, tmp_path)
    before = output_of(runner, document)
    model.set_weights([2 * values for values in model.get_weights()])
    model.save_weights(tmp_path / "trained.weights.h5")
    ran(document, tmp_path, runner)
    assert np.allclose(output_of(runner, document), 2 * before)


def test_a_broken_file_is_one_error_in_run_and_check(tmp_path: Path) -> None:
    """No run with seeded numbers that pass for trained ones; the fix takes the file away."""
    document = replace(chain([("LSTM", {"units": 3})], 4), weights="broken.weights.h5")
    (tmp_path / "broken.weights.h5").write_bytes(b"")
    _, run = ran(document, tmp_path)
    assert not run.ok
    assert not run.ports
    checked = Analyst(CATALOG).analyse(document, folder=tmp_path)
    for found in (run.diagnostics, checked.diagnostics):
        assert codes(found) == [("weights.file", "")]
        mended = apply_all(document, found[0].fixes[0].edits, CATALOG)
        assert ran(mended, tmp_path)[1].ok


def test_check_says_which_block_stays_seeded(tmp_path: Path) -> None:
    """The probe run loads the file too, and a file that is mended meanwhile is looked at again."""
    document = replace(chain([("LSTM", {"units": 3})], 4), weights="trained.weights.h5")
    trained(chain([("LSTM", {"units": 2})], 4)).save_weights(tmp_path / "trained.weights.h5")
    analyst = Analyst(CATALOG)
    assert codes(analyst.analyse(document, folder=tmp_path).diagnostics) == [
        ("weights.unmatched", "b2"),
        ("weights.unused", ""),
    ]
    trained(document).save_weights(tmp_path / "trained.weights.h5")
    assert codes(analyst.analyse(document, folder=tmp_path).diagnostics) == []
