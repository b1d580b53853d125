"""Contrast of every role on every ground it stands on."""

import itertools

import pytest

from gui.theme.theme import DARK, LIGHT, Theme


def luminance(colour: str) -> float:
    """Of `#rrggbb`, by WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_and_marks_can_be_seen(theme: Theme) -> None:
    """Text 4.5 : 1; hatch, wires, focus 3 : 1."""
    grounds = (theme.window, theme.panel, theme.canvas, theme.block)
    texts = (theme.text, theme.secondary, theme.faint, theme.error, theme.warning, theme.good)
    for text, ground in itertools.product((*texts, *theme.category.values()), grounds):
        assert contrast(text, ground) >= 4.5, (text, ground)
    for mark, ground in itertools.product((theme.hatch, theme.wire, theme.accent, *theme.units), grounds):
        assert contrast(mark, ground) >= 3, (mark, ground)
    assert contrast(theme.accent_text, theme.accent) >= 4.5
