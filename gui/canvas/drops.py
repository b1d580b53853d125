"""Layers dropped onto the canvas from the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QDropEvent

from gui.theme.measures import GRID

if TYPE_CHECKING:
    from gui.canvas.canvas import Canvas

LAYER_MIME = "application/x-seqloom-layer"


def holds_layer(event: QDropEvent) -> bool:
    """Layers of the palette are welcome; files are the window's."""
    return event.mimeData().hasFormat(LAYER_MIME)


def drop_layer(canvas: Canvas, event: QDropEvent) -> None:
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
