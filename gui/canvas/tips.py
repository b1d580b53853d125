"""What the canvas says where the pointer rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from engine.catalog.spec import short_type
from engine.graph.values import Wire
from gui.canvas.hit import Hit
from gui.session.session import EditorSession

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas


def tip_at(canvas: Canvas, point: QPointF) -> str:
    """About what lies under a point of the canvas's widget."""
    mark = canvas.scene.mark_at(*canvas.view.to_canvas(point))
    return mark.tip if mark is not None else tip(canvas.session, canvas.hit_at(point))


def tip(session: EditorSession, found: Hit) -> str:
    """About a port, a block, an output or a wire; empty: about nothing."""
    if found.wire is not None:
        return _wire_tip(session, found.wire)
    if found.output is not None:
        block = session.document.block(found.output.block)
        return f"Output of the model: {found.output.port} of {block.name}\nClick selects it, a double click names it"
    if not found.block:
        return ""
    block = session.document.block(found.block)
    if found.port is not None:
        return f"{block.name}: {'input' if found.is_input else 'output'} {found.port.port}"
    layer = session.catalog.layers.get(block.type)
    said = [problem.title for problem in session.analysis.diagnostics if problem.block == block.id]
    return "\n".join([f"{block.name} ({short_type(block.type)})", *([layer.time or layer.doc] if layer else []), *said])


def _wire_tip(session: EditorSession, wire: Wire) -> str:
    spec = session.wire_spec(wire)
    ends = [session.document.block(ref.block).name for ref in (wire.source, wire.target)]
    facts = f"{spec.text()} {spec.dtype}{', masked' if spec.mask else ''}" if spec else "shape not known yet"
    return f"{ends[0]} → {ends[1]}\n{facts}"
