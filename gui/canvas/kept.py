"""What stands on the canvas at this moment: made from the document and the facts when asked for, kept until they change."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from engine.document.outputs import model_outputs
from gui.canvas.geometry import Geometry, build_geometry
from gui.canvas.labels import Labels
from gui.canvas.scene import Scene, reserved_places
from gui.session.session import EditorSession

if TYPE_CHECKING:
    from engine.document.values import Document
    from engine.graph.values import Graph, PortRef


class Kept:
    """Geometry, labels and scene of a session."""

    def __init__(self, session: EditorSession) -> None:
        self._session = session
        self._port: PortRef | None = None
        self._geometry: Geometry | None = None
        self._before: Geometry | None = None
        self._before_whole: frozenset[str] = frozenset()
        self._shifted: Geometry | None = None
        self._labels: Labels | None = None
        self._outputs: tuple[Graph, tuple[PortRef, ...] | None, tuple[PortRef, ...]] | None = None
        self._scene: Scene | None = None
        self._last: Scene | None = None

    @property
    def geometry(self) -> Geometry:
        """Where everything stands."""
        if self._shifted is not None:
            return self._shifted
        if self._geometry is None:
            session = self._session
            outputs = self._model_outputs(session.document)
            whole = frozenset({self._port.block}) if self._port is not None else frozenset[str]()
            before = self._before if whole == self._before_whole else None
            self._geometry = build_geometry(session.document, session.ports, outputs, whole, before)
            self._before, self._before_whole = self._geometry, whole
        return self._geometry

    def _model_outputs(self, document: Document) -> tuple[PortRef, ...]:
        """Worked out anew where they may have changed: not because something moved."""
        known = self._outputs
        if known is None or known[0] is not document.graph or known[1] != document.outputs:
            found = model_outputs(document, self._session.catalog)
            self._outputs = known = (document.graph, document.outputs, found)
        return known[2]

    @property
    def scene(self) -> Scene:
        """What a frame shows."""
        if self._scene is None:
            geometry = self.geometry
            reserved = reserved_places(self._session, geometry)
            known = self._labels
            if known is None or known.geometry is not geometry or known.reserved != reserved.boxes:
                self._labels = known = Labels(geometry, reserved.boxes, known)
            self._scene = self._last = Scene(self._session, geometry, known, reserved, self._last)
        return self._scene

    def shift(self, blocks: Collection[str], dx: float, dy: float) -> None:
        """Some blocks stand elsewhere for the time of a drag; no blocks: all stand where the document says."""
        self._shifted = None
        if blocks:
            self._shifted = self.geometry.shifted(blocks, dx, dy)
        self._scene = None

    def show_whole(self, port: PortRef | None) -> None:
        """The block of this port shows its optional ports too."""
        self._port = port
        self._geometry = self._scene = None

    def forget_document(self) -> None:
        """The document has changed."""
        self._geometry = self._scene = self._shifted = None

    def forget_facts(self) -> None:
        """What is known of the document has changed."""
        self._scene = None
