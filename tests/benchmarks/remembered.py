"""`check` of a document seen before, against importing TensorFlow; each in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measure import Line, in_turn

ROOT = Path(__file__).resolve().parents[2]


def check_remembered(small: bool) -> Iterator[Line]:
    """Medians of fresh processes, in turn."""
    example = str(next((ROOT / "resources" / "examples").glob("03*.seqloom")))
    with tempfile.TemporaryDirectory(prefix="seqloom-benchmark-") as cache:
        environment = {**os.environ, "XDG_CACHE_HOME": cache, "TF_CPP_MIN_LOG_LEVEL": "3"}

        def process(*words: str) -> None:
            subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)

        def check() -> None:
            process(str(ROOT / "main.py"), "check", example)

        check()  # seen for the first time
        value, reference = in_turn(check, lambda: process("-c", "import tensorflow"), 1 if small else 5)
    yield Line("check_remembered", value, "import tensorflow", reference, ">= 10")
