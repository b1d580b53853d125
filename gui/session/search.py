"""What a search means: by name, by alias, by initials (“mha”), and nearly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from engine.catalog.spec import Category, LayerSpec, short_type

ALIASES = Path(__file__).resolve().parents[2] / "resources" / "aliases.json"
BEST_SCORE = 55.0
HEADS: dict[Category, str] = {
    "input": "Input and mask", "recurrent": "Recurrent", "timestep": "Per timestep", "length": "Changes the length",
    "attention": "Attention", "merge": "Merge", "regularise": "Regularise", "image": "Images",
    "preprocessing": "Preprocessing", "reuse": "Reuse and output", "operation": "Operations (keras.ops)",
}  # fmt: skip
"""The categories as they are called, in the order in which they are offered."""
CATEGORIES = tuple(HEADS)
FIRST = (
    "Input", "Masking", "Embedding", "LSTM", "GRU", "SimpleRNN", "Bidirectional", "RNN", "ConvLSTM1D", "Dense",
    "TimeDistributed", "Activation", "LayerNormalization", "Conv1D", "MaxPooling1D", "RepeatVector",
    "MultiHeadAttention", "Attention", "Concatenate", "Add", "Dropout",
)  # fmt: skip
Thing = TypeVar("Thing")


def in_order(layers: Iterable[LayerSpec]) -> list[LayerSpec]:
    """Layers as they are offered: by category, those used most first."""
    place = {name: at for at, name in enumerate(FIRST)}
    return sorted(
        layers,
        key=lambda layer: (CATEGORIES.index(layer.category), place.get(layer.type, len(place)), layer.type),
    )


def layer_words(layer: LayerSpec) -> tuple[str, ...]:
    """What a layer may be called: its class, its initials, its aliases; an operation `ops.mean`, so after layers."""
    initials = "".join(letter for letter in layer.type if letter.isupper()).lower()
    return (short_type(layer.type).lower(), initials, *_aliases().get(layer.type, ()))


def ranked(text: str, things: Iterable[tuple[Thing, Sequence[str]]], most: int = 12) -> list[Thing]:
    """The things that a search means, best first.

    Args:
        things: each with the words, in lower case, that it goes by.
    """
    from rapidfuzz import fuzz

    wanted = text.strip().lower()
    scored: list[tuple[float, str, Thing]] = []
    for thing, words in things:
        score = max((fuzz.WRatio(wanted, word) if len(wanted) > 2 else 0.0 for word in words), default=0.0)
        if any(word == wanted for word in words):
            score = 300.0
        elif any(word.startswith(wanted) for word in words):
            score = 200.0 - len(words[0]) / 100
        elif any(wanted in word for word in words):
            score = 150.0 - len(words[0]) / 100
        scored.append((score, words[0], thing))
    scored.sort(key=lambda entry: (-entry[0], entry[1]))
    return [thing for score, _, thing in scored if score > BEST_SCORE][:most]


@cache
def _aliases() -> dict[str, list[str]]:
    return json.loads(ALIASES.read_text(encoding="utf-8"))
