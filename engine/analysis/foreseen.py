"""What an edit would change, told by comparing what is known before it with what is known after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic, TensorSpec
from engine.document.values import Document
from engine.graph.values import Json, JsonObject

MOST_TOLD = 6
"""Further changes are counted: an edit at the top of a long model changes everything below it."""
NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Change:
    """An output that differs.

    Attributes:
        block: its name.
        port: empty where the block has no other.
        before, after: shapes as people read them; empty: there is no such port; `NOT_KNOWN`: an error stands in the way.
    """

    block: str
    port: str
    before: str
    after: str


@dataclass(frozen=True)
class Foreseen:
    """What an edit would do.

    Attributes:
        changes: the first of the outputs that differ, in the order of the model.
        more: how many blocks differ beyond those told in `changes`.
        brings, mends: titles of the problems that appear and vanish.
        parameters: of the whole model before and after, where they differ and both are known.
        unsure: titles of problems that a run showed, and of which only another run will tell whether they stay.
        run: a run of the edited model is remembered, and what it showed is told; False: a run may find more.
        refused: why the edit cannot be made; empty: it can.
    """

    changes: tuple[Change, ...] = ()
    more: int = 0
    brings: tuple[str, ...] = ()
    mends: tuple[str, ...] = ()
    parameters: tuple[int, int] | None = None
    refused: str = ""
    unsure: tuple[str, ...] = ()
    run: bool = False


def foreseen(document: Document, before: Analysis, after: Analysis) -> Foreseen:
    """What differs between two analyses, before and after an edit that changes one block.

    Args:
        document: either, for the names of the blocks.
    """
    differing = [found for block in after.blocks if (found := tuple(_changes(document, block, before, after)))]
    told: list[Change] = []
    while differing and len(told) < MOST_TOLD:
        told += differing.pop(0)
    return Foreseen(
        changes=tuple(told),
        more=len(differing),
        brings=_only_in(after, before, known=before),
        mends=_only_in(before, after, known=after),
        parameters=_parameters(before, after),
    )


def _changes(document: Document, block: str, before: Analysis, after: Analysis) -> Iterator[Change]:
    old, new = before.blocks.get(block, BlockAnalysis()), after.blocks[block]
    if old.outputs == new.outputs:
        return
    ports = {**(old.outputs or {}), **(new.outputs or {})}
    for port in ports:
        was, becomes = (old.outputs or {}).get(port), (new.outputs or {}).get(port)
        if was != becomes:
            yield Change(
                document.block(block).name,
                port if len(ports) > 1 else "",
                _told(was, becomes, known=old.outputs is not None),
                _told(becomes, was, known=new.outputs is not None),
            )


def _told(spec: TensorSpec | None, other: TensorSpec | None, *, known: bool) -> str:
    """The shape, and what else differs from the other."""
    if spec is None:
        return "" if known else NOT_KNOWN
    words = [spec.text()]
    if other is not None and spec.dtype != other.dtype:
        words.append(spec.dtype)
    if other is not None and spec.mask != other.mask:
        words.append("masked" if spec.mask else "not masked")
    return " ".join(words)


def _only_in(one: Analysis, other: Analysis, known: Analysis) -> tuple[str, ...]:
    """The problems of the one that the other has not, and does not merely hide behind an error further up."""
    there = {_identity(problem) for problem in other.diagnostics}

    def told(problem: Diagnostic) -> bool:
        block = known.blocks.get(problem.block)
        return known is one or block is None or block.outputs is not None

    found = (p for p in one.diagnostics if _identity(p) not in there and told(p))
    return tuple(dict.fromkeys(problem.title for problem in found))


def _identity(problem: Diagnostic) -> tuple[str, str, str]:
    return problem.code, problem.block, problem.port


def _parameters(before: Analysis, after: Analysis) -> tuple[int, int] | None:
    same = _known(before) == _known(after)
    return (before.parameters, after.parameters) if same and before.parameters != after.parameters else None


def _known(analysis: Analysis) -> set[str]:
    return {block for block, known in analysis.blocks.items() if known.outputs is not None}


def encode_foreseen(found: Foreseen) -> dict[str, Json]:
    """What an edit would do, as JSON."""
    return cast("dict[str, Json]", asdict(found))


def decode_foreseen(content: JsonObject) -> Foreseen:
    """What an edit would do, from JSON."""
    whole = cast("Mapping[str, Any]", content)
    return Foreseen(
        changes=tuple(Change(**change) for change in whole["changes"]),
        more=whole["more"],
        brings=tuple(whole["brings"]),
        mends=tuple(whole["mends"]),
        parameters=tuple(whole["parameters"]) if whole["parameters"] else None,
        refused=whole["refused"],
        unsure=tuple(whole["unsure"]),
        run=whole["run"],
    )
