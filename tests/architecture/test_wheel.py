"""The wheel holds the program and nothing else, and its command works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

LEFT_OUT = (".venv", ".git", "__pycache__", "*.egg-info", "build", "dist", ".*cache", ".hypothesis")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a clean copy of the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root, folder / "copy", ignore=shutil.ignore_patterns(*LEFT_OUT))
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder / "out"), str(folder / "copy")]
    subprocess.run(command, check=True, capture_output=True)
    return next((folder / "out").glob("*.whl"))


def test_the_wheels_files(wheel: Path, root: Path) -> None:
    """Every module and resource of the program, nothing of the tests and no leftovers; the command is there."""
    names = zipfile.ZipFile(wheel).namelist()
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True).stdout.split("\n")
    program = [name for name in listed if name.startswith(("engine/", "gui/", "resources/")) and (root / name).exists()]
    assert len(program) > 100
    assert not [name for name in ("main.py", *program) if f"seqloom/{name}" not in names]
    assert not [name for name in names if "/tests/" in name or "__pycache__" in name or ".venv" in name]
    entry = next(name for name in names if name.endswith("entry_points.txt"))
    assert "seqloom = seqloom.main:main" in zipfile.ZipFile(wheel).read(entry).decode()


def test_the_installed_command_answers(wheel: Path, tmp_path: Path) -> None:
    """In an environment of its own, which borrows the libraries of this one; far from the checkout."""
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = place / "bin" / "python"
    if not python.exists():
        pytest.skip("environments are laid out differently on this system")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    own = next(place.glob("lib/python*/site-packages"))
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def seqloom(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(place / "bin" / "seqloom"), *words]
        return subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=200)

    assert seqloom("--version").stdout.startswith("SeqLoom ")
    example = next((own / "seqloom" / "resources" / "examples").glob("03*.seqloom"))
    done = seqloom("check", str(example))
    assert (done.returncode, done.stderr) == (0, "")
    assert "(B, T, 64)" in done.stdout
    done = seqloom("doctor")
    assert "engine: Keras 3." in done.stdout
