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
        goal: a ratio that reference / value must reach (`>= 100`), or one that value / reference must not pass (`<= 2`).
    """

    name: str
    value: float
    reference: str
    reference_value: float
    goal: str
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """reference / value for a goal of `>=`, value / reference for one of `<=`."""
        faster = self.goal.startswith(">")
        return self.reference_value / self.value if faster else self.value / self.reference_value

    @property
    def ok(self) -> bool:
        """The goal is met."""
        sign, bound = self.goal.split()
        return self.ratio >= float(bound) if sign.startswith(">") else self.ratio <= float(bound)

    def as_json(self) -> dict[str, object]:
        """The line as the contract prints it."""
        return {
            "name": self.name,
            "value": round(self.value, 6),
            "unit": self.unit,
            "reference": self.reference,
            "reference_value": round(self.reference_value, 6),
            "ratio": round(self.ratio, 3),
            "goal": self.goal,
            "ok": self.ok,
        }

    def as_text(self) -> str:
        """The line for people."""
        mark = "ok  " if self.ok else "MISS"
        return (
            f"{mark} {self.name:<24} {self.value * 1000:10.2f} ms   {self.reference}: {self.reference_value * 1000:.2f} ms"
            f"   ratio {self.ratio:.2f}, goal {self.goal}"
        )


def seconds(work: Work) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(work: Work, reference: Work, times: int) -> tuple[float, float]:
    """Medians of the two, measured in turn so that a drift of the machine meets both."""
    pairs = [(seconds(work), seconds(reference)) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
