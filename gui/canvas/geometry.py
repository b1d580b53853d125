"""Where everything of a document stands on the canvas, as arrays, in pixels at 100 %."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from engine.catalog.arguments import nested_layer
from engine.catalog.ports import reused_block
from engine.catalog.spec import Ports, PortSpec, short_type
from engine.document.outputs import without_mask
from engine.document.values import Document
from engine.graph.values import REUSE, Block, Graph, Json, PortRef, Wire
from gui.canvas.boxes import Box, Boxes, Crowd, Span, around, grown
from gui.theme.measures import BLOCK_MAX, BLOCK_MIN, PORT_ROW, PREVIEW, TITLE, ui_font

BOTTOM = 8
OUTPUT_GAP, OUTPUT_HEIGHT, OUTPUT_PAD = 132.0, 24.0, 12.0
"""An output block: how far from its port (a label has room between), its height, and the air round its name."""
OUTPUT_WIDEST = 110.0
OUTPUT_PLACES = (0.0, *(side * 36.0 * far for far in range(1, 8) for side in (-1, 1)))
"""How far above or below its port an output stands where the place beside it is taken."""
GLYPH = 20
NOTE_PAD = 12
PREVIEW_MIN = 140
TRACED = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})


class Row(NamedTuple):
    """A port's row in a block: its spec, its name's place and the centre of its circle, relative to the block."""

    port: PortSpec
    is_input: bool
    x: float
    y: float


class Shape(NamedTuple):
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
        blocks: in block order; `index` says where an id stands among them.
        boxes: of the blocks.
        wires: those whose ends both exist.
        ends: the places of the two blocks of each wire.
        spans: from x, y to x, y of each wire.
        outputs: the model's outputs, with the rectangle of each output block in `output_boxes` and the wire into it in
            `output_spans`.
        notes: texts of the document's notes, with their rectangles in `note_boxes`.
        graph: that this is the geometry of.
    """

    graph: Graph
    blocks: tuple[Block, ...]
    index: Mapping[str, int]
    boxes: Boxes
    shapes: tuple[Shape, ...]
    wires: tuple[Wire, ...]
    ends: tuple[tuple[int, int], ...]
    spans: tuple[Span, ...]
    outputs: tuple[PortRef, ...]
    output_boxes: Boxes
    output_spans: tuple[Span, ...]
    notes: tuple[str, ...]
    note_boxes: Boxes

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the blocks, in block order."""
        return tuple(self.index)

    @cached_property
    def all_spans(self) -> tuple[Span, ...]:
        """Of the wires, then of those into the output blocks."""
        return self.spans + self.output_spans

    @cached_property
    def span_boxes(self) -> Boxes:
        """The rectangles round all spans."""
        return around(self.all_spans)

    @cached_property
    def rects(self) -> list[QRectF]:
        """The blocks as Qt's rectangles, for pictures of all of them."""
        return [QRectF(*row) for row in self.boxes.rows]

    @cached_property
    def lines(self) -> list[QLineF]:
        """The wires as straight lines, for pictures of all of them."""
        return [QLineF(*span) for span in self.all_spans]

    def shape(self, block_id: str) -> Shape:
        """The shape of a block."""
        return self.shapes[self.index[block_id]]

    def port_point(self, ref: PortRef, *, is_input: bool) -> tuple[float, float] | None:
        """The centre of a port's circle."""
        at = self.index.get(ref.block)
        return None if at is None else _port_point(self.boxes.rows[at], self.shapes[at], ref, is_input=is_input)

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, width, height of everything, a small square where there is nothing."""
        return self._bounds

    @cached_property
    def _bounds(self) -> Box:
        parts = [part for boxes in (self.boxes, self.output_boxes, self.note_boxes) if (part := boxes.bounds())]
        return Boxes(tuple(parts)).bounds() or (0.0, 0.0, 400.0, 300.0)

    def shifted(self, block_ids: Collection[str], dx: float, dy: float) -> Geometry:
        """The same with some blocks moved, for the time of a drag."""
        chosen = frozenset(self.index[block] for block in block_ids if block in self.index)
        spans, rects, lines = list(self.spans), list(self.rects), list(self.lines[: len(self.spans)])
        for at in _wires_at(self.ends, chosen):
            source, target = self.ends[at]
            x1, y1, x2, y2 = spans[at]
            first, last = (dx, dy) if source in chosen else (0, 0), (dx, dy) if target in chosen else (0, 0)
            spans[at] = (x1 + first[0], y1 + first[1], x2 + last[0], y2 + last[1])
            lines[at] = QLineF(*spans[at])
        for at in chosen:
            rects[at] = rects[at].translated(dx, dy)
        moved = _with_outputs(replace(self, boxes=self.boxes.shifted(chosen, dx, dy), spans=tuple(spans)))
        moved.__dict__["rects"] = rects
        moved.__dict__["lines"] = lines + [QLineF(*span) for span in moved.output_spans]
        return moved


def build_geometry(
    document: Document,
    ports: Callable[[str], Ports],
    outputs: tuple[PortRef, ...],
    shown_whole: Collection[str] = (),
    before: Geometry | None = None,
) -> Geometry:
    """The geometry of a document.

    Args:
        ports: of a block, by id.
        outputs: the model's outputs.
        shown_whole: ids of the blocks that show their optional ports too.
        before: the geometry of the document before an edit, made with the same `shown_whole`; what the edit did not
            touch is taken from it.
    """
    graph, layout = document.graph, document.layout
    blocks = graph.blocks
    old = before if before is not None and before.graph.wires == graph.wires else None
    shapes = old.shapes if old is not None and old.graph is graph else _shapes(graph, ports, shown_whole, old)
    places = [layout.get(block.id, (0.0, 0.0)) for block in blocks]
    boxes = Boxes(tuple((x, y, shape.width, shape.height) for (x, y), shape in zip(places, shapes, strict=True)))
    same = old is not None and (
        old.graph is graph or [block.id for block in old.blocks] == [block.id for block in blocks]
    )
    if old is not None and same:
        index, wires, ends = old.index, old.wires, old.ends
    else:
        index = {block.id: at for at, block in enumerate(blocks)}
        wires = tuple(w for w in graph.wires if w.source.block in index and w.target.block in index)
        ends = tuple((index[wire.source.block], index[wire.target.block]) for wire in wires)
    kept = tuple(port for port in outputs if port.block in index)
    notes, note_boxes = _notes(document)
    made = Geometry(
        graph, blocks, index, boxes, shapes, wires, ends, (), kept, Boxes(), (), notes, note_boxes
    )  # fmt: skip
    changed = None
    if old is not None and same:
        pairs = zip(zip(boxes.rows, shapes, strict=True), zip(old.boxes.rows, old.shapes, strict=True), strict=True)
        changed = frozenset(at for at, (now, then) in enumerate(pairs) if now[0] != then[0] or now[1] is not then[1])
    whole = _with_outputs(replace(made, spans=_spans(made, old, changed)))
    if old is not None and changed is not None:
        _take_rects(whole, old, changed)
    return whole


def _take_rects(geometry: Geometry, before: Geometry, changed: Collection[int]) -> None:
    """Qt's rectangles of the blocks that have not changed, where they have been made."""
    if "rects" in before.__dict__:
        geometry.__dict__["rects"] = rects = list(before.rects)
        for at in changed:
            rects[at] = QRectF(*geometry.boxes.rows[at])


def _shapes(
    graph: Graph, ports: Callable[[str], Ports], shown_whole: Collection[str], old: Geometry | None
) -> tuple[Shape, ...]:
    """Of the blocks; those of blocks that are the same as in the old geometry are taken from it."""
    known = {} if old is None else {id(block): shape for block, shape in zip(old.blocks, old.shapes, strict=True)}
    return tuple(
        (known.get(id(block)) if block.type != REUSE else None)
        or _block_shape(block, graph, ports(block.id), block.id in shown_whole)
        for block in graph.blocks
    )


def _wires_at(ends: tuple[tuple[int, int], ...], blocks: Collection[int]) -> list[int]:
    """The places of the wires that start or end at some blocks."""
    return [at for at, (source, target) in enumerate(ends) if source in blocks or target in blocks]


def _spans(geometry: Geometry, before: Geometry | None, changed: Collection[int] | None) -> tuple[Span, ...]:
    """Where the wires run; those between blocks that have not changed are taken from before."""
    rows, shapes, ends = geometry.boxes.rows, geometry.shapes, geometry.ends
    spans, anew = [(0.0, 0.0, 0.0, 0.0)] * len(ends), list(range(len(ends)))
    if before is not None and changed is not None:
        spans, anew = list(before.spans), _wires_at(ends, changed)
    for at in anew:
        wire, (source, target) = geometry.wires[at], ends[at]
        first = _port_point(rows[source], shapes[source], wire.source, is_input=False)
        spans[at] = (*first, *_port_point(rows[target], shapes[target], wire.target, is_input=True))
    return tuple(spans)


def _port_point(box: Box, shape: Shape, ref: PortRef, *, is_input: bool) -> tuple[float, float]:
    left, top, width, _ = box
    row = shape.row(without_mask(ref).port, is_input=is_input)
    if row is None:
        return (left if is_input else left + width, top + TITLE)
    return left + row.x, top + row.y


def _with_outputs(geometry: Geometry) -> Geometry:
    """With the output blocks beside the ports that they belong to, where nothing else stands."""
    crowd, boxes, spans = Crowd(), list[Box](), list[Span]()
    for port, name in zip(geometry.outputs, output_names(geometry), strict=True):
        x, y = geometry.port_point(port, is_input=False) or (0.0, 0.0)
        size = (round(text_width(name, 12) + 2 * OUTPUT_PAD), OUTPUT_HEIGHT)
        places = [(x + OUTPUT_GAP, y - OUTPUT_HEIGHT / 2 + away, *size) for away in OUTPUT_PLACES]
        box = next((place for place in places if _is_free(geometry, crowd, place)), places[0])
        crowd.add(box)
        boxes.append(box)
        spans.append((x, y, box[0], box[1] + box[3] / 2))
    return replace(geometry, output_boxes=Boxes(tuple(boxes)), output_spans=tuple(spans))


def output_names(geometry: Geometry) -> tuple[str, ...]:
    """What the output blocks are called: a lone one “output”, several by their blocks, as Keras does."""
    outputs = geometry.outputs
    if len(outputs) < 2:
        return ("output",) * len(outputs)
    blocks = [port.block for port in outputs]
    names = [geometry.blocks[geometry.index[block]].name for block in blocks]
    return tuple(
        _short(name if blocks.count(port.block) == 1 else f"{name}.{port.port}")
        for port, name in zip(outputs, names, strict=True)
    )


def _short(name: str) -> str:
    return QFontMetricsF(ui_font(12)).elidedText(name, Qt.TextElideMode.ElideRight, OUTPUT_WIDEST)


def _is_free(geometry: Geometry, crowd: Crowd, place: Box) -> bool:
    area = grown(place, 4)
    return crowd.is_free(area) and not geometry.boxes.touching(area) and not geometry.note_boxes.touching(area)


def _notes(document: Document) -> tuple[tuple[str, ...], Boxes]:
    """Texts and rectangles of the notes; one that says no place is left out (it stays in the file)."""
    texts: list[str] = []
    rects: list[Box] = []
    for note in document.notes:
        numbers = [*_numbers(note.get("position")), *_numbers(note.get("size"))]
        if len(numbers) == 4 and isinstance(note.get("text"), str):
            texts.append(str(note["text"]))
            left, top, width, height = numbers
            rects.append((left, top, width, max(height, _note_height(texts[-1], width))))
    return tuple(texts), Boxes(tuple(rects))


@lru_cache(maxsize=256)
def _note_height(text: str, width: float) -> float:
    """What the text needs, whatever the file says: it is not cut off."""
    room = QRectF(0, 0, width - NOTE_PAD, 1e4)
    return QFontMetricsF(ui_font(12)).boundingRect(room, Qt.TextFlag.TextWordWrap.value, text).height() + 8


def _numbers(value: Json) -> list[float]:
    parts = value if isinstance(value, list) else []
    return [float(part) for part in parts if isinstance(part, int | float)]


def _block_shape(block: Block, graph: Graph, ports: Ports, whole: bool) -> Shape:
    wired = frozenset(wire.target.port for wire in graph.wires_into.get(block.id, ()))
    inputs = tuple(port for port in ports.inputs if port.required or port.name in wired or whole)
    return _shape(block.name, short_type(block.type), inputs, ports.outputs, has_preview(block, graph))


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
    width = text_width(name, 13, semibold=True) + text_width(type_name, 12) + GLYPH + 32
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
