"""Tensors that a layer takes without meaning them: vectors in an attention, numbers as tokens."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.analysis.values import Diagnostic, Fix
from engine.document.edits import SetArgument
from engine.graph.values import INPUT, Block
from engine.runtime.explain.case import arrivals_at, last_step_only, written
from engine.runtime.explain.remedies import taken_out, turn_on_sequences
from engine.runtime.silent.sight import Sight

ATTENTION = ("Attention", "AdditiveAttention")


def attends_over_the_batch(sight: Sight) -> Diagnostic | None:
    """Attention over (batch, units) takes the sequences of the batch for timesteps."""
    main, source, left = sight.main, sight.source, sight.left
    if sight.layer.type not in ATTENTION or main is None or source is None or left is None or len(main.shape) != 2:
        return None
    cause = last_step_only(sight.document, sight.records, source.id, sight.catalog)
    title = f"{sight.block.name} mixes the sequences of the batch, {source.name} gives {written(main)}"
    detail = f"It attends from sequence to sequence: sequence 0 by itself gives a result that differs by {_mixed(sight):.2g}."
    if cause is not None:
        detail = f"{cause.name} returns only its last timestep. {detail}"
    fixes = [*([turn_on_sequences(cause, sight.catalog)] if cause is not None else ()), taken_out(sight.block)]
    return sight.told("attention.batch", title, detail, fixes, cause or source)


def _mixed(sight: Sight) -> float:
    """By how much the result for sequence 0 changes when it is alone in the batch."""
    model, seen, left = sight.probed.model, sight.probed.seen, sight.left
    layer = model.layers.get(sight.layer.id) if model is not None else None
    if layer is None or seen is None or left is None:
        return 0.0
    given = [seen.values[arrival.wire.source][:1] for arrival in arrivals_at(sight.record, sight.records, masks=False)]
    alone = np.asarray(layer(given))
    return float(np.abs(alone[0] - left[0]).max())


def takes_numbers_for_tokens(sight: Sight) -> Diagnostic | None:
    """An Embedding cuts real numbers to whole ones and looks them up."""
    values, main, source = sight.arrived, sight.main, sight.source
    if sight.layer.type != "Embedding" or values is None or main is None or source is None:
        return None
    if not main.known.dtype.startswith(("float", "bfloat")) or not (values != np.floor(values)).any():
        return None
    numbers, tokens = len(np.unique(values)), len(np.unique(values.astype("int64")))
    title = (
        f"{sight.block.name} takes real numbers for tokens, {source.name} gives {written(main)} of {main.known.dtype}"
    )
    detail = (
        f"Numbers are cut to whole ones: {numbers} different values of this sample become {tokens} different tokens."
    )
    return sight.told("embedding.numbers", title, detail, list(numbers_or_tokens(sight.block, source)), source)


def numbers_or_tokens(embedding: Block, source: Block) -> Iterator[Fix]:
    """Either the Input holds tokens, or its numbers need no Embedding."""
    if source.type == INPUT:
        yield Fix(f"Make {source.name} tokens (int32)", (SetArgument(source.id, "dtype", "int32"),))
    yield taken_out(embedding, f"Take {embedding.name} out: numbers need no Embedding")
