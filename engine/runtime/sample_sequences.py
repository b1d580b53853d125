"""Samples from files of sequences of their own lengths, padded as the sample says; their real steps are their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.document.sample import InputSample, has_time, input_shape
from engine.graph.values import Block
from engine.runtime.fed import Fed, SampleError, check_pad_value, check_size, dtype_of, most_bytes, valid_steps
from engine.runtime.files.read import read_file
from engine.runtime.files.values import FileError, FileRead, Wanted
from engine.runtime.sample_file import path_of, valid_of_file


def read_sequences(block: Block, wanted: InputSample, folder: Path | None, count: int) -> FileRead:
    """The first `count` sequences after those that are passed over.

    Raises:
        SampleError: they cannot be read; with line and column.
    """
    path, timed = path_of(wanted.path, folder), has_time(block)
    shape = input_shape(block)[1:]
    steps = wanted.timesteps if timed else None
    asked = Wanted(path, wanted.options, block.name, shape, dtype_of(block), timed, steps, count, most_bytes())
    try:
        return read_file(asked)
    except FileError as error:
        title = f"The sample of {block.name} cannot be read: {path.name}{error.why}"
        raise SampleError("sample.file", block.id, title, error.remedy) from None


def fed_from_sequences(
    block: Block, wanted: InputSample, read: FileRead, folder: Path | None, batch: int, random: np.random.Generator
) -> Fed:
    """The first `batch` sequences that were read, padded to the longest or to the timesteps.

    Raises:
        SampleError: there are too few, one is too long, or all together too large.
    """
    if len(read.sequences) < batch:
        title = f"{wanted.path} has {len(read.sequences)} sequences, too few for {batch} of {block.name}"
        raise SampleError("sample.file", block.id, title, "Choose a larger file or a smaller batch.")
    sequences = read.sequences[:batch]
    dtype = dtype_of(block)
    if not has_time(block):
        check_size(block, (batch, *sequences[0].values.shape), dtype)
        return Fed(np.stack([sequence.values for sequence in sequences]).astype(dtype), None, read=read)
    lengths = np.array([len(sequence.values) for sequence in sequences], np.int64)
    timesteps = wanted.timesteps or max(int(lengths.max()), 1)
    if lengths.max() > timesteps:
        longest = sequences[int(lengths.argmax())]
        title = (
            f"{wanted.path}, line {longest.line}: the sequence has {lengths.max()} steps, and those of {block.name} "
            f"are padded to {timesteps}"
        )
        raise SampleError("sample.lengths", block.id, title, "Raise the timesteps, or shorten the sequence.")
    step = next((s.values.shape[1:] for s in sequences if len(s.values)), None)
    step = step or tuple(size or 1 for size in input_shape(block)[2:])
    sizes = (batch, timesteps, *step)
    check_size(block, sizes, dtype)
    valid = valid_steps(lengths, timesteps, wanted.padding, batch)
    if not valid.all():
        check_pad_value(block, wanted.pad_value, dtype)
    values = np.full(sizes, wanted.pad_value if not valid.all() else 0, dtype)
    for at, sequence in enumerate(sequences):
        if len(sequence.values):
            values[at, valid[at]] = sequence.values
    if wanted.valid != "all":
        valid = valid_of_file(block, wanted, values, folder, random)
    return Fed(values, valid, wanted.padding, read)
