"""What stands between the brackets of `x[…]`: read, never evaluated."""

from __future__ import annotations

import pytest

from engine.catalog.arguments import check_value
from engine.catalog.keys import KeyTextError, parse_key, written_key
from engine.catalog.snapshot import load_snapshot


@pytest.mark.parametrize(
    ("text", "key"),
    [("-1", -1), (":, -1", (slice(None), -1)), (" : ,::-2 , 1:3", (slice(None), slice(None, None, -2), slice(1, 3))),
     ("..., 0", (..., 0)), (":, None", (slice(None), None)), ("0,", (0,))],
)  # fmt: skip
def test_keys_that_people_write(text: str, key: object) -> None:
    """The written form says the same."""
    assert parse_key(text) == key
    assert parse_key(written_key(text)) == key


@pytest.mark.parametrize(
    "text",
    ["", "  ", "x", "1.5", "True", "'a'", "__import__('os')", "0] + x[0", "(lambda: 0)()", "1 + 1", "[0, 1]", ":" * 500,
     "0:1:2:3", "((0, 1), 2)", "10**9", "-(-1)", "99999999999999", "a:b"],
)  # fmt: skip
def test_whatever_else_is_refused_in_words(text: str) -> None:
    """Nothing of it is run; the sentence says what is meant."""
    with pytest.raises(KeyTextError, match="must be whole numbers"):
        parse_key(text)
    argument = load_snapshot().layers["keras.ops.getitem"].argument("key")
    assert argument is not None
    assert check_value(argument, text).startswith("must be whole numbers")
