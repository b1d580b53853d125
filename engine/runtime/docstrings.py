"""Keras's docstrings, read for one line per argument."""

from __future__ import annotations

import inspect
import re
from typing import Any

_HEAD = re.compile(r"^(\s*)(Args|Arguments|Call arguments|Call Args):\s*$")
_ENTRY = re.compile(r"^(\s+)`?\*{0,2}(\w+)`?(?:\s*\([^)]*\))?:\s*(.*)$")
_WORD = r"^(?:Optional )?(?:An? )?(?:Boolean|Bool|Integer|Int|Float|String|Tuple)\b"
_DEFAULT = r"(?:,? ?\(default[^)]*\))?"
_TYPE_SENTENCE = re.compile(rf"{_WORD}[^.:;,(]{{0,30}}{_DEFAULT}\.\s+", re.IGNORECASE)
_TYPE_COMMA = re.compile(rf"{_WORD}{_DEFAULT},\s+(?!or\b|tuple\b|optional\b|\()", re.IGNORECASE)
LONGEST = 160


def argument_docs(owner: Any) -> dict[str, str]:
    """The text of each argument in the Args and Call arguments sections, white space folded."""
    docs: dict[str, str] = {}
    for parent in reversed(inspect.getmro(owner)[:3] if inspect.isclass(owner) else (owner,)):
        text = parent.__doc__ if inspect.isclass(parent) else inspect.getdoc(parent)
        if text:
            docs.update(_sections(inspect.cleandoc(text)))
    return docs


def _sections(text: str) -> dict[str, str]:
    docs: dict[str, list[str]] = {}
    inside, depth, name = False, 0, ""
    for line in text.splitlines():
        if _HEAD.match(line):
            inside, depth, name = True, 0, ""
            continue
        if not inside or not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if indent == 0:
            inside = False
            continue
        entry = _ENTRY.match(line)
        depth = depth or indent
        if entry is not None and indent <= depth:
            name = entry[2]
            docs[name] = [entry[3]]
        elif name:
            docs[name].append(line.strip())
    return {name: " ".join(" ".join(lines).split()) for name, lines in docs.items()}


def first_sentence(text: str) -> str:
    """The first sentence of a text, at most one line, cut at a word."""
    text = " ".join(text.split("\n\n")[0].replace("``", "`").split())
    end = re.search(r"(?<![ei]\.[ge])(?<!a\.k\.a)\.(?=\s+[A-Z`(]|$)", text)
    sentence = text[: end.end()] if end else text
    if len(sentence) <= LONGEST:
        return sentence
    return sentence[: LONGEST - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def without_type(text: str) -> str:
    """A text without the type of the value in front of it, unless that is all it says.

    >>> without_type("Boolean. Whether to return the last output.")
    'Whether to return the last output.'
    """
    rest = _TYPE_COMMA.sub("", _TYPE_SENTENCE.sub("", text, count=1), count=1)
    return rest[:1].upper() + rest[1:] if len(rest.split()) > 2 else text
