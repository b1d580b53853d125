"""Values of each kind, and which tokens an Input may be fed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.catalog.arguments import nested_layer
from engine.catalog.ports import reused_block
from engine.document.sample import InputSample
from engine.graph.values import Block, Graph
from engine.runtime.fed import SampleError

DEFAULT_TOKENS = 100
PASS_ON = frozenset({"Identity", "Masking", "Dropout", "Reshape", "Permute", "Flatten", "RepeatVector", "Concatenate"})


def generated_values(
    block: Block,
    wanted: InputSample,
    sizes: tuple[int, ...],
    dtype: np.dtype[Any],
    random: np.random.Generator,
    graph: Graph,
) -> NDArray[Any]:
    """Values of the wanted kind, none of them padding.

    Raises:
        SampleError: there is no token to draw.
    """
    match wanted.kind:
        case "uniform":
            values: NDArray[Any] = random.random(sizes, np.float32)
        case "zeros":
            values = np.zeros(sizes, np.float32)
        case "ones":
            values = np.ones(sizes, np.float32)
        case "sine":
            values = _sine(sizes, random)
        case "tokens":
            values = _tokens(block, wanted.pad_value, sizes, dtype, random, largest_token(block.id, graph))
        case _:
            values = random.standard_normal(sizes, np.float32)
    return values.astype(dtype)


def _sine(sizes: tuple[int, ...], random: np.random.Generator) -> NDArray[Any]:
    """A wave for each sequence and feature: a period of 4 to 16 steps, any phase."""
    batch, timesteps, *rest = (*sizes, 1) if len(sizes) == 1 else sizes
    period = random.uniform(4, 16, (batch, 1, *rest)).astype(np.float32)
    phase = random.uniform(0, 2 * np.pi, (batch, 1, *rest)).astype(np.float32)
    time = np.arange(timesteps, dtype=np.float32).reshape(1, -1, *(1 for _ in rest))
    return np.sin(np.float32(2 * np.pi) * time / period + phase).reshape(sizes)


def _tokens(
    block: Block, pad_value: float, sizes: tuple[int, ...], dtype: np.dtype[Any], random: np.random.Generator, top: int
) -> NDArray[Any]:
    """From 1 to `top`, evenly, without the value that says padding."""
    if dtype.kind in "iu":
        top = min(top, int(np.iinfo(dtype).max))
    skipped = int(pad_value) if pad_value == int(pad_value) and 1 <= pad_value <= top else None
    last = top if skipped is None else top - 1
    if last < 1:
        title = f"There is no token to draw for {block.name}"
        detail = (
            f"Its smallest Embedding has input_dim {top + 1} and {pad_value:g} is padding: raise input_dim, since "
            "tokens are drawn from 1 to input_dim - 1."
        )
        raise SampleError("sample.tokens", block.id, title, detail)
    tokens = random.integers(1, last, sizes, endpoint=True)
    if skipped is not None:
        tokens[tokens >= skipped] += 1
    return tokens


def largest_token(input_id: str, graph: Graph) -> int:
    """input_dim - 1 of the smallest Embedding that reads an Input, 99 where none does."""
    found = smallest_embedding(input_id, graph)
    return (DEFAULT_TOKENS if found is None else found.input_dim) - 1


@dataclass(frozen=True)
class Embedding:
    """An Embedding that reads tokens: its block, the path of its input_dim and what that is."""

    block: str
    argument: str
    input_dim: int


def smallest_embedding(input_id: str, graph: Graph) -> Embedding | None:
    """The Embedding with the fewest tokens that reads an Input."""
    found = [embedding for reader in _readers(input_id, graph) if (embedding := _embedding(reader)) is not None]
    return min(found, key=lambda embedding: embedding.input_dim, default=None)


def _readers(input_id: str, graph: Graph) -> Iterator[Block]:
    """The blocks that are given the Input's values, directly or through blocks that pass values on; a Reuse's owner."""
    waiting, seen = [input_id], {input_id}
    while waiting:
        for wire in graph.wires_from.get(waiting.pop(), ()):
            reader = graph.by_id.get(wire.target.block)
            owner = reused_block(reader, graph) if reader is not None else None
            if reader is None or owner is None or reader.id in seen:
                continue
            seen.add(reader.id)
            yield owner
            if owner.type in PASS_ON:
                waiting.append(reader.id)


def _embedding(block: Block) -> Embedding | None:
    """A block that is an Embedding, alone or inside a wrapper."""
    kind, arguments, path = block.type, block.arguments, ""
    while (nested := nested_layer(arguments.get("layer"))) is not None:
        kind, arguments, path = nested[0], cast("Mapping[str, Any]", nested[1]), f"{path}layer.arguments."
    size = arguments.get("input_dim")
    if not kind.endswith("Embedding") or not isinstance(size, int) or size < 1:
        return None
    return Embedding(block.id, f"{path}input_dim", size)
