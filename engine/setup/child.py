"""A program that is run and waited for, and that never outlives us: a killed set-up must leave no pip at work in `.venv`.

Standard library only. On Linux the kernel ends the child when we are gone, even by SIGKILL; everywhere else, and for what
the child itself has started, its group is ended when we are asked to stop.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

PR_SET_PDEATHSIG = 1
GRACE_S = 5.0
STOPS = ("SIGTERM", "SIGHUP")
"""Ctrl+C comes as KeyboardInterrupt."""


class Stopped(BaseException):
    """We were asked to end (SIGTERM, a closed terminal) while a child was at work."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


def run_child(words: Sequence[str], **settings: Any) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` of text, unchecked.

    Raises:
        KeyboardInterrupt, Stopped: we were asked to end; the child and its group have ended before.
        OSError: it cannot be started.
    """
    with _stops_raised(), _started(words, settings) as child:
        try:
            output, errors = child.communicate()
        except BaseException:
            _end(child)
            raise
    return subprocess.CompletedProcess(list(words), child.returncode, output, errors)


def _started(words: Sequence[str], settings: dict[str, Any]) -> subprocess.Popen[str]:
    if os.name == "nt":
        return subprocess.Popen(list(words), text=True, **settings)
    # A group of its own, so that whatever pip starts is ended with it.
    return subprocess.Popen(list(words), text=True, start_new_session=True, preexec_fn=_tied_to_us(), **settings)


def _tied_to_us() -> Callable[[], None] | None:
    """What the child does before it becomes the program: asks Linux to end it when its parent ends."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None, use_errno=True).prctl, os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it was gone before we asked
            os._exit(1)

    return tie


def _end(child: subprocess.Popen[str]) -> None:
    """Asks the child and all of its group to end, and makes them if they do not."""
    _signal(child, "SIGTERM")
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        _signal(child, "SIGKILL")
        child.wait()


def _signal(child: subprocess.Popen[str], name: str) -> None:
    if os.name == "nt":
        child.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, getattr(signal, name))


@contextlib.contextmanager
def _stops_raised() -> Iterator[None]:
    """Signals that would end us at once become an exception, so that the child is ended first."""

    def stop(number: int, _: FrameType | None) -> None:
        raise Stopped(number)

    before: dict[int, Any] = {}
    with contextlib.suppress(ValueError):  # no handlers outside the main thread
        for name in STOPS:
            if hasattr(signal, name):
                number = getattr(signal, name)
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
