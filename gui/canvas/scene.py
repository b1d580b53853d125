"""All that a frame shows, worked out once per change and not once per frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF

from engine.analysis.values import Diagnostic
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
    """How one wire is drawn: label (empty: left out), where, pictogram, kind, error."""

    label: str
    place: tuple[float, float, float, float]
    lengths: WireLengths | None
    time: bool
    state: bool
    error: bool


@dataclass(frozen=True)
class Scene:
    """What is drawn.

    Attributes:
        blocks: by the index of the geometry.
        wires: by the index of the geometry's wires, then those into the output blocks.
        errors, warnings: ids of the blocks that complain.
        causes: ids of the blocks that cause an error elsewhere.
        previews: what blocks show of their states, by block id: one part, or two directions.
        stale: the previews are of a run before the last edit.
    """

    geometry: Geometry
    blocks: tuple[Block, ...]
    categories: tuple[str, ...]
    wires: tuple[WireLook, ...]
    errors: frozenset[str]
    warnings: frozenset[str]
    causes: frozenset[str]
    previews: Mapping[str, tuple[Preview, ...]]
    stale: bool


def build_scene(session: EditorSession, geometry: Geometry) -> Scene:
    """The scene of a session."""
    document, analysis = session.document, session.analysis
    bad = [problem for problem in analysis.diagnostics if problem.severity == "error"]
    errors = frozenset(problem.block for problem in bad if problem.block)
    blocks = document.graph.blocks
    layers = session.catalog.layers
    categories = tuple(layers[b.type].category if b.type in layers else "regularise" for b in blocks)
    return Scene(
        geometry=geometry,
        blocks=blocks,
        categories=categories,
        wires=tuple(_wire_looks(session, geometry, bad)),
        errors=errors,
        warnings=frozenset(p.block for p in analysis.diagnostics if p.severity == "warning") - errors,
        causes=frozenset(p.cause for p in bad if p.cause and p.cause != p.block),
        previews=_previews(session),
        stale=bool(session.run_state.stale),
    )


def _previews(session: EditorSession) -> dict[str, tuple[Preview, ...]]:
    found: dict[str, tuple[Preview, ...]] = {}
    for key, preview in session.previews.items():
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


def _wire_looks(session: EditorSession, geometry: Geometry, bad: list[Diagnostic]) -> list[WireLook]:
    blamed = {(problem.block, problem.port) for problem in bad if problem.port}
    between = {(problem.cause, problem.block) for problem in bad if problem.cause}
    placed = _Placer(geometry)
    lengths: dict[PortRef, WireLengths | None] = {}
    looks: list[WireLook] = []
    ends = [(w.source, w.target.block, w.target.port) for w in geometry.wires]
    ends += [(port, "", "") for port in geometry.outputs]
    lines = geometry.spans + output_spans(geometry)
    for (source, block, port), line in zip(ends, lines, strict=True):
        spec = session.analysis.spec(source)
        if source not in lengths:
            lengths[source] = _padded(session, source)
        error = (block, port) in blamed or (source.block, block) in between
        text = spec.text() if spec is not None else ""
        place = placed.place(text, line, pictogram=lengths[source] is not None)
        has_time = spec is not None and len(spec.shape) >= 3
        port_spec = session.ports(source.block).output(source.port)
        looks.append(
            WireLook(
                text if place else "",
                place or (0, 0, 0, 0),
                lengths[source],
                has_time,
                bool(port_spec and port_spec.state),
                error,
            )
        )
    return looks


def _padded(session: EditorSession, source: PortRef) -> WireLengths | None:
    if session.run is None or source.block not in session.document.graph:
        return None
    found = wire_lengths(session.run, session.document, source)
    return found if found is not None and found.has_padding else None


def output_spans(geometry: Geometry) -> tuple[Span, ...]:
    """The wires into the output blocks."""
    return tuple(
        (*(geometry.port_point(port, is_input=False) or (0.0, 0.0)), left, top + height / 2)
        for port, (left, top, _, height) in zip(geometry.outputs, geometry.output_boxes.rows, strict=True)
    )


class _Placer:
    """Puts labels on their wires where they cover no block and no other label."""

    def __init__(self, geometry: Geometry) -> None:
        self._crowd = Crowd()
        for boxes in (geometry.boxes, geometry.output_boxes, geometry.note_boxes):
            for box in boxes.rows:
                self._crowd.add(box)

    def place(self, text: str, line: Span, *, pictogram: bool) -> Box | None:
        """Where a label goes, None: nowhere near its wire is room."""
        if not text:
            return None
        width = _label_width(text) + 8 + (PICTOGRAM + 4 if pictogram else 0)
        for part in (0.5, 0.4, 0.6, 0.3, 0.7):
            point = curve_point(line, part)
            for top in (point.y() - LABEL_HEIGHT - GAP, point.y() + GAP):
                rect = (point.x() - width / 2, top, width, LABEL_HEIGHT)
                if self._crowd.is_free(rect):
                    self._crowd.add(rect)
                    return rect
        return None


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
