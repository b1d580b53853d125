"""One set-up at a time: a second start waits for the first. The lock is the operating system's and ends with its owner."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.5


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock of a file while the body runs."""
    with path.open("a+b") as file:
        told = False
        while not _try_lock(file.fileno()):
            if not told:
                print("Another start is setting SeqLoom up; waiting for it …", file=sys.stderr, flush=True)
                told = True
            time.sleep(POLL_S)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":  # untested: nobody has run this on Windows yet
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
