"""What every journey is marked with."""

from __future__ import annotations

import shutil

import pytest

JOURNEY = [
    pytest.mark.xvfb,
    pytest.mark.xdist_group("window"),
    pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool"),
]
