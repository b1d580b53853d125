"""Paints a scene: a function of (scene, view, theme, selection), culled by arrays."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPen

from engine.catalog.spec import short_type
from engine.graph.values import Block
from gui.canvas.boxes import grown
from gui.canvas.curves import wire_path
from gui.canvas.geometry import GLYPH, NOTE_PAD, OUTPUT_PAD, Geometry, Shape, output_names
from gui.canvas.labels import PAD, PICTOGRAM, Label
from gui.canvas.pictogram import paint_pictogram
from gui.canvas.preview import paint_preview
from gui.canvas.scene import DOT_AT, DOT_RADIUS, ONE_LEAVES, TAG_HEIGHT, Scene, WireLook
from gui.canvas.view import View
from gui.session.clock import Span
from gui.session.selection import Selection
from gui.theme.glyphs import glyph
from gui.theme.measures import BAR, BLOCK_RADIUS, DOTS, PORT_RADIUS, TITLE, WIRE_PLAIN, WIRE_TIME, mono_font, ui_font
from gui.theme.theme import Theme
from gui.widgets.span_paint import paint_span

BLOCK_MARGIN, WIRE_MARGIN = 24.0, 40.0
"""How far rings, tags and curves reach beyond a block's or wire's own rectangle."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
TITLES_FROM, DETAILS_FROM = 0.3, 0.55
"""Below the first scale blocks are plain boxes; from the second on ports, curves and labels are drawn."""


class Marks(NamedTuple):
    """What a person is at.

    Attributes:
        step: of the one clock.
        open_block: whose problem has its card open.
        focused: the keyboard is on the canvas.
        span: the chosen range of steps.
    """

    selection: Selection
    step: int
    open_block: str
    focused: bool
    span: Span | None = None


def fill(painter: QPainter, area: QRectF, colour: str) -> None:
    """Fills a rectangle. `fillRect` would first make the enum of all presets of gradients, a share of the start."""
    painter.setBackground(QColor(colour))
    painter.eraseRect(area)


class ScenePainter:
    """Paints one frame."""

    def __init__(self, painter: QPainter, scene: Scene, view: View, theme: Theme, marks: Marks) -> None:
        self._painter, self._scene, self._view, self._theme, self._marks = painter, scene, view, theme, marks
        self._selection = marks.selection

    def paint(self, area: QRectF) -> None:
        """Ground, wires, blocks, labels."""
        painter, view = self._painter, self._view
        self._paint_ground(area)
        left, top = view.to_canvas(area.topLeft())
        seen = (left, top, area.width() / view.scale, area.height() / view.scale)
        geometry = self._scene.geometry
        painter.save()
        painter.translate(view.x, view.y)
        painter.scale(view.scale, view.scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, view.scale >= TITLES_FROM)
        wires = geometry.span_boxes.touching(grown(seen, WIRE_MARGIN))
        blocks = geometry.boxes.touching(grown(seen, BLOCK_MARGIN))
        if view.scale < TITLES_FROM:
            self._paint_from_afar(wires, blocks)
        else:
            self._paint_wires(wires)
            for at in blocks:
                self._paint_block(at)
            self._paint_outputs(geometry)
            self._paint_notes(geometry)
            self._paint_labels(wires)
        painter.restore()

    def _paint_ground(self, area: QRectF) -> None:
        painter, view = self._painter, self._view
        fill(painter, area, self._theme.canvas)
        step = DOTS * view.scale
        if step < 12:
            return
        painter.setPen(QPen(QColor(self._theme.dot), 2))
        painter.drawPoints(
            _dots(view.x % step, view.y % step, step, int(area.right() / step), int(area.bottom() / step))
        )

    # --- wires ---------------------------------------------------------------------------------------------------

    def _paint_from_afar(self, wires: list[int], blocks: list[int]) -> None:
        """Plain lines and boxes, each kind in one go; what is selected or in error stands out."""
        painter, theme, geometry = self._painter, self._theme, self._scene.geometry
        lines, rects = geometry.lines, geometry.rects
        painter.setPen(QPen(QColor(theme.wire), 0))
        painter.drawLines(lines if len(wires) == len(lines) else [lines[at] for at in wires])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.block))
        painter.drawRects(rects if len(blocks) == len(rects) else [rects[at] for at in blocks])
        bad = self._scene.errors | self._scene.broken
        for ids, colour in ((self._selection.blocks, theme.accent), (bad, theme.error)):
            marked = [rects[geometry.index[block]] for block in ids if block in geometry.index]
            if marked:
                painter.setBrush(QColor(colour))
                painter.drawRects(marked)

    def _paint_wires(self, seen: list[int]) -> None:
        painter, spans = self._painter, self._scene.geometry.all_spans
        for at in seen:
            look = self._scene.look(at)
            chosen = at < len(self._scene.geometry.wires) and self._scene.geometry.wires[at] in self._selection.wires
            painter.setPen(self._wire_pen(look, chosen=chosen))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(wire_path(spans[at]))

    def _wire_pen(self, look: WireLook, *, chosen: bool) -> QPen:
        colour = self._theme.error if look.error else self._theme.accent if chosen else self._theme.wire
        pen = QPen(QColor(colour), WIRE_TIME if look.time else WIRE_PLAIN)
        if look.state:
            pen.setDashPattern([4, 3])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    def _paint_labels(self, seen: list[int]) -> None:
        if self._view.scale < DETAILS_FROM:
            return
        self._painter.setFont(mono_font(12))
        for at in seen:
            label = self._scene.label(at)
            if label is not None:
                self._paint_label(self._scene.look(at), label)

    def _paint_label(self, look: WireLook, label: Label) -> None:
        painter, theme = self._painter, self._theme
        area = QRectF(*label.box)
        colour, ground = QColor(theme.error if look.error else theme.text), QColor(theme.canvas)
        ground.setAlpha(225)
        painter.setPen(QPen(colour, 1) if look.error else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 4, 4)
        painter.setPen(colour)
        if label.text:
            painter.drawText(area.adjusted(PAD, 0, 0, 0), LEFT, look.text)
        if look.lengths is not None and label.pictogram:
            box = QRectF(area.right() - PICTOGRAM - PAD, area.top() + 3, PICTOGRAM, area.height() - 6)
            paint_pictogram(painter, box, look.lengths, theme)

    def _paint_outputs(self, geometry: Geometry) -> None:
        painter, theme = self._painter, self._theme
        painter.setFont(ui_font(12))
        names = output_names(geometry)
        for name, (x, y, width, height) in zip(names, geometry.output_boxes.rows, strict=True):
            area = QRectF(x, y, width, height)
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.setBrush(QColor(theme.block))
            painter.drawRoundedRect(area, 6, 6)
            fill(painter, QRectF(x, y + 2, 3, height - 4), theme.category["reuse"])
            painter.setPen(QColor(theme.secondary))
            painter.drawText(area.adjusted(OUTPUT_PAD, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_notes(self, geometry: Geometry) -> None:
        """Plain text beside a thin line: what there is to see."""
        painter, theme = self._painter, self._theme
        painter.setFont(ui_font(12))
        for text, rect in zip(geometry.notes, geometry.note_boxes.rows, strict=True):
            area = QRectF(*rect)
            fill(painter, area, theme.canvas)
            fill(painter, QRectF(area.left(), area.top(), 2, area.height()), theme.hatch)
            painter.setPen(QColor(theme.secondary))
            painter.drawText(
                area.adjusted(NOTE_PAD, 0, 0, 0), Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter, text
            )

    # --- blocks --------------------------------------------------------------------------------------------------

    def _paint_block(self, at: int) -> None:
        scene, theme, painter = self._scene, self._theme, self._painter
        block, shape = scene.geometry.blocks[at], scene.geometry.shapes[at]
        area = QRectF(*scene.geometry.boxes.rows[at])
        bar = QColor(theme.category[scene.category(block)])
        self._paint_frame(area, block)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(bar)
        painter.drawRoundedRect(QRectF(area.left(), area.top() + 6, BAR, area.height() - 12), 2, 2)
        self._paint_title(area, block, bar)
        if self._view.scale >= DETAILS_FROM:
            self._paint_ports(area, block, shape)
            self._paint_preview(area, block, shape)
            self._paint_marks(area, block)
        self._paint_run_mark(block.id)

    def _paint_frame(self, area: QRectF, block: Block) -> None:
        """The ground; a red ring where it complains, a blue one where it is selected, a dotted one for the keyboard."""
        painter, theme = self._painter, self._theme
        bad, selected = block.id in self._scene.errors, block.id in self._selection.blocks
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.block))
        painter.drawRoundedRect(area, BLOCK_RADIUS, BLOCK_RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if bad:
            self._ring(area, 1.0 if selected else 3.0, QPen(QColor(theme.error), 2.0))
        if selected:
            self._ring(area, 4.0, QPen(QColor(theme.accent), 2.0 if self._marks.focused else 1.4))
        if selected and self._marks.focused and self._selection.block:
            self._ring(area, 8.0, QPen(QColor(theme.accent), 1.2, Qt.PenStyle.DotLine))

    def _ring(self, area: QRectF, away: float, pen: QPen) -> None:
        self._painter.setPen(pen)
        radius = BLOCK_RADIUS + away - 1
        self._painter.drawRoundedRect(area.adjusted(-away, -away, away, away), radius, radius)

    def _paint_title(self, area: QRectF, block: Block, colour: QColor) -> None:
        painter = self._painter
        row = QRectF(area.left() + 14, area.top(), area.width() - 22 - GLYPH, TITLE)
        mark = glyph(self._scene.category(block), colour.name())
        painter.drawPixmap(QPointF(row.right() + GLYPH - mark.deviceIndependentSize().width(), area.top() + 7), mark)
        name, kind = _title(block.name, short_type(block.type), row.width())
        painter.setFont(ui_font(12))
        painter.setPen(colour)
        painter.drawText(row, RIGHT, kind)
        painter.setFont(ui_font(13, semibold=True))
        painter.setPen(QColor(self._theme.text))
        painter.drawText(row, LEFT, name)

    def _paint_ports(self, area: QRectF, block: Block, shape: Shape) -> None:
        painter, theme = self._painter, self._theme
        graph = self._scene.geometry.graph
        wired = {(True, wire.target.port) for wire in graph.wires_into.get(block.id, ())}
        wired |= {(False, wire.source.port) for wire in graph.wires_from.get(block.id, ())}
        wired |= {(False, port.port) for port in self._scene.geometry.outputs if port.block == block.id}
        painter.setFont(ui_font(12))
        for row in shape.rows:
            text = QRectF(area.left() + 14, area.top() + row.y - 10, area.width() - 28, 20)
            painter.setPen(QColor(theme.secondary))
            painter.drawText(text, LEFT if row.is_input else RIGHT, _port_name(row.port.name, int(text.width())))
            centre = QPointF(area.left() + row.x, area.top() + row.y)
            filled = (row.is_input, row.port.name) in wired
            painter.setPen(QPen(QColor(theme.wire), 1.4))
            painter.setBrush(QBrush(QColor(theme.wire if filled else theme.block)))
            if row.port.role == "mask":
                side_px = PORT_RADIUS * 1.7
                painter.drawRect(QRectF(centre.x() - side_px / 2, centre.y() - side_px / 2, side_px, side_px))
            else:
                painter.drawEllipse(centre, PORT_RADIUS, PORT_RADIUS)

    def _paint_preview(self, area: QRectF, block: Block, shape: Shape) -> None:
        if shape.preview is None:
            return
        painter, theme, scene = self._painter, self._theme, self._scene
        x, y, width, height = shape.preview
        inner = QRectF(area.left() + x, area.top() + y, width, height)
        painter.setFont(ui_font(11))
        parts = scene.previews.get(block.id)
        if parts is None:
            painter.setPen(QPen(QColor(theme.line), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(inner, 3, 3)
            painter.setPen(QColor(theme.faint))
            painter.drawText(inner, Qt.AlignmentFlag.AlignCenter, "h after a run")
            return
        paint_preview(painter, inner, parts, self._marks.step, theme, stale=scene.stale)
        steps = len(parts[0].valid)
        span = None if self._marks.span is None else self._marks.span.within(steps)
        if span is not None:
            step = inner.width() / steps
            ends = inner.left() + span.first * step, inner.left() + (span.last + 1) * step
            paint_span(painter, inner, ends, theme)
        caption = scene.reserved.captions.get(block.id)
        if caption is not None:
            fill(painter, QRectF(*caption), theme.canvas)
            painter.setPen(QColor(theme.secondary))
            painter.drawText(QRectF(*caption), LEFT, ONE_LEAVES)

    def _paint_run_mark(self, block: str) -> None:
        """Filled red where NaN arises, red in outline where it came from above, grey where nothing is wrong."""
        box, mark = self._scene.reserved.marks.get(block), self._scene.reserved.told.get(block)
        if box is None or mark is None:
            return
        painter, theme = self._painter, self._theme
        colour = QColor(theme.secondary if mark.strength == "quiet" else theme.error)
        full = mark.strength == "cause"
        painter.setFont(ui_font(11))
        painter.setPen(QPen(colour, 1))
        painter.setBrush(colour if full else QColor(theme.block))
        painter.drawRoundedRect(QRectF(*box), TAG_HEIGHT / 2, TAG_HEIGHT / 2)
        painter.setPen(QColor(theme.block) if full else colour)
        painter.drawText(QRectF(*box), Qt.AlignmentFlag.AlignCenter, mark.text)

    def _paint_marks(self, area: QRectF, block: Block) -> None:
        painter, theme, scene = self._painter, self._theme, self._scene
        tag = scene.reserved.tags.get(block.id)
        if tag is not None:
            painter.setFont(ui_font(11))
            painter.setPen(QPen(QColor(theme.error), 1))
            painter.setBrush(QColor(theme.block))
            painter.drawRoundedRect(QRectF(*tag), TAG_HEIGHT / 2, TAG_HEIGHT / 2)
            painter.drawText(QRectF(*tag), Qt.AlignmentFlag.AlignCenter, "cause")
        if block.id == self._marks.open_block:
            return
        bad = block.id in scene.errors
        if bad or block.id in scene.warnings:
            centre = QPointF(area.left() + DOT_AT, area.top() + DOT_AT)
            painter.setPen(QPen(QColor(theme.block), 1.5))
            painter.setBrush(QColor(theme.error if bad else theme.warning))
            painter.drawEllipse(centre, DOT_RADIUS, DOT_RADIUS)
            painter.setPen(QColor(theme.block))
            painter.setFont(ui_font(11, semibold=True))
            box = QRectF(centre.x() - DOT_RADIUS, centre.y() - DOT_RADIUS, 2 * DOT_RADIUS, 2 * DOT_RADIUS)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "×" if bad else "!")


@lru_cache(maxsize=4096)
def _title(name: str, kind: str, width: float) -> tuple[str, str]:
    """Name and kind of a block, cut to a width."""
    metrics, right = QFontMetrics(ui_font(12)), Qt.TextElideMode.ElideRight
    kind = metrics.elidedText(kind, right, int(width * 0.6))
    rest = int(width - metrics.horizontalAdvance(kind) - 8)
    return QFontMetrics(ui_font(13, semibold=True)).elidedText(name, right, rest), kind


@lru_cache(maxsize=1024)
def _port_name(name: str, width: int) -> str:
    return QFontMetrics(ui_font(12)).elidedText(name, Qt.TextElideMode.ElideMiddle, width)


@lru_cache(maxsize=2)
def _dots(left: float, top: float, step: float, across: int, down: int) -> list[QPointF]:
    """The dots of the ground: the same ones as long as the view stays."""
    return [QPointF(left + x * step, top + y * step) for x in range(across + 1) for y in range(down + 1)]
