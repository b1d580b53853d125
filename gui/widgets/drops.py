"""Files that are dragged from elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtGui import QDropEvent


def dropped_files(event: QDropEvent, suffixes: Collection[str]) -> list[Path]:
    """Those of the dragged files whose names end so."""
    paths = (Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
    return [path for path in paths if path.suffix.lower() in suffixes]
