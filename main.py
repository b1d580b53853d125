"""SeqLoom's door: `python3 main.py [FILE]` opens the window, `python3 main.py VERB …` answers without one."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


def main(argv: list[str] | None = None) -> int:
    """Decides, before Qt or TensorFlow is imported, which of its parts is wanted."""
    from engine.cli.arguments import parse

    arguments = sys.argv[1:] if argv is None else argv
    if arguments == ["--worker"]:
        from engine.worker.process import main as work

        return work()
    wanted = parse(arguments)
    if isinstance(wanted, int):
        return wanted
    from engine.setup.prepare import prepare

    command = [str(ROOT / "main.py"), *arguments]
    stop = prepare(ROOT, command, libraries=_libraries(wanted), install=wanted.verb != "doctor")
    if stop is not None:
        return stop
    if wanted.verb is not None:
        from engine.cli.main import answer

        return answer(wanted, _pictures)
    gc.disable()  # until the first paint: nothing made before it is garbage, and looking costs a sixth of the start
    from gui.app.start import main as open_window

    return open_window(wanted.file)


def _libraries(wanted: Namespace) -> Mapping[str, str]:
    """Those of the system that Qt needs for it."""
    from engine.setup.system import OFFSCREEN, WINDOW

    if wanted.verb is None:
        return WINDOW
    return OFFSCREEN if getattr(wanted, "plot", None) is not None else {}


def _pictures(*run: Any) -> Iterator[tuple[str, bytes]]:
    """What draws a run, see `gui.pictures.headless.draw`; Qt is imported with the first picture."""
    from gui.pictures.headless import draw

    return draw(*run)


if __name__ == "__main__":
    sys.exit(main())
