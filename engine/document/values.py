"""The document as a frozen value: a graph with its layout, sample and seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.graph.values import Block, Graph, Json, JsonObject, PortRef

FORMAT = "seqloom"
VERSION = 1
Position = tuple[float, float]


@dataclass(frozen=True)
class Document:
    """All that a `.seqloom` file says.

    Attributes:
        graph: blocks and wires.
        keras: the Keras version the document was written for.
        outputs: the model's outputs as chosen, or None: derived from the graph (`engine.document.outputs`).
        layout: position of each block's top left corner on the canvas, in pixels at 100 %; may lack blocks.
        notes, groups: as in the file; kept as they are.
        seed: of weights and data.
        sample: as in the file; read by `engine.document.sample`.
        weights: a `.weights.h5` or `.keras` file with trained weights, relative to the document; empty: all are seeded.
        next_id: the number of the next new id.
        extra: keys of the file that this version does not know; kept on save.
    """

    graph: Graph = field(default_factory=Graph)
    keras: str = ""
    outputs: tuple[PortRef, ...] | None = None
    layout: Mapping[str, Position] = field(default_factory=dict[str, Position])
    notes: tuple[JsonObject, ...] = ()
    groups: tuple[JsonObject, ...] = ()
    seed: int = 0
    sample: JsonObject = field(default_factory=dict[str, Json])
    weights: str = ""
    next_id: int = 1
    extra: JsonObject = field(default_factory=dict[str, Json])

    def block(self, block_id: str) -> Block:
        """The block of this id.

        Raises:
            KeyError: there is none.
        """
        return self.graph.by_id[block_id]
