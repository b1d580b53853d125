"""The runs that were made, in one sqlite3 file: the document of each, what it was run on, small pictures; no arrays.

A run is deterministic, so its document is enough to make it again.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from engine.document.file import DocumentError, decode_document, encode_document
from engine.document.values import Document
from engine.remembered.store import Base
from engine.setup.places import log_folder

FILE = "runs.sqlite3"
TABLE = (
    "CREATE TABLE IF NOT EXISTS runs "
    "(id INTEGER PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL)"
)
BUDGET_BYTES = 50 * 1024**2
MOST_LISTED = 300


@dataclass(frozen=True)
class NotedRun:
    """One run.

    Attributes:
        document, folder: what was run, and where its relative paths start; empty: nowhere.
        title: of the document's file.
        time: seconds since 1970.
        revision: of the document in its session.
        facts: of the sample, in words.
        files: the files that it read, with their size and time.
        pictures: by traced key, PNG with one byte a pixel: 126 is 0, 254 no number, 255 nothing.
        name: given by a person; empty: none.
        id: in the store; 0: not kept yet.
    """

    document: Document
    folder: str
    title: str
    time: float
    revision: int
    facts: str
    seed: int
    device: str
    training: bool
    files: tuple[str, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    name: str = ""
    id: int = 0


class RunStore(Base):
    """Keeps runs within a budget: the oldest without a name make room first, then the oldest; never the newest."""

    def __init__(self, path: Path | None = None, budget: int = BUDGET_BYTES) -> None:
        super().__init__(path or log_folder() / FILE, TABLE, patience=0.0)  # the window does not wait
        self._budget = budget

    def put(self, run: NotedRun) -> int:
        """Keeps a run, in the place of the one with its id where it has one; 0: it cannot be kept."""
        content = _encoded(run)

        def work(base: sqlite3.Connection) -> int:
            new = base.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", (run.id or None, run.name, len(content), content)
            )
            kept = int(new.lastrowid or 0)
            self._make_room(base, kept)
            return kept

        return self.within(work) or 0

    def _make_room(self, base: sqlite3.Connection, newest: int) -> None:
        total = int(base.execute("SELECT COALESCE(SUM(size), 0) FROM runs").fetchone()[0])
        if total <= self._budget:
            return
        oldest = "SELECT id, size FROM runs WHERE id != ? ORDER BY name != '', id"
        for found, size in base.execute(oldest, (newest,)).fetchall():
            if total <= self._budget:
                return
            base.execute("DELETE FROM runs WHERE id = ?", (found,))
            total -= size

    def each(self) -> Iterator[NotedRun]:
        """The newest runs, newest first, each read when it is asked for; one that cannot be read is passed over."""

        ids = self.within(
            lambda base: base.execute(f"SELECT id FROM runs ORDER BY id DESC LIMIT {MOST_LISTED}").fetchall()
        )
        one = "SELECT id, name, content FROM runs WHERE id = ?"
        for key in ids or []:
            row = self.within(lambda base, key=key: base.execute(one, key).fetchone())
            run = None if row is None else _decoded(*row)
            if run is not None:
                yield run

    def rename(self, run: int, name: str) -> None:
        """Gives a run a name; an empty one takes it away."""
        self.within(lambda base: base.execute("UPDATE runs SET name = ? WHERE id = ?", (name.strip(), run)))

    def delete(self, run: int) -> None:
        """Forgets a run."""
        self.within(lambda base: base.execute("DELETE FROM runs WHERE id = ?", (run,)))


def _encoded(run: NotedRun) -> bytes:
    told: dict[str, Any] = {
        name: getattr(run, name)
        for name in ("folder", "title", "time", "revision", "facts", "seed", "device", "training", "files")
    }
    told["document"] = encode_document(run.document)
    told["pictures"] = {key: base64.b64encode(picture).decode() for key, picture in run.pictures.items()}
    return zlib.compress(json.dumps(told).encode(), 1)


def _decoded(run: int, name: str, content: bytes) -> NotedRun | None:
    """A run, or None: the entry is damaged, or of another program."""
    try:
        told = cast("dict[str, Any]", json.loads(zlib.decompress(content)))
        document = decode_document(told.pop("document"))
        pictures = {key: base64.b64decode(text) for key, text in told.pop("pictures").items()}
        files = tuple(map(str, told.pop("files")))
        return NotedRun(document=document, pictures=pictures, files=files, name=str(name), id=run, **told)
    except (zlib.error, ValueError, TypeError, KeyError, AttributeError, DocumentError):
        return None
