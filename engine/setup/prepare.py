"""Makes a fresh machine ready, then starts the program again inside its own environment.

Standard library only. What is needed is looked for first (a fraction of a millisecond); only where something is missing
is `.venv` made and filled, saying so.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.setup.child import Stopped, run_child
from engine.setup.lock import locked
from engine.setup.system import install_command, install_packages, missing_venv_package, prepare_system

NEEDED = ("PySide6", "tensorflow", "keras", "numpy", "pyqtgraph", "h5py", "pygments", "rapidfuzz", "sklearn")
NEEDED_BY_TESTS = ("pytest", "pytestqt", "xdist", "hypothesis", "importlinter", "basedpyright", "ruff", "build")
OLDEST, NEWEST = (3, 11), (3, 13)
ENVIRONMENT = ".venv"
STAMP = "seqloom-ready-"
NO_LIBRARIES: Mapping[str, str] = {}


class SetupError(RuntimeError):
    """The machine could not be made ready; the text is one sentence with the remedy."""


def prepare(
    root: Path,
    command: Sequence[str],
    *,
    libraries: Mapping[str, str] = NO_LIBRARIES,
    tests: bool = False,
    install: bool = True,
) -> int | None:
    """Goes on at once where all is there, else installs it and runs `command` in the new environment.

    Args:
        root: the checkout.
        command: what to run again, without the interpreter.
        libraries: of the system that Qt needs: to draw without a display (`OFFSCREEN`), for the window (`WINDOW`).
        tests: what the tests need is needed too.
        install: False: an environment that is there is used, none is made.

    Returns:
        None: go on. Else the exit status of the program that was started instead, or 3: it could not be done.
    """
    try:
        if not missing_packages(tests=tests):
            if libraries:
                prepare_system(libraries, tests=tests)
            return None
        if not install:
            python, stamp = _environment(root, tests=tests)
            return _start(python, command) if python.exists() and stamp.exists() else None
        if not (root / "pyproject.toml").exists():
            raise SetupError(f"these packages are missing: {', '.join(missing_packages())}; install seqloom anew.")
        _check_version()
        python = make_environment(root, tests=tests)
    except SetupError as error:
        print(f"SeqLoom cannot start: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        place = error.filename or root
        reason = (error.strerror or str(error)).lower()
        print(f"SeqLoom cannot start: {place}: {reason}; free some space or make {root} writable.", file=sys.stderr)
        return 3
    except (KeyboardInterrupt, Stopped) as stop:
        print("Stopped; the next start goes on from here.", file=sys.stderr)
        return stop.status if isinstance(stop, Stopped) else 130
    return _start(python, command)


def missing_packages(*, tests: bool = False) -> tuple[str, ...]:
    """What the running interpreter lacks."""
    wanted = (*NEEDED, *NEEDED_BY_TESTS) if tests else NEEDED
    return tuple(name for name in wanted if importlib.util.find_spec(name) is None)


def _check_version() -> None:
    running = sys.version_info[:2]
    if not OLDEST <= running <= NEWEST:
        span = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
        raise SetupError(
            f"it needs Python {span}, and this is {running[0]}.{running[1]}; start it with another python3."
        )


def make_environment(root: Path, *, tests: bool) -> Path:
    """The interpreter of `.venv`, made and filled where that has not been done for this pyproject.toml.

    Raises:
        SetupError: it could not be made.
    """
    python, stamp = _environment(root, tests=tests)
    if stamp.exists() and python.exists():
        return python
    with locked(root / ".setup.lock"):
        if stamp.exists() and python.exists():  # another start was faster
            return python
        if not _has_pip(python):
            _make_venv(root / ENVIRONMENT)
        _install(python, root, tests=tests)
        stamp.touch()
    return python


def _environment(root: Path, *, tests: bool) -> tuple[Path, Path]:
    """The interpreter of `.venv`, and the file that says that it is filled for this pyproject.toml and this Python."""
    project = root / "pyproject.toml"
    content = (project.read_bytes() if project.exists() else b"") + repr((sys.version_info[:2], tests)).encode()
    folder = root / ENVIRONMENT
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return python, folder / (STAMP + hashlib.sha256(content).hexdigest()[:16])


def _has_pip(python: Path) -> bool:
    """A venv that was killed while it was made has a Python without pip."""
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True, check=False).returncode == 0


def _make_venv(folder: Path) -> None:
    _say(f"Making a Python environment in {folder.name} …")
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    done = run_child(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    if lacking := missing_venv_package():
        if not install_packages(lacking, "Python's venv module"):
            raise SetupError(f"Python's venv module is missing; install it with: {install_command(lacking)}")
        done = run_child(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise SetupError(f"{folder} could not be made ({last}); free some space or make the folder writable.")


def _install(python: Path, root: Path, *, tests: bool) -> None:
    what = f"{root}[test]" if tests else str(root)
    _say("Installing TensorFlow, Qt and the rest (about 1 GB, once; one to five minutes) …")
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "on", "-e", what]
    done = run_child(command, stdout=sys.stderr)
    if done.returncode != 0:
        raise SetupError(
            "the packages could not be installed (pip's words are above); "
            "check the network and the space on the disk, then start again."
        )
    _say("Ready.")


def _start(python: Path, command: Sequence[str]) -> int:
    words = [str(python), *command]
    if os.name == "nt":
        return subprocess.run(words, check=False).returncode
    sys.stdout.flush()
    sys.stderr.flush()
    return os.execv(words[0], words)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
