"""What is shown of a file that an Input is fed from: its first rows, its columns, its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from engine.graph.values import JsonObject


@dataclass(frozen=True)
class VocabularyLook:
    """The vocabulary of a text.

    Attributes:
        size: ids, with 0 for padding and 1 for unknown tokens.
        whole: it was made from the whole text, not from its first part.
        first: the most frequent tokens, from id 2 on.
        counts: how often each of them was met.
        embedding: the block of the smallest Embedding that reads the ids; empty: none does.
        argument: the path of its input_dim, as in `layer.arguments.input_dim`.
        input_dim: of that Embedding, 0 without one.
    """

    size: int
    whole: bool
    first: tuple[str, ...]
    counts: tuple[int, ...]
    embedding: str = ""
    argument: str = ""
    input_dim: int = 0

    @property
    def too_large(self) -> bool:
        """There are ids that the Embedding does not know."""
        return bool(self.embedding) and self.input_dim < self.size


@dataclass(frozen=True)
class FileLook:
    """A file of sequences of their own lengths.

    Attributes:
        sequences: how many were read, after the `first` ones that were passed over.
        more: the file has further ones.
        header: of tables: the names of the columns.
        roles: of tables: what each is: `sequence`, `time`, `feature`, or nothing.
        rows: the first rows that were read, as they stand in the file.
    """

    sequences: int
    first: int
    more: bool
    header: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    vocabulary: VocabularyLook | None = None


def encode_file_look(look: FileLook) -> JsonObject:
    """The look as a part of a reply."""
    return cast("JsonObject", asdict(look))


def decode_file_look(content: JsonObject) -> FileLook:
    """The look of a part of a reply."""
    body = dict(cast("Mapping[str, Any]", content))
    words = dict(body.pop("vocabulary") or {})
    rows = tuple(tuple(row) for row in body.pop("rows"))
    vocabulary = None
    if words:
        first, counts = tuple(words.pop("first")), tuple(words.pop("counts"))
        vocabulary = VocabularyLook(**words, first=first, counts=counts)
    header, roles = tuple(body.pop("header")), tuple(body.pop("roles"))
    return FileLook(**body, header=header, roles=roles, rows=rows, vocabulary=vocabulary)
