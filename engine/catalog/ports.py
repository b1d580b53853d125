"""Which ports a block has, as a function of its arguments.

Names are those of the document file's contract. That the number and order of the outputs agree with what Keras returns
is a contract test (port names are one of the five places where our own arithmetic stands beside Keras).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import TypeVar, cast

from engine.catalog.arguments import effective, is_list, nested_layer
from engine.catalog.operations import operation_ports
from engine.catalog.spec import Catalog, Category, LayerSpec, Ports, PortSpec
from engine.graph.values import INPUT, REUSE, Block, Graph, Json, JsonObject

STATES = {
    "LSTM": ("state_h", "state_c"),
    "ConvLSTM1D": ("state_h", "state_c"),
    "ConvLSTM2D": ("state_h", "state_c"),
    "ConvLSTM3D": ("state_h", "state_c"),
    "GRU": ("state",),
    "SimpleRNN": ("state",),
}
CELL_STATES = {"LSTMCell": 2, "GRUCell": 1, "SimpleRNNCell": 1}
LIST_CALLS = {"Attention": ("query", "value", "key"), "AdditiveAttention": ("query", "value", "key")}
MASK_NAMES = frozenset({"mask", "attention_mask", "query_mask", "value_mask", "key_mask"})
Member = TypeVar("Member")
OUTPUT = PortSpec("output", "output")
INPUTS = PortSpec("inputs", "inputs")
UNKNOWN = Ports((PortSpec("inputs", "inputs", required=False),), (OUTPUT,))
INPUT_PORTS = Ports((), (OUTPUT,))


def ports_of(block: Block, graph: Graph, catalog: Catalog) -> Ports:
    """The ports of a block; a Reuse has those of the block it names; an unknown type has `inputs` and `output`."""
    owner = reused_block(block, graph)
    if owner is None:
        return UNKNOWN
    if owner.type == INPUT:
        return INPUT_PORTS
    spec = catalog.layers.get(owner.type)
    if spec is None:
        return UNKNOWN
    return layer_ports(spec, owner.arguments, bool(block.call.get("return_attention_scores")), catalog)


def reused_block(block: Block, graph: Graph) -> Block | None:
    """The block whose layer a block calls: itself, or what a Reuse names, through chains; None: there is none."""
    seen = {block.id}
    while block.type == REUSE:
        named = block.arguments.get("of")
        if not isinstance(named, str) or named not in graph or named in seen:
            return None
        seen.add(named)
        block = graph.by_id[named]
    return block


def layer_ports(spec: LayerSpec, arguments: JsonObject, scores: bool, catalog: Catalog) -> Ports:
    """The ports of a layer with these arguments; plain layers are answered without looking at them."""
    if spec.is_operation:
        return operation_ports(spec, arguments) if spec.inputs else UNKNOWN
    if spec.category in ("merge", "attention") or spec.type not in _ARGUMENT_DEPENDENT:
        masks = tuple(setting.name for setting in spec.call if setting.name in MASK_NAMES)
        return _plain_ports(spec.type, spec.category, spec.inputs, masks, scores)
    if spec.type == "Bidirectional":
        return _bidirectional(spec, arguments, catalog)
    states = _rnn_states(spec, arguments, catalog)
    inputs = (INPUTS, *_initial_states(spec.type, states, _levels(spec.type, arguments, catalog)), *_masks(spec))
    if not effective(arguments, spec, "return_state"):
        return Ports(inputs, (OUTPUT,))
    return Ports(inputs, (OUTPUT, *(PortSpec(name, "output", state=True) for name in states)))


_ARGUMENT_DEPENDENT = frozenset({*STATES, "RNN", "Bidirectional"})


@lru_cache(maxsize=1024)
def _plain_ports(
    kind: str, category: Category, tensors: tuple[str, ...], masks: tuple[str, ...], scores: bool
) -> Ports:
    outputs = (OUTPUT, PortSpec("scores", "output")) if scores else (OUTPUT,)
    if category == "merge":
        return Ports((PortSpec("inputs", "inputs", growing=True),), outputs)
    if kind in LIST_CALLS:
        names = LIST_CALLS[kind]
        return Ports(tuple(PortSpec(name, "list", required=name != "key") for name in names), outputs)
    explicit = tuple(PortSpec(name, "mask", required=False) for name in masks)
    if "query" in tensors:
        named = (PortSpec(name, "keyword", required=name != "key") for name in tensors)
        return Ports((*named, *explicit), outputs)
    return Ports((INPUTS, *explicit), outputs)


def _masks(spec: LayerSpec) -> tuple[PortSpec, ...]:
    return tuple(PortSpec(setting.name, "mask", required=False) for setting in spec.call if setting.name in MASK_NAMES)


def _rnn_states(spec: LayerSpec, arguments: JsonObject, catalog: Catalog) -> tuple[str, ...]:
    if spec.type in STATES:
        return STATES[spec.type]
    return tuple(f"state_{place}" for place in range(_count_cell_states(arguments.get("cell"), catalog)))


def _count_cell_states(cell: Json, catalog: Catalog) -> int:
    """Number of states of a cell or stack of cells; of a registered cell as its class says, an unknown one has one."""
    if is_list(cell):
        return sum(_count_cell_states(part, catalog) for part in cast("Sequence[Json]", cell))
    nested = nested_layer(cell)
    if nested is None:
        return 1
    kind, arguments = nested
    if kind == "StackedRNNCells":
        return _count_cell_states(arguments.get("cells"), catalog)
    known = catalog.layers.get(kind)
    return CELL_STATES.get(kind) or (known.states if known is not None else 0) or 1


def states_together(given: Iterable[tuple[PortSpec, Member]]) -> tuple[Member | tuple[Member, ...], ...]:
    """What `initial_state` takes: the states in port order, those of each cell of a stack together."""
    found: list[Member | tuple[Member, ...]] = []
    for level, members in groupby(given, key=lambda pair: pair[0].level):
        together = tuple(member for _, member in members)
        found += together if level is None else [together]
    return tuple(found)


def _levels(kind: str, arguments: JsonObject, catalog: Catalog) -> tuple[int, ...]:
    """For each state of a stack of cells the place of its cell; of a single cell: nothing."""
    cell = arguments.get("cell") if kind == "RNN" else None
    nested = nested_layer(cell)
    if nested is not None and nested[0] == "StackedRNNCells":
        cell = nested[1].get("cells")
    cells = cast("Sequence[Json]", cell) if is_list(cell) else ()
    return tuple(place for place, one in enumerate(cells) for _ in range(_count_cell_states(one, catalog)))


def _initial_states(kind: str, states: tuple[str, ...], levels: tuple[int, ...]) -> tuple[PortSpec, ...]:
    if kind == "RNN" and len(states) > 1:
        names = tuple(f"initial_{state}" for state in states)
    else:
        names = tuple(_initial(state) for state in states) if len(states) > 1 else ("initial_state",)
    places = levels or (None,) * len(names)
    pairs = zip(names, places, strict=True)
    return tuple(PortSpec(name, "state", required=False, state=True, level=level) for name, level in pairs)


def _initial(state: str) -> str:
    return "initial_state_" + state.removeprefix("state_")


def _bidirectional(spec: LayerSpec, arguments: JsonObject, catalog: Catalog) -> Ports:
    nested = nested_layer(arguments.get("layer"))
    kind, inner = nested if nested is not None else ("", cast("Mapping[str, Json]", {}))
    inner_spec = catalog.layers.get(kind)
    states = _rnn_states(inner_spec, inner, catalog) if inner_spec is not None and kind in _ARGUMENT_DEPENDENT else ()
    short = tuple(_short(state) for state in states)
    both = tuple(f"{side}_{state}" for side in ("forward", "backward") for state in short)
    levels: tuple[int | None, ...] = _levels(kind, inner, catalog) or (None,) * len(states)
    # The second direction's levels go on counting: those of equal place would be taken together.
    levels += tuple(None if level is None else level + len(states) for level in levels)
    pairs = zip(both, levels, strict=True)
    entering = (
        PortSpec(f"initial_state_{name}", "state", required=False, state=True, level=level) for name, level in pairs
    )
    inputs = (INPUTS, *entering, *_masks(spec))
    if arguments.get("merge_mode", "concat") is None:
        outputs: tuple[PortSpec, ...] = (PortSpec("forward", "output"), PortSpec("backward", "output"))
    else:
        outputs = (OUTPUT,)
    if effective(inner, inner_spec, "return_state"):
        outputs += tuple(PortSpec(name, "output", state=True) for name in both)
    return Ports(inputs, outputs)


def _short(state: str) -> str:
    """`state_h` is `h`; the only state of a GRU is its `h`."""
    return "h" if state == "state" else state.removeprefix("state_")
