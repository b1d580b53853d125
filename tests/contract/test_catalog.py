"""The snapshot and the ports against the installed Keras."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from engine.analysis.starters import starting_arguments
from engine.catalog.operations import operation_name
from engine.catalog.ports import ports_of
from engine.catalog.snapshot import decode, encode, load_snapshot
from engine.graph.values import Block, Graph
from engine.runtime.construct import construct_layer
from engine.runtime.environment import keras
from engine.runtime.introspect import introspect, public_layers

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
RNN = ("LSTM", "GRU", "SimpleRNN")


def test_the_snapshot_is_what_introspection_finds() -> None:
    """A worker with this Keras offers what the palette offers."""
    assert encode(introspect()) == encode(CATALOG)
    assert decode(encode(CATALOG)) == CATALOG


def test_every_public_layer_is_there_once() -> None:
    """143 in Keras 3.15.1, and Input and Reuse."""
    types = {layer.__name__ for layer in public_layers()}
    layers = {layer.type for layer in CATALOG.layers.values() if not layer.is_operation}
    assert types == layers - {"Input", "Reuse"}
    if keras.__version__ == "3.15.1":
        assert len(types) == 143


def test_every_public_function_of_keras_ops_is_there_once() -> None:
    """Under its own name; a slice is `getitem`."""
    public = {name for name, member in inspect.getmembers(keras.ops) if inspect.isfunction(member)}
    assert [name for name, _ in inspect.getmembers(keras.ops, inspect.ismodule)] == ["image", "linalg", "nn", "numpy"]
    for module in (keras.ops.linalg, keras.ops.nn, keras.ops.numpy):  # the same functions under a second name
        members = inspect.getmembers(module, inspect.isfunction)
        assert [name for name, member in members if getattr(keras.ops, name, None) is not member] == []
    public |= {f"image.{name}" for name, _ in inspect.getmembers(keras.ops.image, inspect.isfunction)}
    operations = {operation_name(layer.type) for layer in CATALOG.layers.values() if layer.is_operation}
    assert operations - {"getitem"} == public - {"get_item"}


def test_what_cannot_be_placed_says_why_and_what_can_is_documented() -> None:
    """One line for nearly every argument."""
    layers = CATALOG.layers.values()
    assert all(bool(layer.reason) is not layer.placeable for layer in layers)
    arguments = [argument for layer in layers for argument in layer.arguments]
    assert sum(bool(argument.doc) for argument in arguments) > 0.97 * len(arguments)
    assert all(layer.doc for layer in layers)


def test_defaults_are_keras_defaults() -> None:
    """A layer made with every default written out has the config of one made without."""
    for kind in (*RNN, "Conv1D", "Dense", "Embedding", "MultiHeadAttention", "BatchNormalization"):
        spec = CATALOG.layers[kind]
        short = starting_arguments(spec)
        whole = {
            a.name: a.default for a in spec.arguments if not a.required and a.name not in ("dtype", "weights")
        } | short
        made = construct_layer(kind, whole, "a", CATALOG).get_config()
        assert made == construct_layer(kind, short, "a", CATALOG).get_config(), kind


def outputs_of(kind: str, arguments: dict[str, Any], call: dict[str, Any] | None = None) -> int:
    """The number of tensors that Keras returns."""
    layer = construct_layer(kind, arguments, "a", CATALOG)
    block = Block("b1", kind, "a", arguments, call or {})
    ports = ports_of(block, Graph((block,)), CATALOG)
    tensor = keras.KerasTensor((2, 5, 4)) if not kind.startswith("ConvLSTM") else keras.KerasTensor((2, 5, 6, 4))
    roles = [port.role for port in ports.inputs if port.required]
    if roles and roles[0] in ("list",):
        given: tuple[Any, ...] = ([tensor for _ in roles],)
    elif ports.inputs[0].growing:
        given = ([tensor, tensor],)
    else:
        given = tuple(tensor for _ in roles)
    return len(keras.tree.flatten(layer(*given, **(call or {}))))


@pytest.mark.parametrize("state", [False, True])
@pytest.mark.parametrize("kind", [*RNN, "ConvLSTM1D"])
def test_recurrent_ports_agree_with_keras(kind: str, state: bool) -> None:
    """As many output ports as tensors, alone and inside Bidirectional with every merge mode."""
    size = {"filters": 3, "kernel_size": 2} if kind == "ConvLSTM1D" else {"units": 3}
    arguments: dict[str, Any] = {**size, "return_state": state}
    block = Block("b1", kind, "a", arguments)
    assert len(ports_of(block, Graph((block,)), CATALOG).outputs) == outputs_of(kind, arguments)
    if kind == "ConvLSTM1D":
        return
    for mode in ("concat", "sum", None):
        wrapped = {"layer": {"type": kind, "arguments": arguments}, "merge_mode": mode}
        block = Block("b1", "Bidirectional", "a", wrapped)
        assert len(ports_of(block, Graph((block,)), CATALOG).outputs) == outputs_of("Bidirectional", wrapped)


def test_stacked_cells_have_a_port_for_each_state() -> None:
    """RNN over an LSTM cell and a GRU cell: three states."""
    cells = [{"type": "LSTMCell", "arguments": {"units": 3}}, {"type": "GRUCell", "arguments": {"units": 2}}]
    arguments = {"cell": cells, "return_state": True}
    block = Block("b1", "RNN", "a", arguments)
    names = [port.name for port in ports_of(block, Graph((block,)), CATALOG).outputs]
    assert names == ["output", "state_0", "state_1", "state_2"]
    assert outputs_of("RNN", arguments) == 4


def test_attention_and_merge_ports_agree_with_keras() -> None:
    """Lists, keywords, growing ports, scores."""
    for kind, arguments in (
        ("Attention", {}),
        ("AdditiveAttention", {}),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
    ):
        for call in ({}, {"return_attention_scores": True}):
            block = Block("b1", kind, "a", arguments, call)
            assert len(ports_of(block, Graph((block,)), CATALOG).outputs) == outputs_of(kind, arguments, call)
    for kind in ("Add", "Concatenate", "Maximum", "Subtract"):
        assert outputs_of(kind, {}) == 1


def test_objects_with_every_default_are_what_their_short_names_mean() -> None:
    """`l2` is `L2()` with its arguments written out."""
    assert {"L1L2", "Orthogonal", "MinMaxNorm"} <= set(CATALOG.objects)
    for made in CATALOG.objects.values():
        registry = getattr(keras, f"{made.kind}s")
        written = getattr(registry, made.type)(**{argument.name: argument.default for argument in made.arguments})
        if made.name:
            assert registry.get(made.name).get_config() == written.get_config(), made.type
        assert all(argument.doc for argument in made.arguments), made.type


def test_what_layers_do_to_time_is_what_keras_does() -> None:
    """Said of nearly every layer of sequences; a few by hand against known facts."""
    told = {kind: layer.time for kind, layer in CATALOG.layers.items()}
    assert told["LSTM"] == (
        "(B, T, 3) becomes (B, 32): the time axis is gone, the mask is used and ends. "
        "With return_sequences: (B, T, 32), the length stays, the mask goes on."
    )
    assert "the length becomes T-2, the mask is lost" in told["Conv1D"]
    assert "a mask begins here" in told["Masking"]
    assert "a sequence of 10 steps begins" in told["RepeatVector"]
    of_sequences = [
        layer.type
        for layer in CATALOG.layers.values()
        if layer.placeable and layer.category not in ("image", "operation")
    ]
    silent = [kind for kind in of_sequences if not told[kind]]
    assert len(silent) < 12, silent
