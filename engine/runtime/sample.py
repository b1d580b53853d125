"""The sample as arrays: what is really fed, and which of its steps are real."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.values import Diagnostic
from engine.document.sample import (
    DEFAULT_TIMESTEPS,
    InputSample,
    Padding,
    Sample,
    UniformLengths,
    input_shape,
    max_length,
    read_sample,
)
from engine.document.values import Document
from engine.graph.values import Block, Graph
from engine.protocol.messages import Array

LARGEST_SAMPLE_BYTES = 4 * 1024**3
PARTS = "#"


class SampleError(ValueError):
    """A sample that cannot be made: a code, a title and a sentence on what, where, remedy."""

    def __init__(self, code: str, block: str, title: str, detail: str) -> None:
        super().__init__(title)
        self.diagnostic = Diagnostic(code, "error", "input", block, title, detail)


@dataclass(frozen=True)
class Overrides:
    """What the command line puts in the place of the document's sample."""

    batch: int | None = None
    timesteps: int | None = None
    lengths: tuple[int, ...] | None = None
    padding: Padding | None = None
    seed: int | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Fed:
    """What is fed to one Input: values (B, T, …) and the real steps (B, T), None where there is no time axis."""

    values: Array
    valid: NDArray[np.bool_] | None


def draw_sample(document: Document, folder: Path | None, overrides: Overrides) -> dict[str, Fed]:
    """The arrays for every Input, by its id; the same document, overrides and seed give the same arrays.

    Raises:
        SampleError: something cannot be drawn or read.
    """
    sample = read_sample(document)
    if sample.problems:
        first = sample.problems[0]
        raise SampleError(first.code, first.block, first.title, first.detail)
    seed = document.seed if overrides.seed is None else overrides.seed
    batch = _batch(document, sample, overrides)
    fed: dict[str, Fed] = {}
    for place, block in enumerate(document.graph.inputs):
        wanted = _overridden(sample.inputs[block.id], block, overrides)
        random = np.random.default_rng([seed & 0xFFFFFFFF, place])
        if wanted.kind == "file":
            fed[block.id] = _from_file(block, wanted, folder, None if overrides.batch is None else batch)
        else:
            fed[block.id] = _generated(block, wanted, batch, random, document.graph)
    _check_batches(document, fed)
    return fed


def _batch(document: Document, sample: Sample, overrides: Overrides) -> int:
    fixed = next((size for block in document.graph.inputs if (size := input_shape(block)[0]) is not None), None)
    return fixed or overrides.batch or sample.batch


def _overridden(wanted: InputSample, block: Block, overrides: Overrides) -> InputSample:
    changes: dict[str, Any] = {}
    shape = input_shape(block)
    fixed = shape[1] if len(shape) >= 2 else None
    if overrides.timesteps is not None and fixed is None:
        changes["timesteps"] = overrides.timesteps
    if overrides.lengths is not None:
        changes["lengths"] = overrides.lengths
    if overrides.padding is not None:
        changes["padding"] = overrides.padding
    if block.name in overrides.files:
        changes |= {"kind": "file", "path": overrides.files[block.name]}
    merged = InputSample(**{**wanted.__dict__, **changes})
    longest = max_length(merged.lengths)
    if merged.timesteps is not None and longest > merged.timesteps:
        title = f"{block.name} is given a length of {longest}, and its sequences have {merged.timesteps} timesteps"
        raise SampleError("sample.lengths", block.id, title, "Raise the timesteps or lower the length.")
    return merged


def _generated(block: Block, wanted: InputSample, batch: int, random: np.random.Generator, graph: Graph) -> Fed:
    shape = input_shape(block)
    dtype = _dtype(block)
    has_time = len(shape) >= 2
    lengths = _lengths(wanted, batch, random) if has_time else None
    sizes = [batch, *(size if size is not None else 1 for size in shape[1:])]
    if has_time and shape[1] is None:
        longest = max(lengths.max(initial=0), 1) if lengths is not None else DEFAULT_TIMESTEPS
        sizes[1] = wanted.timesteps or int(longest)
    _check_size(block, sizes, dtype)
    values = _values(wanted, sizes, random, largest_token(block.id, graph)).astype(dtype)
    if not has_time:
        return Fed(values, None)
    valid = _valid(lengths, sizes[1], wanted.padding, batch)
    values[~valid] = np.asarray(wanted.pad_value).astype(dtype)
    return Fed(values, valid)


def _dtype(block: Block) -> np.dtype[Any]:
    name = block.arguments.get("dtype", "float32")
    try:
        return np.dtype("float32" if name == "bfloat16" else str(name))
    except TypeError:
        title = f"No sample can be made for {block.name} of type {name}"
        raise SampleError("sample.dtype", block.id, title, "Choose a number type such as float32 or int32.") from None


def _lengths(wanted: InputSample, batch: int, random: np.random.Generator) -> NDArray[np.int64] | None:
    if wanted.lengths is None:
        return None
    if isinstance(wanted.lengths, UniformLengths):
        return random.integers(wanted.lengths.lowest, wanted.lengths.highest, batch, endpoint=True)
    return np.resize(np.asarray(wanted.lengths, np.int64), batch)


def _check_size(block: Block, sizes: list[int], dtype: np.dtype[Any]) -> None:
    size = float(np.prod(np.asarray(sizes, float))) * dtype.itemsize
    if size > LARGEST_SAMPLE_BYTES:
        title = f"The sample of {block.name} would take {size / 2**30:.1f} GiB"
        detail = f"At most {LARGEST_SAMPLE_BYTES >> 30} GiB are made: use a smaller batch or fewer timesteps."
        raise SampleError("sample.too_large", block.id, title, detail)


def _values(wanted: InputSample, sizes: list[int], random: np.random.Generator, top_token: int) -> NDArray[Any]:
    match wanted.kind:
        case "normal":
            return random.standard_normal(sizes, np.float32)
        case "uniform":
            return random.random(sizes, np.float32)
        case "zeros":
            return np.zeros(sizes, np.float32)
        case "ones":
            return np.ones(sizes, np.float32)
        case "sine":
            return _sine(sizes, random)
        case _:
            tokens = random.integers(1, max(top_token, 1), sizes, endpoint=True)
            if top_token > 1:  # never the value that says padding
                tokens[tokens == wanted.pad_value] = 1 if wanted.pad_value != 1 else 2
            return tokens


def _sine(sizes: list[int], random: np.random.Generator) -> NDArray[Any]:
    """A wave for each sequence and feature: a period of 4 to 16 steps, any phase."""
    steps = np.arange(sizes[1] if len(sizes) > 1 else 1, dtype=np.float32)
    batch, rest = sizes[0], sizes[2:]
    period = random.uniform(4, 16, (batch, 1, *rest))
    phase = random.uniform(0, 2 * np.pi, (batch, 1, *rest))
    time = steps.reshape(1, -1, *(1 for _ in rest))
    waves = np.sin(2 * np.pi * time / period + phase)
    return waves if len(sizes) > 1 else waves[:, 0]


DEFAULT_TOKENS = 100
PASS_ON = frozenset({"Masking", "Identity", "Reuse"})


def largest_token(input_id: str, graph: Graph) -> int:
    """input_dim - 1 of the smallest Embedding that reads an Input, 99 where none does."""
    sizes: list[int] = []
    for wire in graph.wires_from.get(input_id, ()):
        reader = graph.by_id.get(wire.target.block)
        if reader is None or not reader.type.endswith("Embedding"):
            continue
        size = reader.arguments.get("input_dim")
        if isinstance(size, int) and size > 1:
            sizes.append(size)
    return min(sizes, default=DEFAULT_TOKENS) - 1


def _valid(lengths: NDArray[np.int64] | None, timesteps: int, padding: Padding, batch: int) -> NDArray[np.bool_]:
    if lengths is None:
        return np.ones((batch, timesteps), bool)
    steps = np.arange(timesteps)
    if padding == "pre":
        return steps >= timesteps - lengths[:, None]  # (B, T)
    return steps < lengths[:, None]  # (B, T)


def _from_file(block: Block, wanted: InputSample, folder: Path | None, batch: int | None) -> Fed:
    values = load_array(wanted.path, folder, block)
    shape = input_shape(block)
    fits = values.ndim == len(shape) and all(
        size is None or size == found for size, found in zip(shape[1:], values.shape[1:], strict=True)
    )
    if not fits:
        expected = "(" + ", ".join("?" if size is None else str(size) for size in shape) + ")"
        title = f"{wanted.path} has the shape {values.shape}, and {block.name} takes {expected}"
        raise SampleError("sample.file", block.id, title, "Choose another array, or change the Input's shape.")
    fixed = shape[0] if shape[0] is not None else batch
    values = values[: fixed or len(values)]
    _check_size(block, list(values.shape), _dtype(block))
    if values.ndim < 2:
        return Fed(np.asarray(values, _dtype(block)), None)
    valid = _valid_of_file(block, wanted, values, folder)
    return Fed(np.ascontiguousarray(values, _dtype(block)), valid)


def _valid_of_file(block: Block, wanted: InputSample, values: Array, folder: Path | None) -> NDArray[np.bool_]:
    batch, timesteps = values.shape[:2]
    if wanted.valid == "all":
        return np.ones((batch, timesteps), bool)
    if wanted.valid == "lengths":
        lengths = _lengths(wanted, batch, np.random.default_rng(0))
        return _valid(lengths, timesteps, wanted.padding, batch)
    if wanted.valid == "trailing":
        return trailing_valid(values, wanted.pad_value, wanted.padding)
    told = load_array(wanted.valid, folder, block)
    if told.ndim == 1 and len(told) >= batch:
        return _valid(np.asarray(told[:batch], np.int64), timesteps, wanted.padding, batch)
    if told.ndim == 2 and len(told) >= batch and told.shape[1] == timesteps:
        return np.asarray(told[:batch], bool)
    title = f"{wanted.valid} has the shape {told.shape}, and tells nothing of {block.name}'s steps"
    detail = f"It must hold {batch} lengths, or a mask of the shape ({batch}, {timesteps})."
    raise SampleError("sample.valid", block.id, title, detail)


def trailing_valid(values: Array, pad_value: float, padding: Padding) -> NDArray[np.bool_]:
    """The steps up to the last one (`pre`: from the first one) whose features are not all `pad_value`."""
    padded = (values == pad_value).reshape(*values.shape[:2], -1).all(axis=2)  # (B, T)
    toward_end = padded if padding == "post" else padded[:, ::-1]
    tail = np.logical_and.accumulate(toward_end[:, ::-1], axis=1)[:, ::-1]
    return ~(tail if padding == "post" else tail[:, ::-1])


def load_array(name: str, folder: Path | None, block: Block) -> Array:
    """The array of `FILE.npy` or `FILE.npz#NAME`, never with pickled objects, large ones by memory map.

    Raises:
        SampleError: it cannot be read.
    """
    file, _, member = name.partition(PARTS)

    def refuse(why: str, remedy: str) -> SampleError:
        return SampleError("sample.file", block.id, f"The sample of {block.name} cannot be read: {why}", remedy)

    if not file:
        raise refuse("no file is chosen", "Choose a .npy or .npz file.")
    path = Path(file) if Path(file).is_absolute() or folder is None else folder / file
    try:
        if path.suffix == ".npz":
            array = _member(path, member, refuse)
        elif path.suffix == ".npy":
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            raise refuse(f"{path.name} is neither .npy nor .npz", "Save the array with numpy.save or numpy.savez.")
    except FileNotFoundError:
        raise refuse(f"there is no file {path}", "Choose another file.") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        if isinstance(error, SampleError):
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise refuse(f"{path.name} is damaged or no array ({reason})", "Write it anew with numpy.save.") from None
    if array.dtype.kind not in "biuf":
        raise refuse(f"{path.name} holds {array.dtype}, not numbers", "Convert it to float32 or int32.")
    return array


def _member(path: Path, member: str, refuse: Any) -> Array:
    with np.load(path, allow_pickle=False) as arrays:
        names = list(arrays.files)
        if not member and len(names) == 1:
            member = names[0]
        if member not in names:
            listed = ", ".join(names[:12])
            raise refuse(f"{path.name} has no array called “{member}”", f"Write FILE.npz#NAME with one of: {listed}.")
        size = zipfile.ZipFile(path).getinfo(f"{member}.npy").file_size
        if size > LARGEST_SAMPLE_BYTES:
            raise refuse(f"{member} takes {size / 2**30:.1f} GiB", "Use a smaller array.")
        return arrays[member]


def _check_batches(document: Document, fed: Mapping[str, Fed]) -> None:
    sizes = {block.name: len(fed[block.id].values) for block in document.graph.inputs}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        title = f"The Inputs are fed batches of different size: {listed}"
        raise SampleError("sample.batch", "", title, "All Inputs of a model take the same number of sequences.")
