"""What is dropped onto the canvas: layers of the palette, files that an Input is fed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QDropEvent

from engine.document.edits import SetSample
from engine.document.file_options import SUFFIXES
from engine.graph.values import INPUT
from gui.session.sample_entry import fed_from, relative_to
from gui.theme.measures import GRID
from gui.widgets.drops import dropped_files

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas

LAYER_MIME = "application/x-seqloom-layer"


def holds_layer(event: QDropEvent) -> bool:
    """Layers of the palette are welcome; documents are the window's."""
    return event.mimeData().hasFormat(LAYER_MIME)


def holds_sequences(event: QDropEvent) -> bool:
    """There is a file that an Input can be fed from, and no document, which would be opened."""
    return bool(dropped_files(event, SUFFIXES)) and not dropped_files(event, (".seqloom",))


def fed_input(canvas: Canvas, event: QDropEvent) -> str:
    """The Input at the pointer, where a file of sequences is dragged; empty: none."""
    block = canvas.session.document.graph.by_id.get(canvas.hit_at(QPointF(event.position())).block)
    return block.id if block is not None and block.type == INPUT and holds_sequences(event) else ""


def drop(canvas: Canvas, event: QDropEvent) -> None:
    """Places the layer, or feeds the Input from the file."""
    if holds_layer(event):
        _drop_layer(canvas, event)
    else:
        _drop_file(canvas, event)


def _drop_file(canvas: Canvas, event: QDropEvent) -> None:
    """Feeds the Input at the pointer from the file, and selects it: its form shows what was read."""
    session, block = canvas.session, canvas.session.document.graph.by_id.get(fed_input(canvas, event))
    if block is None:
        event.ignore()
        session.refused.emit("Drop a file of sequences on an Input: it is what is fed.")
        return
    event.acceptProposedAction()
    path = relative_to(dropped_files(event, SUFFIXES)[0], session.folder)
    session.push(SetSample(fed_from(session.document, block, path)), f"feed {block.name} from {path}")
    session.select([block.id])


def _drop_layer(canvas: Canvas, event: QDropEvent) -> None:
    """Places a layer at the pointer; on a wire it is put into the wire."""
    type_name = bytes(event.mimeData().data(LAYER_MIME).data()).decode()
    session, point = canvas.session, QPointF(event.position())
    if type_name not in session.catalog.layers:
        return
    event.acceptProposedAction()
    wire = canvas.hit_at(point).wire
    x, y = canvas.view.to_canvas(point)
    if wire is not None:
        session.building.insert_layer(type_name, wire)
    else:
        session.building.add_layer(type_name, (round((x - 60) / GRID) * GRID, round((y - 16) / GRID) * GRID))
    canvas.setFocus()
