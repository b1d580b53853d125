"""Names and ids: free ones, and those that Python accepts."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable


def id_number(block_id: str) -> int:
    """The number in an id such as `b12`, 0 where there is none."""
    digits = re.fullmatch(r"[a-z]+(\d{1,15})", block_id)
    return int(digits[1]) if digits else 0


def snake_case(type_name: str) -> str:
    """A layer's type as Keras names its layers: `MultiHeadAttention` is `multi_head_attention`, `LSTM` is `lstm`.

    An operation `keras.ops.mean` is `mean`, a custom layer `package>Layer` is `layer`.
    """
    name = re.sub(r"\W+", "_", re.split(r"[.>]", type_name)[-1])
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or with the first number from 1 that makes it free: `lstm`, `lstm_1`, `lstm_2`."""
    used = set(taken)
    name, number = wanted, 0
    while name in used:
        number += 1
        name = f"{wanted}_{number}"
    return name


def identifier(text: str, fallback: str = "layer") -> str:
    """A Python identifier near to a text; never a keyword, never empty, ASCII."""
    name = re.sub(r"_+", "_", re.sub(r"[^0-9A-Za-z_]", "_", text)).strip("_").lower()
    if not name or name[0].isdigit():
        name = f"{fallback}_{name}".rstrip("_")
    return f"{name}_" if keyword.iskeyword(name) else name
