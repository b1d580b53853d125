"""Where everything of a document stands on the canvas, as arrays, in pixels at 100 %."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtGui import QFontMetricsF

from engine.catalog.arguments import nested_layer
from engine.catalog.ports import reused_block
from engine.catalog.spec import Ports, PortSpec
from engine.document.outputs import without_mask
from engine.document.values import Document
from engine.graph.values import Block, Graph, Json, PortRef, Wire
from gui.canvas.boxes import Box, Boxes, Crowd, Span, grown
from gui.theme.measures import BLOCK_MAX, BLOCK_MIN, PORT_ROW, PREVIEW, TITLE, ui_font

BOTTOM = 8
OUTPUT_GAP, OUTPUT_SIZE = 96.0, (72.0, 24.0)
OUTPUT_PLACES = (0.0, *(side * 36.0 * far for far in range(1, 8) for side in (-1, 1)))
"""How far above or below its port an output stands where the place beside it is taken."""
GLYPH = 18
PREVIEW_MIN = 140
TRACED = frozenset({"LSTM", "GRU", "SimpleRNN"})


@dataclass(frozen=True)
class Row:
    """A port's row in a block: its spec, its name's place and the centre of its circle, relative to the block."""

    port: PortSpec
    is_input: bool
    x: float
    y: float


@dataclass(frozen=True)
class Shape:
    """The size of a block, its port rows, and the place of its preview relative to the block (None: it has none)."""

    width: float
    height: float
    rows: tuple[Row, ...]
    preview: Box | None = None

    def row(self, name: str, *, is_input: bool) -> Row | None:
        """The row of a port, if it is shown."""
        return next((row for row in self.rows if row.is_input is is_input and row.port.name == name), None)


@dataclass(frozen=True)
class Geometry:
    """Where a document's blocks and wires stand.

    Attributes:
        ids: of the blocks, in block order; `index` is the inverse.
        boxes: of the blocks.
        wires: those whose ends both exist.
        spans: from x, y to x, y of each wire.
        outputs: the model's outputs, with the rectangle of each output block in `output_boxes`.
        notes: texts of the document's notes, with their rectangles in `note_boxes`.
    """

    ids: tuple[str, ...]
    index: Mapping[str, int]
    boxes: Boxes
    shapes: tuple[Shape, ...]
    wires: tuple[Wire, ...]
    spans: tuple[Span, ...]
    outputs: tuple[PortRef, ...]
    output_boxes: Boxes
    notes: tuple[str, ...]
    note_boxes: Boxes

    def shape(self, block_id: str) -> Shape:
        """The shape of a block."""
        return self.shapes[self.index[block_id]]

    def port_point(self, ref: PortRef, *, is_input: bool) -> tuple[float, float] | None:
        """The centre of a port's circle."""
        at = self.index.get(ref.block)
        if at is None:
            return None
        left, top, width, _ = self.boxes.rows[at]
        row = self.shapes[at].row(without_mask(ref).port, is_input=is_input)
        if row is None:
            return (left if is_input else left + width, top + TITLE)
        return left + row.x, top + row.y

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, width, height of everything, a small square where there is nothing."""
        everything = Boxes(self.boxes.rows + self.output_boxes.rows + self.note_boxes.rows)
        return everything.bounds() or (0.0, 0.0, 400.0, 300.0)

    def shifted(self, block_ids: Collection[str], dx: float, dy: float) -> Geometry:
        """The same with some blocks moved, for the time of a drag."""
        chosen = {self.index[block] for block in block_ids if block in self.index}
        rows = tuple(
            (x + dx, y + dy, w, h) if at in chosen else (x, y, w, h) for at, (x, y, w, h) in enumerate(self.boxes.rows)
        )
        return _with_spans(replace(self, boxes=Boxes(rows)))


def build_geometry(
    document: Document,
    ports: Callable[[str], Ports],
    outputs: tuple[PortRef, ...],
    shown_whole: Collection[str] = (),
) -> Geometry:
    """The geometry of a document.

    Args:
        ports: of a block, by id.
        outputs: the model's outputs.
        shown_whole: ids of the blocks that show their optional ports too.
    """
    blocks = document.graph.blocks
    shapes = tuple(_block_shape(block, document, ports(block.id), block.id in shown_whole) for block in blocks)
    places = [document.layout.get(block.id, (0.0, 0.0)) for block in blocks]
    boxes = Boxes(tuple((x, y, shape.width, shape.height) for (x, y), shape in zip(places, shapes, strict=True)))
    index = {block.id: at for at, block in enumerate(blocks)}
    wires = tuple(w for w in document.graph.wires if w.source.block in index and w.target.block in index)
    kept = tuple(port for port in outputs if port.block in index)
    ids = tuple(block.id for block in blocks)
    notes, note_boxes = _notes(document)
    return _with_spans(Geometry(ids, index, boxes, shapes, wires, (), kept, Boxes(), notes, note_boxes))


def _notes(document: Document) -> tuple[tuple[str, ...], Boxes]:
    """Texts and rectangles of the notes; one that says no place is left out (it stays in the file)."""
    texts: list[str] = []
    rects: list[Box] = []
    for note in document.notes:
        numbers = [*_numbers(note.get("position")), *_numbers(note.get("size"))]
        if len(numbers) == 4 and isinstance(note.get("text"), str):
            texts.append(str(note["text"]))
            left, top, width, height = numbers
            rects.append((left, top, width, height))
    return tuple(texts), Boxes(tuple(rects))


def _numbers(value: Json) -> list[float]:
    parts = value if isinstance(value, list) else []
    return [float(part) for part in parts if isinstance(part, int | float)]


def _with_spans(geometry: Geometry) -> Geometry:
    spans = tuple(
        (
            *(geometry.port_point(wire.source, is_input=False) or (0.0, 0.0)),
            *(geometry.port_point(wire.target, is_input=True) or (0.0, 0.0)),
        )
        for wire in geometry.wires
    )
    crowd, boxes = Crowd(), list[Box]()
    for port in geometry.outputs:
        x, y = geometry.port_point(port, is_input=False) or (0.0, 0.0)
        places = [(x + OUTPUT_GAP, y - OUTPUT_SIZE[1] / 2 + away, *OUTPUT_SIZE) for away in OUTPUT_PLACES]
        boxes.append(next((place for place in places if _is_free(geometry, crowd, place)), places[0]))
        crowd.add(boxes[-1])
    return replace(geometry, spans=spans, output_boxes=Boxes(tuple(boxes)))


def _is_free(geometry: Geometry, crowd: Crowd, place: Box) -> bool:
    area = grown(place, 4)
    return crowd.is_free(area) and not geometry.boxes.touching(area) and not geometry.note_boxes.touching(area)


def _block_shape(block: Block, document: Document, ports: Ports, whole: bool) -> Shape:
    wired = frozenset(wire.target.port for wire in document.graph.wires_into.get(block.id, ()))
    inputs = tuple(port for port in ports.inputs if port.required or port.name in wired or whole)
    return _shape(block.name, block.type, inputs, ports.outputs, has_preview(block, document.graph))


def has_preview(block: Block, graph: Graph) -> bool:
    """The block has states to look at: a recurrent layer, alone or in both directions."""
    owner = reused_block(block, graph)
    if owner is None:
        return False
    inner = nested_layer(owner.arguments.get("layer")) if owner.type == "Bidirectional" else None
    return (inner[0] if inner else owner.type) in TRACED


@lru_cache(maxsize=8192)
def _shape(
    name: str, type_name: str, inputs: tuple[PortSpec, ...], outputs: tuple[PortSpec, ...], preview: bool
) -> Shape:
    width = text_width(name, 13, semibold=True) + text_width(type_name, 12) + GLYPH + 36
    widest = max((text_width(port.name, 12) for port in (*inputs, *outputs)), default=0.0) + 34
    width = float(round(min(max(width, widest, PREVIEW_MIN if preview else BLOCK_MIN), BLOCK_MAX)))
    rows: list[Row] = []
    y = TITLE + PORT_ROW / 2 - 2
    for is_input, ports in ((True, inputs), (False, outputs)):
        for port in ports:
            rows.append(Row(port, is_input, 0.0 if is_input else width, y))
            y += PORT_ROW
    bottom = y - PORT_ROW / 2 + BOTTOM
    if not preview:
        return Shape(width, bottom, tuple(rows))
    return Shape(width, bottom + PREVIEW + 4, tuple(rows), (14.0, bottom - 4, width - 26, float(PREVIEW)))


@lru_cache(maxsize=8192)
def text_width(text: str, size_px: int, *, semibold: bool = False) -> float:
    """The width of a text in the UI font."""
    return QFontMetricsF(ui_font(size_px, semibold=semibold)).horizontalAdvance(text)
