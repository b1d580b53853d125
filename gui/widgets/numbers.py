"""Numbers in few digits."""

from __future__ import annotations

import math


def short(value: float, digits: str = ".3g") -> str:
    """A number in few digits; what is none says so.

    >>> short(0.12345), short(float("nan")), short(float("-inf"))
    ('0.123', 'NaN', '−∞')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return format(value, digits)
