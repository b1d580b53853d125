"""The canvas of a document as a picture, without a widget: what it would show, in the colours of a theme."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from engine.document.outputs import model_outputs
from gui.canvas.boxes import Boxes
from gui.canvas.geometry import build_geometry
from gui.canvas.labels import Labels
from gui.canvas.painter import Marks, ScenePainter
from gui.canvas.scene import Scene, reserved_places
from gui.canvas.view import View
from gui.session.selection import Selection
from gui.session.session import EditorSession
from gui.theme.theme import Theme

MARGIN = 24.0


def picture(session: EditorSession, theme: Theme, width: int, ratio: float) -> QImage:
    """The document of a session, whole, without its notes.

    Args:
        width: in pixels at 100 %; the height follows from the model.
        ratio: pixels of the device for each of them.
    """
    document = replace(session.document, notes=())
    geometry = build_geometry(document, session.ports, model_outputs(document, session.catalog))
    reserved = reserved_places(session, geometry)
    left, top, wide, tall = Boxes((geometry.bounds(), *reserved.boxes)).bounds() or geometry.bounds()
    scale = min((width - 2 * MARGIN) / max(wide, 1.0), 1.0)
    height = round(tall * scale + 2 * MARGIN)
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    scene = Scene(session, geometry, Labels(geometry, reserved.boxes), reserved)
    view = View(scale, (width - wide * scale) / 2 - left * scale, MARGIN - top * scale)
    with QPainter(image) as painter:
        marks = Marks(Selection(), session.shown.clock.step, "", False, session.shown.span)
        ScenePainter(painter, scene, view, theme, marks).paint(QRectF(0, 0, width, height))
    return image
