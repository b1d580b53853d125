"""Plain text: each line a sequence of tokens, whose ids come from a vocabulary that is made from the text itself.

The vocabulary is made from the first `VOCABULARY_BYTES` of the text, whatever part of it is fed: the most frequent token has
the id 2, of equally frequent ones the one that comes first. 0 is padding, 1 is any token that stands only later in the text.
Tokens are what stands between white space (as it is: case and punctuation stay), or single characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy as np

from engine.document.file_options import Tokenizer
from engine.runtime.files.lines import Lines
from engine.runtime.files.rows import has_next
from engine.runtime.files.values import (
    FIRST_ID,
    UNKNOWN_ID,
    FileError,
    FileRead,
    FirstRows,
    Sequence,
    Vocabulary,
    Wanted,
)

VOCABULARY_BYTES = 2 * 1024**2


def read_text(wanted: Wanted) -> FileRead:
    """The wanted lines as ids.

    Raises:
        FileError: it is no text, or the Input takes no ids.
    """
    if not wanted.timed or wanted.features not in (None, 1):
        takes = "has no time axis" if not wanted.timed else f"takes {wanted.features} features a step"
        why = f" gives one id a step, and {wanted.name} {takes}"
        raise FileError(why, "Give the Input the shape (None,) and an integer type, and an Embedding after it.")
    tokenizer = wanted.options.tokenizer
    vocabulary = _vocabulary(wanted, tokenizer)
    if wanted.dtype.kind in "iu" and vocabulary.size - 1 > np.iinfo(wanted.dtype).max:
        why = f" has {vocabulary.size} ids, and {wanted.dtype} of {wanted.name} cannot hold them"
        raise FileError(why, "Make the Input int32.")
    ids = {token: at for at, token in enumerate(vocabulary.tokens, FIRST_ID)}
    rows = FirstRows()
    with wanted.path.open("rb") as stream:
        lines = Lines(stream)
        lines.skip(wanted.options.first)
        texts = _without_last_blanks(lines)
        found = tuple(_sequence(*text, ids, wanted, rows) for text in islice(texts, wanted.count))
        more = len(found) == wanted.count and has_next(texts)
    return FileRead(found, more, rows=tuple(rows.kept), vocabulary=vocabulary)


def tokens_of(text: str, tokenizer: Tokenizer) -> list[str]:
    """The tokens of a line."""
    return text.split() if tokenizer == "whitespace" else list(text.rstrip("\r\n"))


def _vocabulary(wanted: Wanted, tokenizer: Tokenizer) -> Vocabulary:
    counts: Counter[str] = Counter()  # keeps the order in which tokens came
    with wanted.path.open("rb") as stream:
        lines = Lines(stream)
        whole = True
        for text in lines:
            counts.update(tokens_of(text, tokenizer))
            if lines.num_bytes >= VOCABULARY_BYTES:
                whole = not stream.read(1)
                break
    ranked = sorted(counts.items(), key=lambda one: -one[1])
    return Vocabulary(tuple(token for token, _ in ranked), tuple(count for _, count in ranked), whole)


def _sequence(text: str, line: int, ids: dict[str, int], wanted: Wanted, rows: FirstRows) -> Sequence:
    rows.keep((text,))
    tokens = tokens_of(text, wanted.options.tokenizer)
    values = np.array([ids.get(token, UNKNOWN_ID) for token in tokens], np.int64)
    return Sequence(values.reshape(len(tokens), *(1 for _ in wanted.step)), line, tuple(tokens))


def _without_last_blanks(lines: Lines) -> Iterator[tuple[str, int]]:
    """Lines with their number; an empty one is an empty sequence, but not at the end of the file."""
    blanks: list[tuple[str, int]] = []
    for text in lines:
        if text.strip("\r\n"):
            yield from blanks
            blanks.clear()
            yield text, lines.number
        else:
            blanks.append((text, lines.number))
