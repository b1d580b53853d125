"""The floors hold, and the contracts that keep them bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

SCRIPTS = Path(sysconfig.get_path("scripts"))
BELOW_PROTOCOL = ("graph", "catalog", "document", "analysis", "plan", "codegen", "importing", "setup")
PLANTED = {
    "Floors of the engine": ("engine/graph/planted.py", "import engine.document.values\n"),
    "Floors of the window": ("gui/theme/planted.py", "import gui.session.session\n"),
    "The engine knows no window": ("engine/cli/planted.py", "import PySide6\n"),
    "Only runtime imports Keras and TensorFlow": ("gui/session/planted.py", "import tensorflow\n"),
    "The window asks the worker over the bridge alone": ("gui/panels/planted.py", "import engine.client.client\n"),
    "Only views plot": ("gui/canvas/planted.py", "import pyqtgraph\n"),
    "Panels never import each other": ("gui/panels/palette.py", "import gui.panels.inspector\n"),
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the contracts over a tree."""
    return subprocess.run(
        [str(SCRIPTS / "lint-imports"), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": str(SCRIPTS), "PYTHONPATH": str(folder)},
    )


def test_every_contract_is_kept(root: Path) -> None:
    """In the tree as it is."""
    done = lint_imports(root)
    assert done.returncode == 0, done.stdout
    for name in PLANTED:
        assert f"{name} KEPT" in done.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_every_contract_bites(contract: str, root: Path, tmp_path: Path) -> None:
    """A planted violation of each is caught, in a copy."""
    for name in ("engine", "gui"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    place, line = PLANTED[contract]
    file = tmp_path / place
    text = file.read_text() if file.exists() else '"""Planted."""\n\n'
    head, mark, rest = text.partition("from __future__ import annotations\n")
    file.write_text(head + mark + line + rest if mark else text + line)
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert f"{contract} BROKEN" in done.stdout


def fresh(root: Path, program: str) -> str:
    """What a program prints in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_window_loads_neither_tensorflow_nor_plots(root: Path) -> None:
    """What the linter cannot see."""
    program = "import sys, gui.app.start; print(sorted({'tensorflow', 'keras', 'pyqtgraph'} & set(sys.modules)))"
    assert fresh(root, program) == "[]"


def test_below_protocol_is_the_standard_library_alone(root: Path) -> None:
    """Everything there runs in milliseconds, without numpy."""
    modules = [
        ".".join(file.relative_to(root).with_suffix("").parts)
        for package in BELOW_PROTOCOL
        for file in sorted((root / "engine" / package).glob("*.py"))
        if file.stem != "__init__"
    ]
    program = f"import sys, importlib\nfor name in {modules!r}: importlib.import_module(name)\n" + (
        "print(sorted({m.split('.')[0] for m in sys.modules if getattr(sys.modules[m], '__file__', None)}"
        " - set(sys.stdlib_module_names) - {'engine', '__main__'}))"
    )
    found = fresh(root, program)
    assert [name for name in eval(found) if not name.startswith(("_", "sitecustomize", "distutils"))] == []
