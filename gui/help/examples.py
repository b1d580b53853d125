"""The examples that pages show live: each is a document that the worker was asked about, or the one that is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from gui.bridge.answers import Glanced
from gui.bridge.bridge import WorkerBridge
from gui.session.port_lengths import Model, PortLengths, port_lengths
from gui.session.session import EditorSession

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "examples"


class Examples(QObject):
    """What is known of each example. Nothing is shown that Keras has not answered.

    The document that is open in the window is shown as it stands there, edits and all.
    """

    changed = Signal(str)

    def __init__(self, session: EditorSession, bridge: WorkerBridge) -> None:
        super().__init__(bridge)
        self._session, self._bridge = session, bridge
        self._known: dict[str, EditorSession] = {}
        self._asked: set[str] = set()
        bridge.glanced.connect(self._take)
        bridge.lost.connect(lambda _: self._asked.clear())
        for signal in (session.analysis_changed, session.run_changed, session.shown.previews_changed):
            signal.connect(lambda _: self._open_changed())

    def look(self, name: str) -> EditorSession:
        """A session over an example; what is not known of it yet is asked for, and `changed` says when it comes."""
        if self._session.path == path_of(name):
            return self._session
        if name not in self._known:
            made = self._known[name] = EditorSession(self)
            made.run_by_itself = False
            made.open(path_of(name))
        own = self._known[name]
        if own.run is None and name not in self._asked:
            self._asked.add(name)
            self._bridge.glance(name, own.document, own.revision, FOLDER)
        return own

    def _take(self, answer: Glanced) -> None:
        own = self._known.get(answer.name)
        if own is not None:
            own.show_analysis(answer.analysis, own.revision)
            own.show_run(answer.run)
            own.shown.show_previews(answer.run.number, 0, answer.previews)
            self.changed.emit(answer.name)

    def _open_changed(self) -> None:
        path = self._session.path
        if path is not None and path.parent == FOLDER:
            self.changed.emit(path.stem)


def path_of(name: str) -> Path:
    """Where an example lies."""
    return FOLDER / f"{name}.seqloom"


def title_of(name: str) -> str:
    """An example's name as the menu says it."""
    return name[3:].replace("_", " ").capitalize()


def facts(session: EditorSession) -> str:
    """What the run of an example says of its lengths, as Markdown."""
    if session.run is None or not session.run.ok:
        return "*Keras has not answered yet: the numbers come when TensorFlow has loaded and the example has run.*"
    model = Model(session.document, session.model_order, session.ports, session.catalog, session.analysis, session.run)
    known = {found.ref: found for found in port_lengths(model)}
    names = session.document.graph.by_id
    rows = [
        f"| {names[ref.block].name} | `{'×'.join(map(str, port.shape))}` | {_length(known.get(ref))} |"
        for ref, port in session.run.ports.items()
    ]
    return "| block | gives | steps |\n|---|---|---|\n" + "\n".join(rows)


def _length(found: PortLengths | None) -> str:
    if found is None:
        return "no time axis"
    if found.leaving not in ("", "all") or found.valid is None or found.valid.all():
        return found.head
    return f"{found.head}, padding {'under a mask' if found.masked else 'that nothing masks'}"
