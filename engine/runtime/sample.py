"""The sample as arrays: what is really fed, and which of its steps are real."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.document.file_options import is_ragged
from engine.document.sample import (
    DEFAULT_TIMESTEPS,
    InputSample,
    Padding,
    Sample,
    has_time,
    input_shape,
    max_length,
    read_sample,
)
from engine.document.values import Document
from engine.graph.values import Block, Graph
from engine.protocol.messages import Array
from engine.runtime.fed import Fed, SampleError, check_pad_value, check_size, draw_lengths, dtype_of, valid_steps
from engine.runtime.files.values import FileRead
from engine.runtime.sample_file import RULES, fed_from_file, load_array
from engine.runtime.sample_sequences import fed_from_sequences, read_sequences
from engine.runtime.sample_values import generated_values

__all__ = ["Fed", "Overrides", "SampleError", "draw_sample"]


@dataclass(frozen=True)
class Overrides:
    """What the command line puts in the place of the document's sample; `files` by the name of the Input."""

    batch: int | None = None
    timesteps: int | None = None
    lengths: tuple[int, ...] | None = None
    padding: Padding | None = None
    seed: int | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])


def draw_sample(document: Document, folder: Path | None, overrides: Overrides) -> dict[str, Fed]:
    """The arrays for every Input, by its id; the same document, overrides and seed give the same arrays.

    Raises:
        SampleError: something cannot be drawn or read.
    """
    sample = read_sample(document)
    if sample.problems:
        first = sample.problems[0]
        raise SampleError(first.code, first.block, first.title, first.detail)
    _check_names(document, overrides)
    inputs = document.graph.inputs
    wanted = {block.id: _overridden(sample.inputs[block.id], block, overrides) for block in inputs}
    fixed = _fixed_batch(document)
    most = fixed or overrides.batch or sample.batch
    files = {
        block.id: _opened(block, wanted[block.id], folder, most) for block in inputs if wanted[block.id].kind == "file"
    }
    batch = fixed or _batch(document, sample, overrides, files)
    seed = document.seed if overrides.seed is None else overrides.seed
    fed: dict[str, Fed] = {}
    for block in inputs:
        random = np.random.default_rng([seed & 0xFFFFFFFF, zlib.crc32(block.id.encode())])
        opened = files.get(block.id)
        if isinstance(opened, FileRead):
            fed[block.id] = fed_from_sequences(block, wanted[block.id], opened, folder, batch, random)
        elif opened is not None:
            fed[block.id] = fed_from_file(block, wanted[block.id], opened, folder, batch, random)
        else:
            fed[block.id] = _generated(block, wanted[block.id], batch, random, document.graph)
    return fed


def _opened(block: Block, wanted: InputSample, folder: Path | None, most: int) -> Array | FileRead:
    """An array, large ones unread; or, of a file of sequences of their own lengths, as many as may be fed."""
    if is_ragged(wanted.path):
        return read_sequences(block, wanted, folder, most)
    array = load_array(wanted.path, folder, block)
    return array[wanted.options.first :] if array.ndim else array


def _check_names(document: Document, overrides: Overrides) -> None:
    names = [block.name for block in document.graph.inputs]
    for name in overrides.files:
        if name not in names:
            title = f"A file is given for {name}, and there is no such Input"
            raise SampleError("sample.inputs", "", title, "The Inputs are " + (", ".join(names) or "none") + ".")


def _fixed_batch(document: Document) -> int | None:
    """The batch that an Input fixes."""
    fixed = {size for block in document.graph.inputs if (size := input_shape(block)[0]) is not None}
    if len(fixed) > 1:
        title = f"The Inputs have different fixed batches: {', '.join(str(size) for size in sorted(fixed))}"
        raise SampleError("sample.batch", "", title, "All Inputs of a model take the same number of sequences.")
    return next(iter(fixed), None)


def _batch(document: Document, sample: Sample, overrides: Overrides, files: Mapping[str, Array | FileRead]) -> int:
    """What is asked for, but no more than the files have; of arrays without a word all."""
    rows = min((_rows(file) for file in files.values()), default=None)
    said = "batch" in document.sample and not overrides.files  # a file named on the command line is fed whole
    asked = overrides.batch or (sample.batch if said or rows is None else rows)
    return asked if rows is None else max(min(asked, rows), 1)


def _rows(file: Array | FileRead) -> int:
    if isinstance(file, FileRead):
        return len(file.sequences)
    return len(file) if file.ndim else 1


def _overridden(wanted: InputSample, block: Block, overrides: Overrides) -> InputSample:
    changes: dict[str, Any] = {}
    timed, shape = has_time(block), input_shape(block)
    if overrides.timesteps is not None and timed and shape[1] is None:
        changes["timesteps"] = overrides.timesteps
    if overrides.lengths is not None and timed:
        changes["lengths"] = overrides.lengths
        changes["valid"] = "lengths"
    if overrides.padding is not None:
        changes["padding"] = overrides.padding
    if block.name in overrides.files:
        changes |= {"kind": "file", "path": overrides.files[block.name], "labels": ""}
        if wanted.valid not in RULES:  # what a file says of another file's steps
            changes.setdefault("valid", "all")
    merged = replace(wanted, **changes)
    longest = max_length(merged.lengths)
    if merged.kind != "file" and merged.timesteps is not None and longest > merged.timesteps:
        title = f"{block.name} is given a length of {longest}, and its sequences have {merged.timesteps} timesteps"
        raise SampleError("sample.lengths", block.id, title, "Raise the timesteps or lower the length.")
    return merged


def _generated(block: Block, wanted: InputSample, batch: int, random: np.random.Generator, graph: Graph) -> Fed:
    shape, dtype, timed = input_shape(block), dtype_of(block), has_time(block)
    lengths = draw_lengths(wanted, batch, random) if timed else None
    sizes = [batch, *(size if size is not None else 1 for size in shape[1:])]
    if timed and shape[1] is None:
        longest = max(int(lengths.max(initial=0)), 1) if lengths is not None else DEFAULT_TIMESTEPS
        sizes[1] = wanted.timesteps or longest
    check_size(block, tuple(sizes), dtype)
    values = generated_values(block, wanted, tuple(sizes), dtype, random, graph)
    if not timed:
        return Fed(values, None)
    valid = valid_steps(lengths, sizes[1], wanted.padding, batch)
    if not valid.all():
        if wanted.padding == "pre":  # the same sequences as padded after, moved to the end
            values[valid] = values[valid_steps(lengths, sizes[1], "post", batch)]
        check_pad_value(block, wanted.pad_value, dtype)
        values[~valid] = np.asarray(wanted.pad_value).astype(dtype)
    return Fed(values, valid)
