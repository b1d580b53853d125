"""Gestures: one object each, transient state inside, one edit at the end, none after `cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from engine.graph.values import PortRef, Wire
from gui.canvas.curves import wire_path
from gui.canvas.hit import blocks_inside, hit
from gui.canvas.wiring import best_port, can_connect
from gui.theme.measures import GRID

if TYPE_CHECKING:
    from engine.document.edits import Edit
    from gui.canvas.canvas import Canvas

CLICK_PX = 4


class Gesture(Protocol):
    """What the mouse is doing."""

    def move(self, point: QPointF) -> None:
        """The pointer moved to a point of the widget."""
        ...

    def release(self, point: QPointF) -> bool:
        """The button was let go; True: the gesture is over."""
        ...

    def cancel(self) -> None:
        """Esc: everything is as it was."""
        ...

    def paint(self, painter: QPainter) -> None:
        """Draws what belongs to the gesture, in widget pixels."""
        ...


class Pan:
    """Moves the view."""

    def __init__(self, canvas: Canvas, start: QPointF) -> None:
        self._canvas, self._last, self._before = canvas, start, canvas.view
        canvas.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, point: QPointF) -> None:
        """Follows the pointer."""
        delta = point - self._last
        self._last = point
        self._canvas.set_view(self._canvas.view.panned(delta.x(), delta.y()))

    def release(self, point: QPointF) -> bool:
        """Ends."""
        self._canvas.unsetCursor()
        return True

    def cancel(self) -> None:
        """Puts the view back."""
        self._canvas.unsetCursor()
        self._canvas.set_view(self._before)

    def paint(self, painter: QPainter) -> None:
        """Nothing of its own."""


class MoveBlocks:
    """Drags the selected blocks; snaps to the grid."""

    def __init__(self, canvas: Canvas, start: QPointF, clicked: str) -> None:
        self._canvas, self._start, self._clicked = canvas, start, clicked
        self._blocks = canvas.session.selection.blocks
        self._delta = (0.0, 0.0)
        self._moved = False

    def move(self, point: QPointF) -> None:
        """Draws the blocks where they would stand."""
        away = point - self._start
        if not self._moved and away.manhattanLength() < CLICK_PX:
            return
        self._moved = True
        scale = self._canvas.view.scale
        self._delta = (round(away.x() / scale / GRID) * GRID, round(away.y() / scale / GRID) * GRID)
        self._canvas.show_shifted(self._blocks, *self._delta)

    def release(self, point: QPointF) -> bool:
        """One edit for all blocks."""
        from engine.document.edits import Move  # not before the first paint

        session = self._canvas.session
        dx, dy = self._delta
        if not self._moved:
            if len(self._blocks) > 1:
                session.select([self._clicked])
            return True
        layout = session.document.layout
        moves = [Move(b, (layout.get(b, (0, 0))[0] + dx, layout.get(b, (0, 0))[1] + dy)) for b in sorted(self._blocks)]
        names = [session.document.block(block).name for block in sorted(self._blocks)]
        self._canvas.show_shifted((), 0, 0)
        session.push(moves, f"move {names[0]}" if len(names) == 1 else f"move {len(names)} blocks")
        return True

    def cancel(self) -> None:
        """The blocks stand where they stood."""
        self._canvas.show_shifted((), 0, 0)

    def paint(self, painter: QPainter) -> None:
        """Nothing of its own: the blocks are drawn shifted."""


class BoxSelect:
    """Selects what a box touches."""

    def __init__(self, canvas: Canvas, start: QPointF, *, add: bool) -> None:
        self._canvas, self._start, self._end = canvas, start, start
        self._before = canvas.session.selection
        self._kept = self._before.blocks if add else frozenset[str]()
        if not add:
            canvas.session.select()

    def move(self, point: QPointF) -> None:
        """Selects while the box grows."""
        self._end = point
        left, top = self._canvas.view.to_canvas(self._box().topLeft())
        right, bottom = self._canvas.view.to_canvas(self._box().bottomRight())
        inside = blocks_inside(self._canvas.geometry_now, left, top, right, bottom)
        self._canvas.session.select(self._kept | set(inside))
        self._canvas.update()

    def release(self, point: QPointF) -> bool:
        """Ends."""
        self._canvas.update()
        return True

    def cancel(self) -> None:
        """Selects what was selected."""
        self._canvas.session.select(self._before.blocks, self._before.wires)

    def _box(self) -> QRectF:
        return QRectF(self._start, self._end).normalized()

    def paint(self, painter: QPainter) -> None:
        """The box."""
        colour = QColor(self._canvas.theme.accent)
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DashLine))
        colour.setAlpha(28)
        painter.setBrush(colour)
        painter.drawRect(self._box())


class DragWire:
    """Draws a wire from a port: by dragging, or by a click here and a click there."""

    def __init__(self, canvas: Canvas, port: PortRef, start: QPointF, *, from_input: bool, taken: Wire | None) -> None:
        self._canvas, self._port, self._from_input, self._taken = canvas, port, from_input, taken
        self._start, self._end = start, start
        self._clicked = False

    def move(self, point: QPointF) -> None:
        """The loose end follows the pointer and snaps to a port that fits."""
        self._end = point
        self._canvas.update()

    def release(self, point: QPointF) -> bool:
        """Connects, or waits for a second click where the pointer has not moved."""
        self._end = point
        if not self._clicked and (point - self._start).manhattanLength() < CLICK_PX:
            self._clicked = True
            return False
        target = self._target(point)
        if target is None and self._taken is None and self._is_ground(point):
            self._canvas.offers.offer_layers(point, port=self._port, from_input=self._from_input)
            self._canvas.update()
            return True
        edits, text = self._edits(point)
        if edits:
            before = self._canvas.session.document
            self._canvas.session.push(edits, text)
            self._canvas.motion.show_change(before)
        self._canvas.update()
        return True

    def cancel(self) -> None:
        """No wire."""
        self._canvas.update()

    def _target(self, point: QPointF) -> PortRef | None:
        canvas = self._canvas
        x, y = canvas.view.to_canvas(point)
        found = hit(canvas.geometry_now, x, y, canvas.view.scale)
        if found.port is not None and found.is_input is not self._from_input:
            return found.port
        if found.block and found.block != self._port.block:
            return best_port(canvas.session, self._port, found.block, from_input=self._from_input)
        return None

    def _is_ground(self, point: QPointF) -> bool:
        x, y = self._canvas.view.to_canvas(point)
        found = hit(self._canvas.geometry_now, x, y, self._canvas.view.scale)
        return found.port is None and not found.block

    def _edits(self, point: QPointF) -> tuple[list[Edit], str]:
        from engine.document.edits import Connect, Disconnect  # not before the first paint

        session = self._canvas.session
        target = self._target(point)
        edits: list[Edit] = []
        if self._taken is not None:
            edits.append(Disconnect(self._taken.source, self._taken.target))
        if target is None:
            return edits, "disconnect"
        source, end = (target, self._port) if self._from_input else (self._port, target)
        why = can_connect(session, source, end)
        if why:
            session.refused.emit(why)
            return [], ""
        names = [session.document.block(ref.block).name for ref in (source, end)]
        return [*edits, Connect(source, end)], f"connect {names[0]} to {names[1]}"

    def paint(self, painter: QPainter) -> None:
        """The wire that would be made."""
        canvas = self._canvas
        anchor = canvas.geometry_now.port_point(self._port, is_input=self._from_input)
        if anchor is None:
            return
        fixed = canvas.view.to_screen(*anchor)
        target = self._target(self._end)
        end = self._end
        if target is not None:
            place = canvas.geometry_now.port_point(target, is_input=not self._from_input)
            end = canvas.view.to_screen(*place) if place is not None else end
        first, last = (end, fixed) if self._from_input else (fixed, end)
        painter.setPen(QPen(QColor(canvas.theme.accent), 2.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(wire_path((first.x(), first.y(), last.x(), last.y())))
        if target is not None:
            painter.drawEllipse(end, 8, 8)


class MapPan:
    """Shows the part of the model that the pointer is on in the minimap."""

    def __init__(self, canvas: Canvas, start: QPointF) -> None:
        self._canvas = canvas
        self.move(start)

    def move(self, point: QPointF) -> None:
        """The middle of the view follows the pointer."""
        self._canvas.centre_on(*self._canvas.minimap.to_canvas(point))

    def release(self, point: QPointF) -> bool:
        """Ends."""
        return True

    def cancel(self) -> None:
        """The view stays."""

    def paint(self, painter: QPainter) -> None:
        """Nothing of its own."""
