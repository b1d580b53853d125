"""Fixes are verified before they are offered: applied to a copy, looked at, kept where the problem is gone and none is new."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.analysis.values import Diagnostic, Fix
from engine.catalog.spec import Catalog
from engine.document.apply import apply_all
from engine.document.edits import AddBlock, EditError, Insert
from engine.document.values import Document

MOST_OFFERED = 3
MOST_EXPLAINED = 8
"""Beyond so many problems the rest carry no fixes: nobody mends twenty at once."""
MOST_TOGETHER = 6
"""As many fixes of one kind are tried together, where each brings the next problem of that kind to light."""
BUDGET_S = 0.12
"""What verifying may take before the first answer is given; the rest is told as being checked, and checked after it."""

CHECKING = "Its fixes are being checked …"


@dataclass(frozen=True)
class Looked:
    """What a look at a document showed.

    Attributes:
        found: what is wrong.
        known: the blocks whose outputs are known.
    """

    found: tuple[Diagnostic, ...]
    known: frozenset[str]

    @property
    def errors(self) -> dict[tuple[str, str, str], Diagnostic]:
        """The errors, by what they are and where."""
        return {_identity(problem): problem for problem in self.found if problem.severity == "error"}


Look = Callable[[Document], Looked]
Keeps = Callable[[Diagnostic, Document], bool]
"""Whether a mended document does what the fix says, beyond the problem being gone."""


@dataclass(frozen=True)
class _Working:
    """A fix that works, and how much is left to mend after it."""

    fix: Fix
    rest: int


class FixTrials:
    """Tries the fixes of one document's problems.

    Args:
        look: what is wrong with a document, and what is known of it.
        deadline: the time (of `time.monotonic`) after which nothing more is tried; problems that are left are marked.
    """

    def __init__(
        self, document: Document, before: Looked, catalog: Catalog, look: Look, deadline: float | None = None
    ) -> None:
        self._document = document
        self._before = before
        self._catalog = catalog
        self._look = look
        self._deadline = deadline

    def verified(self, found: tuple[Diagnostic, ...], keeps: Keeps = lambda _, __: True) -> tuple[Diagnostic, ...]:
        """The same diagnostics, each with the fixes that work, best first."""
        return tuple(self._with_verified(place, problem, keeps) for place, problem in enumerate(found))

    def _with_verified(self, place: int, problem: Diagnostic, keeps: Keeps) -> Diagnostic:
        if not problem.fixes:
            return problem
        working: list[_Working] = []
        for fix in problem.fixes if place < MOST_EXPLAINED else ():
            if self._deadline is not None and time.monotonic() > self._deadline:
                return replace(problem, fixes=(), checking=True, detail=f"{problem.detail} {CHECKING}".strip())
            tried = self._tried(problem, fix, keeps)
            if tried is not None:
                working.append(tried)
        least = min((one.rest for one in working), default=0)
        best = [one.fix for one in working if one.rest == least]
        return replace(problem, fixes=tuple(best[:MOST_OFFERED]), checking=False)

    def _tried(self, problem: Diagnostic, fix: Fix, keeps: Keeps) -> _Working | None:
        """The fix if it works, together with those of its kind that its success asks for."""
        for _ in range(MOST_TOGETHER):
            mended = self._applied(fix)
            after = self._look(mended) if mended is not None else None
            if mended is None or after is None or not self._works(problem, fix, after):
                return None
            more = _next_of_kind(problem, fix, after, self._before)
            if more is None or self._applied(more) is None:
                return _Working(fix, len(after.errors)) if keeps(problem, mended) else None
            fix = more
        return None

    def _applied(self, fix: Fix) -> Document | None:
        try:
            return apply_all(self._document, fix.edits, self._catalog)
        except EditError:
            return None

    def _works(self, problem: Diagnostic, fix: Fix, after: Looked) -> bool:
        """The problem is gone, and no error is new but those that it hid from sight."""
        here = any(
            (other.block, other.severity) == (problem.block, problem.severity)
            and (problem.severity == "error" or other.code == problem.code)
            for other in after.found
        )
        new = after.errors.keys() - self._before.errors.keys()
        seen = self._before.known | {other.block for other in self._before.found} | _made(fix, self._document)
        return not here and not any(block in seen for _, block, _ in new)


def deadline() -> float:
    """The time until which the first answer may wait for verified fixes."""
    return time.monotonic() + BUDGET_S


def one_per_root(document: Document, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """One root cause yields one problem: blocks that complain of the same cause are named in the first of them."""
    kept: dict[tuple[str, str, str], Diagnostic] = {}
    also: dict[tuple[str, str, str], list[str]] = {}
    for place, problem in enumerate(found):
        root = (
            (problem.code, problem.severity, problem.cause)
            if problem.cause
            else (problem.code, problem.block, str(place))
        )
        if root not in kept:
            kept[root] = problem
        elif problem.block != kept[root].block and problem.block in document.graph:
            also.setdefault(root, []).append(document.block(problem.block).name)
    return tuple(
        replace(problem, detail=f"{problem.detail} The same holds for {_listed(also[root])}.")
        if root in also
        else problem
        for root, problem in kept.items()
    )


def _listed(names: list[str]) -> str:
    shown = list(dict.fromkeys(names))
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")


def _identity(problem: Diagnostic) -> tuple[str, str, str]:
    return problem.code, problem.block, problem.port


def _made(fix: Fix, document: Document) -> set[str]:
    """The blocks that a fix adds."""
    inserted = sum(isinstance(edit, Insert) for edit in fix.edits)
    return {edit.block.id for edit in fix.edits if isinstance(edit, AddBlock)} | {
        f"b{document.next_id + at}" for at in range(inserted)
    }


def _next_of_kind(problem: Diagnostic, fix: Fix, after: Looked, before: Looked) -> Fix | None:
    """A fix joined with the one that the next problem of its kind asks for: three LSTMs in a row lack the same word.

    A problem that was there before, elsewhere in the document, is mended by itself.
    """
    verb, place, name = fix.title.rpartition(" in ")
    if not place or problem.code != "shape.ndim":
        return None
    for other in after.found:
        first = other.fixes[0] if other.fixes and _identity(other) not in before.errors else None
        if other.code == problem.code and first is not None and first.title.startswith(verb.split(" in ")[0] + " in "):
            further = first.title.rpartition(" in ")[2]
            return Fix(f"{verb} in {name} and {further}", fix.edits + first.edits)
    return None
