"""The wheel holds the program and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path


def test_the_wheels_files(root: Path, tmp_path: Path) -> None:
    """Built from a copy in which a stale build folder lies; tests and leftovers stay out; the command is there."""
    copy = tmp_path / "copy"
    shutil.copytree(
        root,
        copy,
        ignore=shutil.ignore_patterns(
            ".venv", ".git", "__pycache__", "*.egg-info", "build", "dist", ".*cache", ".hypothesis"
        ),
    )
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path / "out"), str(copy)],
        check=True, capture_output=True,
    )  # fmt: skip
    wheel = next((tmp_path / "out").glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "seqloom/main.py",
        "seqloom/engine/cli/main.py",
        "seqloom/gui/app/start.py",
        "seqloom/resources/catalog.json",
        "seqloom/resources/examples/japanese_vowels.npz",
    ):
        assert wanted in names
    assert not [name for name in names if "/tests/" in name or "__pycache__" in name or ".venv" in name]
    entry = next(name for name in names if name.endswith("entry_points.txt"))
    assert "seqloom = seqloom.main:main" in zipfile.ZipFile(wheel).read(entry).decode()
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    code = "from seqloom.main import main; raise SystemExit(main(['layers', '--json']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(unpacked)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert '"LSTM"' in done.stdout
