"""What a hand builds: blocks placed, wired, copied and removed, outputs chosen; each one undo step of the session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.analysis.starters import starting_arguments
from engine.catalog.ports import ports_of
from engine.catalog.spec import PortSpec
from engine.document.edits import AddBlock, Connect, Disconnect, Edit, Insert, RemoveBlock, SetOutputs
from engine.document.file import DocumentError, decode_text
from engine.document.fragment import encode_fragment, paste_edits
from engine.document.names import free_name, snake_case
from engine.document.outputs import model_outputs
from engine.document.values import Position
from engine.graph.values import INPUT, REUSE, Block, PortRef, Wire

if TYPE_CHECKING:
    from gui.session.session import EditorSession

PASTE_SHIFT = 40.0
COLUMN, ROW = 280.0, 152.0
"""How far apart blocks are placed: a block, a wire label, and air."""


class Building:
    """Edits that people make with blocks, on one session."""

    def __init__(self, session: EditorSession) -> None:
        self._session = session

    # --- adding and removing -------------------------------------------------------------------------------------

    def new_block(self, type_name: str) -> Block:
        """A block that is not yet in the document: next id, free name, starting arguments."""
        spec = self._session.catalog.layers[type_name]
        name = free_name(snake_case(type_name), (block.name for block in self._session.document.graph.blocks))
        return Block(f"b{self._session.document.next_id}", type_name, name, starting_arguments(spec))

    def add_layer(self, type_name: str, position: Position | None = None, after: str = "") -> str:
        """Places a layer, wired after a block where one is named and has a port to give; selects it. Gives its id."""
        outputs = self._session.ports(after).outputs if after else ()
        return self.add_wired(type_name, position, PortRef(after, outputs[0].name) if outputs else None)

    def add_wired(
        self,
        type_name: str,
        position: Position | None = None,
        source: PortRef | None = None,
        target: PortRef | None = None,
    ) -> str:
        """Places a layer, wired to an output port before it or an input port after it; selects it. Gives its id."""
        block = self.new_block(type_name)
        mine = ports_of(block, self._session.document.graph, self._session.catalog)
        edits: list[Edit] = [AddBlock(block, position or self._free_place(source.block if source else ""))]
        if source is not None:
            given = self._session.ports(source.block).output(source.port)
            end = fitting_port(mine.inputs, state=given is not None and given.state)
            if end is not None:
                edits.append(Connect(source, PortRef(block.id, end.name)))
        if target is not None and mine.outputs:
            edits.append(Connect(PortRef(block.id, mine.outputs[0].name), target))
        self._session.push(edits, f"add {block.name}")
        self._session.select([block.id])
        self._session.placed.emit(type_name)
        return block.id

    def insert_layer(self, type_name: str, wire: Wire) -> None:
        """Puts a layer into a wire and selects it."""
        new_id = f"b{self._session.document.next_id}"
        if self._session.push(
            Insert(type_name, self.new_block(type_name).arguments, wire.source, wire.target), f"insert {type_name}"
        ):
            self._session.select([new_id])
            self._session.placed.emit(type_name)

    def ask_fits(self, source: PortRef) -> None:
        """Asks Keras which layers take what leaves a port; `fits_changed` brings output shapes by type."""
        spec = self._session.analysis.spec(source)
        if self._session.worker is not None and spec is not None:
            layers = [layer for layer in self._session.catalog.layers.values() if layer.placeable and layer.inputs]
            layers = [layer for layer in layers if layer.type not in (INPUT, REUSE) and not layer.is_operation]
            wanted = {layer.type: starting_arguments(layer) for layer in layers}
            self._session.worker.fitting(spec, wanted)

    # --- clipboard -----------------------------------------------------------------------------------------------

    def copied(self) -> str:
        """The selected blocks as text for the clipboard; empty: none is selected."""
        return (
            encode_fragment(self._session.document, self._session.selection.blocks)
            if self._session.selection.blocks
            else ""
        )

    def paste(self, text: str, position: Position | None = None, word: str = "paste") -> None:
        """Adds the blocks of a text, with their upper left corner at a position (else a little beside where they were).

        Any other text is explained: it may be code, or an error.
        """
        try:
            edits, ids = paste_edits(self._session.document, text, *self._shift(text, position))
        except DocumentError:
            self._session.pasting.ask(text)
            return
        if edits and self._session.push(edits, f"{word} {len(ids)} block{'' if len(ids) == 1 else 's'}"):
            self._session.select(ids)

    def _shift(self, text: str, position: Position | None) -> Position:
        if position is None:
            return PASTE_SHIFT, PASTE_SHIFT
        places = decode_text(text).layout.values()
        left, top = min((x for x, _ in places), default=0.0), min((y for _, y in places), default=0.0)
        return position[0] - left, position[1] - top

    # --- outputs -------------------------------------------------------------------------------------------------

    def toggle_output(self, port: PortRef) -> None:
        """Makes a port an output of the model, or takes it from the outputs; the last one stays."""
        now = model_outputs(self._session.document, self._session.catalog)
        name = self._session.document.block(port.block).name
        if port not in now:
            self._session.push(SetOutputs((*now, port)), f"make {port.port} of {name} an output")
        elif len(now) == 1:
            self._session.refused.emit("A model needs an output: make another port an output first.")
        else:
            self._session.push(SetOutputs(tuple(out for out in now if out != port)), f"take {name} from the outputs")

    def _free_place(self, after: str) -> Position:
        layout = self._session.document.layout
        if after in layout:
            left, top = layout[after]
            place = (left + COLUMN, top)
        else:
            place = (max((x for x, _ in layout.values()), default=-COLUMN) + COLUMN, 0.0)
        while any(abs(place[0] - x) < COLUMN / 2 and abs(place[1] - y) < ROW / 2 for x, y in layout.values()):
            place = (place[0], place[1] + ROW)
        return place

    def remove_selection(self, *, bridge: bool = False) -> None:
        """Removes what is selected; with `bridge` the wires go past the removed blocks."""
        session = self._session
        blocks = session.selection.blocks
        names = [session.document.block(block).name for block in sorted(blocks)]
        edits: list[Edit] = [
            Disconnect(wire.source, wire.target)
            for wire in session.selection.wires
            if wire.source.block not in blocks and wire.target.block not in blocks
        ]
        edits += [RemoveBlock(block, bridge) for block in sorted(blocks)]
        if edits:
            session.push(edits, f"delete {', '.join(names)}" if names else "delete wire")


def fitting_port(ports: Sequence[PortSpec], *, state: bool) -> PortSpec | None:
    """The input that a wire to a new block goes to: the first of its kind, else the first."""
    return next((port for port in ports if port.state is state), ports[0] if ports else None)
