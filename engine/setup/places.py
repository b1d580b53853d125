"""Where settings, logs and cache lie, by the custom of each system (Windows and macOS untested)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NAME = "seqloom"


def settings_folder() -> Path:
    """Settings of the window."""
    return _folder("APPDATA", "Library/Preferences", "XDG_CONFIG_HOME", ".config")


def cache_folder() -> Path:
    """What can be made again."""
    return _folder("LOCALAPPDATA", "Library/Caches", "XDG_CACHE_HOME", ".cache")


def log_folder() -> Path:
    """Logs of window and worker."""
    return _folder("LOCALAPPDATA", "Library/Logs", "XDG_STATE_HOME", ".local/state")


def _folder(windows: str, mac: str, variable: str, plain: str) -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get(windows, str(Path.home()))) / NAME
    if sys.platform == "darwin":
        return Path.home() / mac / NAME
    chosen = os.environ.get(variable)
    return (Path(chosen) if chosen else Path.home() / plain) / NAME
