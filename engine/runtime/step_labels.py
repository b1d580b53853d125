"""What the steps at a port are called: the tokens that were fed, where the steps are still those of one Input."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from engine.catalog.ports import reused_block
from engine.document.values import Document
from engine.graph.values import INPUT, Block, PortRef, Wire
from engine.runtime.fed import Fed
from engine.runtime.forward import Seen
from engine.runtime.port_values import Steps
from engine.runtime.sample_values import smallest_embedding

MOST_LABELS = 100_000
FIRST = "query"
"""Of an attention block's inputs the one whose steps leave it."""
IN_PLACE = frozenset(
    {
        "Embedding", "ReversibleEmbedding", "Masking", "Activation", "BatchNormalization", "Dense", "ELU", "Identity",
        "GroupNormalization", "LayerNormalization", "LeakyReLU", "Normalization", "PReLU", "RMSNormalization", "ReLU",
        "Rescaling", "Softmax", "TimeDistributed", "UnitNormalization", "ActivityRegularization", "AlphaDropout",
        "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "Conv1D", "DepthwiseConv1D",
        "SeparableConv1D", "Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract",
        "AdditiveAttention", "Attention", "GroupedQueryAttention", "MultiHeadAttention", "Bidirectional", "GRU", "LSTM",
        "RNN", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "keras.ops.cast",
    }
)  # fmt: skip
"""Blocks whose steps, where they are as many as those given, are the same ones; of any other nothing is claimed."""
BACKWARDS = '"go_backwards": true'


def labels_of(document: Document, seen: Seen, fed: Mapping[str, Fed], port: PortRef, sequence: int) -> tuple[str, ...]:
    """(T,) the token at each step of one sequence, or its id as `#17`; empty at padding; (): steps have numbers alone."""
    block = _input_of(document, seen, fed, port)
    if block is None:
        return ()
    given = fed[block]
    if not 0 <= sequence < len(given.values) or given.values.shape[1] > MOST_LABELS:
        return ()
    tokens = given.tokens(sequence)
    if tokens:
        return tokens
    ids = given.values[sequence]
    if ids.ndim > 1 or smallest_embedding(block, document.graph) is None or not np.array_equal(ids, np.trunc(ids)):
        return ()
    real = np.ones(len(ids), bool) if given.valid is None else given.valid[sequence]
    return tuple(f"#{int(one)}" if known else "" for one, known in zip(ids, real, strict=True))


def _input_of(document: Document, seen: Seen, fed: Mapping[str, Fed], port: PortRef) -> str | None:
    """The Input whose steps line up with those of a port one to one: all between them have as many, in their order."""
    graph, steps = document.graph, Steps(document, seen, fed)
    if port not in seen.values or not steps.has_time(port):
        return None
    sizes = tuple(seen.values[port].shape[:2])
    while True:
        block = graph.by_id[port.block]
        if block.type == INPUT:
            return block.id if block.id in fed else None
        owner = reused_block(block, graph)
        if owner is None or _reorders(owner):
            return None
        wires = sorted(graph.wires_into.get(block.id, ()), key=lambda wire: wire.target.port != FIRST)
        above = next((wire for wire in wires if _has_steps(seen, steps, wire, sizes)), None)
        if above is None:
            return None
        port = above.source


def _has_steps(seen: Seen, steps: Steps, wire: Wire, sizes: tuple[int, ...]) -> bool:
    tensor = seen.values.get(wire.source)
    return tensor is not None and tuple(tensor.shape[:2]) == sizes and steps.has_time(wire.source)


def _reorders(block: Block) -> bool:
    return block.type not in IN_PLACE or BACKWARDS in json.dumps(dict(block.arguments), default=str)
