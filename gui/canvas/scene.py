"""All that a frame shows, worked out once per change and not once per frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF

from engine.analysis.values import Diagnostic
from engine.catalog.spec import Category
from engine.graph.values import Block, PortRef
from engine.protocol.results import Preview
from gui.canvas.boxes import Box, Crowd, Span
from gui.canvas.geometry import Geometry
from gui.session.lengths import WireLengths, wire_lengths
from gui.session.session import EditorSession
from gui.theme.measures import mono_font

LABEL_HEIGHT, PICTOGRAM = 18.0, 26.0
GAP = 6.0
BEND = 0.5


@dataclass(frozen=True)
class WireLook:
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


class Scene:
    """What a frame shows: the geometry and the facts on it. What concerns wires is found when a wire is first seen.

    Attributes:
        errors, warnings: ids of the blocks that complain.
        causes: ids of the blocks that cause an error elsewhere.
        previews: what blocks show of their states, by block id: one part, or two directions.
        stale: the previews are of a run before the last edit.
    """

    def __init__(self, session: EditorSession, geometry: Geometry, labels: Labels) -> None:
        self.geometry = geometry
        self._session, self._labels = session, labels
        self._analysis = session.analysis
        bad = [problem for problem in session.analysis.diagnostics if problem.severity == "error"]
        self.errors = frozenset(problem.block for problem in bad if problem.block)
        mild = (problem.block for problem in session.analysis.diagnostics if problem.severity == "warning")
        self.warnings = frozenset(mild) - self.errors
        self.causes = frozenset(problem.cause for problem in bad if problem.cause and problem.cause != problem.block)
        self._blamed = {(problem.block, problem.port) for problem in bad if problem.port}
        self._between = {(problem.cause, problem.block) for problem in bad if problem.cause}
        self.previews = _previews(session)
        self.stale = bool(session.run_state.stale)
        self._looks: dict[int, WireLook] = {}
        self._lengths: dict[PortRef, WireLengths | None] = {}

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

    def label(self, at: int) -> Box | None:
        """Where a wire's label stands; None: it has none, or there is no room for it."""
        look = self.look(at)
        return self._labels.place(at, look.text, pictogram=look.lengths is not None)

    @property
    def wires(self) -> Iterator[tuple[WireLook, Box | None]]:
        """Every wire with the place of its label."""
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


class Labels:
    """Where the labels of one geometry stand: on their wires, covering no block and no other label.

    A label is placed when its wire is first seen and stays there as long as its width and the geometry stay.
    """

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self._crowd = Crowd()
        self._places: dict[int, tuple[float, Box | None]] = {}

    def place(self, at: int, text: str, *, pictogram: bool) -> Box | None:
        """Where the label of a wire goes, None: nowhere near its wire is room."""
        width = _label_width(text) + 8 + (PICTOGRAM + 4 if pictogram else 0) if text else 0.0
        known = self._places.get(at)
        if known is not None and known[0] == width:
            return known[1]
        if known is not None and known[1] is not None:
            self._crowd.remove(known[1])
        place = self._find(self.geometry.all_spans[at], width) if text else None
        if place is not None:
            self._crowd.add(place)
        self._places[at] = (width, place)
        return place

    def _find(self, line: Span, width: float) -> Box | None:
        geometry = self.geometry
        for part in (0.5, 0.4, 0.6, 0.3, 0.7):
            point = curve_point(line, part)
            for top in (point.y() - LABEL_HEIGHT - GAP, point.y() + GAP):
                rect = (point.x() - width / 2, top, width, LABEL_HEIGHT)
                taken = (boxes.touching(rect) for boxes in (geometry.boxes, geometry.output_boxes, geometry.note_boxes))
                if self._crowd.is_free(rect) and not any(taken):
                    return rect
        return None


def _previews(session: EditorSession) -> dict[str, tuple[Preview, ...]]:
    found: dict[str, tuple[Preview, ...]] = {}
    for key, preview in session.shown.previews.items():
        block = key.partition("/")[0]
        found[block] = (*found.get(block, ()), preview)
    return found


def shown_problem(session: EditorSession) -> Diagnostic | None:
    """The problem whose card is open: the selected block's, else the first error."""
    problems = session.analysis.diagnostics
    chosen = session.selection.block
    own = [problem for problem in problems if chosen and chosen in (problem.block, problem.cause)]
    if own:
        return own[0]
    if chosen:
        return None
    return next((problem for problem in problems if problem.severity == "error"), None)


def _padded(session: EditorSession, source: PortRef) -> WireLengths | None:
    if session.run is None or source.block not in session.document.graph:
        return None
    found = wire_lengths(session.run, session.document, source)
    return found if found is not None and found.has_padding else None


@lru_cache(maxsize=4096)
def _label_width(text: str) -> float:
    return QFontMetricsF(mono_font(12)).horizontalAdvance(text)


def bends(line: Span) -> tuple[float, float]:
    """The x of a wire's two control points."""
    x1, _, x2, _ = line
    reach = max(abs(x2 - x1) * BEND, 30.0) if x2 < x1 else abs(x2 - x1) * BEND
    return x1 + reach, x2 - reach


def curve_point(line: Span, part: float) -> QPointF:
    """The point of a wire's curve at a part of its way."""
    x1, y1, x2, y2 = line
    a, b = bends(line)
    rest = 1 - part
    x = rest**3 * x1 + 3 * rest**2 * part * a + 3 * rest * part**2 * b + part**3 * x2
    y = rest**3 * y1 + 3 * rest**2 * part * y1 + 3 * rest * part**2 * y2 + part**3 * y2
    return QPointF(x, y)
