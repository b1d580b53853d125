"""Our conditions of the GPU's fused kernel against the functions with which Keras decides, on real layers."""

from __future__ import annotations

from importlib import import_module
from itertools import product
from typing import Any

import pytest

from engine.analysis.fused_kernel import kernel_obstacles
from engine.catalog.snapshot import load_snapshot
from engine.runtime.construct import construct_layer
from engine.runtime.environment import keras

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
CHOICES: dict[str, tuple[Any, ...]] = {
    "activation": ("tanh", "relu", None),
    "recurrent_activation": ("sigmoid", "hard_sigmoid"),
    "unroll": (False, True),
    "use_bias": (True, False),
    "recurrent_dropout": (0.0, 0.2),
    "use_cudnn": ("auto", True, False),
}


def keras_uses_it(layer: Any, monkeypatch: pytest.MonkeyPatch) -> bool:
    """What Keras would do with a GPU: its gate in `inner_loop`, and `cudnn_ok`, told that there is a GPU."""
    rnn: Any = import_module("keras.src.backend.tensorflow.rnn")  # the package gives a function of this name

    monkeypatch.setattr(rnn, "_is_gpu_available", lambda: True)
    cell = layer.cell
    extra = {"reset_after": cell.reset_after} if isinstance(layer, keras.layers.GRU) else {}
    allowed = rnn.cudnn_ok(cell.activation, cell.recurrent_activation, layer.unroll, cell.use_bias, **extra)
    return bool(allowed) and layer.use_cudnn in ("auto", True) and not layer.recurrent_dropout


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_every_combination_of_arguments(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel is used exactly where we find no obstacle."""
    choices = {**CHOICES, **({"reset_after": (True, False)} if kind == "GRU" else {})}
    found: set[bool] = set()
    for values in product(*choices.values()):
        arguments: dict[str, Any] = {"units": 2, **dict(zip(choices, values, strict=True))}
        layer = construct_layer(kind, arguments, "a", CATALOG)
        expected = keras_uses_it(layer, monkeypatch)
        assert (not kernel_obstacles(kind, arguments, CATALOG)) is expected, arguments
        found.add(expected)
    assert found == {True, False}


def test_both_layers_of_a_bidirectional_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow's backend has no kernel of its own for it, so each layer decides for itself."""
    rnn: Any = import_module("keras.src.backend.tensorflow.rnn")  # the package gives a function of this name

    with pytest.raises(NotImplementedError):
        rnn.bidirectional_lstm()
    good: dict[str, Any] = {"type": "LSTM", "arguments": {"units": 2}}
    bad: dict[str, Any] = {"type": "GRU", "arguments": {"units": 2, "reset_after": False, "go_backwards": True}}
    for arguments, expected in (
        ({"layer": good}, ()),
        ({"layer": bad}, ("reset_after is off",)),
        ({"layer": good, "backward_layer": bad}, ("reset_after is off",)),
    ):
        assert kernel_obstacles("Bidirectional", arguments, CATALOG) == expected
    wrapped = construct_layer("Bidirectional", {"layer": good}, "a", CATALOG)
    assert keras_uses_it(wrapped.backward_layer, monkeypatch)


def test_other_layers_have_none() -> None:
    """Recurrent ones say so, the rest says nothing."""
    assert kernel_obstacles("SimpleRNN", {"units": 2}, CATALOG) == ("there is none for SimpleRNN",)
    assert not hasattr(construct_layer("SimpleRNN", {"units": 2}, "a", CATALOG), "use_cudnn")
    assert kernel_obstacles("Dense", {"units": 2}, CATALOG) is None
    assert kernel_obstacles("Bidirectional", {}, CATALOG) is None
