"""Motion where it explains: what a fix or a hand has just changed glows for a moment. None where the system asks for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPen

from engine.document.values import Document
from engine.graph.values import Wire
from gui.canvas.curves import wire_path
from gui.theme.measures import BLOCK_RADIUS, WIRE_TIME

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas

LONGEST_MS = 140
GLOW = 8.0


class Motion:
    """The glow of the last change.

    Attributes:
        wires, blocks: what glows.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._fade = QVariantAnimation(canvas)
        self._fade.setStartValue(1.0)
        self._fade.setEndValue(0.0)
        self._fade.valueChanged.connect(lambda _: canvas.update())
        self.wires: frozenset[Wire] = frozenset()
        self.blocks: frozenset[str] = frozenset()

    @property
    def duration_ms(self) -> int:
        """How long anything moves; 0: the system asks for no motion."""
        from PySide6.QtWidgets import QStyle  # with all its names: not before the first paint

        asked = self._canvas.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self._canvas)
        return min(asked, LONGEST_MS)

    @property
    def is_running(self) -> bool:
        """Something glows."""
        return self._fade.state() == QVariantAnimation.State.Running

    def show_change(self, before: Document) -> None:
        """What the document has now and had not before glows."""
        after = self._canvas.session.document
        self.wires = frozenset(after.graph.wires) - frozenset(before.graph.wires)
        known = before.graph.by_id
        self.blocks = frozenset(block.id for block in after.graph.blocks if known.get(block.id) != block)
        duration = self.duration_ms
        if duration and (self.wires or self.blocks):
            self._fade.stop()
            self._fade.setDuration(duration)
            self._fade.start()

    def paint(self, painter: QPainter) -> None:
        """The glow, in widget pixels."""
        if not self.is_running:
            return
        canvas, geometry, view = self._canvas, self._canvas.geometry_now, self._canvas.view
        colour = QColor(canvas.theme.accent)
        colour.setAlphaF(0.45 * float(self._fade.currentValue()))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(view.x, view.y)
        painter.scale(view.scale, view.scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, WIRE_TIME + GLOW))
        for wire, span in zip(geometry.wires, geometry.spans, strict=True):
            if wire in self.wires:
                painter.drawPath(wire_path(span))
        painter.setPen(QPen(colour, GLOW))
        for block in self.blocks & geometry.index.keys():
            area = QRectF(*geometry.boxes.rows[geometry.index[block]])
            painter.drawRoundedRect(area, BLOCK_RADIUS, BLOCK_RADIUS)
        painter.restore()
