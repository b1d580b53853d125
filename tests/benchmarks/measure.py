"""How a benchmark measures: value and reference in turn, medians, one line each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Line:
    """One line of the report.

    Attributes:
        reference, reference_value: what the value is compared with, and its value; None: with the goal alone.
        goal: a ratio that reference / value must reach (`>= 100`), one that value / reference must not pass (`<= 2`),
            or a time that the value must not pass (`<= 16 ms`).
        cause: what the value is of, where it is the largest of many.
    """

    name: str
    value: float
    reference: str | None
    reference_value: float | None
    goal: str
    unit: str = "s"
    cause: str = ""

    @property
    def ratio(self) -> float | None:
        """reference / value for a goal of `>=`, value / reference for one of `<=`."""
        if self.reference_value is None:
            return None
        faster = self.goal.startswith(">")
        return self.reference_value / self.value if faster else self.value / self.reference_value

    @property
    def ok(self) -> bool:
        """The goal is met."""
        sign, bound, *unit = self.goal.split()
        if unit or self.ratio is None:
            return self.value * 1000 <= float(bound)
        return self.ratio >= float(bound) if sign.startswith(">") else self.ratio <= float(bound)

    def as_json(self) -> dict[str, object]:
        """The line as the contract prints it."""
        return {
            "name": self.name,
            "value": round(self.value, 6),
            "unit": self.unit,
            "reference": self.reference,
            "reference_value": None if self.reference_value is None else round(self.reference_value, 6),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "goal": self.goal,
            "ok": self.ok,
            **({"cause": self.cause} if self.cause else {}),
        }

    def as_text(self) -> str:
        """The line for people."""
        mark = "ok  " if self.ok else "MISS"
        beside = "" if self.reference is None else f"   {self.reference}: {self._number(self.reference_value or 0.0)}"
        ratio = "" if self.ratio is None else f"   ratio {self.ratio:.2f}"
        cause = f"   ({self.cause})" if self.cause else ""
        return f"{mark} {self.name:<24} {self._number(self.value):>14}{beside}{ratio}, goal {self.goal}{cause}"

    def _number(self, value: float) -> str:
        return f"{value * 1000:.2f} ms" if self.unit == "s" else f"{value:.1f} {self.unit}"


def seconds(work: Work) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(work: Work, reference: Work, times: int) -> tuple[float, float]:
    """Medians of the two, measured in turn so that a drift of the machine meets both."""
    pairs = [(seconds(work), seconds(reference)) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
