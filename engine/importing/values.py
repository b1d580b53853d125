"""What was read from a pasted text: a drawn model, what was assumed, what was left out, what Keras said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.document.values import Document
from engine.graph.values import Json

Kind: TypeAlias = Literal["code", "message", "mixed"]
LARGEST_TEXT = 1 << 20
"""Bytes of a text that is read."""
Shape: TypeAlias = tuple[int | None, ...]


class PasteError(ValueError):
    """A text from which nothing can be read; its text is one sentence."""


@dataclass(frozen=True)
class Assumed:
    """Something that stands in the model and in neither code nor message.

    Attributes:
        argument: None: the whole block.
        value: what was taken for it.
        reason: why, in a few words.
    """

    block: str
    argument: str | None
    value: Json
    reason: str


@dataclass(frozen=True)
class Skipped:
    """A statement that could shape the model and was not understood.

    Attributes:
        line: of the pasted text, from 1.
        text: its first line, shortened.
        reason: why it was left out, in a few words.
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Facts:
    """What a message of Keras or TensorFlow says, whatever its wording.

    Attributes:
        family: which fault it is, such as `ndim`; empty: not known.
        text: the message itself, without tracebacks.
        wording: whose words they are: `keras3`, `tf2`, `keras2` or `tensorflow`.
        layer_type, layer_name: of the layer that complains; empty where the message does not tell.
        shapes, named: every shape in it, in order; those that have a part to play, by name.
        numbers: what else makes it this fault (expected and found ndim, sizes, a count), by name.
        words: argument names, variable paths and the like, by name.
    """

    family: str
    text: str
    wording: str = "keras3"
    layer_type: str = ""
    layer_name: str = ""
    shapes: tuple[Shape, ...] = ()
    named: Mapping[str, Shape] = field(default_factory=dict[str, "Shape"])
    numbers: Mapping[str, int] = field(default_factory=dict[str, int])
    words: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Draft:
    """One way to draw what was pasted."""

    document: Document
    assumed: tuple[Assumed, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A pasted text, read.

    Attributes:
        drafts: ways to draw it, the likeliest first: where something had to be assumed there may be several, and Keras
            is asked which of them it would complain about in the pasted words. Never empty.
        skipped: in the order of the text.
        message: None: there is none.
        fed: shapes of data, with the batch, that are fed to Inputs, by id.
    """

    kind: Kind
    drafts: tuple[Draft, ...]
    skipped: tuple[Skipped, ...] = ()
    message: Facts | None = None
    fed: Mapping[str, Shape] = field(default_factory=dict[str, "Shape"])
