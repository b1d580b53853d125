"""`python3 tests`: makes the machine ready, then runs every test. Further arguments go to pytest."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Runs pytest from the root, which (not tests/) stands first on sys.path."""
    sys.path[:] = [str(ROOT), *(entry for entry in sys.path if Path(entry or ".").resolve() != ROOT / "tests")]
    os.chdir(ROOT)
    from engine.setup.prepare import prepare
    from engine.setup.system import WINDOW

    stop = prepare(ROOT, [str(ROOT / "tests"), *sys.argv[1:]], libraries=WINDOW, tests=True)
    if stop is not None:
        return stop
    import pytest

    print("Running the tests (some start TensorFlow; it takes a few minutes) …", file=sys.stderr, flush=True)
    return int(pytest.main(sys.argv[1:] or ["-n", "2", "--dist", "loadgroup", "-q", "tests"]))


if __name__ == "__main__":
    sys.exit(main())
