"""What is fed to an Input, and the error that says why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.analysis.values import Diagnostic
from engine.document.sample import InputSample, Padding, UniformLengths
from engine.graph.values import Block
from engine.protocol.messages import Array
from engine.runtime.bounds import machine_bytes
from engine.runtime.files.values import FileRead

LARGEST_SAMPLE_BYTES = 4 * 1024**3
SHARE_OF_MEMORY = 4  # a sample takes at most a fourth of it: the model's values are larger than what it is fed


class SampleError(ValueError):
    """A sample that cannot be made: a code, a title and a sentence on what, where, remedy."""

    def __init__(self, code: str, block: str, title: str, detail: str) -> None:
        super().__init__(title)
        self.diagnostic = Diagnostic(code, "error", "input", block, title, detail)


@dataclass(frozen=True)
class Fed:
    """What is fed to one Input.

    Attributes:
        values: (B, T, …).
        valid: (B, T) the real steps; None where there is no time axis.
        padding: where padded steps stand.
        read: what was read of a file of sequences of their own lengths.
        labels: what each sequence is, as a number in words; empty: nothing says it.
    """

    values: Array
    valid: NDArray[np.bool_] | None
    padding: Padding = "post"
    read: FileRead | None = None
    labels: tuple[str, ...] = ()

    def tokens(self, sequence: int) -> tuple[str, ...]:
        """The words of a text at each step of a sequence, empty at padded steps; () where there are none."""
        if self.read is None or self.read.vocabulary is None:
            return ()
        told = self.read.sequences[sequence].tokens
        rest = ("",) * (self.values.shape[1] - len(told))
        return (*rest, *told) if self.padding == "pre" else (*told, *rest)


def dtype_of(block: Block) -> np.dtype[Any]:
    """The type an Input is fed with.

    Raises:
        SampleError: no numbers.
    """
    name = block.arguments.get("dtype", "float32")
    try:
        return np.dtype("float32" if name in ("bfloat16", None) else str(name))
    except TypeError:
        title = f"No sample can be made for {block.name} of type {name}"
        raise SampleError("sample.dtype", block.id, title, "Choose a number type such as float32 or int32.") from None


def most_bytes() -> int:
    """What a sample may take."""
    return min(LARGEST_SAMPLE_BYTES, machine_bytes() // SHARE_OF_MEMORY)


def check_size(block: Block, sizes: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Before anything is allocated.

    Raises:
        SampleError: it would not fit.
    """
    size = prod(sizes) * dtype.itemsize
    most = most_bytes()
    if size > most:
        title = f"The sample of {block.name} would take {size / 2**30:,.1f} GiB"
        detail = f"At most {most / 2**30:.1f} GiB are made: use a smaller batch or fewer timesteps."
        raise SampleError("sample.too_large", block.id, title, detail)


def check_pad_value(block: Block, value: float, dtype: np.dtype[Any]) -> None:
    """Padding must be what it says it is.

    Raises:
        SampleError: the Input's type cannot hold the value.
    """
    if dtype.kind not in "iu":
        return
    bounds = np.iinfo(dtype)
    if value != int(value) or not bounds.min <= value <= bounds.max:
        title = f"The sample of {block.name} pads with {value:g}, which {dtype} cannot hold"
        raise SampleError("sample.pad_value", block.id, title, "Choose a whole number that fits, such as 0.")


def draw_lengths(wanted: InputSample, batch: int, random: np.random.Generator) -> NDArray[np.int64] | None:
    """The valid length of each sequence: the list cycled over the batch, or drawn; None: every step is valid."""
    if wanted.lengths is None:
        return None
    if isinstance(wanted.lengths, UniformLengths):
        return random.integers(wanted.lengths.lowest, wanted.lengths.highest, batch, endpoint=True)
    return np.resize(np.asarray(wanted.lengths, np.int64), batch)


def valid_steps(lengths: NDArray[np.int64] | None, timesteps: int, padding: Padding, batch: int) -> NDArray[np.bool_]:
    """(B, T): which steps are real."""
    if lengths is None:
        return np.ones((batch, timesteps), bool)
    steps = np.arange(timesteps)
    if padding == "pre":
        return steps >= timesteps - lengths[:, None]  # (B, T)
    return steps < lengths[:, None]  # (B, T)
