"""The table of families, and the two ways into it: what Keras refuses while connecting, and what data show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.analysis.values import Diagnostic
from engine.catalog.spec import Catalog
from engine.document.values import Document
from engine.runtime.explain import arguments, features, masked, merges, rank, sharing, states, windows
from engine.runtime.explain.case import Case, Family
from engine.runtime.explain.lost_masks import lost_mask
from engine.runtime.infer import THIS_BLOCK, Failure
from engine.runtime.run_failure import is_out_of_memory, run_failure
from engine.runtime.survey import Record

FAMILIES: tuple[Family, ...] = (
    arguments.never_ends,
    arguments.wrapped_layer,
    arguments.single_cell_stack,
    arguments.stateful_both_ways,
    arguments.batch_of_states,
    arguments.refused_argument,
    masked.softmax_after_a_mask,
    masked.mask_for_each_step,
    masked.mask_of_other_rank,
    masked.mask_of_other_length,
    states.unfit_states,
    windows.no_channels,
    windows.channels_first,
    windows.too_short,
    windows.wrong_total,
    features.unknown_features,
    rank.wrong_rank,
    merges.lonely_merge,
    merges.different_lengths,
    merges.different_shapes,
    sharing.unknown_tokens,
    sharing.reused_on_other_width,
    sharing.attention_without_time,
    sharing.attention_widths,
    sharing.wrong_type,
)
"""The first that knows a refusal explains it; those that look for one message alone stand before those that look at shapes."""


def explain(document: Document, records: Mapping[str, Record], catalog: Catalog) -> tuple[Diagnostic, ...]:
    """A diagnostic for each block that Keras refuses or that loses a mask, in block order."""
    found: list[Diagnostic] = []
    for block in document.graph.blocks:
        record = records.get(block.id)
        if record is None:
            continue
        failure = record.outcome.failure if record.outcome is not None else None
        if failure is not None:
            found.append(_refusal(document, record, records, failure, catalog))
        elif record.fate == "dropped":
            found.append(lost_mask(document, record, records, catalog))
    return tuple(found)


def _refusal(
    document: Document, record: Record, records: Mapping[str, Record], failure: Failure, catalog: Catalog
) -> Diagnostic:
    message = failure.message.replace(THIS_BLOCK, record.block.name)
    return _explained(Case(document, records, catalog, record, failure.stage, message))


def explain_run(
    document: Document, records: Mapping[str, Record], catalog: Catalog, block: str, error: Exception
) -> Diagnostic:
    """The diagnostic of what a block's operation raised with data."""
    plain = run_failure(document, block, error)
    record = records.get(block)
    if record is None or is_out_of_memory(error):
        return plain
    found = _explained(Case(document, records, catalog, record, "run", plain.keras))
    return found if found.code != plain.code else plain


def _explained(case: Case) -> Diagnostic:
    for family in FAMILIES:
        found = family(case)
        if found is not None:
            return found if found.cause != case.block.id else replace(found, cause="")
    return case.in_keras_words()
