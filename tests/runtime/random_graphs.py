"""Random models that Keras can build: recurrent layers, attention, merges, masks, shared layers, states on wires."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.document.values import Document
from engine.graph.values import PortRef
from tests.documents import graph_of

UNITS = 4
RECURRENT = {"units": UNITS, "return_sequences": True}


@dataclass
class Sketch:
    """A graph in the making: `sequences` are the ports (B, T, 4), `states` the pairs (h, c)."""

    random: np.random.Generator
    blocks: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    wires: list[tuple[str, str]] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)
    states: list[tuple[str, str]] = field(default_factory=list)

    def pick(self) -> str:
        """Any sequence."""
        return self.sequences[self.random.integers(len(self.sequences))]

    def chance(self, share: float) -> bool:
        """True as often as that."""
        return bool(self.random.random() < share)

    def add(self, kind: str, arguments: dict[str, Any], *sources: tuple[str, str]) -> str:
        """A block with its wires (input port, source)."""
        block = f"b{len(self.blocks) + 1}"
        self.blocks[block] = (kind, arguments)
        self.wires += [(source, f"{block}.{port}") for port, source in sources]
        return block


def _lstm(sketch: Sketch) -> str:
    gives = sketch.chance(0.5)
    arguments = {**RECURRENT, "return_state": gives, "go_backwards": sketch.chance(0.3)}
    block = sketch.add("LSTM", arguments, ("inputs", sketch.pick()))
    if gives:
        sketch.states.append((f"{block}.state_h", f"{block}.state_c"))
    return block


def _lstm_with_states(sketch: Sketch) -> str:
    if not sketch.states:
        return _lstm(sketch)
    h, c = sketch.states[sketch.random.integers(len(sketch.states))]
    return sketch.add("LSTM", RECURRENT, ("inputs", sketch.pick()), ("initial_state_h", h), ("initial_state_c", c))


def _gru(sketch: Sketch) -> str:
    return sketch.add("GRU", RECURRENT, ("inputs", sketch.pick()))


def _bidirectional(sketch: Sketch) -> str:
    inner = {"type": "SimpleRNN", "arguments": RECURRENT}
    return sketch.add("Bidirectional", {"layer": inner, "merge_mode": "sum"}, ("inputs", sketch.pick()))


def _multi_head(sketch: Sketch) -> str:
    arguments = {"num_heads": 1, "key_dim": 3}
    return sketch.add("MultiHeadAttention", arguments, ("query", sketch.pick()), ("value", sketch.pick()))


def _attention(sketch: Sketch) -> str:
    return sketch.add("Attention", {}, ("query", sketch.pick()), ("value", sketch.pick()))


def _merge(sketch: Sketch) -> str:
    kind = str(sketch.random.choice(["Add", "Maximum", "Multiply"]))
    return sketch.add(kind, {}, ("inputs", sketch.pick()), ("inputs", sketch.pick()))


def _joined(sketch: Sketch) -> str:
    wide = sketch.add("Concatenate", {}, ("inputs", sketch.pick()), ("inputs", sketch.pick()))
    return sketch.add("Dense", {"units": UNITS}, ("inputs", f"{wide}.output"))


def _plain(sketch: Sketch) -> str:
    dense = {"type": "Dense", "arguments": {"units": UNITS}}
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("Masking", {}),
        ("LayerNormalization", {}),
        ("Activation", {"activation": "tanh"}),
        ("TimeDistributed", {"layer": dense}),
    ]
    kind, arguments = kinds[sketch.random.integers(len(kinds))]
    return sketch.add(kind, arguments, ("inputs", sketch.pick()))


def _reuse(sketch: Sketch) -> str:
    owners = [
        block for block, (kind, given) in sketch.blocks.items() if kind in ("GRU", "LSTM") and not given.get("return_state")
    ]  # fmt: skip
    if not owners:
        return _gru(sketch)
    return sketch.add("Reuse", {"of": str(sketch.random.choice(owners))}, ("inputs", sketch.pick()))


MAKERS: tuple[Callable[[Sketch], str], ...] = (
    _lstm, _lstm_with_states, _gru, _bidirectional, _multi_head, _attention, _merge, _joined, _plain, _plain, _reuse,
)  # fmt: skip


def random_graph(seed: int, size: int = 8) -> Document:
    """A model of two Inputs, tokens and floats; every other one has a single output, so that branches are dead."""
    sketch = Sketch(np.random.default_rng(seed))
    tokens = sketch.add("Input", {"shape": [None], "dtype": "int32"})
    table = {"input_dim": 9, "output_dim": UNITS, "mask_zero": sketch.chance(0.8)}
    embedding = sketch.add("Embedding", table, ("inputs", f"{tokens}.output"))
    series = sketch.add("Input", {"shape": [None, UNITS]})
    sketch.sequences += [f"{embedding}.output", f"{series}.output"]
    for _ in range(size):
        make = MAKERS[sketch.random.integers(len(MAKERS))]
        sketch.sequences.append(f"{make(sketch)}.output")
    document = graph_of(sketch.blocks, sketch.wires)
    if seed % 2:
        chosen = sketch.sequences[sketch.random.integers(2, len(sketch.sequences))]
        document = replace(document, outputs=(PortRef(*chosen.split(".")),))
    return document
