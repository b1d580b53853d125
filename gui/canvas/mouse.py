"""The mouse on the canvas: which gesture a press begins, wheel and pinch, menus, and what is said where it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QNativeGestureEvent, QPainter, QWheelEvent

from engine.graph.values import PortRef
from gui.canvas.gestures import BoxSelect, DragWire, Gesture, MapPan, MoveBlocks, Pan
from gui.canvas.hit import Hit

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas

WHEEL_STEP = 1.0015
WHEEL_PAN = 1.5
"""Eighths of a degree of a wheel for a pixel."""


class Mouse:
    """The gesture under way, and how one begins and ends.

    Attributes:
        wheel_pans: a mouse wheel moves the canvas; else it zooms.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._gesture: Gesture | None = None
        self._space = False
        self.wheel_pans = False

    @property
    def is_busy(self) -> bool:
        """A gesture is under way."""
        return self._gesture is not None

    def press(self, event: QMouseEvent) -> None:
        """Begins a gesture; the second click of click-to-click wiring belongs to the first."""
        if self._gesture is not None:
            self._gesture.move(event.position())
            return
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (self._space and left):
            self._gesture = Pan(self._canvas, event.position())
        elif left:
            more = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            self._gesture = self._begin(event.position(), more=bool(event.modifiers() & more))

    def _begin(self, point: QPointF, *, more: bool) -> Gesture | None:
        canvas, session = self._canvas, self._canvas.session
        if canvas.minimap.area.contains(point):
            return MapPan(canvas, point)
        dot = canvas.dot_at(point)
        if dot:
            canvas.problems.open(dot)
            return None
        mark = canvas.scene.mark_at(*canvas.view.to_canvas(point))
        if mark is not None:
            session.shown.look_at(mark.port, mark.sequence, mark.step)
            return None
        found = canvas.hit_at(point)
        if found.port is not None:
            return self._wire_gesture(found, point)
        if found.block:
            return self._block_gesture(found.block, point, more=more)
        if found.output is not None:
            session.select([found.output.block])
            return None
        if found.wire is not None:
            session.select((), [found.wire])
            return None
        return BoxSelect(canvas, point, add=more)

    def _block_gesture(self, block: str, point: QPointF, *, more: bool) -> Gesture | None:
        session = self._canvas.session
        chosen = session.selection.blocks
        if more:
            session.select(chosen ^ {block})
            return None
        if block not in chosen:
            session.select([block])
        return MoveBlocks(self._canvas, point, block)

    def _wire_gesture(self, found: Hit, point: QPointF) -> DragWire:
        """From an output: a new wire. From a wired input: the wire is taken off. From a free input: backwards."""
        canvas, port = self._canvas, found.port or PortRef("", "")
        into = canvas.session.document.graph.wires_into.get(port.block, ())
        taken = next((wire for wire in reversed(into) if wire.target == port), None) if found.is_input else None
        if taken is not None:
            return DragWire(canvas, taken.source, point, from_input=False, taken=taken)
        return DragWire(canvas, port, point, from_input=found.is_input, taken=None)

    def move(self, point: QPointF) -> None:
        """Goes on with the gesture."""
        if self._gesture is not None:
            self._gesture.move(point)

    def release(self, point: QPointF) -> None:
        """Ends the gesture."""
        if self._gesture is not None and self._gesture.release(point):
            self._gesture = None
            self._canvas.problems.place()

    def cancel(self) -> bool:
        """Esc: everything is as it was; False: nothing was under way."""
        if self._gesture is None:
            return False
        gesture, self._gesture = self._gesture, None
        gesture.cancel()
        self._canvas.update()
        return True

    def double_click(self, point: QPointF) -> None:
        """On the ground: quick-add; on a block or an output: its name and arguments."""
        canvas = self._canvas
        found = canvas.hit_at(point)
        if found.block or found.output is not None:
            canvas.edit_wanted.emit()
        elif found.wire is not None:
            canvas.offers.offer_layers(point, wire=found.wire)
        elif not canvas.minimap.area.contains(point):
            canvas.offers.offer_layers(point)

    def menu(self, event: QContextMenuEvent) -> None:
        """What can be done with what lies under the pointer, or with the selected block from the keyboard."""
        from gui.canvas.menus import context_menu, menu_place  # not before the first paint

        canvas, session = self._canvas, self._canvas.session
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        place = menu_place(canvas) if by_key else event.pos()
        found = canvas.hit_at(QPointF(place))
        if found.block and found.block not in session.selection.blocks:
            session.select([found.block])
        elif found.wire is not None and not found.block:
            session.select((), [found.wire])
        context_menu(canvas, found, QPointF(place)).popup(canvas.mapToGlobal(place))

    def wheel(self, event: QWheelEvent) -> None:
        """Two fingers pan, a wheel zooms, Ctrl zooms with either."""
        canvas, pixels = self._canvas, event.pixelDelta()
        wheel = pixels.isNull()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or (wheel and not self.wheel_pans):
            canvas.set_view(canvas.view.zoomed(WHEEL_STEP ** event.angleDelta().y(), event.position()))
        else:
            moved = event.angleDelta() / WHEEL_PAN if wheel else pixels
            sideways = wheel and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            canvas.set_view(canvas.view.panned(*((moved.y(), moved.x()) if sideways else (moved.x(), moved.y()))))
        event.accept()

    def pinch(self, event: QNativeGestureEvent) -> None:
        """Two fingers zoom."""
        self._canvas.set_view(self._canvas.view.zoomed(1 + event.value(), event.position()))

    def space(self, event: QKeyEvent, *, down: bool) -> bool:
        """While Space is down the left button pans; False: another key."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            return False
        self._space = down
        return True

    def paint(self, painter: QPainter) -> None:
        """What belongs to the gesture."""
        if self._gesture is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._gesture.paint(painter)
