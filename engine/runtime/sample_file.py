"""Samples from `.npy` and `.npz` files, and which of their steps are real. Nothing is ever unpickled."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.document.file_options import SUFFIXES
from engine.document.sample import InputSample, Padding, has_time, input_shape, max_length
from engine.graph.values import Block
from engine.protocol.messages import Array
from engine.runtime.fed import LARGEST_SAMPLE_BYTES, Fed, SampleError, check_size, draw_lengths, dtype_of, valid_steps

PARTS = "#"
LISTED = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
RULES = ("all", "lengths", "trailing")


def fed_from_file(
    block: Block, wanted: InputSample, values: Array, folder: Path | None, batch: int, random: np.random.Generator
) -> Fed:
    """The first `batch` sequences of an array that was loaded.

    Raises:
        SampleError: it does not fit the Input.
    """
    shape, dtype = input_shape(block), dtype_of(block)
    fits = values.ndim == len(shape) and all(
        size is None or size == found for size, found in zip(shape[1:], values.shape[1:], strict=True)
    )
    if not fits:
        title = f"{wanted.path} has the shape {_shown(values.shape)}, and {block.name} takes {_shown(shape)}"
        raise SampleError("sample.file", block.id, title, "Choose another array, or change the Input's shape.")
    if len(values) < batch or 0 in values.shape:
        title = f"{wanted.path} has {_shown(values.shape)} values, too few for {batch} sequences of {block.name}"
        raise SampleError("sample.file", block.id, title, "Choose a larger array or a smaller batch.")
    check_size(block, (batch, *values.shape[1:]), dtype)
    part = np.array(values[:batch])  # in memory: a mapped file may change while it is read
    if dtype.kind in "iu" and part.dtype.kind == "f" and not np.array_equal(part, np.trunc(part)):
        title = f"{wanted.path} holds fractions ({part.dtype}), and {block.name} takes {dtype}"
        raise SampleError("sample.file", block.id, title, "Round the array, or make the Input float32.")
    valid = valid_of_file(block, wanted, part, folder, random) if has_time(block) else None
    return Fed(np.ascontiguousarray(part, dtype), valid, labels=_labels(block, wanted, folder, batch))


def _labels(block: Block, wanted: InputSample, folder: Path | None, batch: int) -> tuple[str, ...]:
    """What each sequence is, by the array that the sample names.

    Raises:
        SampleError: it does not hold one number a sequence.
    """
    if not wanted.labels:
        return ()
    told = load_array(wanted.labels, folder, block)[wanted.options.first :]
    column = told[:, 0] if told.ndim == 2 and told.shape[1] == 1 else told
    if column.ndim != 1 or len(column) < batch:
        title = f"{wanted.labels} has the shape {_shown(told.shape)}, and labels none of {block.name}'s sequences"
        raise SampleError("sample.labels", block.id, title, f"It must hold {batch} numbers, one for each sequence.")
    return tuple(f"{label:g}" for label in np.asarray(column[:batch], np.float64))


def _shown(shape: tuple[int | None, ...]) -> str:
    return (
        "(" + ", ".join("?" if size is None else str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"
    )


def valid_of_file(
    block: Block, wanted: InputSample, values: Array, folder: Path | None, random: np.random.Generator
) -> NDArray[np.bool_]:
    """(B, T) the real steps of values that are fed, as the sample says.

    Raises:
        SampleError: what it says does not fit.
    """
    batch, timesteps = values.shape[:2]
    if wanted.valid == "all":
        return np.ones((batch, timesteps), bool)
    if wanted.valid == "lengths":
        longest = max_length(wanted.lengths)
        if longest > timesteps:
            title = f"{block.name} is given a length of {longest}, and {wanted.path} has {timesteps} timesteps"
            raise SampleError("sample.lengths", block.id, title, "Lower the length or choose a longer array.")
        return valid_steps(draw_lengths(wanted, batch, random), timesteps, wanted.padding, batch)
    if wanted.valid == "trailing":
        return trailing_valid(values, wanted.pad_value, wanted.padding)
    told = load_array(wanted.valid, folder, block)[wanted.options.first :]
    if told.ndim == 1 and len(told) >= batch:
        lengths = np.asarray(told[:batch], np.float64)
        if bool(((lengths >= 0) & (lengths <= timesteps) & (lengths == np.trunc(lengths))).all()):
            return valid_steps(lengths.astype(np.int64), timesteps, wanted.padding, batch)
        title = f"{wanted.valid} holds lengths that {block.name}'s sequences cannot have"
        raise SampleError("sample.valid", block.id, title, f"They must be whole numbers from 0 to {timesteps}.")
    if told.ndim == 2 and len(told) >= batch and told.shape[1] == timesteps:
        return np.asarray(told[:batch], bool)
    title = f"{wanted.valid} has the shape {_shown(told.shape)}, and tells nothing of {block.name}'s steps"
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
        raise refuse("no file is chosen", f"Choose one that ends in {LISTED}.")
    path = path_of(file, folder)
    try:
        if path.suffix == ".npz":
            array = _member(path, member, refuse)
        elif path.suffix == ".npy":
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        else:
            raise refuse(f"{path.name} ends in none of {LISTED}", "Choose such a file.")
    except FileNotFoundError:
        raise refuse(f"there is no file {path}", "Choose another file.") from None
    except SampleError:
        raise
    except Exception as error:  # numpy raises many kinds on damaged files, down to SyntaxError and MemoryError
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise refuse(f"{path.name} is damaged or no array ({reason})", "Write it anew with numpy.save.") from None
    if array.dtype.kind not in "biuf":
        raise refuse(f"{path.name} holds {array.dtype}, not numbers", "Convert it to float32 or int32.")
    return array


def path_of(file: str, folder: Path | None) -> Path:
    """A file that the document names: relative to the document's folder."""
    return Path(file) if Path(file).is_absolute() or folder is None else folder / file


def _member(path: Path, member: str, refuse: Any) -> Array:
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        names = list(arrays.files)
        if not member and len(names) == 1:
            member = names[0]
        if member not in names:
            listed = ", ".join(names[:12])
            raise refuse(f"{path.name} has no array called “{member}”", f"Write FILE.npz#NAME with one of: {listed}.")
        with zipfile.ZipFile(path) as archive:
            stored = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.infolist()}
        size = stored.get(member, 0)
        if size > LARGEST_SAMPLE_BYTES:
            raise refuse(f"{member} takes {size / 2**30:.1f} GiB", "Use a smaller array.")
        array: Any = arrays[member]
    if not isinstance(array, np.ndarray):
        raise refuse(f"{member} in {path.name} is no array", "Write it anew with numpy.savez.")
    return array
