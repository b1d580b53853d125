"""Every run is noted: its document, what it was run on, small pictures; it can be put back, named, compared, deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QObject, QTimer, Signal
from PySide6.QtGui import QImage

from engine.document.carried import carried
from engine.document.sample import read_sample
from engine.document.values import Document
from engine.remembered.key import file_states
from engine.remembered.runs import NotedRun, RunStore
from gui.session.comparing import PinnedRun
from gui.session.facts import model_of

if TYPE_CHECKING:
    from engine.protocol.results import Preview, RunResult
    from gui.session.session import EditorSession

PICTURES_MS, AGAIN_MS, MOST_TRIES = 1000, 2000, 3
NOT_KEPT = "Runs are not noted in the history now: its file is in use by another program, or cannot be written."
GREYS = [0xFF000000 | level * 0x010101 for level in range(256)]


class History(QObject):
    """Notes the runs of a session; a run again of what was noted last is none of its own."""

    changed = Signal()

    def __init__(self, session: EditorSession, store: RunStore | None = None) -> None:
        super().__init__(session)
        self._session = session
        self._store = store or RunStore()
        self._last: NotedRun | None = None
        self._tries, self._told = 0, False
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._write)
        session.run_changed.connect(self._note)
        session.shown.previews_changed.connect(self._picture)

    def each(self) -> Iterator[NotedRun]:
        """The newest first, each read when it is asked for."""
        if self._later.isActive():
            self._later.stop()
            self._write()
        return self._store.each()

    def _note(self, run: RunResult | None) -> None:
        """A run that gave something, of the document as it is now."""
        session, last = self._session, self._last
        if run is None or run.ms is None or run.revision != session.revision:
            return
        title, mode = session.title, (run.device, run.training)
        known = last is not None and (last.title, last.device, last.training) == (title, *mode)
        if known and last is not None and model_of(last.document) == model_of(session.document):
            return
        folder = "" if session.folder is None else str(session.folder)
        noted = NotedRun(
            session.document, folder, title, time.time(), run.revision, _sample_words(session, run), run.seed, *mode,
            tuple(file_states(session.document, session.folder)),
        )  # fmt: skip
        if self._later.isActive():  # the run before has no pictures yet, and will have none
            self._write()
        self._last, self._tries = noted, MOST_TRIES
        self._later.start(PICTURES_MS)  # one writing, with its pictures

    def _write(self) -> None:
        """Keeps the run that was noted last; where its file is in use, a little later again."""
        if self._last is None:
            return
        kept, self._tries = self._store.put(self._last), self._tries - 1
        if kept:
            self._last = replace(self._last, id=kept)
            self.changed.emit()
        elif self._tries > 0:
            self._later.start(AGAIN_MS)
        elif not self._told:
            self._told = True
            self._session.told.emit(NOT_KEPT)

    def _picture(self, previews: dict[str, Preview]) -> None:
        """The previews of the run that was noted last, the first that come."""
        last, run = self._last, self._session.run
        waiting = self._later.isActive() or (last is not None and bool(last.id))
        if last is None or last.pictures or not waiting or run is None or run.revision != last.revision:
            return
        self._last = replace(last, pictures={key: _png(preview) for key, preview in previews.items()})
        self._later.start(0)

    # --- what can be done with a noted run -----------------------------------------------------------------------

    def put_back(self, run: NotedRun) -> None:
        """Its document in the place of the open one, as it was, as one undo step."""
        self._session.put(self._here(run), f"put back {name_of(run)}")
        changed = self.changed_files(run)
        if changed:
            self._session.told.emit(f"{name_of(run)} is back; changed since: {', '.join(changed)}.")

    def compare(self, run: NotedRun) -> None:
        """Stands beside the run that is shown; it is made again."""
        folder = Path(run.folder) if run.folder else None
        self._session.comparing.compare_with(PinnedRun(name_of(run), run.document, folder, run.device, run.training))

    def rename(self, run: NotedRun, name: str) -> None:
        """Gives it a name: named runs are the last to make room."""
        self._store.rename(run.id, name)
        if self._last is not None and self._last.id == run.id:
            self._last = replace(self._last, name=name.strip())
        self.changed.emit()

    def delete(self, run: NotedRun) -> None:
        """Forgets it."""
        self._store.delete(run.id)
        if self._last is not None and self._last.id == run.id:
            self._last = replace(self._last, id=0)
        self.changed.emit()

    def _here(self, run: NotedRun) -> Document:
        folder = self._session.folder
        return run.document if folder is None or not run.folder else carried(run.document, Path(run.folder), folder)

    def changed_files(self, run: NotedRun) -> list[str]:
        """The files that it read and that are others now: run again, it gives something else."""
        now = set(file_states(run.document, Path(run.folder) if run.folder else None))
        return [state.rpartition(": ")[0] for state in run.files if state not in now]


def name_of(run: NotedRun) -> str:
    """What a person called it, else when it was made."""
    return run.name or f"the run of {time.strftime('%H:%M', time.localtime(run.time))}"


def _sample_words(session: EditorSession, run: RunResult) -> str:
    """`64 sequences, 29 steps, padded after`."""
    sizes = [fed.shape for fed in run.inputs.values()]
    batch = max((shape[0] for shape in sizes), default=0)
    words = [f"{batch} sequence{'' if batch == 1 else 's'}"]
    steps = max((shape[1] for shape in sizes if len(shape) > 1), default=0)
    words += [f"{steps} step{'' if steps == 1 else 's'}"] if steps else []
    before = any(told.padding == "pre" for told in read_sample(session.document).inputs.values())
    return ", ".join([*words, *(["padded before"] if before else [])])


def _png(preview: Preview) -> bytes:
    """A preview as it came, one byte a pixel; colours come when it is shown."""
    rows, columns = preview.image.shape
    image = QImage(preview.image.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    image.setColorTable(GREYS)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # pyright: ignore[reportCallIssue, reportArgumentType]
    return bytes(buffer.data().data())
