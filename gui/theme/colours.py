"""The colours of values."""

from __future__ import annotations

from functools import lru_cache

from gui.theme.theme import Theme

LEVELS = 253
_ENDS = {False: ("#1f66b0", "#a35a12"), True: ("#4f9cf5", "#e59a3c")}


def diverging_table(theme: Theme) -> list[int]:
    """256 colours as Qt's 0xAARRGGBB: blue (0) through the panel's background (126) to amber-brown (252), so that red
    stays error: 254 is NaN and infinity; 255 is transparent."""
    odd = int(f"ff{theme.error[1:]}", 16)
    return [*_diverging(theme.panel, *_ENDS[theme.dark]), odd, odd, 0]


@lru_cache(maxsize=8)
def _diverging(middle: str, low: str, high: str) -> tuple[int, ...]:
    half = (LEVELS - 1) // 2
    down = [_between(low, middle, at / half) for at in range(half)]
    up = [_between(middle, high, at / half) for at in range(half + 1)]
    return (*down, *up)


def _between(first: str, second: str, part: float) -> int:
    colour = 0xFF
    for at in (1, 3, 5):
        a, b = int(first[at : at + 2], 16), int(second[at : at + 2], 16)
        colour = colour << 8 | round(a + (b - a) * part)
    return colour
