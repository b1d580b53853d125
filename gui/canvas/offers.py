"""What the canvas offers at the pointer: layers to add, and ports to wire to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF

from engine.catalog.spec import short_type
from engine.document.edits import Connect
from engine.graph.values import INPUT, REUSE, PortRef, Wire
from gui.canvas.finder import Finder, Row
from gui.session.search import in_order, layer_words
from gui.theme.glyphs import glyph
from gui.theme.measures import GRID

if TYPE_CHECKING:
    from engine.document.values import Position
    from gui.canvas.canvas import Canvas


class Offers:
    """Opens the finder for a canvas and does what is chosen."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.finder = Finder(canvas)
        self.finder.chosen.connect(self._take)
        canvas.session.fits_changed.connect(self._show_fits)
        self._port: PortRef | None = None
        self._from_input = False
        self._wire: Wire | None = None
        self._place: Position | None = None
        self._ports: dict[str, PortRef] = {}

    def offer_layers(
        self, at: QPointF, *, port: PortRef | None = None, from_input: bool = False, wire: Wire | None = None
    ) -> None:
        """Layers to place at a point of the canvas, wired to a port or put into a wire where one is given."""
        session, canvas = self._canvas.session, self._canvas
        x, y = canvas.view.to_canvas(at)
        self._place = (round((x - 60) / GRID) * GRID, round((y - 16) / GRID) * GRID)
        self._port, self._from_input, self._wire, self._ports = port, from_input, wire, {}
        source = wire.source if wire is not None else port if not from_input else None
        layers = [layer for layer in session.catalog.layers.values() if layer.placeable and layer.type != REUSE]
        if source is not None:
            layers = [layer for layer in layers if layer.type != INPUT]
        colours = canvas.theme.category
        rows = [
            Row(
                layer.type,
                short_type(layer.type),
                words=layer_words(layer),
                icon=glyph(layer.category, colours[layer.category]),
                asked=not layer.is_operation,
            )
            for layer in in_order(layers)
        ]
        names = session.document.graph.by_id
        sentence = "Add a layer"
        if wire is not None:
            sentence = f"Put a layer between {names[wire.source.block].name} and {names[wire.target.block].name}"
        elif port is not None:
            sentence = f"Add a layer {'before' if from_input else 'after'} {names[port.block].name}"
        self.finder.offer(sentence, rows, canvas.mapToGlobal(at.toPoint()))
        if source is not None:
            session.building.ask_fits(source)

    def offer_ports(self, port: PortRef, at: QPoint, *, from_input: bool) -> None:
        """Ports that a wire from this port may end at, the nearest first."""
        session, canvas = self._canvas.session, self._canvas
        self._port, self._from_input, self._wire = port, from_input, None
        home = canvas.geometry_now.port_point(port, is_input=from_input) or (0.0, 0.0)
        found: list[tuple[float, Row]] = []
        self._ports = {}
        wired = {wire.target for wire in session.document.graph.wires}
        for block in session.document.graph.blocks:
            known = session.ports(block.id)
            for spec in known.outputs if from_input else known.inputs:
                ref = PortRef(block.id, spec.name)
                if block.id == port.block:
                    continue
                place = canvas.geometry_now.port_point(ref, is_input=not from_input) or home
                shape = session.analysis.spec(ref) if from_input else None
                taken = not from_input and ref in wired and not spec.growing
                hint = shape.text() if shape else "has a wire, which goes" if taken else ""
                key = str(ref)
                self._ports[key] = ref
                words = (f"{block.name} {spec.name}".lower(), block.type.lower(), spec.name.lower())
                distance = abs(place[0] - home[0]) + abs(place[1] - home[1]) + (1e6 if taken else 0.0)
                found.append((distance, Row(key, f"{block.name}  {spec.name}", hint, words)))
        found.sort(key=lambda entry: entry[0])
        name = session.document.block(port.block).name
        direction = "into" if from_input else "from"
        self.finder.offer(f"A wire {direction} {port.port} of {name}", [row for _, row in found], at)

    def _show_fits(self, fits: dict[str, str]) -> None:
        if self.finder.isVisible() and not self._ports:
            self.finder.set_fits({name: f"→ {shape}" for name, shape in fits.items()})

    def _take(self, wanted: str) -> None:
        session, before = self._canvas.session, self._canvas.session.document
        self._canvas.setFocus()
        if self._ports:
            self._connect(self._ports[wanted])
        elif self._wire is not None:
            session.building.insert_layer(wanted, self._wire)
        elif self._port is not None and self._from_input:
            session.building.add_wired(wanted, self._place, target=self._port)
        else:
            session.building.add_wired(wanted, self._place, source=self._port)
        self._canvas.motion.show_change(before)

    def _connect(self, other: PortRef) -> None:
        if self._port is None:
            return
        source, target = (other, self._port) if self._from_input else (self._port, other)
        names = [self._canvas.session.document.block(ref.block).name for ref in (source, target)]
        self._canvas.session.push(Connect(source, target), f"connect {names[0]} to {names[1]}")
