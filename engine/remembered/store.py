"""Analyses by key in one sqlite3 file. It is a help, never a condition: whatever is wrong with it, it is an empty one."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar, cast

from engine.graph.values import JsonObject
from engine.setup.places import cache_folder

FILE = "analyses.sqlite3"
MOST_KEPT = 400
LARGEST_BYTES = 4 * 1024**2
PATIENCE_S = 0.2
TABLE = "CREATE TABLE IF NOT EXISTS analyses (key TEXT PRIMARY KEY, used INTEGER NOT NULL, content BLOB NOT NULL)"
NEWEST = "(SELECT COALESCE(MAX(used), 0) + 1 FROM analyses)"
T = TypeVar("T")


class Base:
    """One table in a file.

    Args:
        patience: so many seconds another process that writes is waited for.
    """

    def __init__(self, path: Path, table: str, patience: float = PATIENCE_S) -> None:
        self._path, self._table, self._patience = path, table, patience

    def within(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """What work gives within one transaction; None: the file cannot be used. A damaged one is thrown away."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=self._patience)) as base, base:
                base.execute("PRAGMA synchronous = OFF")  # a lost entry can be made again
                base.execute(self._table)
                return work(base)
        except (OSError, sqlite3.OperationalError):  # locked, not ours, or the disk is full: as if there were none
            return None
        except (sqlite3.DatabaseError, zlib.error, ValueError):
            self._throw_away()
            return None

    def _throw_away(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return


class Store(Base):
    """Keeps what was analysed; the entries not used for longest make room."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path or cache_folder() / FILE, TABLE)

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The analysis of a key as `engine.analysis.encoding` writes it; None: it was never seen, or cannot be read."""

        def work(base: sqlite3.Connection) -> Any:
            found = base.execute("SELECT content FROM analyses WHERE key = ?", (key,)).fetchone()
            if found is None:
                return None
            base.execute(f"UPDATE analyses SET used = {NEWEST} WHERE key = ?", (key,))
            return json.loads(zlib.decompress(found[0]))

        content = self.within(work) if key and self._path.exists() else None
        return cast("dict[str, Any]", content) if isinstance(content, dict) else None

    def put(self, key: str, analysis: JsonObject) -> None:
        """Keeps an analysis; one that is too large, or has no key, is not kept."""
        content = zlib.compress(json.dumps(analysis).encode(), 1)

        def work(base: sqlite3.Connection) -> None:
            base.execute(f"INSERT OR REPLACE INTO analyses VALUES (?, {NEWEST}, ?)", (key, content))
            kept = f"SELECT key FROM analyses ORDER BY used DESC LIMIT {MOST_KEPT}"
            base.execute(f"DELETE FROM analyses WHERE key NOT IN ({kept})")

        if key and len(content) <= LARGEST_BYTES:
            self.within(work)
