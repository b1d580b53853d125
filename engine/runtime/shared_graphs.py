"""Models of many layers traced or run as they are, with one graph for all recurrent layers that are alike.

TensorFlow traces the loop of every recurrent layer anew: a graph of a thousand blocks takes minutes, and nearly all of
it is the same few loops again. Here the whole model is still traced by Keras and TensorFlow, with the sizes that they
give each layer; only the loop inside a layer is taken from an equal one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.runtime.graph_call import GraphCalls, has_loop


@contextmanager
def shared_graphs(model: Any, calls: GraphCalls | None = None) -> Iterator[GraphCalls]:
    """Inside, the model's recurrent layers share their graphs; stateful ones keep their own.

    Args:
        calls: those made before, to be used again; they must be of exact sizes.
    """
    calls = calls or GraphCalls(exact=True)
    shared = [layer for layer in model.layers if has_loop(layer) and not _is_stateful(layer)]
    for layer in shared:
        object.__setattr__(layer, "call", _sharing(layer, calls))
    try:
        yield calls
    finally:
        for layer in shared:
            object.__delattr__(layer, "call")


def _is_stateful(layer: Any) -> bool:
    return any(getattr(part, "stateful", False) for part in layer._flatten_layers())


def _sharing(layer: Any, calls: GraphCalls) -> Any:
    original, tracing = layer.call, False

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal tracing
        if tracing:  # the graph is being made of this very layer
            return original(*args, **kwargs)
        tracing = True
        try:
            return calls.call(layer, args, kwargs)[0]
        finally:
            tracing = False

    return call
