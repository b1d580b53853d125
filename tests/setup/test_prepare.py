"""Set-up: straight on where all is there; one sentence where it cannot be."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.setup import prepare as module
from engine.setup.lock import locked
from engine.setup.prepare import missing_packages, prepare
from engine.setup.system import OFFSCREEN, install_command, missing_system_packages


def test_where_all_is_there_it_goes_straight_on(root: Path) -> None:
    """Nothing is started, nothing is made."""
    assert missing_packages(tests=True) == ()
    assert prepare(root, ["main.py"]) is None


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
        assert prepare(tmp_path, ["main.py", "layers"]) == 0
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
    monkeypatch.setattr(module, "run_child", lambda *a, **k: failed)
    assert prepare(tmp_path, ["main.py"]) == 3
    assert "check the network" in capsys.readouterr().err
    monkeypatch.setattr(module, "OLDEST", (3, 99))
    assert prepare(tmp_path, ["main.py"]) == 3
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
        assert missing_system_packages(OFFSCREEN) == ()  # pictures are drawn without a display
    assert install_command(("a", "b")) == "sudo apt-get install a b"


def bare(root: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a copy of the program with a Python that has nothing installed, as on a fresh machine."""
    shutil.copy(root / "main.py", folder)
    shutil.copytree(root / "engine", folder / "engine", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(root / "resources", folder / "resources", ignore=shutil.ignore_patterns("*.npz", "*.png"))
    return subprocess.run(
        [sys.executable, "-S", "-E", str(folder / "main.py"), *words], capture_output=True, text=True, timeout=120
    )


def test_doctor_answers_with_nothing_installed_and_installs_nothing(root: Path, tmp_path: Path) -> None:
    """Every package is missing; status 3; no environment is made."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    done = bare(root, tmp_path, "doctor")
    assert done.returncode == 3, done.stderr
    assert "tensorflow           missing" in done.stdout
    assert "start SeqLoom once to install them" in done.stdout
    assert not (tmp_path / ".venv").exists()
    assert "Traceback" not in done.stderr


def test_a_real_set_up_that_pip_cannot_finish_is_one_sentence(root: Path, tmp_path: Path) -> None:
    """A dependency that no index has: pip says its own words, then we ours; the environment stays, without its stamp."""
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "none"\nbackend-path = ["."]\n'
        '[project]\nname = "x"\nversion = "1"\n'
    )
    done = bare(root, tmp_path, "layers")
    assert done.returncode == 3
    assert done.stdout == ""
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("SeqLoom cannot start: the packages could not be installed")
    assert "Traceback" not in last
    assert module._has_pip(tmp_path / ".venv" / "bin" / "python")
    assert not list((tmp_path / ".venv").glob("seqloom-ready-*"))


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied", "x"), OSError(28, "No space left on device")]
)
def test_what_the_disk_refuses_is_one_sentence(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkout that may not be written to, a disk that is full."""
    (tmp_path / "pyproject.toml").write_text("")

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "missing_packages", lambda **_: ("tensorflow",))
    monkeypatch.setattr(module, "locked", refuse)
    assert prepare(tmp_path, ["main.py"]) == 3
    said = capsys.readouterr().err.strip()
    assert str(error.strerror).lower() in said
    assert len(said.splitlines()) == 1


def test_an_interrupt_is_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl+C while it installs; the stamp is not there, so the next start goes on."""
    (tmp_path / "pyproject.toml").write_text("")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "missing_packages", lambda **_: ("tensorflow",))
    monkeypatch.setattr(module, "_has_pip", lambda _: True)
    monkeypatch.setattr(module, "_install", stop)
    assert prepare(tmp_path, ["main.py"]) == 130
    assert capsys.readouterr().err.startswith("Stopped")
    assert not list(tmp_path.rglob("seqloom-ready-*"))


def test_a_set_up_killed_while_it_makes_the_environment_is_mended(tmp_path: Path) -> None:
    """Killed for real: what it leaves has no pip, or nothing; made anew, it has."""
    folder = tmp_path / ".venv"
    started = subprocess.Popen([sys.executable, "-m", "venv", "--clear", str(folder)])
    python = folder / "bin" / "python"
    while not python.exists() and started.poll() is None:
        pass
    started.kill()
    started.wait()
    assert not module._has_pip(python)
    module._make_venv(folder)
    assert module._has_pip(python)


def test_a_second_start_waits_and_says_so(root: Path, tmp_path: Path) -> None:
    """It goes on when the first has ended."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from engine.setup.lock import locked\n"
        "with locked(Path(sys.argv[2])): print('mine', flush=True)"
    )
    command = [sys.executable, "-c", code, str(root), str(tmp_path / "lock")]
    with locked(tmp_path / "lock"):
        second = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert second.stderr is not None
        assert "waiting for it" in second.stderr.readline()
        assert second.poll() is None
    said, _ = second.communicate(timeout=30)
    assert said == "mine\n"


def test_where_no_debian_is_the_packages_are_named_without_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command that cannot work."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert "apt-get" not in install_command(("a",))
