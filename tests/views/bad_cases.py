"""Documents whose data, lengths or values are bad in one way each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.document.values import Document
from tests.documents import graph_of

STEPS, FEATURES = 6, 3
READER, LOOKS, LAST, OUT = "b3", "b4", "b5", "b6"


def model(**sample: Any) -> Document:
    """Masking, an LSTM that returns its sequence, attention over it, a GRU, a Dense."""
    return graph_of(
        {
            "b1": ("Input", {"shape": [None, FEATURES]}),
            "b2": ("Masking", {}),
            "b3": ("LSTM", {"units": 4, "return_sequences": True}),
            "b4": ("Attention", {}),
            "b5": ("GRU", {"units": 5}),
            "b6": ("Dense", {"units": 2}),
        },
        [
            ("b1.output", "b2.inputs"),
            ("b2.output", "b3.inputs"),
            ("b3.output", "b4.query"),
            ("b3.output", "b4.value"),
            ("b4.output", "b5.inputs"),
            ("b5.output", "b6.inputs"),
        ],
        sample=sample,
    )


def of_file(folder: Path, values: np.ndarray[Any, Any]) -> Document:
    """The model on an array, each sequence labelled 0 or 1."""
    np.save(folder / "x.npy", values)
    np.save(folder / "y.npy", np.arange(len(values)) % 2)
    entry = {"kind": "file", "path": "x.npy", "labels": "y.npy"}
    return model(inputs={"input_b1": entry})


def numbers(batch: int = 4) -> np.ndarray[Any, Any]:
    """(B, T, F) of a fixed seed."""
    return np.random.default_rng(5).normal(size=(batch, STEPS, FEATURES)).astype(np.float32)


def with_value(folder: Path, value: float) -> Document:
    """A value at step 3 of sequence 1."""
    values = numbers()
    values[1, 3, 0] = value
    return of_file(folder, values)


def generated(**parts: Any) -> Document:
    """Values that are drawn."""
    batch = parts.pop("batch", 3)
    return model(batch=batch, inputs={"input_b1": parts})


def nan_output(folder: Path) -> Document:
    """Scores beyond what 32 bits hold, and a softmax over them."""
    huge = {"type": "Constant", "arguments": {"value": 3e38}}
    arguments = {"units": 2, "activation": "softmax", "kernel_initializer": huge, "bias_initializer": huge}
    document = _with_block(generated(), LAST, "GRU", {"units": 5, "bias_initializer": "ones"})
    return _with_block(document, OUT, "Dense", arguments)


def _with_block(document: Document, block: str, kind: str, arguments: dict[str, Any]) -> Document:
    """Another layer in a block."""
    blocks = tuple(
        replace(one, type=kind, arguments=arguments) if one.id == block else one for one in document.graph.blocks
    )
    return replace(document, graph=replace(document.graph, blocks=blocks))


def exploding(folder: Path) -> Document:
    """A recurrent layer without a squashing function, whose states grow until their squares are no numbers."""
    large = {"type": "Constant", "arguments": {"value": 1e4}}
    arguments = {"units": 4, "activation": "linear", "return_sequences": True, "recurrent_initializer": large}
    return _with_block(generated(timesteps=STEPS), READER, "SimpleRNN", arguments)


CASES: dict[str, Any] = {
    "nan": lambda folder: with_value(folder, float("nan")),
    "inf": lambda folder: with_value(folder, float("inf")),
    "huge": lambda folder: with_value(folder, 3e38),
    "all_nan": lambda folder: of_file(folder, np.full((4, STEPS, FEATURES), np.nan, np.float32)),
    "empty": lambda folder: generated(lengths=[4, 0, 6]),
    "all_empty": lambda folder: generated(lengths=[0, 0, 0]),
    "one": lambda folder: of_file(folder, numbers(1)),
    "step": lambda folder: generated(timesteps=1),
    "single": lambda folder: generated(batch=1, timesteps=1),
    "nan_out": nan_output,
    "heads": lambda folder: _with_block(
        generated(lengths=[4, 0, 6]), LOOKS, "MultiHeadAttention", {"num_heads": 2, "key_dim": 2}
    ),
    "exploding": exploding,
}
