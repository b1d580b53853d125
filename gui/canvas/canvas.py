"""The canvas: one widget that paints the document from arrays. It holds a view and a gesture, nothing of the document."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from engine.analysis.values import Fix
from engine.document.outputs import model_outputs
from engine.graph.values import PortRef
from gui.canvas.card import ProblemCard
from gui.canvas.geometry import Geometry, build_geometry
from gui.canvas.gestures import BoxSelect, DragWire, Gesture, MapPan, MoveBlocks, Pan
from gui.canvas.hit import Hit, hit
from gui.canvas.keys import Keys
from gui.canvas.menus import context_menu, menu_place
from gui.canvas.minimap import Minimap
from gui.canvas.painter import ScenePainter
from gui.canvas.scene import Labels, Scene, shown_problem
from gui.canvas.view import View, fitted
from gui.session.session import EditorSession
from gui.theme.measures import GRID, ui_font
from gui.theme.theme import Theme, ThemeHolder

if TYPE_CHECKING:
    from gui.canvas.offers import Offers

LAYER_MIME = "application/x-seqloom-layer"
WHEEL_STEP = 1.0015
WHEEL_PAN = 1.5
"""Eighths of a degree of a wheel for a pixel."""
READABLE = 0.6
"""The smallest scale at which a document opens: labels and ports can be read."""
REVEAL = 24
EMPTY = "Drag a layer from the palette onto the canvas, or double click one.\nStart with an Input."


class Canvas(QWidget):
    """Shows and edits the graph of a session."""

    zoom_changed = Signal(float)
    edit_wanted = Signal()
    action_wanted = Signal(str)

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.view = View()
        self._themes = themes
        self._gesture: Gesture | None = None
        self._space = False
        self._folded = False
        self._fit_pending = True
        self._geometry: Geometry | None = None
        self._before: Geometry | None = None
        self._shown_whole: frozenset[str] = frozenset()
        self._labels: Labels | None = None
        self._shifted: Geometry | None = None
        self._scene: Scene | None = None
        self.wheel_pans = False
        self.keys = Keys(self)
        self.minimap = Minimap()
        self._offers: Offers | None = None
        self.card = ProblemCard(self)
        self.card.chosen.connect(self._apply_fix)
        self.card.folded.connect(self.fold_card)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        session.document_changed.connect(self._document_changed)
        session.analysis_changed.connect(self._facts_changed)
        session.run_changed.connect(self._facts_changed)
        session.shown.previews_changed.connect(self._facts_changed)
        session.run_state_changed.connect(self._facts_changed)
        session.shown.clock_changed.connect(lambda _: self.update())
        session.selection_changed.connect(self._selection_changed)
        session.opened.connect(self._opened)
        themes.theme_changed.connect(lambda _: self.update())
        self.describe()

    @property
    def offers(self) -> Offers:
        """What is offered at the pointer."""
        if self._offers is None:
            from gui.canvas.offers import Offers  # not before the first paint

            self._offers = Offers(self)
        return self._offers

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._themes.theme

    # --- what is shown -------------------------------------------------------------------------------------------

    @property
    def geometry_now(self) -> Geometry:
        """Where everything stands at this moment."""
        if self._shifted is not None:
            return self._shifted
        if self._geometry is None:
            document = self.session.document
            outputs = model_outputs(document, self.session.catalog)
            whole = frozenset({self.keys.port[0].block}) if self.keys.port is not None else frozenset[str]()
            before = self._before if whole == self._shown_whole else None
            self._geometry = build_geometry(document, self.session.ports, outputs, whole, before)
            self._before, self._shown_whole = self._geometry, whole
        return self._geometry

    @property
    def scene(self) -> Scene:
        """What a frame shows."""
        if self._scene is None:
            geometry = self.geometry_now
            if self._labels is None or self._labels.geometry is not geometry:
                self._labels = Labels(geometry)
            self._scene = Scene(self.session, geometry, self._labels)
        return self._scene

    def show_shifted(self, blocks: Collection[str], dx: float, dy: float) -> None:
        """Draws some blocks elsewhere for the time of a drag; no blocks: as the document says."""
        self._shifted = None
        if blocks:
            self._shifted = self.geometry_now.shifted(blocks, dx, dy)
        self._scene = None
        self.update()

    def _document_changed(self, _: object) -> None:
        self._geometry = self._scene = self._shifted = None
        self._folded = False
        self._place_card()
        self.describe()
        self.update()

    def _facts_changed(self, _: object) -> None:
        self._scene = None
        self._place_card()
        self.update()

    def _selection_changed(self, _: object) -> None:
        self._geometry = self._scene = None
        self._folded = False
        self.keys.forget_port()
        self._reveal()
        self._place_card()
        self.describe()
        self.update()

    def _reveal(self) -> None:
        """A block selected elsewhere or by the keyboard comes into view; nothing moves under a pressed button."""
        block = self.session.selection.block
        if not block or QGuiApplication.mouseButtons() or block not in self.geometry_now.index or self._fit_pending:
            return
        inside = QRectF(self.rect()).adjusted(REVEAL, REVEAL, -REVEAL, -REVEAL)
        area = QRectF(self.block_rect(block))
        dx = max(inside.left() - area.left(), 0.0) or min(inside.right() - area.right(), 0.0)
        dy = max(inside.top() - area.top(), 0.0) or min(inside.bottom() - area.bottom(), 0.0)
        if dx or dy:
            self.set_view(self.view.panned(dx, dy))

    def _opened(self) -> None:
        """Another document is shown whole; editing never moves the view."""
        self._fit_pending = True
        self.update()

    def open_at(self, view: View, size: tuple[int, int]) -> None:
        """Shows a document as it was seen in a canvas of some size; in one of another size the middle stays."""
        self._fit_pending = False
        self.set_view(view.panned((self.width() - size[0]) / 2, (self.height() - size[1]) / 2))

    def pointer_place(self) -> tuple[float, float] | None:
        """The canvas point under the pointer; None: it is elsewhere."""
        pointer = QPointF(self.mapFromGlobal(QCursor.pos()))
        return self.view.to_canvas(pointer) if QRectF(self.rect()).contains(pointer) else None

    def show_port(self) -> None:
        """The keyboard went to another port: a block shows its optional ports while it is on one of them."""
        self._geometry = self._scene = None
        self.describe()
        self.update()

    def describe(self) -> None:
        """Says to a screen reader what is selected."""
        names = [self.session.document.block(block).name for block in sorted(self.session.selection.blocks)]
        count = len(self.session.document.graph.blocks)
        chosen = f"{', '.join(names)} selected" if names else "nothing selected"
        at = self.keys.port
        port = f", at {'input' if at[1] else 'output'} {at[0].port}" if at is not None else ""
        self.setAccessibleName(f"Canvas with {count} blocks, {chosen}{port}")

    # --- the view ------------------------------------------------------------------------------------------------

    def set_view(self, view: View) -> None:
        """Shows another part of the canvas; the document is not touched."""
        zoomed = view.scale != self.view.scale
        self.view = view
        self._place_card()
        self.update()
        if zoomed:
            self.zoom_changed.emit(view.scale)

    def fit(self, smallest: float = 0.0) -> None:
        """Shows everything, or as much from the upper left as has room at a smallest scale."""
        self.set_view(fitted(self.geometry_now.bounds(), self.width(), self.height(), smallest=smallest))

    def centre_on(self, x: float, y: float) -> None:
        """Brings a canvas point to the middle."""
        scale = self.view.scale
        self.set_view(View(scale, self.width() / 2 - x * scale, self.height() / 2 - y * scale))

    def zoom_to(self, scale: float) -> None:
        """Zooms about the middle."""
        self.set_view(self.view.zoomed(scale / self.view.scale, QPointF(self.width() / 2, self.height() / 2)))

    def block_rect(self, block_id: str) -> QRect:
        """Where a block is drawn, in widget pixels."""
        geometry = self.geometry_now
        return self.view.rect_to_screen(*geometry.boxes.rows[geometry.index[block_id]]).toRect()

    def port_position(self, ref: PortRef, *, is_input: bool) -> QPoint:
        """Where a port is drawn, in widget pixels."""
        place = self.geometry_now.port_point(ref, is_input=is_input)
        return self.view.to_screen(*place).toPoint() if place is not None else QPoint()

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """One frame."""
        if self._fit_pending and self.width() > 50:
            self._fit_pending = False
            self.fit(READABLE)
        with QPainter(self) as painter:
            session = self.session
            ScenePainter(painter, self.scene, self.view, self.theme, session.selection, session.shown.clock.step).paint(
                QRectF(event.rect()), focused=self.hasFocus()
            )
            if not self.session.document.graph.blocks:
                painter.setPen(QColor(self.theme.secondary))
                painter.setFont(ui_font(13))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, EMPTY)
            self._paint_port_cursor(painter)
            if self.minimap.lay_out(self.geometry_now, self.view, self.width(), self.height()):
                self.minimap.paint(painter, self.geometry_now, self.view, self.theme, self.width(), self.height())
            if self._gesture is not None:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._gesture.paint(painter)

    def _paint_port_cursor(self, painter: QPainter) -> None:
        """A square round the port that the keyboard is on: it differs from a selection by its shape."""
        if self.keys.port is None or not self.hasFocus():
            return
        ref, is_input = self.keys.port
        place = self.port_position(ref, is_input=is_input)
        painter.setPen(QPen(QColor(self.theme.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRect(place.x() - 9, place.y() - 9, 18, 18))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The card stays inside."""
        super().resizeEvent(event)
        self._place_card()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """The focus ring is drawn."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """The focus ring goes."""
        super().focusOutEvent(event)
        self.update()

    # --- the card ------------------------------------------------------------------------------------------------

    def _place_card(self) -> None:
        problem = None if self._folded else shown_problem(self.session)
        if problem is None or problem.block not in self.geometry_now.index:
            self.card.hide()
            return
        self.card.show_problem(problem)
        self.card.move(self._card_place(problem.block))
        self.card.show()

    def _card_place(self, block: str) -> QPoint:
        """Below the block where no other block stands, else the place in view that covers the fewest."""
        own = QRectF(self.block_rect(block))
        width, height = self.card.width(), self.card.height()
        left = min(max(own.center().x() - width / 2, 8), max(self.width() - width - 8, 8))
        sides = (own.right() + 24, own.left() - width - 24)
        places = [QPointF(left, own.bottom() + 16), QPointF(left, own.top() - height - 30)]
        places += [QPointF(side, own.top()) for side in sides]
        places += [QPointF(x, self.height() - height - 8.0) for x in (8.0, self.width() - width - 8.0)]
        others = [self.view.rect_to_screen(*rect) for rect in self.geometry_now.boxes.rows]

        def badness(place: QPointF) -> float:
            area = QRectF(place.x(), place.y(), width, height)
            inside = QRectF(self.rect()).intersected(area)
            outside = width * height - inside.width() * inside.height()
            covered = sum(
                o.intersected(area).width() * o.intersected(area).height() for o in others if o.intersects(area)
            )
            return outside * 3 + covered

        best = min(places, key=badness)
        x = min(max(best.x(), 8), max(self.width() - width - 8, 8))
        return QPointF(x, min(max(best.y(), 8), max(self.height() - height - 8, 8))).toPoint()

    def _apply_fix(self, fix: Fix) -> None:
        self.setFocus()
        self.session.apply_fix(fix)

    def fold_card(self) -> None:
        """Esc: the problem is a red dot until something else is selected."""
        self._folded = True
        self._scene = None
        self._place_card()
        self.setFocus()
        self.update()

    def open_fixes(self) -> None:
        """Ctrl+.: the card of the selected or first problem, with the keyboard on its first fix."""
        self._folded = False
        self._scene = None
        self._place_card()
        self.card.focus_fixes()

    # --- mouse ---------------------------------------------------------------------------------------------------

    def _hit(self, point: QPointF) -> Hit:
        return hit(self.geometry_now, *self.view.to_canvas(point), self.view.scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begins a gesture; the second click of click-to-click wiring belongs to the first."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if self._gesture is not None:
            self._gesture.move(event.position())
            return
        middle = event.button() == Qt.MouseButton.MiddleButton
        if middle or (self._space and event.button() == Qt.MouseButton.LeftButton):
            self._gesture = Pan(self, event.position())
        elif event.button() == Qt.MouseButton.LeftButton:
            self._begin(event)

    def _begin(self, event: QMouseEvent) -> None:
        point = event.position()
        if self.minimap.area.contains(point):
            self._gesture = MapPan(self, point)
            return
        found = self._hit(point)
        more = bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        if found.port is not None:
            self._gesture = self._wire_gesture(found, point)
        elif found.block:
            chosen = self.session.selection.blocks
            if more:
                self.session.select(chosen ^ {found.block})
                return
            if found.block not in chosen:
                self.session.select([found.block])
            self._gesture = MoveBlocks(self, point, found.block)
        elif found.output is not None:
            self.session.select([found.output.block])
        elif found.wire is not None:
            self.session.select((), [found.wire])
        else:
            self._gesture = BoxSelect(self, point, add=more)

    def _wire_gesture(self, found: Hit, point: QPointF) -> DragWire:
        """From an output: a new wire. From a wired input: the wire is taken off. From a free input: backwards."""
        port = found.port or PortRef("", "")
        into = self.session.document.graph.wires_into.get(port.block, ())
        taken = next((wire for wire in reversed(into) if wire.target == port), None) if found.is_input else None
        if taken is not None:
            return DragWire(self, taken.source, point, from_input=False, taken=taken)
        return DragWire(self, port, point, from_input=found.is_input, taken=None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Goes on with the gesture."""
        if self._gesture is not None:
            self._gesture.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Ends the gesture."""
        if self._gesture is not None and self._gesture.release(event.position()):
            self._gesture = None
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """On the ground: quick-add; on a block or an output: its name and arguments."""
        found = self._hit(event.position())
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if found.block or found.output is not None:
            self.edit_wanted.emit()
        elif found.wire is not None:
            self.offers.offer_layers(event.position(), wire=found.wire)
        elif not self.minimap.area.contains(event.position()):
            self.offers.offer_layers(event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """What can be done with what lies under the pointer, or with the selected block from the keyboard."""
        place = menu_place(self) if event.reason() == QContextMenuEvent.Reason.Keyboard else event.pos()
        found = self._hit(QPointF(place))
        if found.block and found.block not in self.session.selection.blocks:
            self.session.select([found.block])
        elif found.wire is not None and not found.block:
            self.session.select((), [found.wire])
        context_menu(self, found, QPointF(place)).popup(self.mapToGlobal(place))

    def quick_add(self) -> None:
        """A: layers to add after the selected block, else at the pointer."""
        block = self.session.selection.block
        outputs = self.session.ports(block).outputs if block else ()
        if outputs:
            area = QRectF(self.block_rect(block))
            port = PortRef(block, outputs[0].name)
            self.offers.offer_layers(QPointF(area.right() + 90 * self.view.scale, area.top()), port=port)
            return
        pointer = QPointF(self.mapFromGlobal(QCursor.pos()))
        inside = QRectF(self.rect()).contains(pointer)
        self.offers.offer_layers(pointer if inside else QPointF(self.rect().center()))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Two fingers pan, a wheel zooms, Ctrl zooms with either."""
        pixels = event.pixelDelta()
        wheel = pixels.isNull()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or (wheel and not self.wheel_pans):
            self.set_view(self.view.zoomed(WHEEL_STEP ** event.angleDelta().y(), event.position()))
        else:
            moved = event.angleDelta() / WHEEL_PAN if wheel else pixels
            sideways = wheel and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.set_view(self.view.panned(*((moved.y(), moved.x()) if sideways else (moved.x(), moved.y()))))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Pinch and tooltips."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.set_view(self.view.zoomed(1 + event.value(), event.position()))
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._tooltip(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def _tooltip(self, point: QPointF) -> str:
        found = self._hit(point)
        session = self.session
        if found.wire is not None:
            spec = session.wire_spec(found.wire)
            ends = [session.document.block(ref.block).name for ref in (found.wire.source, found.wire.target)]
            facts = f"{spec.text()} {spec.dtype}{', masked' if spec.mask else ''}" if spec else "shape not known yet"
            return f"{ends[0]} → {ends[1]}\n{facts}"
        if not found.block:
            return ""
        block = session.document.block(found.block)
        if found.port is not None:
            return f"{block.name}: {'input' if found.is_input else 'output'} {found.port.port}"
        layer = session.catalog.layers.get(block.type)
        said = [problem.title for problem in session.analysis.diagnostics if problem.block == block.id]
        return "\n".join([f"{block.name} ({block.type})", *([layer.time or layer.doc] if layer else []), *said])

    # --- keys ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc cancels, Space pans, arrows go along wires."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._escape()
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
        elif not self.keys.press(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802 - Qt's names
        """Tab goes over the ports of the selected block, then on to the next panel."""
        return self.keys.next_port(forward=next) or super().focusNextPrevChild(next)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space is up."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
        else:
            super().keyReleaseEvent(event)

    def _escape(self) -> None:
        if self._gesture is not None:
            gesture, self._gesture = self._gesture, None
            gesture.cancel()
            self.update()
        elif self.card.isVisible():
            self.fold_card()
        else:
            self.session.select()

    # --- drops ---------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Layers of the palette are welcome; files are the window's."""
        if event.mimeData().hasFormat(LAYER_MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Anywhere will do."""
        if event.mimeData().hasFormat(LAYER_MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Places a layer at the pointer; on a wire it is put into the wire."""
        type_name = bytes(event.mimeData().data(LAYER_MIME).data()).decode()
        if type_name not in self.session.catalog.layers:
            return
        event.acceptProposedAction()
        point = event.position()
        found = self._hit(point)
        x, y = self.view.to_canvas(point)
        if found.wire is not None:
            self.session.building.insert_layer(type_name, found.wire)
        else:
            self.session.building.add_layer(type_name, (round((x - 60) / GRID) * GRID, round((y - 16) / GRID) * GRID))
        self.setFocus()
