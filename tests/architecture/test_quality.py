"""Lint, format, types: `python3 tests` is the one gate."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

SCRIPTS = Path(sysconfig.get_path("scripts"))
TOOLS = {
    "ruff check": [str(SCRIPTS / "ruff"), "check", "--no-cache", "."],
    "ruff format": [str(SCRIPTS / "ruff"), "format", "--no-cache", "--check", "."],
    "basedpyright": [str(SCRIPTS / "basedpyright"), "--pythonpath", sys.executable],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tree_passes(tool: str, root: Path) -> None:
    """Its own words where it does not."""
    done = subprocess.run(TOOLS[tool], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_every_setting_of_types_that_is_off_is_off_where_it_must_be(root: Path) -> None:
    """Strict below runtime and gui; nothing is ignored in the engine's lower floors."""
    lower = [root / "engine" / name for name in ("graph", "document", "plan", "protocol", "analysis")]
    for folder in lower:
        for file in folder.glob("*.py"):
            assert "type: ignore" not in file.read_text(), file


def test_no_file_names_a_machine_or_a_registry(root: Path) -> None:
    """What is committed works elsewhere."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True).stdout.split()
    words = ["/wor" + "k/", "/tmp/" + "bash", "pypi" + ".org", "index" + "-url"]
    for name in listed:
        if name.endswith((".py", ".md", ".toml", ".json", ".txt", ".seqloom")):
            text = (root / name).read_text(encoding="utf-8")
            assert not [word for word in words if word in text], name
