"""What a set-up has started ends with it, however it ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.setup.child import run_child

PARENT = """
import sys
sys.path.insert(0, {root!r})
from engine.setup.child import Stopped, run_child
try:
    run_child([sys.executable, "-c", {child!r}], pass_fds=({alive},))
except (KeyboardInterrupt, Stopped) as stop:
    sys.exit(getattr(stop, "status", 130))
"""
CHILD = """
import os, subprocess, sys, time
if {deeper}:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], pass_fds=({alive},))
os.write({alive}, b"x")
time.sleep(600)
"""
LONGEST_S = 30


def test_output_and_exit_status_are_told() -> None:
    """As subprocess.run does."""
    done = run_child([sys.executable, "-c", "print('words'); raise SystemExit(3)"], stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (3, "words\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children of a killed process")
@pytest.mark.parametrize(
    ("number", "deeper", "status"),
    [
        (signal.SIGKILL, False, -signal.SIGKILL),
        (signal.SIGTERM, True, 128 + signal.SIGTERM),
        (signal.SIGHUP, True, 128 + signal.SIGHUP),
        (signal.SIGINT, True, 130),
    ],
)
def test_a_child_ends_with_its_parent(root: Path, number: int, deeper: bool, status: int) -> None:  # noqa: FBT001
    """The pipe that child and grandchild hold open is closed: nobody of them lives."""
    reads, writes = os.pipe()
    child = CHILD.format(alive=writes, deeper=deeper)
    code = PARENT.format(root=str(root), child=child, alive=writes)
    parent = subprocess.Popen([sys.executable, "-c", code], pass_fds=(writes,))
    os.close(writes)
    try:
        assert select.select([reads], [], [], LONGEST_S)[0]
        assert os.read(reads, 1) == b"x"
        parent.send_signal(number)
        assert parent.wait(LONGEST_S) == status
        assert select.select([reads], [], [], LONGEST_S)[0], "somebody still lives"
        assert os.read(reads, 1) == b""
    finally:
        parent.kill()
        os.close(reads)
