"""The keyboard on the canvas: arrows go along wires, Tab over ports, W starts a wire, Ctrl+arrows move blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen

from engine.graph.values import PortRef
from gui.theme.measures import DOTS

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas

ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
CURSOR = 9
SIDEWAYS = 3.0
"""A block beside the way counts as this much farther than one on it."""


class Keys:
    """What keys do to a canvas.

    Attributes:
        port: the port that the keyboard is on, and whether it is an input; None: on the block as a whole.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.port: tuple[PortRef, bool] | None = None

    def press(self, event: QKeyEvent) -> bool:
        """Does what a key means; False: it means nothing here."""
        way = ARROWS.get(Qt.Key(event.key()))
        if way is not None:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._move(*way)
            else:
                self._walk(*way, more=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            return True
        if event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            return False
        if event.key() == Qt.Key.Key_W:
            self.start_wire()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2) and self._canvas.session.selection.block:
            self._canvas.edit_wanted.emit()
            return True
        return False

    def next_port(self, *, forward: bool) -> bool:
        """Tab: to the next port of the selected block; False: there is none, the keyboard goes on to the next panel."""
        block = self._canvas.session.selection.block
        if not block:
            return False
        known = self._canvas.session.ports(block)
        ports = [(PortRef(block, port.name), True) for port in known.inputs]
        ports += [(PortRef(block, port.name), False) for port in known.outputs]
        at = ports.index(self.port) if self.port in ports else -1 if forward else len(ports)
        at += 1 if forward else -1
        self.port = ports[at] if 0 <= at < len(ports) else None
        self._canvas.show_port()
        return self.port is not None

    def forget_port(self) -> None:
        """The keyboard is on the block as a whole."""
        self.port = None

    def start_wire(self) -> None:
        """W: offers the ports that a wire from the port under the keyboard, else from the first output, may end at."""
        canvas = self._canvas
        block = canvas.session.selection.block
        outputs = canvas.session.ports(block).outputs if block else ()
        start = self.port or ((PortRef(block, outputs[0].name), False) if outputs else None)
        if start is None:
            canvas.session.refused.emit("Select a block first: W starts a wire from it.")
            return
        place = canvas.port_position(start[0], is_input=start[1]) + QPoint(12, 8)
        canvas.offers.offer_ports(start[0], canvas.mapToGlobal(place), from_input=start[1])

    def delete_wire(self) -> bool:
        """Takes off the wire at the input under the keyboard; False: there is none."""
        from engine.document.edits import Disconnect  # not before the first paint

        if self.port is None or not self.port[1]:
            return False
        session = self._canvas.session
        into = session.document.graph.wires_into.get(self.port[0].block, ())
        wire = next((wire for wire in reversed(into) if wire.target == self.port[0]), None)
        if wire is None:
            return False
        return session.push(Disconnect(wire.source, wire.target), "disconnect")

    def paint(self, painter: QPainter) -> None:
        """A square round the port that the keyboard is on: it differs from a selection by its shape."""
        canvas = self._canvas
        if self.port is None or not canvas.hasFocus():
            return
        place = canvas.port_position(self.port[0], is_input=self.port[1])
        painter.setPen(QPen(QColor(canvas.theme.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRect(place.x() - CURSOR, place.y() - CURSOR, 2 * CURSOR, 2 * CURSOR))

    def _walk(self, dx: int, dy: int, *, more: bool) -> None:
        """Left and right along a wire where there is one, else (and up and down) to the nearest block that way."""
        session = self._canvas.session
        graph, chosen = session.document.graph, session.selection.block or self._last()
        if not chosen:
            session.select([graph.blocks[0].id] if graph.blocks else [])
            return
        wires = graph.wires_from.get(chosen, ()) if dx > 0 else graph.wires_into.get(chosen, ()) if dx < 0 else ()
        ends = [(wire.target if dx > 0 else wire.source).block for wire in wires]
        known = [block for block in ends if block in graph] or self._that_way(chosen, dx, dy)
        if known:
            session.select((session.selection.blocks if more else frozenset[str]()) | {known[0]})

    def _last(self) -> str:
        """Of several selected blocks the last in block order."""
        chosen = self._canvas.session.selection.blocks
        return next((b.id for b in reversed(self._canvas.session.document.graph.blocks) if b.id in chosen), "")

    def _that_way(self, block: str, dx: int, dy: int) -> list[str]:
        geometry = self._canvas.geometry_now
        left, top, width, height = geometry.boxes.rows[geometry.index[block]]
        found: list[tuple[float, str]] = []
        for other, (x, y, w, h) in zip(geometry.ids, geometry.boxes.rows, strict=True):
            right, down = x + w / 2 - left - width / 2, y + h / 2 - top - height / 2
            along, aside = (right * dx, abs(down)) if dx else (down * dy, abs(right))
            if other != block and along > 1:
                found.append((along + SIDEWAYS * aside, other))
        return [min(found)[1]] if found else []

    def _move(self, dx: int, dy: int) -> None:
        from engine.document.edits import Move  # not before the first paint

        session = self._canvas.session
        layout, blocks = session.document.layout, sorted(session.selection.blocks)
        places = {block: layout.get(block, (0.0, 0.0)) for block in blocks}
        moves = [Move(block, (x + dx * DOTS, y + dy * DOTS)) for block, (x, y) in places.items()]
        if moves:
            name = session.document.block(blocks[0]).name if len(blocks) == 1 else f"{len(blocks)} blocks"
            session.push(moves, f"move {name}", f"keys {' '.join(blocks)}")
