"""What an earlier session was told of a document, while TensorFlow still loads.

On the window's thread, in steps of a few milliseconds each: in a thread, Python may collect Qt objects that belong to the
window's, and PySide crashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.analysis.encoding import decode_analysis
from engine.document.values import Document
from gui.widgets.gradually import Gradually


class Recall(QObject):
    """Looks a document up in the store of remembered analyses."""

    recalled = Signal(object, int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looking = Gradually(self)

    def ask(self, document: Document, revision: int, folder: Path | None) -> None:
        """`recalled` brings the analysis and the revision, where this very document was seen before."""
        self._looking.start(self._look(document, revision, folder))

    def _look(self, document: Document, revision: int, folder: Path | None) -> Iterator[None]:
        from engine.remembered import key  # not before the first paint

        yield
        from engine.remembered import store

        yield
        key.versions()
        yield
        content = store.Store().get(key.analysis_key(document, folder, probe=False))
        yield
        if content is not None:
            try:
                analysis = replace(decode_analysis(content), remembered=True)
            except (KeyError, TypeError, ValueError):  # written by something else
                return
            self.recalled.emit(analysis, revision)
