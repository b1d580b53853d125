"""Documents to measure with."""

from __future__ import annotations

from engine.document.values import Document
from engine.graph.values import Block, Graph, JsonObject, PortRef, Wire

MIXED: tuple[tuple[str, JsonObject], ...] = (
    ("Dense", {"units": 16}),
    ("LayerNormalization", {}),
    ("LSTM", {"units": 16, "return_sequences": True}),
    ("Dropout", {"rate": 0.1}),
    ("Conv1D", {"filters": 16, "kernel_size": 3, "padding": "same"}),
    ("Activation", {"activation": "relu"}),
    ("GRU", {"units": 16, "return_sequences": True}),
    ("BatchNormalization", {}),
    ("Bidirectional", {"layer": {"type": "LSTM", "arguments": {"units": 8, "return_sequences": True}}}),
    ("Dense", {"units": 16}),
)


def chain(layers: list[tuple[str, JsonObject]], features: int = 16) -> Document:
    """An Input of unknown length and these layers, one after the other."""
    blocks = [Block("b1", "Input", "series", {"shape": [None, features]})]
    blocks += [Block(f"b{at}", kind, f"block_{at}", arguments) for at, (kind, arguments) in enumerate(layers, 2)]
    wires = [
        Wire(PortRef(above.id, "output"), PortRef(below.id, "inputs"))
        for above, below in zip(blocks, blocks[1:], strict=False)
    ]
    layout = {block.id: (280.0 * (at % 50), 160.0 * (at // 50)) for at, block in enumerate(blocks)}
    return Document(Graph(tuple(blocks), tuple(wires)), keras="3.15.1", layout=layout, seed=7, next_id=len(blocks) + 1)


def mixed_chain(count: int) -> Document:
    """`count` blocks of ten kinds in turn."""
    return chain([MIXED[at % len(MIXED)] for at in range(count - 1)])


def five_blocks() -> Document:
    """Input, Masking, two recurrent layers, Dense: what a learner edits all day."""
    return chain(
        [
            ("Masking", {}),
            ("LSTM", {"units": 32, "return_sequences": True}),
            ("LSTM", {"units": 16, "return_sequences": True}),
            ("Dense", {"units": 1}),
        ],
        features=3,
    )
