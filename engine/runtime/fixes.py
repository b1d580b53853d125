"""Fixes are verified before they are offered: applied to a copy, inferred, kept where the problem is gone and none is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.analysis.values import Diagnostic, Fix
from engine.catalog.spec import Catalog
from engine.document.apply import apply_all
from engine.document.edits import EditError
from engine.document.values import Document

MOST_OFFERED = 3
MOST_EXPLAINED = 8
"""Beyond so many problems the rest carry unverified candidates no longer: nobody mends twenty at once."""

Look = Callable[[Document], tuple[Diagnostic, ...]]


def with_verified_fixes(
    document: Document, found: tuple[Diagnostic, ...], catalog: Catalog, look: Look
) -> tuple[Diagnostic, ...]:
    """The same diagnostics, each with the fixes that work, best first.

    Args:
        look: what is wrong with a document.
    """
    before = {_identity(problem) for problem in found if problem.severity == "error"}
    verified: list[Diagnostic] = []
    for place, problem in enumerate(found):
        fixes = problem.fixes if place < MOST_EXPLAINED else ()
        kept = tuple(fix for fix in fixes if _works(document, problem, fix, before, catalog, look))
        verified.append(replace(problem, fixes=kept[:MOST_OFFERED]) if problem.fixes else problem)
    return tuple(verified)


def _identity(problem: Diagnostic) -> tuple[str, str, str]:
    return problem.code, problem.block, problem.port


def _works(
    document: Document,
    problem: Diagnostic,
    fix: Fix,
    before: set[tuple[str, str, str]],
    catalog: Catalog,
    look: Look,
) -> bool:
    try:
        mended = apply_all(document, fix.edits, catalog)
    except EditError:
        return False
    after = look(mended)
    errors = {_identity(other) for other in after if other.severity == "error"}
    here = any(other.block == problem.block and other.severity == problem.severity for other in after)
    return not here and errors <= before
