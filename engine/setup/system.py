"""System libraries that Qt needs and no wheel brings: tried by loading them, installed where we may, else named."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

OFFSCREEN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WINDOW = {**OFFSCREEN, **X11}
TEST_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}
FONT_PACKAGE = "fonts-dejavu-core"


def missing_system_packages(libraries: Mapping[str, str] = WINDOW, *, tests: bool = False) -> tuple[str, ...]:
    """Debian's names of what this machine lacks for the window (and the tests); empty elsewhere than on Linux."""
    if not sys.platform.startswith("linux"):
        return ()
    lacking = [package for library, package in libraries.items() if not _loads(library)]
    if tests:
        lacking += [package for program, package in TEST_PROGRAMS.items() if shutil.which(program) is None]
    if lacking and not os.path.isdir("/usr/share/fonts/truetype"):
        lacking.append(FONT_PACKAGE)  # a bare root has no font at all
    return tuple(lacking)


def missing_venv_package() -> tuple[str, ...]:
    """Debian keeps a part of Python's venv module in a package of its own; its name where that part is missing."""
    if not sys.platform.startswith("linux") or importlib.util.find_spec("ensurepip") is not None:
        return ()
    return (f"python{sys.version_info[0]}.{sys.version_info[1]}-venv",)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def prepare_system(libraries: Mapping[str, str], *, tests: bool) -> None:
    """Installs what is missing of `OFFSCREEN` or `WINDOW` as root on Debian and its like.

    Raises:
        SetupError: something is missing and cannot be installed; the sentence has the command.
    """
    from engine.setup.prepare import SetupError

    lacking = missing_system_packages(libraries, tests=tests)
    if lacking and not install_packages(lacking, "Qt's system libraries"):
        raise SetupError(f"these system packages are missing; install them with: {install_command(lacking)}")


def install_command(packages: Sequence[str]) -> str:
    """The one command a person types; elsewhere than on Debian and its like, what to look for."""
    command = "sudo apt-get install" if shutil.which("apt-get") else "your system's package manager (Debian's names):"
    return " ".join((command, *packages))


def install_packages(packages: Sequence[str], what: str) -> bool:
    """Installs Debian packages where that can be done without asking; whether it was done."""
    if os.name == "nt" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    print(f"Installing {what}: {' '.join(packages)} …", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
    ):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return done.returncode == 0
