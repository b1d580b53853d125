"""All that a frame shows, worked out once per change and not once per frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

from engine.catalog.spec import Category
from engine.graph.values import Block, PortRef
from gui.canvas.boxes import Box, Boxes, grown
from gui.canvas.geometry import Geometry, text_width
from gui.canvas.labels import Label, Labels
from gui.canvas.preview import leaves_one
from gui.session.lengths import WireLengths, wire_lengths
from gui.session.session import EditorSession

if TYPE_CHECKING:
    from engine.protocol.results import Preview
    from gui.session.run_marks import RunMark

ONE_LEAVES = "only the last valid step leaves"
CAPTION_GAP, CAPTION_HEIGHT = 3.0, 15.0
TAG_WIDTH, TAG_HEIGHT, TAG_RISE = 50.0, 17.0, 11.0
"""The tag “cause” straddles the upper edge of its block; a mark of the run stands there too, above it where both are."""
MARK_PAD = 8.0

RING = 5.0
"""How far a ring reaches beyond its block."""
DOT_AT, DOT_RADIUS = 2.0, 7.0
"""The dot of a problem, from the upper left corner of its block."""


class WireLook(NamedTuple):
    """How one wire is drawn.

    Attributes:
        text: the shape on it; empty: not known.
        lengths: rows of its pictogram, if there is padding to show.
        time, state, error: it has a time axis (thick), it carries a state (dashed), an error points at it (red).
    """

    text: str
    lengths: WireLengths | None
    time: bool
    state: bool
    error: bool


class Reserved(NamedTuple):
    """What stands beside blocks, by block id: the caption below a preview, the tag at a cause, the mark of the run.

    A caption for which there is no room is left out.

    Attributes:
        told: what each mark says.
    """

    captions: Mapping[str, Box]
    tags: Mapping[str, Box]
    marks: Mapping[str, Box]
    told: Mapping[str, RunMark]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All of them."""
        return (*self.captions.values(), *self.tags.values(), *self.marks.values())


def reserved_places(session: EditorSession, geometry: Geometry) -> Reserved:
    """Where captions, tags and marks stand."""
    captions: dict[str, Box] = {}
    for block, parts in _previews(session).items():
        if block in geometry.index and any(leaves_one(part) for part in parts):
            left, top, _, height = geometry.boxes.rows[geometry.index[block]]
            box = (left + 14, top + height + CAPTION_GAP, text_width(ONE_LEAVES, 11) + 2, CAPTION_HEIGHT)
            if not geometry.boxes.touching(box) and not geometry.note_boxes.touching(box):
                captions[block] = box
    tags: dict[str, Box] = {}
    for block in _causes(session) & geometry.index.keys():
        left, top, width, _ = geometry.boxes.rows[geometry.index[block]]
        tags[block] = (left + width - TAG_WIDTH - 7, top - TAG_RISE, TAG_WIDTH, TAG_HEIGHT)
    told = _told(session, geometry)
    marks: dict[str, Box] = {}
    for block, mark in told.items():
        left, top, width, _ = geometry.boxes.rows[geometry.index[block]]
        across = text_width(mark.text, 11) + 2 * MARK_PAD
        rise = TAG_RISE + (TAG_HEIGHT + 2 if block in tags else 0.0)
        marks[block] = (left + width - across - 7, top - rise, across, TAG_HEIGHT)
    return Reserved(captions, tags, marks, told)


def _told(session: EditorSession, geometry: Geometry) -> dict[str, RunMark]:
    if session.run is None:
        return {}
    from gui.session.run_marks import run_marks  # not before the first run

    return {block: mark for block, mark in run_marks(session, geometry.outputs).items() if block in geometry.index}


def _causes(session: EditorSession) -> frozenset[str]:
    """Blocks that cause an error elsewhere."""
    bad = (problem for problem in session.analysis.diagnostics if problem.severity == "error")
    return frozenset(problem.cause for problem in bad if problem.cause and problem.cause != problem.block)


class Scene:
    """What a frame shows: the geometry and the facts on it. What concerns wires is found when a wire is first seen.

    Attributes:
        errors, warnings: ids of the blocks that complain.
        causes: ids of the blocks that cause an error elsewhere.
        broken: ids of the blocks in which NaN or infinity arises.
        reserved: places of captions, tags and marks.
        previews: what blocks show of their states, by block id: one part, or two directions.
        stale: the previews are of a run before the last edit.
    """

    def __init__(
        self,
        session: EditorSession,
        geometry: Geometry,
        labels: Labels,
        reserved: Reserved,
        before: Scene | None = None,
    ) -> None:
        self.geometry, self.reserved = geometry, reserved
        self._session, self._labels = session, labels
        self._analysis = session.analysis
        bad = [problem for problem in session.analysis.diagnostics if problem.severity == "error"]
        self.errors = frozenset(problem.block for problem in bad if problem.block in geometry.index)
        mild = [problem.block for problem in session.analysis.diagnostics if problem.severity == "warning"]
        self.warnings = frozenset(block for block in mild if block in geometry.index) - self.errors
        self.causes = reserved.tags.keys()
        self.broken = frozenset(block for block, mark in reserved.told.items() if mark.strength == "cause")
        self._blamed = {(problem.block, problem.port) for problem in bad if problem.port}
        self._between = {(problem.cause, problem.block) for problem in bad if problem.cause}
        self.previews = _previews(session)
        self.stale = bool(session.run_state.stale)
        self._looks: dict[int, WireLook] = {}
        self._lengths: dict[PortRef, WireLengths | None] = {}
        document = session.document
        self._facts = (session.analysis, session.run, document.graph, document.sample, geometry.wires)
        if before is not None and self._has_facts_of(before):
            self._looks, self._lengths = before._looks, before._lengths

    def _has_facts_of(self, other: Scene) -> bool:
        """The wires look the same, wherever they run."""
        facts = zip(self._facts, other._facts, strict=True)
        return self.geometry.outputs == other.geometry.outputs and all(mine is theirs for mine, theirs in facts)

    @property
    def bounds(self) -> Box:
        """Left, top, width, height of everything, captions, tags and rings included."""
        rows = (grown(self.geometry.bounds(), RING), *self.reserved.boxes)
        return Boxes(rows).bounds() or rows[0]

    def dot_at(self, x: float, y: float, open_block: str) -> str:
        """The block whose dot lies under a point; the block whose card is open has none."""
        for block in (self.errors | self.warnings) - {open_block}:
            left, top, _, _ = self.geometry.boxes.rows[self.geometry.index[block]]
            if hypot(left + DOT_AT - x, top + DOT_AT - y) <= DOT_RADIUS + 2:
                return block
        return ""

    def mark_at(self, x: float, y: float) -> RunMark | None:
        """The mark of the run under a point."""
        for block, (left, top, width, height) in self.reserved.marks.items():
            if left <= x <= left + width and top <= y <= top + height:
                return self.reserved.told[block]
        return None

    def spoken(self, block: str) -> str:
        """The name of a block and what its mark says."""
        name, mark = self._session.document.block(block).name, self.reserved.told.get(block)
        return name if mark is None else f"{name} ({mark.text})"

    def category(self, block: Block) -> Category:
        """Of a block, for its colour."""
        layer = self._session.catalog.layers.get(block.type)
        return layer.category if layer is not None else "regularise"

    def look(self, at: int) -> WireLook:
        """How a wire is drawn, by its place among the wires and those into the output blocks."""
        known = self._looks.get(at)
        if known is None:
            known = self._looks[at] = self._find_look(at)
        return known

    def label(self, at: int) -> Label | None:
        """A wire's label; None: it has none, or there is no room for it."""
        look = self.look(at)
        return self._labels.place(at, look.text, pictogram=look.lengths is not None)

    @property
    def wires(self) -> Iterator[tuple[WireLook, Label | None]]:
        """Every wire with its label."""
        return ((self.look(at), self.label(at)) for at in range(len(self.geometry.all_spans)))

    def _find_look(self, at: int) -> WireLook:
        wires, source = self.geometry.wires, PortRef("", "")
        error = False
        if at < len(wires):
            source, target = wires[at].source, wires[at].target
            error = (target.block, target.port) in self._blamed or (source.block, target.block) in self._between
        else:
            source = self.geometry.outputs[at - len(wires)]
        if source not in self._lengths:
            self._lengths[source] = _padded(self._session, source)
        spec = self._analysis.spec(source)
        port = self._session.ports(source.block).output(source.port)
        return WireLook(
            text=spec.text() if spec is not None else "",
            lengths=self._lengths[source],
            time=spec is not None and len(spec.shape) >= 3,
            state=port is not None and port.state,
            error=error,
        )


def _previews(session: EditorSession) -> dict[str, tuple[Preview, ...]]:
    found: dict[str, tuple[Preview, ...]] = {}
    for key, preview in session.shown.previews.items():
        block = key.partition("/")[0]
        found[block] = (*found.get(block, ()), preview)
    return found


def _padded(session: EditorSession, source: PortRef) -> WireLengths | None:
    if session.run is None or source.block not in session.document.graph:
        return None
    found = wire_lengths(session.run, session.document, source)
    return found if found is not None and found.has_padding else None
