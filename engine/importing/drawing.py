"""The model as it is drawn while code is read: blocks, wires, what was assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from engine.catalog.arguments import MISSING, get_argument
from engine.catalog.ports import ports_of
from engine.catalog.spec import Catalog, Ports, PortSpec
from engine.document.names import free_name, snake_case
from engine.graph.values import INPUT, REUSE, Block, Graph, Json, PortRef, Wire
from engine.importing.guesses import usual_input
from engine.importing.objects import Array, Hole, Layer, Tensor, Value, is_several
from engine.importing.values import Assumed, Shape

MOST_BLOCKS = 1_000
MAIN = "inputs"
NO_GRAPH = Graph()


class TooMuch(Exception):  # noqa: N818 - it says what it is
    """The text asks for more than is drawn; its text is a reason in a few words."""


class Drawing:
    """Blocks and wires, in the order in which the code makes them.

    Attributes:
        data: arrays that the code feeds, by the id of the Input.
        replaced: Inputs of models that were called on other tensors: they are taken away in the end.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.blocks: list[Block] = []
        self.wires: list[Wire] = []
        self.assumed: list[Assumed] = []
        self.data: dict[str, Array] = {}
        self.replaced: set[str] = set()
        self._names: set[str] = set()
        self._counts: dict[str, int] = {}
        self._drawn: list[Layer] = []
        self._arrays: dict[int, Tensor] = {}
        self._filled: list[Hole] = []

    # --- inputs --------------------------------------------------------------------------------------------------------

    def input(self, shape: Shape, dtype: str = "float32", name: str = "", *, batch: bool = False) -> Tensor:
        """A new Input.

        Args:
            shape: with the batch in front.
            batch: the batch is part of the model (`batch_shape`).
        """
        arguments: dict[str, Json] = {"batch_shape": list(shape)} if batch else {"shape": list(shape[1:])}
        if dtype != "float32":
            arguments["dtype"] = dtype
        return Tensor(PortRef(self._add(INPUT, name or "input_layer", arguments), "output"))

    def assumed_input(self, name: str, layer: Layer | None, shape: Shape | None = None) -> Tensor:
        """An Input that the text does not have."""
        usual, dtype = usual_input(layer.type, layer.arguments, self.catalog) if layer is not None else ((None, 16), "")
        tensor = self.input(shape or usual, dtype or "float32", name)
        reason = f"{name} has no value in the text" if name else "the text has no Input"
        block = self.blocks[-1]
        self.assumed.append(Assumed(block.id, None, dict(block.arguments), reason))
        return tensor

    def rename_input(self, tensor: Tensor, name: str) -> None:
        """Gives an Input that nobody named the name of its variable."""
        place = int(tensor.port.block[1:]) - 1
        block = self.blocks[place]
        if block.type == INPUT and block.name.startswith("input_layer"):
            self._names.discard(block.name)
            self.blocks[place] = Block(block.id, block.type, free_name(name, self._names), block.arguments)
            self._names.add(self.blocks[place].name)

    def fed(self, array: Array, layer: Layer | None) -> Tensor:
        """The Input that takes an array of the code."""
        if id(array) not in self._arrays:
            dtype = "int32" if layer is not None and layer.type == "Embedding" else array.dtype
            tensor = self.input((None, *array.shape[1:]), dtype)
            self._arrays[id(array)] = tensor
            self.data[tensor.port.block] = array
        return self._arrays[id(array)]

    def tensor_of(self, value: Value, layer: Layer | None = None) -> Tensor | None:
        """The tensor that a value of the code stands for where a layer takes it; None: it stands for none."""
        if isinstance(value, Hole):
            if value.tensor is None:
                value.tensor = self.assumed_input(value.name, layer, value.shape)
                self._filled.append(value)
            return value.tensor
        if isinstance(value, Array):
            return self.fed(value, layer)
        return value if isinstance(value, Tensor) else None

    # --- calls ---------------------------------------------------------------------------------------------------------

    def call(self, layer: Layer, inputs: Sequence[Value], named: Mapping[str, Value]) -> Value:
        """Calls a layer: draws it, or where it was called before a Reuse of it. Gives the tensors that leave.

        Args:
            inputs: positional arguments; a list or tuple of tensors is handed on whole.
            named: keyword arguments, tensors and settings.
        """
        settings = self._settings(layer, named)
        made = Block("", layer.type, "", layer.arguments, settings)
        ports = ports_of(made, NO_GRAPH, self.catalog)
        wires = [*_positional(inputs, ports), *_by_name(named, ports)]
        ends = [(self.tensor_of(one, layer), port) for value, port in wires for one in _members(value)]
        if layer.block:
            block = self._add(REUSE, layer.name or snake_case(layer.type), {"of": layer.block}, settings)
        else:
            usual = snake_case(layer.type.rsplit(".", 1)[-1])
            block = layer.block = self._add(layer.type, usual, layer.arguments, settings, layer.name)
            self._drawn.append(layer)
            self._tell_guesses(layer)
        self.wires += [Wire(end.port, PortRef(block, port)) for end, port in ends if end is not None]
        tensors = tuple(Tensor(PortRef(block, port.name)) for port in ports.outputs)
        return tensors[0] if len(tensors) == 1 else tensors

    def _settings(self, layer: Layer, named: Mapping[str, Value]) -> dict[str, Json]:
        spec = self.catalog.layers.get(layer.type)
        known = {setting.name: setting for setting in spec.call} if spec is not None else {}
        return {
            name: value
            for name, value in named.items()
            if name in known and isinstance(value, bool | int | float | str) and value != known[name].default
        }

    def _tell_guesses(self, layer: Layer) -> None:
        for argument, reason in layer.guesses.items():
            value = get_argument(layer.arguments, argument)
            spec = self.catalog.layers.get(layer.type)
            known = spec.argument(argument) if spec is not None else None
            told = (known.default if known is not None else None) if value is MISSING else cast("Json", value)
            self.assumed.append(Assumed(layer.block, argument, told, reason))
        if layer.renamed:
            self.assumed.append(Assumed(layer.block, None, layer.type, layer.renamed))

    def _add(
        self,
        kind: str,
        name: str,
        arguments: Mapping[str, Json],
        call: Mapping[str, Json] | None = None,
        told: str = "",
    ) -> str:
        """Adds a block under a free name, or under the very name that the text tells, even a second time."""
        if len(self.blocks) >= MOST_BLOCKS:
            raise TooMuch(f"the model has more than {MOST_BLOCKS:,} blocks")
        block_id, free = f"b{len(self.blocks) + 1}", told or self._free(name)
        block = Block(block_id, kind, free, dict(arguments), dict(call or {}))
        self._names.add(block.name)
        self.blocks.append(block)
        return block.id

    def _free(self, name: str) -> str:
        """`lstm`, `lstm_1`, `lstm_2`, as Keras counts; many blocks of one type are named in no time."""
        if name not in self._names:
            return name
        number = self._counts.get(name, 0) + 1
        while f"{name}_{number}" in self._names:
            number += 1
        self._counts[name] = number
        return f"{name}_{number}"

    # --- models called as layers -------------------------------------------------------------------------------------

    def feed(self, old: Tensor, new: Tensor) -> None:
        """What an Input of a model fed is fed by another tensor."""
        self.wires = [Wire(new.port, wire.target) if wire.source == old.port else wire for wire in self.wires]
        self.replaced.add(old.port.block)

    def copy_below(self, given: Mapping[PortRef, PortRef], outputs: Sequence[Tensor]) -> list[Tensor]:
        """A model that is called again: each of its blocks as a Reuse.

        Args:
            given: what stands in for each input of the model.
        """
        wanted = _ancestors({tensor.port.block for tensor in outputs}, {port.block for port in given}, self.wires)
        copies: dict[str, str] = {}
        for block in [block for block in self.blocks if block.id in wanted]:
            owner = block.arguments.get("of") if block.type == REUSE else block.id
            copies[block.id] = self._add(REUSE, block.name, {"of": owner}, block.call)

        def moved(port: PortRef) -> PortRef:
            return given.get(port) or PortRef(copies.get(port.block, port.block), port.port)

        self.wires += [
            Wire(moved(wire.source), PortRef(copies[wire.target.block], wire.target.port))
            for wire in list(self.wires)
            if wire.target.block in copies
        ]
        return [Tensor(moved(tensor.port)) for tensor in outputs]

    # --- taking back ---------------------------------------------------------------------------------------------------

    def mark(self) -> tuple[int, int, int, int]:
        """How far the drawing has come."""
        return len(self.blocks), len(self.wires), len(self.assumed), len(self._drawn)

    def take_back(self, mark: tuple[int, int, int, int]) -> None:
        """Removes what was drawn since a mark."""
        blocks, wires, assumed, drawn = mark
        self._names -= {block.name for block in self.blocks[blocks:]}
        self._counts.clear()
        for layer in self._drawn[drawn:]:
            layer.block = ""
        gone = {block.id for block in self.blocks[blocks:]}
        for hole in self._filled:
            if hole.tensor is not None and hole.tensor.port.block in gone:
                hole.tensor = None
        self._arrays = {key: tensor for key, tensor in self._arrays.items() if tensor.port.block not in gone}
        del self.blocks[blocks:], self.wires[wires:], self.assumed[assumed:], self._drawn[drawn:]


def _members(value: Value) -> Sequence[Value]:
    """The tensors of a tuple that is handed on whole."""
    return value if is_several(value) else (value,)


def _positional(inputs: Sequence[Value], ports: Ports) -> list[tuple[Value, str]]:
    found: list[tuple[Value, str]] = []
    free = [port for port in ports.inputs if port.role not in ("mask", "state")]
    for place, value in enumerate(inputs):
        whole = is_several(value)
        if place == 0 and whole and free and free[0].role == "list":
            found += [(member, port.name) for member, port in zip(value, free, strict=False)]
        elif place < len(free):
            members = value if whole else [value]
            found += [(member, free[place].name) for member in members]
    return found


def _by_name(named: Mapping[str, Value], ports: Ports) -> list[tuple[Value, str]]:
    found: list[tuple[Value, str]] = []
    states = [port for port in ports.inputs if port.role == "state"]
    for name, value in named.items():
        if name == "initial_state":
            members = value if is_several(value) else [value]
            found += list(zip(members, _state_names(states, len(members)), strict=False))
            continue
        port = _port(name, ports.inputs)
        if port is not None:
            members = value if is_several(value) else [value]
            found += [(member, port.name) for member in members]
    return found


def _state_names(states: Sequence[PortSpec], count: int) -> list[str]:
    """The ports of the initial states; a state too many goes to the last port a second time, which Keras refuses too."""
    names = [port.name for port in states]
    return [*names, *(names[-1:] * max(count - len(names), 0))]


def _port(name: str, ports: Sequence[PortSpec]) -> PortSpec | None:
    if name in ("sequences", "sequence", MAIN) and ports and ports[0].role == "inputs":
        return ports[0]
    return next((port for port in ports if port.name == name), None)


def _ancestors(ends: set[str], stops: set[str], wires: Sequence[Wire]) -> set[str]:
    above: dict[str, list[str]] = {}
    for wire in wires:
        above.setdefault(wire.target.block, []).append(wire.source.block)
    found: set[str] = set()
    waiting = list(ends)
    while waiting:
        block = waiting.pop()
        if block not in found and block not in stops:
            found.add(block)
            waiting += above.get(block, [])
    return found
