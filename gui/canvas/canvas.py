"""The canvas: one widget that paints the document from arrays. It holds a view and a gesture, nothing of the document."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from engine.analysis.values import Fix
from engine.document.edits import Insert
from engine.document.outputs import model_outputs
from engine.graph.values import PortRef
from gui.canvas.card import ProblemCard
from gui.canvas.geometry import Geometry, build_geometry
from gui.canvas.gestures import BoxSelect, DragWire, Gesture, MoveBlocks, Pan
from gui.canvas.hit import Hit, hit
from gui.canvas.painter import ScenePainter
from gui.canvas.scene import Scene, build_scene, shown_problem
from gui.canvas.view import View, fitted
from gui.session.session import EditorSession
from gui.theme.measures import GRID, ui_font
from gui.theme.theme import Theme, ThemeHolder

LAYER_MIME = "application/x-seqloom-layer"
WHEEL_STEP = 1.0015
EMPTY = "Drag a layer from the palette onto the canvas, or double click one.\nStart with an Input."


class Canvas(QWidget):
    """Shows and edits the graph of a session."""

    zoom_changed = Signal(float)

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
        self._shifted: Geometry | None = None
        self._scene: Scene | None = None
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
        session.previews_changed.connect(self._facts_changed)
        session.run_state_changed.connect(self._facts_changed)
        session.clock_changed.connect(lambda _: self.update())
        session.selection_changed.connect(self._selection_changed)
        session.opened.connect(self._opened)
        themes.theme_changed.connect(lambda _: self.update())
        self._describe()

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
            self._geometry = build_geometry(document, self.session.ports, outputs, {self.session.selection.block})
        return self._geometry

    @property
    def scene(self) -> Scene:
        """What a frame shows."""
        if self._scene is None:
            self._scene = build_scene(self.session, self.geometry_now)
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
        self._describe()
        self.update()

    def _facts_changed(self, _: object) -> None:
        self._scene = None
        self._place_card()
        self.update()

    def _selection_changed(self, _: object) -> None:
        self._geometry = self._scene = None
        self._folded = False
        self._place_card()
        self._describe()
        self.update()

    def _opened(self) -> None:
        """Another document is shown whole; editing never moves the view."""
        self._fit_pending = True
        self.update()

    def _describe(self) -> None:
        names = [self.session.document.block(block).name for block in sorted(self.session.selection.blocks)]
        count = len(self.session.document.graph.blocks)
        chosen = f"{', '.join(names)} selected" if names else "nothing selected"
        self.setAccessibleName(f"Canvas with {count} blocks, {chosen}")

    # --- the view ------------------------------------------------------------------------------------------------

    def set_view(self, view: View) -> None:
        """Shows another part of the canvas; the document is not touched."""
        zoomed = view.scale != self.view.scale
        self.view = view
        self._place_card()
        self.update()
        if zoomed:
            self.zoom_changed.emit(view.scale)

    def fit(self) -> None:
        """Shows everything."""
        self.set_view(fitted(self.geometry_now.bounds(), self.width(), self.height()))

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
            self.fit()
        with QPainter(self) as painter:
            session = self.session
            ScenePainter(painter, self.scene, self.view, self.theme, session.selection, session.clock.step).paint(
                QRectF(event.rect()), focused=self.hasFocus()
            )
            if not self.session.document.graph.blocks:
                painter.setPen(QColor(self.theme.secondary))
                painter.setFont(ui_font(13))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, EMPTY)
            if self._gesture is not None:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._gesture.paint(painter)

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

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Two fingers pan, a wheel zooms, Ctrl zooms with either."""
        pixels = event.pixelDelta()
        zooms = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier) or pixels.isNull()
        if zooms:
            self.set_view(self.view.zoomed(WHEEL_STEP ** event.angleDelta().y(), event.position()))
        else:
            self.set_view(self.view.panned(pixels.x(), pixels.y()))
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
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._walk(forward=key == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

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

    def _walk(self, *, forward: bool) -> None:
        """To the next block along a wire; from nothing to the first block."""
        graph, chosen = self.session.document.graph, self.session.selection.block
        if not chosen:
            self.session.select([graph.blocks[0].id] if graph.blocks else [])
            return
        wires = graph.wires_from.get(chosen, ()) if forward else graph.wires_into.get(chosen, ())
        ends = [(wire.target if forward else wire.source).block for wire in wires]
        known = [block for block in ends if block in graph]
        if known:
            self.session.select([known[0]])

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
            arguments = self.session.new_block(type_name).arguments
            new_id = f"b{self.session.document.next_id}"
            insert = Insert(type_name, arguments, found.wire.source, found.wire.target)
            if self.session.push(insert, f"insert {type_name}"):
                self.session.select([new_id])
        else:
            self.session.add_layer(type_name, (round((x - 60) / GRID) * GRID, round((y - 16) / GRID) * GRID))
        self.setFocus()
