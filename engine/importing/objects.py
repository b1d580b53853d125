"""What a name can stand for while pasted code is read. Numbers, text, lists and dictionaries are Python's own."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeGuard

from engine.graph.values import Json, PortRef
from engine.importing.values import Shape

Value: TypeAlias = Any
"""One of the classes below, or a constant: None, bool, int, float, str, tuple, list, dict, range."""
Scope: TypeAlias = "dict[str, Value]"


def is_several(value: Value) -> TypeGuard[Sequence[Value]]:
    """A list or a tuple."""
    return isinstance(value, list | tuple)


def is_list(value: Value) -> TypeGuard[list[Value]]:
    """A list."""
    return isinstance(value, list)


def is_counted(value: Value) -> TypeGuard[Collection[Value]]:
    """Text, a list, a tuple, a dictionary or a range."""
    return isinstance(value, str | tuple | list | dict | range)


def is_sized(value: Value) -> TypeGuard[Sequence[Value]]:
    """Text, a list or a tuple: what can be joined and repeated."""
    return isinstance(value, str | tuple | list)


def is_mapping(value: Value) -> TypeGuard[dict[Value, Value]]:
    """A dictionary."""
    return isinstance(value, dict)


@dataclass(frozen=True)
class Unknown:
    """A value that the text does not tell.

    Attributes:
        reason: why, in a few words.
        name: what stands in the code, where it is a name.
        owner, member: of `owner.member`, so that a call of a method can tell whose it is.
    """

    reason: str
    name: str = ""
    owner: Value = None
    member: str = ""


@dataclass(frozen=True)
class Dotted:
    """A name of a library, such as `keras.layers.LSTM`; nothing is imported."""

    path: str

    @property
    def last(self) -> str:
        """`LSTM` of `keras.layers.LSTM`."""
        return self.path.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Described:
    """An initializer, a regularizer or the like, as the document describes it."""

    json: Json


@dataclass
class Layer:
    """A layer that was made; drawn where it is called first.

    Attributes:
        guesses: arguments whose value the text does not tell, with the reason.
        shape: `input_shape` and its like: with the batch in front.
        members: of a wrapper around a model: the layers, each of which is wrapped.
        renamed: why it is drawn as another type than the text says.
        used: it was called, added to a model or put into a wrapper.
        block, result: the id of its block and what left it last, once drawn.
    """

    type: str
    arguments: dict[str, Json]
    line: int
    name: str = ""
    guesses: dict[str, str] = field(default_factory=dict[str, str])
    shape: Shape | None = None
    renamed: str = ""
    members: tuple[Layer, ...] = ()
    used: bool = False
    block: str = ""
    result: Value = None


@dataclass(frozen=True)
class Tensor:
    """An output port of a drawn block."""

    port: PortRef


@dataclass
class Hole:
    """A tensor that the text uses and does not make: an Input is assumed when a layer takes it."""

    name: str
    shape: Shape | None = None
    dtype: str = "float32"
    tensor: Tensor | None = None


@dataclass(frozen=True)
class Array:
    """Data of a known shape."""

    shape: Shape
    dtype: str = "float32"


@dataclass
class Stack:
    """A Sequential model.

    Attributes:
        waiting: layers that are not drawn yet, since nothing was said of the input.
        input, output: its two ends, once drawn.
    """

    line: int
    name: str = ""
    layers: list[Value] = field(default_factory=list[Value])
    waiting: list[Value] = field(default_factory=list[Value])
    input: Tensor | None = None
    output: Value = None
    input_shape: Shape | None = None
    called: bool = False
    assumed: bool = False


@dataclass
class Whole:
    """A functional model: tensors in and out."""

    inputs: list[Tensor]
    outputs: list[Tensor]
    line: int
    several: bool = False
    called: bool = False


@dataclass
class Function:
    """A function or lambda of the text."""

    name: str
    arguments: ast.arguments
    body: list[ast.stmt] | ast.expr
    scope: list[Scope]
    called: bool = False
    line: int = 0


@dataclass
class Class:
    """A class of the text."""

    name: str
    kind: str
    methods: Mapping[str, Function]
    attributes: Scope
    used: bool = False
    line: int = 0


@dataclass
class Instance:
    """An object of a class of the text: a model or a layer by subclassing."""

    of: Class
    attributes: Scope = field(default_factory=dict[str, Value])
    called: bool = False


@dataclass(frozen=True)
class Bound:
    """A method of something, to be called."""

    owner: Value
    name: str
