"""A plan: the ordered steps that build a model, printed by codegen and executed by runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.graph.values import Json, JsonObject, PortRef

Operand: TypeAlias = "PortRef | tuple[Operand, ...]"
"""A tensor (the port it comes from, or a port's mask `output.mask`), or a list of tensors or of lists of them."""


@dataclass(frozen=True)
class Construct:
    """Makes the layer of a block: `lstm = layers.LSTM(64)`."""

    block: str
    type: str
    arguments: JsonObject


@dataclass(frozen=True)
class MakeInput:
    """Makes an input tensor: `tokens = keras.Input((None,), dtype="int32")`."""

    block: str
    arguments: JsonObject


@dataclass(frozen=True)
class Call:
    """Calls a layer: `x, h, c = lstm(x, initial_state=[h, c])`.

    Attributes:
        block: the block whose call this is.
        layer: the block whose layer is called: the same, or the one a Reuse names.
        positional: the tensor arguments given by place.
        keywords: the tensor arguments given by name.
        settings: call-time settings that are not tensors.
        outputs: the block's output ports in the order in which Keras returns them.
    """

    block: str
    layer: str
    positional: tuple[Operand, ...]
    keywords: Mapping[str, Operand] = field(default_factory=dict[str, "Operand"])
    settings: Mapping[str, Json] = field(default_factory=dict[str, Json])
    outputs: tuple[str, ...] = ("output",)


@dataclass(frozen=True)
class Operate:
    """Applies a function of `keras.ops`: `x = ops.mean(x, axis=1)`, `x = a + b`, `x = x[:, -1]`.

    Attributes:
        type: such as `keras.ops.mean`.
        operands: the tensors, by argument, in signature order.
        arguments: all other arguments, also those that stand in for a tensor.
    """

    block: str
    type: str
    operands: Mapping[str, Operand]
    arguments: JsonObject
    outputs: tuple[str, ...] = ("output",)


Step: TypeAlias = Construct | MakeInput | Call | Operate


def sources_of(step: Step) -> tuple[PortRef, ...]:
    """The ports that a step reads."""
    if isinstance(step, Call):
        operands = (*step.positional, *step.keywords.values())
    else:
        operands = tuple(step.operands.values()) if isinstance(step, Operate) else ()
    return tuple(port for operand in operands for port in _ports_of(operand))


def _ports_of(operand: Operand) -> tuple[PortRef, ...]:
    if isinstance(operand, PortRef):
        return (operand,)
    return tuple(port for member in operand for port in _ports_of(member))


@dataclass(frozen=True)
class Plan:
    """Steps in an order in which they can be carried out.

    Attributes:
        inputs: ids of the Input blocks, in block order.
        outputs: the model's outputs.
        names: by block id, the block's name as people read it.
        left_out: ids of the blocks that cannot be carried out, in block order.
    """

    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    outputs: tuple[PortRef, ...]
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    left_out: tuple[str, ...] = ()
