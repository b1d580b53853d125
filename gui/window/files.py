"""Documents and exports: new, open, recent, save, export again, a file that somebody else changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTemporaryDir, QTimer
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from gui.window.memory import EXAMPLES

if TYPE_CHECKING:
    from gui.bridge.answers import Exported
    from gui.window.window import MainWindow

DOCUMENTS = "SeqLoom documents (*.seqloom)"
SETTLE_MS = 200
WEIGHTS = "Weights of Keras (*.weights.h5 *.keras)"
KINDS = {
    "python": (".py", "Python (*.py)"),
    "keras": (".keras", "Keras model (*.keras)"),
    "weights": (".weights.h5", "Weights of Keras (*.weights.h5)"),
}


class Files(QObject):
    """What the window does with files."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session, self._memory = window, window.session, window.memory
        self._known = b""
        self._exporting: tuple[str, Path] | None = None
        self._compare: tuple[str, Path, Path] | None = None
        self._scratch: QTemporaryDir | None = None
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._look)
        self._watcher.fileChanged.connect(lambda _: self._settle.start())
        self._session.file_settled.connect(self._settled)
        self._settled(self._session.path)

    # --- documents -----------------------------------------------------------------------------------------------

    def new(self) -> None:
        """Starts an empty document."""
        if self.may_leave():
            self._session.new()

    def open(self) -> None:
        """Asks for a file and opens it."""
        start = str(self._session.folder or Path.home())
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", start, DOCUMENTS)
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> None:
        """Opens a file, after asking about unsaved changes."""
        if self.may_leave():
            self._window.restoring.keep_document()
            self._session.open(path)

    def take(self, path: Path) -> None:
        """A file that was dropped: a document is opened, of any other the weights are taken."""
        if path.suffix == ".seqloom":
            self.open_path(path)
        else:
            self._session.trained.load(path)

    def load_weights(self) -> None:
        """Asks for a file with trained weights and takes them."""
        start = str(self._session.folder or Path.home())
        name, _ = QFileDialog.getOpenFileName(self._window, "Load weights", start, WEIGHTS)
        if name:
            self._session.trained.load(Path(name))

    def fill_recent(self, menu: QMenu) -> None:
        """The menu of documents used lately."""
        menu.clear()
        recent = self._memory.recent
        for place, path in enumerate(recent, 1):
            action = menu.addAction(f"&{place}  {path.name}")
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.open_path(path))
        if not recent:
            menu.addAction("No document yet").setEnabled(False)

    def fill_examples(self, menu: QMenu) -> None:
        """The menu of examples."""
        menu.clear()
        for path in sorted(EXAMPLES.glob("*.seqloom")):
            name = path.stem[3:].replace("_", " ").capitalize()
            menu.addAction(name).triggered.connect(lambda _=False, path=path: self.open_path(path))

    def save(self) -> bool:
        """Saves; an untitled document and an example ask for a name."""
        if self._session.path is None or EXAMPLES in self._session.path.parents:
            return self.save_as()
        return self._session.save()

    def save_as(self) -> bool:
        """Asks for a name and saves."""
        path = self._session.path
        start = Path.home() / self._session.title if path is None or EXAMPLES in path.parents else path
        name, _ = QFileDialog.getSaveFileName(self._window, "Save as", str(start), DOCUMENTS)
        if not name:
            return False
        chosen = Path(name)
        return self._session.save(chosen if chosen.suffix else chosen.with_suffix(".seqloom"))

    def may_leave(self) -> bool:
        """Asks about unsaved changes: the one question that stops."""
        if self._session.undo_stack.isClean():
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window,
            "Unsaved changes",
            f"Save the changes to {self._session.title}?",
            buttons.Save | buttons.Discard | buttons.Cancel,
            buttons.Save,
        )
        if answer == buttons.Save:
            return self.save()
        return answer == buttons.Discard

    # --- a file that somebody else changes -----------------------------------------------------------------------

    def _settled(self, path: Path | None) -> None:
        """The document was opened or saved: this content of the file is ours."""
        if self._watcher.files():
            self._watcher.removePaths(self._watcher.files())
        self._window.notice.hide()
        self._known = _content(path)
        if path is None:
            return
        self._watcher.addPath(str(path))
        if EXAMPLES not in path.parents:
            self._memory.add_recent(path)

    def _look(self) -> None:
        path = self._session.path
        if path is None:
            return
        content = _content(path)
        if path.exists() and str(path) not in self._watcher.files():  # replaced: another file has its name now
            self._watcher.addPath(str(path))
        if content == self._known:
            return
        if not content:
            self._session.undo_stack.resetClean()
            self._window.notice.ask(f"{path.name} was deleted; saving writes it again.", [("Save", self.save)])
            return
        unsaved = "" if self._session.undo_stack.isClean() else " Reloading drops your unsaved changes."
        self._window.notice.ask(
            f"{path.name} was changed by another program.{unsaved}",
            [("Reload", lambda: self._session.open(path)), ("Keep mine", lambda: self._keep(content))],
        )

    def _keep(self, content: bytes) -> None:
        self._known = content
        self._session.undo_stack.resetClean()

    # --- export --------------------------------------------------------------------------------------------------

    def export_python(self) -> None:
        """Asks where to and exports Python."""
        self.export("python")

    def export_keras(self) -> None:
        """Asks where to and exports `.keras`."""
        self.export("keras")

    def export_weights(self) -> None:
        """Asks where to and exports `.weights.h5`."""
        self.export("weights")

    def export(self, to: str) -> None:
        """Asks where to, and exports there."""
        suffix, kinds = KINDS[to]
        remembered = self._memory.document(self._session.path, "export")
        folder = self._session.folder
        start = (folder if folder is not None and folder != EXAMPLES else Path.home()) / Path(self._session.title).stem
        if remembered.get("to") == to:
            start = Path(str(remembered.get("path")))
        name, _ = QFileDialog.getSaveFileName(self._window, "Export", str(start.with_suffix(suffix)), kinds)
        if name:
            path = Path(name)
            self._start(to, path if path.suffix else path.with_suffix(suffix))

    def export_again(self) -> None:
        """Exports to where it went last time; a file edited since is shown as a difference, never overwritten."""
        remembered = self._memory.document(self._session.path, "export")
        if not remembered:
            self.export("python")
            return
        to, path = str(remembered.get("to")), Path(str(remembered.get("path")))
        if not path.exists() or _digest(path) == remembered.get("digest"):
            self._start(to, path)
            return
        if to != "python":
            self._session.refused.emit(f"{path.name} was changed since it was written here: export it to another file.")
            return
        self._scratch = QTemporaryDir()
        new = Path(self._scratch.path()) / path.name
        self._compare = (to, new, path)
        self._session.export(to, new)

    def _start(self, to: str, path: Path) -> None:
        self._exporting = (to, path)
        self._session.export(to, path)

    def exported(self, answer: Exported) -> None:
        """The worker has written, or says why not."""
        exporting, self._exporting = self._exporting, None
        compare, self._compare = self._compare, None
        if compare is not None and answer.ok:
            self._show_difference(*compare)
            return
        if exporting is not None and answer.ok:
            to, path = exporting
            remembered = {"to": to, "path": str(path.absolute()), "digest": _digest(path)}
            self._memory.set_document(self._session.path, "export", remembered)
        self._window.say(answer.message)

    def _show_difference(self, to: str, new: Path, target: Path) -> None:
        now, then = (path.read_text(encoding="utf-8", errors="replace") for path in (target, new))
        if now == then:
            self._window.say(f"{target.name} already is what the model gives.")
            return
        from gui.window.difference import DifferenceDialog

        dialog = DifferenceDialog(target, now, then, self._window.themes.theme, self._window)
        dialog.accepted.connect(lambda: self.export(to))
        dialog.open()


def _content(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path is not None else b""
    except OSError:
        return b""


def _digest(path: Path) -> str:
    import hashlib  # brings OpenSSL: not before the first paint

    return hashlib.sha256(_content(path)).hexdigest()
