"""The pass gives what the plain model gives as a graph function, to the bit, at every output, whatever the graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.catalog.snapshot import load_snapshot
from engine.document.values import Document
from engine.graph.values import PortRef
from engine.plan.lower import lower
from engine.protocol.work import Work
from engine.runtime.assemble import AssembledModel, Assembler
from engine.runtime.environment import keras, tensorflow
from engine.runtime.forward import Seen, executed_nodes, forward, watched
from engine.runtime.graph_call import GraphCalls
from engine.runtime.sample import Overrides, draw_sample
from tests.documents import chain, graph_of
from tests.runtime.random_graphs import random_graph

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
MASKING: tuple[str, dict[str, Any]] = ("Masking", {})
EMBEDDING = {"input_dim": 9, "output_dim": 4, "mask_zero": True}
TOKENS: tuple[str, dict[str, Any]] = ("Input", {"shape": [None], "dtype": "int32"})


def wrapped(kind: str, **arguments: Any) -> dict[str, Any]:
    return {"layer": {"type": kind, "arguments": arguments}}


CHAINS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "LSTM": [MASKING, ("LSTM", {"units": 4, "return_sequences": True}), ("LSTM", {"units": 3})],
    "GRU": [MASKING, ("GRU", {"units": 4, "return_sequences": True, "go_backwards": True}), ("GRU", {"units": 3, "reset_after": False})],
    "SimpleRNN": [MASKING, ("SimpleRNN", {"units": 4, "zero_output_for_mask": True, "return_sequences": True}), ("Dense", {"units": 1})],
    "unrolled backwards": [MASKING, ("LSTM", {"units": 4, "unroll": True, "go_backwards": True, "zero_output_for_mask": True, "return_sequences": True})],
    "unrolled last": [MASKING, ("LSTM", {"units": 4, "unroll": True, "go_backwards": True, "zero_output_for_mask": True})],
    "Bidirectional": [MASKING, ("Bidirectional", {**wrapped("LSTM", units=4, return_sequences=True), "merge_mode": "sum"}), ("Bidirectional", wrapped("GRU", units=2))],
    "unrolled Bidirectional": [MASKING, ("Bidirectional", wrapped("SimpleRNN", units=4, return_sequences=True, unroll=True))],
    "stacked cells": [MASKING, ("RNN", {"cell": [{"type": "LSTMCell", "arguments": {"units": 3}}, {"type": "GRUCell", "arguments": {"units": 4}}]})],
    "half precision": [MASKING, ("LSTM", {"units": 4, "dtype": "mixed_float16"})],
    "double precision": [MASKING, ("GRU", {"units": 4, "dtype": "float64"})],
    "TimeDistributed": [("LSTM", {"units": 4, "return_sequences": True}), ("TimeDistributed", wrapped("Dense", units=2)), ("Conv1D", {"filters": 2, "kernel_size": 2})],
}  # fmt: skip

ATTENTION = graph_of(
    {
        "b1": TOKENS, "b2": ("Embedding", EMBEDDING),
        "b3": ("LSTM", {"units": 4, "return_sequences": True, "return_state": True}),
        "b4": ("LSTM", {"units": 4, "return_sequences": True}), "b5": ("Reuse", {"of": "b4"}),
        "b6": ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
        "b7": ("Add", {}), "b8": ("LSTM", {"units": 3}), "b9": ("Concatenate", {}),
    },
    [
        ("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs"),
        ("b3.state_h", "b4.initial_state_h"), ("b3.state_c", "b4.initial_state_c"), ("b2.output", "b5.inputs"),
        ("b5.output", "b6.query"), ("b5.output", "b6.value"), ("b6.output", "b7.inputs"), ("b5.output", "b7.inputs"),
        ("b7.output", "b8.inputs"), ("b2.output", "b9.inputs"), ("b6.output", "b9.inputs"),
    ],
)  # fmt: skip
GRAPHS = {
    "attention deletes masks": ATTENTION,
    "an explicit mask": graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": MASKING, "b3": ("LSTM", {"units": 4}), "b4": ("GRU", {"units": 4})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b1.output", "b4.inputs"), ("b2.output.mask", "b4.mask")],
    ),
    "recurrent inside TimeDistributed": graph_of(
        {"b1": ("Input", {"shape": [None, 6, 3]}), "b2": ("TimeDistributed", wrapped("LSTM", units=4)), "b3": ("LSTM", {"units": 2})},
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs")],
    ),
    "ConvLSTM with states": graph_of(
        {
            "b1": ("Input", {"shape": [None, 6, 3]}),
            "b2": ("ConvLSTM1D", {"filters": 4, "kernel_size": 2, "padding": "same", "return_sequences": True, "return_state": True}),
            "b3": ("ConvLSTM1D", {"filters": 4, "kernel_size": 2, "padding": "same"}),
        },
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b2.state_h", "b3.initial_state_h"), ("b2.state_c", "b3.initial_state_c")],
    ),
    "several outputs of one block": graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("Bidirectional", {**wrapped("LSTM", units=2, return_state=True), "merge_mode": None})},
        [("b1.output", "b2.inputs")],
    ),
}  # fmt: skip


def assembled(document: Document) -> tuple[AssembledModel, dict[str, Any]]:
    """A model that nobody watches yet, and what it is fed."""
    entry = {"lengths": [5, 2, 0, 7, 3], "timesteps": 8}
    sample = {"batch": 5, "inputs": {block.name: entry for block in document.graph.inputs}}
    document = replace(document, sample=sample)
    plan = lower(document, CATALOG)
    assert not plan.left_out
    fed = draw_sample(document, None, Overrides())
    return Assembler(CATALOG).assemble(plan, 3), {block: given.values for block, given in fed.items()}


def plainly(model: AssembledModel, fed: dict[str, Any]) -> list[np.ndarray]:
    """What Keras gives as a graph function, with nothing of ours."""
    tensors = [tensorflow.constant(fed[block]) for block in model.plan.inputs]

    @tensorflow.function(autograph=False)
    def call(*given: Any) -> Any:
        return keras.tree.flatten(model.model(list(given) if len(given) > 1 else given[0], training=False))

    return [np.asarray(tensor) for tensor in call(*tensors)]


def directly(model: AssembledModel, fed: dict[str, Any]) -> list[np.ndarray]:
    """What a plain call of the model gives."""
    tensors = [tensorflow.constant(fed[block]) for block in model.plan.inputs]
    return [np.asarray(tensor) for tensor in keras.tree.flatten(model.model(tensors, training=False))]


def outputs_of(model: AssembledModel, seen: Seen) -> list[np.ndarray]:
    assert seen.error is None
    return [np.asarray(seen.values[port]) for port in model.plan.outputs]


def masks_by_keras(model: AssembledModel, fed: dict[str, Any]) -> dict[PortRef, Any]:
    """The masks in a plain eager walk through the model, read when each operation returns."""
    ports = {id(tensor): port for port, tensor in model.tensors.items()}
    noted: dict[PortRef, Any] = {}
    nodes = iter(executed_nodes(model.model))

    def noting(operation: Any) -> Any:
        node = next(nodes)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = operation(*args, **kwargs)
            for tensor, symbolic in zip(keras.tree.flatten(result), node.outputs, strict=True):
                if id(symbolic) in ports:
                    noted[ports[id(symbolic)]] = keras.src.backend.get_keras_mask(tensor)
            return result

        return call

    tensors = [tensorflow.constant(fed[block]) for block in model.plan.inputs]
    model.model._run_through_graph(model.model._standardize_inputs(tensors), operation_fn=noting)
    return noted


@pytest.mark.parametrize("name", [*CHAINS, *GRAPHS])
def test_outputs_are_those_of_the_plain_graph_to_the_bit(name: str) -> None:
    """Warm as cold: the second pass gives the same again."""
    document = chain(CHAINS[name], features=3) if name in CHAINS else GRAPHS[name]
    model, fed = assembled(document)
    expected = plainly(model, fed)
    ours = watched(model)
    for warm in (False, True):
        seen = forward(ours, fed, Work())
        for mine, theirs in zip(outputs_of(model, seen), expected, strict=True):
            if name.startswith("ConvLSTM"):  # convolutions add up in another order where a batch is not known
                assert np.allclose(mine, theirs, atol=1e-7)
            else:
                assert np.array_equal(mine, theirs, equal_nan=True)
        assert seen.warm or not warm


def test_dropout_that_is_off_changes_nothing() -> None:
    """Rates above 0 without training: equal to the last place (the graph's optimizer reorders one product)."""
    model, fed = assembled(chain([("LSTM", {"units": 4, "dropout": 0.3, "recurrent_dropout": 0.2})], features=3))
    assert np.allclose(outputs_of(model, forward(watched(model), fed, Work()))[0], plainly(model, fed)[0], atol=1e-7)


def test_masks_are_read_when_the_operation_returns() -> None:
    """Attention deletes its inputs' masks: what the concatenation shows is what Keras's own run has there."""
    model, fed = assembled(ATTENTION)
    seen = forward(watched(model), fed, Work())
    assert np.asarray(seen.masks[PortRef("b2", "output")]).sum(axis=1).tolist() == [5, 2, 0, 7, 3]
    assert np.asarray(seen.masks[PortRef("b5", "output")]).sum(axis=1).tolist() == [5, 2, 0, 7, 3]
    theirs = masks_by_keras(model, fed)
    for block in ("b2", "b6", "b7", "b9"):
        port = PortRef(block, "output")
        assert (port in seen.masks) == (theirs[port] is not None), block
        assert theirs[port] is None or np.array_equal(np.asarray(seen.masks[port]), np.asarray(theirs[port])), block


def test_a_run_changes_no_weight_and_no_kept_state() -> None:
    """Stateful layers, statistics and seeds are after the run what they were before, so that a run can be repeated."""
    document = graph_of(
        {
            "b1": ("Input", {"batch_shape": [5, None, 3]}), "b2": ("BatchNormalization", {}), "b3": ("Dropout", {"rate": 0.5}),
            "b4": ("LSTM", {"units": 4, "stateful": True, "dropout": 0.5}),
        },
        [("b1.output", "b2.inputs"), ("b2.output", "b3.inputs"), ("b3.output", "b4.inputs")],
    )  # fmt: skip
    blocks = tuple(
        block if block.id == "b1" else replace(block, call={"training": True}) for block in document.graph.blocks
    )
    model, fed = assembled(replace(document, graph=replace(document.graph, blocks=blocks)))
    variables = [*model.model.variables, *model.layers["b4"].states]
    before = [np.asarray(variable).copy() for variable in variables]
    first, second = (outputs_of(model, forward(watched(model), fed, Work()))[0] for _ in range(2))
    assert np.array_equal(first, second)
    assert all(np.array_equal(np.asarray(variable), old) for variable, old in zip(variables, before, strict=True))


def test_what_no_output_needs_is_seen_and_changes_nothing() -> None:
    """Dead branches run in a second pass on fresh tensors: attention there deletes no mask of the first pass."""
    cut = replace(ATTENTION, outputs=(PortRef("b5", "output"),))
    model, fed = assembled(cut)
    seen = forward(watched(model), fed, Work())
    assert np.array_equal(outputs_of(model, seen)[0], plainly(model, fed)[0])
    assert PortRef("b8", "output") in seen.values
    assert np.asarray(seen.masks[PortRef("b5", "output")]).sum(axis=1).tolist() == [5, 2, 0, 7, 3]


def test_the_block_that_fails_is_named_and_what_came_before_is_kept() -> None:
    """An encoder of 3 units gives its state to a decoder of 4: only data show it."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3]}), "b2": ("GRU", {"units": 3, "return_state": True}), "b3": ("GRU", {"units": 4})},
        [("b1.output", "b2.inputs"), ("b1.output", "b3.inputs"), ("b2.state", "b3.initial_state")],
    )  # fmt: skip
    model, fed = assembled(document)
    calls = GraphCalls()
    for _ in range(2):
        seen = forward(watched(model, calls), fed, Work())
        assert seen.failed == "b3"
        assert isinstance(seen.error, Exception)
        assert PortRef("b2", "state") in seen.values


def test_random_graphs_are_seen_whole_and_unchanged() -> None:
    """Outputs to the bit, every mask as Keras left it, every port of every block, whatever is dead."""
    calls = GraphCalls()
    for seed in range(8):
        model, fed = assembled(random_graph(seed))
        seen = forward(watched(model, calls), fed, Work())
        for mine, called, plain in zip(outputs_of(model, seen), directly(model, fed), plainly(model, fed), strict=True):
            assert np.array_equal(mine, called, equal_nan=True), seed
            # The whole graph fuses a Dense and its activation now and then: Keras differs from itself by the last place.
            assert np.allclose(mine, plain, atol=1e-6, equal_nan=True), seed
        assert set(seen.values) == set(model.tensors), seed
        for port, theirs in masks_by_keras(model, fed).items():
            ours = seen.masks.get(port)
            assert (ours is None) == (theirs is None), (seed, port)
            assert ours is None or np.array_equal(np.asarray(ours), np.asarray(theirs)), (seed, port)
    assert calls.traced < 40  # graphs are shared


def test_inputs_are_shown_in_the_type_the_model_takes() -> None:
    """Numpy has no bfloat16: what was fed as float32 is what the model makes of it."""
    document = graph_of(
        {"b1": ("Input", {"shape": [None, 3], "dtype": "bfloat16"}), "b2": ("LSTM", {"units": 2})},
        [("b1.output", "b2.inputs")],
    )
    model, fed = assembled(document)
    seen = forward(watched(model), fed, Work())
    assert seen.values[PortRef("b1", "output")].dtype.name == "bfloat16"


def test_what_the_model_refuses_is_no_exception() -> None:
    """Arrays of another rank: an error of the run, with nothing reached."""
    model, fed = assembled(chain([("Dense", {"units": 2})], features=3))
    seen = forward(watched(model), {"b1": np.stack([fed["b1"]] * 2, axis=-1)}, Work())
    assert isinstance(seen.error, ValueError)
    assert (seen.failed, seen.values) == ("", {})
