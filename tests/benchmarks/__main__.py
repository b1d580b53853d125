"""`python -m tests.benchmarks [NAME …] [--json]`: runs the named benchmarks, or all."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable

from tests.benchmarks.measure import Line


def benchmarks() -> dict[str, Callable[[bool], Iterable[Line]]]:
    """Every benchmark by name; each takes `small` (a tiny size, for the smoke test) and gives its lines."""
    from tests.benchmarks import canvas, edits, fixes, plots, preview, remembered, rerun, start, traces, window

    return {
        "edit_1000": edits.edit_1000,
        "edit_5": edits.edit_5,
        "toggle_1000": edits.toggle_1000,
        "huge_weights": edits.huge_weights,
        "fixes_20": fixes.fixes_20,
        "trace": traces.trace,
        "trace_large": traces.trace_large,
        "rerun_50": rerun.rerun_50,
        "first_paint": start.first_paint,
        "check_remembered": remembered.check_remembered,
        "canvas_1000": canvas.canvas_1000,
        "canvas_5000": canvas.canvas_5000,
        "heat_10000": plots.heat_10000,
        "lines_16": plots.lines_16,
        "cursor_4": plots.cursor_4,
        "argument_preview": preview.argument_preview,
        "window_events": window.window_events,
        "window_memory": window.window_memory,
    }


def main(argv: list[str]) -> int:
    """Runs and prints; 1 if a goal is missed, 2 if a name is unknown."""
    known = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--json", action="store_true", help="one line of JSON each")
    wanted = parser.parse_args(argv)
    if unknown := sorted(set(wanted.names) - set(known)):
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(known)}")
    missed = False
    for name in wanted.names or known:
        for line in known[name](False):
            missed |= not line.ok
            print(json.dumps(line.as_json()) if wanted.json else line.as_text(), flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
