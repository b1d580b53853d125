"""Whether the GPU's fused kernel computes a recurrent layer, as far as its arguments decide.

The conditions stand in Keras's `layers/rnn/lstm.py`, `gru.py`, `bidirectional.py` and `backend/tensorflow/rnn.py`; a
contract test compares them with Keras's own functions. The mask of a sample decides too: see `engine.runtime.padded`.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.catalog.arguments import effective, nested_layer
from engine.catalog.spec import Catalog
from engine.graph.values import JsonObject

HAVE_ONE = ("LSTM", "GRU")


def kernel_obstacles(type_name: str, arguments: JsonObject, catalog: Catalog) -> tuple[str, ...] | None:
    """Why the fused kernel is not used, one reason each; none: it is; None: the layer is not recurrent."""
    spec = catalog.layers.get(type_name)
    if spec is None or spec.category != "recurrent":
        return None
    if type_name == "Bidirectional":
        return _of_both(arguments, catalog)
    if type_name not in HAVE_ONE:
        return (f"there is none for {type_name}",)
    return tuple(_obstacles(type_name, arguments, catalog))


def _of_both(arguments: JsonObject, catalog: Catalog) -> tuple[str, ...] | None:
    """A Bidirectional runs its two layers one after the other, each with the kernel or without."""
    found: list[str] = []
    for name in ("layer", "backward_layer"):
        inner = nested_layer(arguments.get(name))
        if inner is not None:
            found += kernel_obstacles(*inner, catalog) or ()
        elif name == "layer":
            return None
    return tuple(dict.fromkeys(found))


def _obstacles(type_name: str, arguments: JsonObject, catalog: Catalog) -> Iterator[str]:
    spec = catalog.layers[type_name]

    def value(name: str) -> object:
        return effective(arguments, spec, name)

    if value("use_cudnn") not in ("auto", True):
        yield "use_cudnn is off"
    for name, needed in (("activation", "tanh"), ("recurrent_activation", "sigmoid")):
        if value(name) != needed:
            yield f"{name} is not {needed}"
    if value("recurrent_dropout"):
        yield "recurrent_dropout is not 0"
    if value("unroll"):
        yield "unroll is on"
    if not value("use_bias"):
        yield "use_bias is off"
    if type_name == "GRU" and not value("reset_after"):
        yield "reset_after is off"
