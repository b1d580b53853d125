"""What stands between the brackets of `x[…]`, as text: read from its syntax, never evaluated."""

from __future__ import annotations

import ast
from types import EllipsisType
from typing import TypeAlias

Index: TypeAlias = "int | slice | EllipsisType | None"
LONGEST = 200
LARGEST = 2**31
WANTED = "must be whole numbers, slices, ... or None, as in “:, -1”"


class KeyTextError(ValueError):
    """A text that is no key; its message is the end of a sentence."""


def parse_key(text: str) -> Index | tuple[Index, ...]:
    """The key that a text writes.

    Raises:
        KeyTextError: it is none.

    >>> parse_key(":, -1")
    (slice(None, None, None), -1)
    """
    tree = _tree(text)
    return tuple(_index(part) for part in tree.elts) if isinstance(tree, ast.Tuple) else _index(tree)


def written_key(text: str) -> str:
    """A key as people write it: `:, -1`.

    Raises:
        KeyTextError: it is none.
    """
    parse_key(text)
    tree = _tree(text)
    parts = tree.elts if isinstance(tree, ast.Tuple) else [tree]
    return ", ".join(ast.unparse(part) for part in parts) + (
        "," if isinstance(tree, ast.Tuple) and len(parts) == 1 else ""
    )


def _tree(text: str) -> ast.expr:
    if not text.strip() or len(text) > LONGEST:
        raise KeyTextError(WANTED)
    try:
        whole = ast.parse(f"x[{text}]", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise KeyTextError(WANTED) from None
    if not isinstance(whole, ast.Subscript) or not isinstance(whole.value, ast.Name):  # such as “0](…)[0”
        raise KeyTextError(WANTED)
    return whole.slice


def _index(part: ast.expr) -> Index:
    if isinstance(part, ast.Slice):
        return slice(*(None if bound is None else _number(bound) for bound in (part.lower, part.upper, part.step)))
    if isinstance(part, ast.Constant) and part.value is None:
        return None
    if isinstance(part, ast.Constant) and part.value is Ellipsis:
        return ...
    return _number(part)


def _number(part: ast.expr) -> int:
    sign = 1
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub):
        sign, part = -1, part.operand
    value = part.value if isinstance(part, ast.Constant) else None
    if not isinstance(value, int) or isinstance(value, bool) or value > LARGEST:
        raise KeyTextError(WANTED)
    return sign * value
