"""What the leak test found: whether padding changes results, where first, and why. JSON as `check --leaks` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.analysis.encoding import decode_fix, encode_fix
from engine.analysis.values import Diagnostic, Fix
from engine.graph.values import Json

CODE = "padding.leak"


@dataclass(frozen=True)
class Leak:
    """A block whose values at real steps depend on padding.

    Attributes:
        difference: the largest one between a sequence alone and in the padded batch, at real steps.
        sequence: where it is largest.
    """

    block: str
    difference: float
    sequence: int
    title: str
    detail: str
    fixes: tuple[Fix, ...] = ()

    @property
    def diagnostic(self) -> Diagnostic:
        """The leak as a row in Problems."""
        return Diagnostic(CODE, "warning", "run", self.block, self.title, self.detail, fixes=self.fixes)


@dataclass(frozen=True)
class LeakReport:
    """The answer to “does padding change my results?”.

    Attributes:
        sentence: the answer, or why there is none.
        first: the first block, in model order, whose values at real steps depend on padding; empty: none.
        leaks: that block and all others that leak by themselves, in model order.
        largest: the largest difference anywhere, None where nothing could be compared.
    """

    sentence: str
    first: str = ""
    leaks: tuple[Leak, ...] = ()
    largest: float | None = None


def encode_leaks(report: LeakReport) -> dict[str, Json]:
    """The report as JSON."""
    return {
        "first": report.first or None,
        "sentence": report.sentence,
        "difference": report.largest,
        "blocks": [
            {
                "block": leak.block,
                "difference": leak.difference,
                "sequence": leak.sequence,
                "title": leak.title,
                "detail": leak.detail,
                "fixes": [encode_fix(fix) for fix in leak.fixes],
            }
            for leak in report.leaks
        ],
    }


def decode_leaks(content: Mapping[str, Any]) -> LeakReport:
    """The report from JSON."""
    return LeakReport(
        sentence=str(content["sentence"]),
        first=content["first"] or "",
        leaks=tuple(
            Leak(
                str(leak["block"]),
                float(leak["difference"]),
                int(leak["sequence"]),
                str(leak["title"]),
                str(leak["detail"]),
                tuple(decode_fix(fix) for fix in leak["fixes"]),
            )
            for leak in content["blocks"]
        ),
        largest=content["difference"],
    )
