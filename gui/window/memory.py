"""What the window remembers from start to start: in the settings, never in a document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

EXAMPLES = Path(__file__).resolve().parents[2] / "resources" / "examples"
"""Documents that are nobody's: they are not remembered, and saved under another name."""
MOST_RECENT = 10
MOST_DOCUMENTS = 50


class Memory:
    """Names and values over `QSettings`."""

    def __init__(self, settings: QSettings) -> None:
        self.settings = settings

    # --- files ---------------------------------------------------------------------------------------------------

    @property
    def recent(self) -> list[Path]:
        """Documents opened or saved, the latest first; those that are gone are left out."""
        return [Path(name) for name in self.strings("recent") if Path(name).is_file()]

    def add_recent(self, path: Path) -> None:
        """This document was opened or saved just now."""
        name = str(path.absolute())
        others = [other for other in self.strings("recent") if other != name]
        self.settings.setValue("recent", [name, *others][:MOST_RECENT])

    def strings(self, key: str) -> list[str]:
        """A list of texts of the settings."""
        found: Any = self.settings.value(key, [])
        return [found] if isinstance(found, str) else [str(name) for name in found or []]

    # --- per document --------------------------------------------------------------------------------------------

    def document(self, path: Path | None, key: str) -> Mapping[str, Any]:
        """What was remembered of a document under a key; nothing: an empty mapping."""
        content = self._documents().get(_name(path), {}).get(key, {})
        return content if isinstance(content, dict) else {}

    def set_document(self, path: Path | None, key: str, value: Mapping[str, Any]) -> None:
        """Remembers something of a document; the documents not seen for longest are forgotten."""
        documents = self._documents()
        entry = documents.pop(_name(path), {})
        documents[_name(path)] = {**entry, key: dict(value)}
        while len(documents) > MOST_DOCUMENTS:
            del documents[next(iter(documents))]
        self.settings.setValue("documents", json.dumps(documents))

    def _documents(self) -> dict[str, dict[str, Any]]:
        try:
            content = json.loads(str(self.settings.value("documents", "{}")))
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    # --- small things --------------------------------------------------------------------------------------------

    def text(self, key: str, default: str = "") -> str:
        """A text of the settings."""
        return str(self.settings.value(key, default))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """A yes or no of the settings."""
        return self.text(key, str(default)).lower() == "true"

    def number(self, key: str, default: float) -> float:
        """A number of the settings."""
        try:
            return float(self.text(key, str(default)))
        except ValueError:
            return default


def _name(path: Path | None) -> str:
    return "" if path is None else str(path.absolute())
