"""The table of silent wrongs, and the look at every block of a run that succeeded."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from engine.analysis.values import Diagnostic
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.runtime.explain.case import Records
from engine.runtime.probe import Probed
from engine.runtime.silent import masking, meaning, padding, softmax
from engine.runtime.silent.sight import CallLayer, Sight

SILENT: tuple[Callable[[Sight], Diagnostic | None], ...] = (
    meaning.attends_over_the_batch,
    meaning.takes_numbers_for_tokens,
    masking.masks_vectors,
    masking.masks_no_padding,
    masking.masks_single_numbers,
    masking.runs_backwards,
    masking.reads_mask_of_other_length,
    masking.averages_nothing,
    softmax.of_one_value,
    softmax.of_padding_too,
    softmax.with_a_mask_by_accident,
    padding.reads_padding,
)


def silent_wrongs(
    document: Document, records: Records, catalog: Catalog, probed: Probed, call: CallLayer
) -> tuple[Diagnostic, ...]:
    """A warning for each block that does on this sample what nobody means, in block order.

    Args:
        call: calls a layer on one tensor, the way runs do.
    """
    found: list[Diagnostic] = []
    for block in document.graph.blocks:
        record = records.get(block.id)
        if record is None or record.key is None or record.leaving is None:
            continue
        sight = Sight(document, records, catalog, probed, record, call)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a layer that is called again to measure has said so before
            found += [wrong for look in SILENT if (wrong := look(sight)) is not None]
    return tuple(found)
