"""The verb `explain`: a pasted text is read, drawn and asked from Keras; its cause and fixes are those of any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from engine.analysis.encoding import encode_analysis
from engine.analysis.values import Analysis, Diagnostic, Fix
from engine.catalog.spec import Catalog
from engine.document.apply import apply_all
from engine.document.edits import EditError
from engine.document.file import encode_document
from engine.document.values import Document
from engine.graph.values import Json
from engine.importing.messages import read_message, same_fault
from engine.importing.reading import read_text
from engine.importing.unraised import NOT_RAISED, meant_block, unfit_data, unraised
from engine.importing.values import Assumed, Draft, Facts, Reading, Shape, Skipped
from engine.protocol.work import Work
from engine.runtime.analyse import Analyst
from engine.runtime.ways import WaysTester, is_cheap
from engine.runtime.words import keras_words

MOST_DRAFTS = 6
MOST_MENDED = 6
"""Problems whose fixes are tried."""


@dataclass(frozen=True)
class Looked:
    """A draft with what Keras says of it.

    Attributes:
        complaining: the block at which Keras says what was pasted; empty: it does not say it.
    """

    draft: Draft
    analysis: Analysis
    complaining: str = ""


class Explainer:
    """Explains pasted texts; holds nothing of them."""

    def __init__(self, analyst: Analyst, ways: WaysTester, catalog: Catalog) -> None:
        self._analyst, self._ways, self._catalog = analyst, ways, catalog

    def explain(self, text: str, work: Work) -> dict[str, Json]:
        """The answer of `explain --json`, without `file`.

        Raises:
            PasteError: nothing was understood.
            Cancelled: a stop was asked for.
        """
        reading = read_text(text, self._catalog)
        looked = self._best(reading, work)
        document = looked.draft.document
        analysis = self._with_rest(reading, looked, work)
        analysis = self._with_tried_fixes(reading, document, analysis, work)
        check = encode_analysis(analysis, document.graph.blocks)
        for diagnostic in cast("list[dict[str, list[dict[str, Json]]]]", check["diagnostics"]):
            for fix in diagnostic["fixes"]:
                fix["verified"] = True
        return {
            "ok": analysis.ok,
            "kind": reading.kind,
            "document": encode_document(document),
            "check": check,
            "message": _message(reading.message, looked, document),
            "assumed": [_assumed(one) for one in looked.draft.assumed],
            "skipped": [_skipped(left) for left in reading.skipped],
        }

    def _best(self, reading: Reading, work: Work) -> Looked:
        """The first draft of which Keras says what was pasted, else the first."""
        first: Looked | None = None
        for draft in reading.drafts[:MOST_DRAFTS]:
            work.check()
            analysis = self._analyst.analyse(draft.document, probe=True, cancelled=work.cancelled)
            if reading.message is None:
                return Looked(draft, analysis)
            looked = Looked(draft, analysis, self._complaining(reading.message, draft.document, analysis))
            if looked.complaining:
                return looked
            first = first or looked
        if first is None:
            raise ValueError("a reading has a draft")
        return first

    def _complaining(self, said: Facts, document: Document, analysis: Analysis) -> str:
        for problem in analysis.diagnostics:
            block = document.graph.by_id.get(problem.block)
            words = problem.keras or keras_words(
                document, problem.block, problem.code, analysis, self._analyst.inference, self._catalog
            )
            if not words or block is None:
                continue
            heard = read_message(words, "", self._catalog)
            owner = document.graph.by_id.get(str(block.arguments.get("of")), block) if block.type == "Reuse" else block
            if same_fault(said, replace(heard, layer_type=heard.layer_type or owner.type)):
                return problem.block
        return ""

    # --- what this Keras does not raise ----------------------------------------------------------------------------

    def _with_rest(self, reading: Reading, looked: Looked, work: Work) -> Analysis:
        """The analysis with what `check` adds to it, and with faults that only another Keras or other data show."""
        document, analysis = looked.draft.document, looked.analysis
        found = self._unraised(reading, document, analysis, said=bool(looked.complaining))
        if is_cheap(analysis):
            found += self._ways.test(document, analysis, None, work)
        return replace(analysis, diagnostics=analysis.diagnostics + found)

    def _unraised(
        self, reading: Reading, document: Document, analysis: Analysis, *, said: bool
    ) -> tuple[Diagnostic, ...]:
        facts = reading.message
        found = unfit_data(_fed(reading, document), document, facts.text if facts is not None else "")
        if facts is None or said or found:
            return found
        told = unraised(facts, document, analysis, self._catalog)
        return () if told is None else (told,)

    # --- fixes -----------------------------------------------------------------------------------------------------

    def _with_tried_fixes(self, reading: Reading, document: Document, analysis: Analysis, work: Work) -> Analysis:
        """Only fixes that were applied, built and run stay."""
        before = {_identity(problem) for problem in analysis.diagnostics if problem.severity == "error"}
        kept: list[Diagnostic] = []
        for place, problem in enumerate(analysis.diagnostics):
            fixes = problem.fixes if place < MOST_MENDED else ()
            works = tuple(fix for fix in fixes if self._works(reading, document, problem, fix, before, work))
            kept.append(replace(problem, fixes=works, checking=False))
        return replace(analysis, diagnostics=tuple(kept))

    def _works(
        self,
        reading: Reading,
        document: Document,
        problem: Diagnostic,
        fix: Fix,
        before: set[tuple[str, str, str]],
        work: Work,
    ) -> bool:
        work.check()
        try:
            mended = apply_all(document, fix.edits, self._catalog)
        except EditError:
            return False
        after = self._analyst.analyse(mended, probe=True, cancelled=work.cancelled)
        found = (*after.diagnostics, *self._unraised(reading, mended, after, said=False))
        identities = {_identity(other) for other in found if other.code != NOT_RAISED}
        errors = {_identity(other) for other in found if other.severity == "error"}
        goes_on = problem.severity == "error" and _goes_on(problem, after, document)
        return _identity(problem) not in identities and (errors <= before or goes_on)


def _goes_on(problem: Diagnostic, after: Analysis, document: Document) -> bool:
    """The errors that are left stand below: they were hidden by the problem."""
    order = [block.id for block in document.graph.blocks]
    places = {block: place for place, block in enumerate(order)}
    here = places.get(problem.block, -1)
    return all(places.get(other.block, -1) > here for other in after.diagnostics if other.severity == "error")


def _identity(problem: Diagnostic) -> tuple[str, str, str]:
    return problem.code, problem.block, problem.port


def _fed(reading: Reading, document: Document) -> dict[str, Shape]:
    return {block: shape for block, shape in reading.fed.items() if block in document.graph}


# --- the JSON of the contract ----------------------------------------------------------------------------------------


def _message(facts: Facts | None, looked: Looked, document: Document) -> Json:
    if facts is None:
        return None
    block = looked.complaining
    meant = meant_block(facts, document)
    named = facts.layer_type or facts.layer_name
    return {
        "text": facts.text,
        "wording": facts.wording,
        "layer": {"type": facts.layer_type or None, "name": facts.layer_name or None} if named else None,
        "shapes": _shapes(facts.shapes),
        "reproduced": bool(block),
        "block": block or (meant.id if meant is not None else None),
    }


def _shapes(shapes: Sequence[Shape]) -> list[Json]:
    return [list(shape) for shape in shapes]


def _assumed(one: Assumed) -> Json:
    return {"block": one.block, "argument": one.argument, "value": one.value, "reason": one.reason}


def _skipped(left: Skipped) -> Json:
    return {"line": left.line, "text": left.text, "reason": left.reason}
