"""What is known of a layer class without building it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.graph.values import Json

ArgumentKind: TypeAlias = Literal[
    "int", "float", "bool", "choice", "string", "dtype",
    "shape",        # a tuple of sizes, each an int or null
    "ints",         # an int or a tuple of ints (kernel_size, strides, pool_size)
    "axis",         # an int or a tuple of ints that index axes
    "initializer", "regularizer", "constraint", "activation",
    "layer",        # a nested layer {type, arguments}
    "cell",         # a nested cell, or a list of cells
    "key",          # what stands between the brackets of x[…], as text
    "json",         # anything else that JSON can say
]  # fmt: skip
Category: TypeAlias = Literal[
    "input",
    "recurrent",
    "timestep",
    "length",
    "attention",
    "merge",
    "regularise",
    "reuse",
    "image",
    "preprocessing",
    "operation",
]
OPERATION = "keras.ops."
"""What the types of operations start with."""
REGISTERED = ">"
"""What stands in the type of a layer that somebody registered with Keras: `package>Class`."""
PortRole: TypeAlias = Literal[
    "inputs",    # the first positional argument of the call
    "list",      # a member of the one list that is the first positional argument (Attention's query, value, key)
    "keyword",   # a tensor passed by its own name (MultiHeadAttention's query, value, key)
    "state",     # a member of `initial_state`, in port order
    "mask",      # an explicit mask, passed by its own name
    "tensor",    # a tensor argument of an operation, passed by its own name
    "output",    # an output tensor
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArgumentSpec:
    """One constructor argument, or one call-time setting.

    Attributes:
        name: Keras's own name.
        kind: chooses the editor in the inspector and the check of a value.
        default: as JSON; meaningless where `required`.
        required: Keras has no default.
        optional: null is a legal value.
        choices: for kind `choice`, and the identifiers Keras knows for initializer, regularizer, constraint, activation.
        doc: one line of Keras's documentation.
        base: an argument of every layer (`dtype`, `trainable`), not of this one.
        tensor: of an operation: it is an input port, and the value stands in where nothing is wired to it.
    """

    name: str
    kind: ArgumentKind
    default: Json = None
    required: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    doc: str = ""
    base: bool = False
    tensor: bool = False


@dataclass(frozen=True, slots=True)
class PortSpec:
    """A port of a block. A growing port takes any number of wires, in order.

    Attributes:
        level: of a state that enters a stack of cells, the place of its cell: Keras takes the states of each in a list.
    """

    name: str
    role: PortRole
    required: bool = True
    growing: bool = False
    state: bool = False  # carries a state (drawn dashed): initial states, state_h, state_c, …
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports of a block. Outputs stand in the order in which Keras returns them."""

    inputs: tuple[PortSpec, ...]
    outputs: tuple[PortSpec, ...]

    def input(self, name: str) -> PortSpec | None:
        """The input port of this name, if there is one."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> PortSpec | None:
        """The output port of this name, if there is one."""
        return next((port for port in self.outputs if port.name == name), None)


@dataclass(frozen=True, slots=True)
class LayerSpec:
    """One public layer class of Keras, or one function of `keras.ops`.

    Attributes:
        type: as in a document: the class name, `keras.ops.NAME`, or a custom layer's registered name `package>Class`.
        module: where people import it from, such as `keras.layers`.
        category: its place in the palette.
        doc: one line of documentation.
        arguments: of the constructor, in signature order, own first, then base.
        call: call-time settings that are not tensors (`use_causal_mask`, `training`, `return_attention_scores`).
        inputs: names of the tensor arguments of `call`, in signature order, as Keras names them.
        placeable: it can stand on the canvas as a block.
        reason: why it cannot, in one sentence; empty when it can.
        time: one sentence on what it does to time, for the palette's tooltip; may be empty.
        public: the name under which its module offers it, where that is not the class's.
        growing: of an operation, the tensor argument that takes any number of tensors.
        outputs: of an operation, the names of the tensors that it returns, where its arguments do not tell.
        states: of a registered cell, how many states it has.
    """

    type: str
    module: str
    category: Category
    doc: str
    arguments: tuple[ArgumentSpec, ...]
    call: tuple[ArgumentSpec, ...] = ()
    inputs: tuple[str, ...] = ("inputs",)
    placeable: bool = True
    reason: str = ""
    time: str = ""
    public: str = ""
    growing: str = ""
    outputs: tuple[str, ...] = ("output",)
    states: int = 0

    @property
    def is_operation(self) -> bool:
        """A function of `keras.ops`: it has no weights and nothing is constructed."""
        return self.type.startswith(OPERATION)

    def argument(self, name: str) -> ArgumentSpec | None:
        """The constructor argument of this name, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """An initializer, regularizer or constraint class of Keras.

    Attributes:
        type: the class name, as in `{"type": "L2", "arguments": {"l2": 0.1}}`.
        kind: of the arguments that take it.
        name: the short name under which Keras finds it with every default, such as `l2`; empty: it has none.
        arguments: of the constructor, in signature order.
    """

    type: str
    kind: ArgumentKind
    name: str = ""
    arguments: tuple[ArgumentSpec, ...] = ()

    def argument(self, name: str) -> ArgumentSpec | None:
        """The constructor argument of this name, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)


def short_type(type_name: str) -> str:
    """A type as it stands on a block: `ops.mean` for `keras.ops.mean`, `Cell` for `package>Cell`."""
    if type_name.startswith(OPERATION):
        return type_name.removeprefix("keras.")
    return type_name.rpartition(REGISTERED)[2]


@dataclass(frozen=True)
class Catalog:
    """Every public layer of one Keras version, by type (`Input` and `Reuse` are among them), and what they take."""

    keras: str
    layers: Mapping[str, LayerSpec] = field(default_factory=dict[str, LayerSpec])
    objects: Mapping[str, ObjectSpec] = field(default_factory=dict[str, ObjectSpec])
