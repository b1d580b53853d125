"""The real window over the real engine, in one process: what either of them warns of fails the test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from engine.document.values import Document
from engine.protocol.codec import Decoder, encode
from engine.protocol.messages import Cancel, Message, Request
from engine.worker.loop import Handler, answer
from gui.app.start import open_window
from gui.bridge.bridge import WorkerBridge
from gui.widgets.fields import ElidedLabel
from gui.window.window import MainWindow

LOAD_S = 60.0
QUIET = 6
"""So many turns without anything to do: everything that was asked is answered and drawn."""
OWN_MISTAKE = "SeqLoom's engine failed"


class BridgeHere(WorkerBridge):
    """Everything crosses the pipe's encoding, but no process; answers come with the next turn of the event loop.

    Attributes:
        mistakes: what the engine said of itself instead of an answer.
        refusing: what is raised instead of an answer, by verb.
    """

    handler: Handler
    mistakes: list[str]
    refusing: dict[str, BaseException]

    def start(self) -> None:
        """As the first sign of a worker."""
        self.mistakes, self.refusing = [], {}
        self._is_ready = True
        self._left: list[Request] = []
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._next)
        self.ready.emit(self.handler.versions())

    def close(self) -> None:
        """Nothing is answered any more."""
        self._turn.stop()
        self._closing = True

    @property
    def is_busy(self) -> bool:
        """There is something to answer."""
        return bool(self._left)

    def _send(self, message: Message) -> None:
        if self._closing:
            return
        if isinstance(message, Request):
            self._left.append(_crossed(message))
            self._turn.start()
        elif isinstance(message, Cancel):
            self._left = [request for request in self._left if request.id != message.id]

    def _next(self) -> None:
        if not self._left:
            self._turn.stop()
            return
        request = self._left.pop(0)
        handler: Any = _Refusing(self.refusing[request.verb]) if request.verb in self.refusing else self.handler
        for reply in answer(request, handler, self._take_event, lambda: False):
            self.mistakes += [reply.error] if OWN_MISTAKE in reply.error else []
            self._take(_crossed(reply))


class _Refusing:
    def __init__(self, error: BaseException) -> None:
        self._error = error

    def handle(self, *_: object) -> Any:
        raise self._error


def _crossed(message: Message) -> Any:
    """A message as it arrives at the other side."""
    (arrived,) = Decoder().feed(b"".join(bytes(part) for part in encode(message)))
    return arrived


class Here:
    """The window, with a hand that shows one document after the other."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.session = window, window.session
        self.bridge: Any = window.bridge

    def open(self, document: Document, folder: Path) -> None:
        """A document in the window, not yet run."""
        self.session._put(document, folder / "bad.seqloom")
        self.settle()

    def run(self, document: Document, folder: Path) -> None:
        """Opens a document and runs it."""
        self.open(document, folder)
        self.session.run_now()
        self.settle()

    def settle(self) -> None:
        """Until everything that was asked is answered and drawn."""
        quiet, end = 0, time.monotonic() + LOAD_S
        while quiet < QUIET:
            QTest.qWait(1)
            self.window.views.finish()
            quiet = 0 if self._is_busy() else quiet + 1
            assert time.monotonic() < end
        mistakes, self.bridge.mistakes = self.bridge.mistakes, []
        assert mistakes == []

    def _is_busy(self) -> bool:
        views = [self.window.views.tabs.widget(at) for at in range(self.window.views.tabs.count())]
        return self.bridge.is_busy or any(view._seen._steps.is_busy for view in views if hasattr(view, "_seen"))  # type: ignore[attr-defined]

    def view(self, name: str) -> Any:
        """The view in front, painted."""
        self.window.views.front = name
        self.settle()
        view = self.window.views.view(name)
        assert view is not None
        assert not view.grab().isNull()
        return view


def words(part: QWidget) -> str:
    """What is written in a view, from its visible labels, whole."""
    labels = [label for label in part.findChildren(QLabel) if label.isVisible()]
    texts = [label.whole() if isinstance(label, ElidedLabel) else label.text() for label in labels]
    return " | ".join(text for text in texts if text)


def window_here(home: Path, handler: Handler) -> Iterator[Here]:
    """The window over an engine that was made before: it takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home / name.lower()))
        patch.setattr(BridgeHere, "handler", handler, raising=False)
        patch.setattr("gui.bridge.bridge.WorkerBridge", BridgeHere)
        patch.setattr("gui.app.start._catch_mistakes", lambda _: None)  # here they fail the test
        _, window = open_window(None, settings=QSettings(str(home / "s.ini"), QSettings.Format.IniFormat))
        window.resize(1366, 768)
        window.session.run_by_itself = False
        _until(lambda: window.views.is_filled)
        yield Here(window)
        window.session.undo_stack.setClean()
        window.close()
        window.bridge.close()
        window.deleteLater()
        QTest.qWait(1)


def _until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + LOAD_S
    while not there():
        QTest.qWait(5)
        assert time.monotonic() < end
