"""The canvas: one widget that paints the document from arrays. It holds a view, nothing of the document."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
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
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from engine.graph.values import PortRef
from gui.canvas.geometry import Geometry
from gui.canvas.hit import Hit, hit
from gui.canvas.kept import Kept
from gui.canvas.keys import Keys
from gui.canvas.minimap import Minimap
from gui.canvas.motion import Motion
from gui.canvas.mouse import Mouse
from gui.canvas.painter import Marks, ScenePainter
from gui.canvas.problems import Problems
from gui.canvas.scene import Scene
from gui.canvas.tips import tip_at
from gui.canvas.view import View, fitted, near
from gui.session.session import EditorSession
from gui.theme.measures import ui_font
from gui.theme.theme import Theme, ThemeHolder

if TYPE_CHECKING:
    from gui.canvas.card import ProblemCard
    from gui.canvas.offers import Offers

READABLE = 0.6
"""The smallest scale at which a document opens: labels and ports can be read."""
SMALLER = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
"""How much smaller than it might be a document is shown where an open card needs room."""
LIFTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How far up a document is moved for that."""
REVEAL = 24
AFTER = 184
"""How far behind a block the next one is offered: the label of the wire between them has room."""
EMPTY = "Drag a layer from the palette onto the canvas, or double click one.\nStart with an Input."


class Canvas(QWidget):
    """Shows and edits the graph of a session."""

    zoom_changed = Signal(float)
    edit_wanted = Signal()
    action_wanted = Signal(str)

    def __init__(self, session: EditorSession, themes: ThemeHolder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.view, self._themes = View(), themes
        self._fit_pending = True
        self._opening_view: View | None = None
        self._kept = Kept(session)
        self.keys, self.mouse = Keys(self), Mouse(self)
        self.minimap, self.motion = Minimap(), Motion(self)
        self.problems = Problems(self)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 200)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._follow(session)
        themes.theme_changed.connect(lambda _: self.update())
        self.describe()

    def _follow(self, session: EditorSession) -> None:
        session.document_changed.connect(self._document_changed)
        for signal in (session.run_changed, session.shown.previews_changed, session.run_state_changed):
            signal.connect(self._facts_changed)
        session.analysis_changed.connect(self._analysis_changed)
        session.shown.clock_changed.connect(lambda _: self.update())
        session.shown.span_changed.connect(lambda _: self.update())
        session.selection_changed.connect(self._selection_changed)
        session.opened.connect(self._opened)

    @cached_property
    def offers(self) -> Offers:
        """What is offered at the pointer."""
        from gui.canvas.offers import Offers  # not before the first paint

        return Offers(self)

    @property
    def card(self) -> ProblemCard:
        """The problem card."""
        return self.problems.card

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._themes.theme

    # --- what is shown -------------------------------------------------------------------------------------------

    @property
    def geometry_now(self) -> Geometry:
        """Where everything stands at this moment."""
        return self._kept.geometry

    @property
    def scene(self) -> Scene:
        """What a frame shows."""
        return self._kept.scene

    def show_shifted(self, blocks: Collection[str], dx: float, dy: float) -> None:
        """Draws some blocks elsewhere for the time of a drag; no blocks: as the document says."""
        self._kept.shift(blocks, dx, dy)
        self.update()

    def _document_changed(self, _: object) -> None:
        self._kept.forget_document()
        self.problems.place()
        self.describe()

    def _facts_changed(self, _: object) -> None:
        self._kept.forget_facts()
        self._place_card()
        self.describe()

    def _analysis_changed(self, _: object) -> None:
        self._kept.forget_facts()
        self.problems.facts_changed()
        self._place_card()

    def _selection_changed(self, _: object) -> None:
        self.keys.forget_port()
        self._kept.show_whole(None)
        self.reveal()
        self.problems.selection_changed()
        self.describe()

    def reveal(self) -> None:
        """A block selected elsewhere or by the keyboard comes into view; nothing moves under a pressed button."""
        block = self.session.selection.block
        if not block or QGuiApplication.mouseButtons() or block not in self.geometry_now.index or self._fit_pending:
            return
        inside, area = QRectF(self.rect()).adjusted(REVEAL, REVEAL, -REVEAL, -REVEAL), QRectF(self.block_rect(block))
        dx = max(inside.left() - area.left(), 0.0) or min(inside.right() - area.right(), 0.0)
        dy = max(inside.top() - area.top(), 0.0) or min(inside.bottom() - area.bottom(), 0.0)
        if dx or dy:
            self.set_view(self.view.panned(dx, dy))

    def pointer_place(self) -> tuple[float, float] | None:
        """The canvas point under the pointer; None: it is elsewhere."""
        pointer = QPointF(self.mapFromGlobal(QCursor.pos()))
        return self.view.to_canvas(pointer) if QRectF(self.rect()).contains(pointer) else None

    def show_port(self) -> None:
        """The keyboard went to another port: a block shows its optional ports while it is on one of them."""
        self._kept.show_whole(self.keys.port[0] if self.keys.port is not None else None)
        self.describe()

    def describe(self) -> None:
        """Says to a screen reader what is selected, and draws it."""
        names = [self.scene.spoken(block) for block in sorted(self.session.selection.blocks)]
        count = len(self.session.document.graph.blocks)
        chosen = f"{', '.join(names)} selected" if names else "nothing selected"
        at = self.keys.port
        port = f", at {'input' if at[1] else 'output'} {at[0].port}" if at is not None else ""
        self.setAccessibleName(f"Canvas with {count} blocks, {chosen}{port}")
        self.update()

    # --- the view ------------------------------------------------------------------------------------------------

    def set_view(self, view: View) -> None:
        """Shows another part of the canvas; the document is not touched."""
        zoomed = view.scale != self.view.scale
        self.view = view
        if not self.mouse.is_busy:
            self.problems.place()
        self.update()
        if zoomed:
            self.zoom_changed.emit(view.scale)

    def _opened(self) -> None:
        """Another document is shown whole; editing never moves the view."""
        self._fit_pending = True
        self.update()

    def open_at(self, view: View, size: tuple[int, int]) -> None:
        """Shows a document as it was seen in a canvas of some size; in one of another size the middle stays."""
        self._fit_pending, self._opening_view = False, None
        self.set_view(view.panned((self.width() - size[0]) / 2, (self.height() - size[1]) / 2))

    def fit(self, smallest: float = 0.0) -> None:
        """Shows everything, or as much from the upper left as has room at a smallest scale, and leaves an open card room."""
        bounds, width, height = self.scene.bounds, self.width(), self.height()
        whole = [
            fitted(bounds, width, height, smallest=smallest, part=part, lift=lift) for part in SMALLER for lift in LIFTS
        ]
        block = self.problems.wanted_block
        box = self.geometry_now.boxes.rows[self.geometry_now.index[block]] if block else None
        second: View | None = None
        for view in [*whole, *([] if box is None else near(box, whole[0].scale, width))]:
            self.problems.forget_place()
            self.set_view(view)
            if not self.problems.lacks_room:
                return
            second = second or (view if self.problems.has_pointer else None)
        self.set_view(second or whole[0])

    def _fit_first(self) -> None:
        """As a document opens."""
        self._fit_pending = False
        self.fit(READABLE)
        self._opening_view = self.view

    def _place_card(self) -> None:
        """What is known comes after the document; its first card finds room while nobody has moved the view."""
        self.problems.place()
        if self.problems.lacks_room and self.view == self._opening_view:
            self._fit_first()
            if self.problems.lacks_room:
                self._opening_view = None

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

    def hit_at(self, point: QPointF) -> Hit:
        """What lies under a point of the widget."""
        return hit(self.geometry_now, *self.view.to_canvas(point), self.view.scale)

    def dot_at(self, point: QPointF) -> str:
        """The block whose red or orange dot lies under a point of the widget; empty: there is none."""
        return self.scene.dot_at(*self.view.to_canvas(point), self.problems.open_block)

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """One frame."""
        if self._fit_pending and self.width() > 50:
            self._fit_first()
        with QPainter(self) as painter:
            clock, focused = self.session.shown.clock, self.hasFocus()
            span = self.session.shown.span
            marks = Marks(self.session.selection, clock.step, self.problems.open_block, focused, span)
            ScenePainter(painter, self.scene, self.view, self.theme, marks).paint(QRectF(event.rect()))
            if not self.session.document.graph.blocks:
                painter.setPen(QColor(self.theme.secondary))
                painter.setFont(ui_font(13))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, EMPTY)
            self.motion.paint(painter)
            self.keys.paint(painter)
            if self.minimap.lay_out(self.scene, self.view, self.size(), self.problems.area):
                self.minimap.paint(painter, self.geometry_now, self.view, self.theme, self.width(), self.height())
            self.problems.paint(painter)
            self.mouse.paint(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A model that nobody has moved is fitted anew; the card stays inside."""
        super().resizeEvent(event)
        if self.view == self._opening_view:
            self._fit_pending = True
        else:
            self.problems.place()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """The focus ring is drawn."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """The focus ring goes."""
        super().focusOutEvent(event)
        self.update()

    # --- hands ---------------------------------------------------------------------------------------------------

    def open_fixes(self) -> None:
        """Ctrl+.: the card of the selected or newest problem, with the keyboard on its first fix."""
        self.problems.focus_fixes()

    def quick_add(self) -> None:
        """A: layers to add after the selected block, else at the pointer."""
        block = self.session.selection.block
        if outputs := self.session.ports(block).outputs if block else ():
            area = QRectF(self.block_rect(block))
            port = PortRef(block, outputs[0].name)
            self.offers.offer_layers(QPointF(area.right() + AFTER * self.view.scale, area.top()), port=port)
            return
        pointer = self.mapFromGlobal(QCursor.pos())
        self.offers.offer_layers(QPointF(pointer if self.rect().contains(pointer) else self.rect().center()))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begins a gesture."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Goes on with the gesture."""
        self.mouse.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Ends the gesture."""
        self.mouse.release(event.position())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Quick-add, or the name of a block."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.mouse.double_click(event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """What can be done here."""
        self.mouse.menu(event)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Pans or zooms."""
        self.mouse.wheel(event)

    def event(self, event: QEvent) -> bool:
        """Pinch and tooltips."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.mouse.pinch(event)
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), tip_at(self, QPointF(event.pos())), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Esc cancels, Space pans, arrows go along wires."""
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif not self.mouse.space(event, down=True) and not self.keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Space is up."""
        if not self.mouse.space(event, down=False):
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, N802 - Qt's names
        """Tab goes over the ports of the selected block, then on to the next panel."""
        return self.keys.next_port(forward=next) or super().focusNextPrevChild(next)

    def _escape(self) -> None:
        if self.mouse.cancel():
            return
        if self.problems.shown is not None:
            self.problems.fold()
        else:
            self.session.select()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """A layer may be dropped, and a file of sequences."""
        from gui.canvas import drops  # not before the first paint

        event.setAccepted(drops.holds_layer(event) or drops.holds_sequences(event))

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        """Anywhere will do for a layer, an Input for a file."""
        from gui.canvas import drops

        event.setAccepted(drops.holds_layer(event) or drops.fed_input(self, event) != "")

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Places the layer, or feeds the Input from the file."""
        from gui.canvas import drops

        drops.drop(self, event)
