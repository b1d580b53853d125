"""Set-up: straight on where all is there; one sentence where it cannot be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.setup import prepare as module
from engine.setup.lock import locked
from engine.setup.prepare import missing_packages, prepare
from engine.setup.system import install_command, missing_system_packages


def test_where_all_is_there_it_goes_straight_on(root: Path) -> None:
    """Nothing is started, nothing is made."""
    assert missing_packages(tests=True) == ()
    assert prepare(root, ["main.py"], window=False) is None


def test_a_missing_package_makes_an_environment_once_and_starts_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp is touched last; the second start does not install."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname='x'\n")
    made: list[str] = []
    started: list[object] = []
    python = tmp_path / ".venv" / "bin" / "python"

    def make(folder: Path) -> None:
        made.append("venv")
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)

    monkeypatch.setattr(module, "missing_packages", lambda **_: ("tensorflow",))
    monkeypatch.setattr(module, "_make_venv", make)
    monkeypatch.setattr(module, "_install", lambda *a, **k: made.append("install"))
    monkeypatch.setattr(module, "_start", lambda *words: started.append(words) or 0)
    for _ in range(2):
        assert prepare(tmp_path, ["main.py", "layers"], window=False) == 0
    assert made == ["venv", "install"]
    assert started == [(python, ["main.py", "layers"])] * 2


def test_an_environment_without_pip_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it was made."""
    (tmp_path / "pyproject.toml").write_text("")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    made: list[str] = []
    monkeypatch.setattr(module, "_make_venv", lambda folder: made.append("venv"))
    monkeypatch.setattr(module, "_install", lambda *a, **k: None)
    module.make_environment(tmp_path, tests=False)
    assert made == ["venv"]


def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed install, a Python that is too old."""
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.setattr(module, "missing_packages", lambda **_: ("tensorflow",))
    monkeypatch.setattr(module, "_has_pip", lambda _: True)
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(module.subprocess, "run", lambda *a, **k: failed)
    assert prepare(tmp_path, ["main.py"], window=False) == 3
    assert "check the network" in capsys.readouterr().err
    monkeypatch.setattr(module, "OLDEST", (3, 99))
    assert prepare(tmp_path, ["main.py"], window=False) == 3
    assert "it needs Python 3.99" in capsys.readouterr().err


def test_two_starts_wait_for_each_other(tmp_path: Path) -> None:
    """The lock is held by one process at a time and ends with it."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from engine.setup.lock import _try_lock; f = open(sys.argv[2], 'a+b'); print(_try_lock(f.fileno()))"
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", code, str(root), str(tmp_path / "lock")]
    with locked(tmp_path / "lock"):
        assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == "False"
    assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == "True"


def test_missing_system_libraries_are_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Linux; here all are there."""
    from engine.setup import system

    monkeypatch.setattr(system, "_loads", lambda library: library != "libxcb-cursor.so.0")
    if sys.platform.startswith("linux"):
        assert missing_system_packages() == ("libxcb-cursor0",)
    assert install_command(("a", "b")) == "sudo apt-get install a b"
