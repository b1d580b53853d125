"""`doctor`: what is here, what is missing, and the command that installs it."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

from engine.client.client import WorkerClient, WorkerLost
from engine.setup.places import cache_folder, log_folder, settings_folder
from engine.setup.prepare import missing_packages
from engine.setup.system import install_command, missing_system_packages, missing_venv_package
from engine.setup.version import VERSION

PACKAGES = (
    "PySide6-Essentials",
    "tensorflow",
    "keras",
    "numpy",
    "pyqtgraph",
    "h5py",
    "Pygments",
    "rapidfuzz",
    "scikit-learn",
)


def doctor(wanted: argparse.Namespace) -> int:
    """Prints what is known of this machine; 3 where the window or the engine cannot start."""
    print(f"SeqLoom {VERSION}, Python {platform.python_version()} on {platform.platform()}")
    for name in PACKAGES:
        print(f"  {name:<20} {_version(name)}")
    healthy = _engine(wanted)
    lacking = (*missing_venv_package(), *missing_system_packages())
    if lacking:
        healthy = False
        print(f"missing system packages: {', '.join(lacking)}\n  install them with: {install_command(lacking)}")
    else:
        print("system libraries of Qt: all there")
    if only_tests := [name for name in missing_system_packages(tests=True) if name not in lacking]:
        print(f"missing for the tests alone: {install_command(only_tests)}")
    print(f"display: {display()}")
    for name, folder in (("settings", settings_folder()), ("logs", log_folder()), ("cache", cache_folder())):
        print(f"{name}: {_home(folder)}")
    return 0 if healthy else 3


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _engine(wanted: argparse.Namespace) -> bool:
    if lacking := missing_packages():
        print(f"engine: {', '.join(lacking)} missing; start SeqLoom once to install them")
        return False
    try:
        with WorkerClient(verbose=wanted.verbose) as client:
            ready = client.wait_ready()
    except WorkerLost as error:
        print(f"engine: does not start. {error}")
        return False
    devices = ready["devices"]
    print(f"engine: Keras {ready['keras']}, TensorFlow {ready['tensorflow']}, devices {', '.join(map(str, devices))}")  # type: ignore[arg-type]
    return True


def display() -> str:
    """What Qt will draw on, as people say it."""
    chosen = os.environ.get("QT_QPA_PLATFORM")
    if chosen:
        return f"{chosen} (QT_QPA_PLATFORM)"
    if not sys.platform.startswith("linux"):
        return "the desktop"
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(variable):
            return f"{os.environ[variable]} ({variable})"
    return "none: the window cannot open here; check, run, export, explain, layers and doctor can"


def _home(folder: Path) -> str:
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)
