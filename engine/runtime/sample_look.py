"""A look at what would be fed to one Input: its lengths, its first values, what would be masked, what looks like padding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.document.sample import PADDINGS, InputSample, has_time, read_sample
from engine.document.values import Document
from engine.graph.values import Block, Graph
from engine.protocol.file_look import FileLook, VocabularyLook
from engine.protocol.looks import MaskingLook, PaddingProposal, SampleLook
from engine.protocol.messages import Array
from engine.runtime.environment import keras
from engine.runtime.fed import Fed, SampleError
from engine.runtime.files.values import FileRead, Vocabulary
from engine.runtime.sample import Overrides, draw_sample
from engine.runtime.sample_file import trailing_valid
from engine.runtime.sample_values import smallest_embedding

FIRST_STEPS, FIRST_FEATURES = 12, 4
FIRST_TOKENS, MOST_TOKENS, MOST_COLUMNS = 12, 100_000, 200


def look_at_sample(document: Document, folder: Path | None, block_id: str, sequence: int) -> SampleLook:
    """The sample as a run would feed it; why it cannot be made is told in it."""
    block = document.graph.by_id[block_id]
    try:
        fed = draw_sample(document, folder, Overrides())[block_id]
    except SampleError as error:
        return SampleLook(block_id, sequence, title=error.diagnostic.title, detail=error.diagnostic.detail)
    wanted = read_sample(document).inputs[block_id]
    sequence = max(0, min(sequence, len(fed.values) - 1))
    return SampleLook(
        block=block_id,
        sequence=sequence,
        shape=fed.values.shape,
        dtype=str(fed.values.dtype),
        valid=fed.valid,
        first=_first_values(fed.values[sequence], block),
        masking=_masking(fed, wanted),
        proposal=_proposal(fed, wanted),
        file=None if fed.read is None else _file(fed.read, wanted, block_id, document.graph),
        tokens=fed.tokens(sequence)[:MOST_TOKENS],
    )


def _file(read: FileRead, wanted: InputSample, block_id: str, graph: Graph) -> FileLook:
    return FileLook(
        sequences=len(read.sequences),
        first=wanted.options.first,
        more=read.more,
        header=read.header[:MOST_COLUMNS],
        roles=read.roles[:MOST_COLUMNS],
        rows=read.rows,
        vocabulary=None if read.vocabulary is None else _vocabulary(read.vocabulary, block_id, graph),
    )


def _vocabulary(known: Vocabulary, block_id: str, graph: Graph) -> VocabularyLook:
    first, counts = known.tokens[:FIRST_TOKENS], known.counts[:FIRST_TOKENS]
    look = VocabularyLook(known.size, known.whole, first, counts)
    reader = smallest_embedding(block_id, graph)
    if reader is None:
        return look
    return replace(look, embedding=reader.block, argument=reader.argument, input_dim=reader.input_dim)


def _first_values(values: Array, block: Block) -> Array:
    """(steps, features) of one sequence; without a time axis a single row."""
    rows = values if has_time(block) else values[None]
    rows = rows[:FIRST_STEPS]
    return np.ascontiguousarray(rows.reshape(len(rows), -1)[:, :FIRST_FEATURES])


def _masking(fed: Fed, wanted: InputSample) -> MaskingLook | None:
    """What Keras's own layer masks: Masking of vectors, Embedding of tokens, which knows 0 alone."""
    if fed.valid is None:
        return None
    tokens = fed.values.ndim == 2
    value = 0.0 if tokens else float(wanted.pad_value)
    layer = keras.layers.Embedding(1, 1, mask_zero=True) if tokens else keras.layers.Masking(mask_value=value)
    mask = np.asarray(layer.compute_mask(keras.ops.convert_to_tensor(fed.values)), bool)
    if mask.shape != fed.valid.shape:
        return None
    return MaskingLook(
        layer=type(layer).__name__,
        value=value,
        steps=mask.size,
        masked=int((~mask).sum()),
        masked_padding=int((~mask & ~fed.valid).sum()),
        numbers=fed.values.size,
        equal=int((fed.values == value).sum()),
    )


def _proposal(fed: Fed, wanted: InputSample) -> PaddingProposal | None:
    """Padding that a file holds and nobody has named: at the end that has more of it."""
    if fed.valid is None or wanted.kind != "file" or wanted.valid != "all" or fed.read is not None:
        return None
    found = [(trailing_valid(fed.values, wanted.pad_value, padding), padding) for padding in PADDINGS]
    valid, padding = min(found, key=lambda one: int(one[0].sum()))
    lengths: NDArray[np.int64] = valid.sum(axis=1)
    padded = lengths < valid.shape[1]
    if not padded.any():
        return None
    return PaddingProposal(int(padded.sum()), len(padded), int(lengths.min()), int(lengths.max()), padding)
