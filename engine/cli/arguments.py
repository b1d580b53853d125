"""The command line as argparse sees it. Standard library only: `--help` answers on a machine with nothing installed."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path
from typing import NoReturn

from engine.setup.version import VERSION

VERBS = {
    "check": "shapes, masks, parameters and diagnostics of .seqloom files",
    "run": "a forward pass over the sample: shapes, valid lengths, timings, states",
    "export": "write Python (run and compared first), a .keras file with the weights, or the weights alone",
    "explain": "what pasted Python or an error of Keras says: the model, the cause, fixes that were tried",
    "layers": "every layer that may be placed, and why the others may not",
    "doctor": "what is here, what is missing, and the command that installs it",
}
EPILOG = (
    "Without a verb the window opens. Exit status: 0 fine, 1 the model has errors, 2 wrong input, 3 the engine failed."
)


class _Parser(argparse.ArgumentParser):
    """Errors are one sentence on standard error, with status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}. Try {self.prog} --help.\n")


def parser(prog: str = "seqloom") -> argparse.ArgumentParser:
    """The parser of the verbs."""
    top = _Parser(prog=prog, description="Build a Keras sequence model out of blocks and see time.", epilog=EPILOG)
    top.add_argument("--version", action="version", version=f"SeqLoom {VERSION}")
    common = _Parser(add_help=False)
    common.add_argument("--verbose", action="store_true", help="show TensorFlow's own messages and tracebacks")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    made = {name: verbs.add_parser(name, help=text, description=text, parents=[common]) for name, text in VERBS.items()}
    _add_check(made["check"])
    _add_run(made["run"])
    _add_export(made["export"])
    _add_explain(made["explain"])
    made["layers"].add_argument("--json", action="store_true", help="the catalog as JSON")
    return top


def _add_check(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs="+", metavar="FILE", help="a .seqloom file")
    verb.add_argument("--json", action="store_true", help="one line of JSON for each file")
    verb.add_argument("--no-probe", dest="probe", action="store_false", help="leave out the tiny run with data")
    verb.add_argument("--leaks", action="store_true", help="also test whether padding changes the results")


def _add_run(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs="+", metavar="FILE", help="a .seqloom file")
    verb.add_argument("--json", action="store_true", help="one line of JSON for each file")
    verb.add_argument("--device", default="cpu", help="cpu or gpu:0; an absent one falls back to the CPU")
    verb.add_argument("--batch", type=_positive, metavar="N", help="number of sequences")
    verb.add_argument("--timesteps", type=_positive, metavar="N", help="the padded length")
    verb.add_argument("--lengths", type=_lengths, metavar="15,4,9", help="valid length of each sequence, cycled")
    verb.add_argument("--padding", choices=("pre", "post"), help="where padding stands")
    verb.add_argument(
        "--input",
        action="append",
        type=_input,
        metavar="NAME=FILE",
        help="feed an Input from an array, CSV, JSON lines, Parquet or text",
    )
    verb.add_argument("--traces", type=Path, metavar="OUT.npz", help="write all outputs, masks, states and gates")
    verb.add_argument(
        "--plot",
        type=_picture,
        metavar="OUT.png",
        help="draw the model there, and beside it (OUT-NAME.png) the states of every recurrent block, or the outputs "
        "where there is none; OUT.svg for drawings; no display is needed",
    )
    verb.add_argument("--seed", type=int, metavar="N", help="of weights and data")
    verb.add_argument("--training", action="store_true", help="run as in training: with dropout, nothing is changed")


def _add_export(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs=1, metavar="FILE", help="a .seqloom file")
    verb.add_argument("--to", required=True, choices=("python", "keras", "weights"), help="what to write")
    verb.add_argument("-o", dest="output", type=Path, metavar="OUT", help="where to; else beside FILE")
    verb.add_argument(
        "--style", choices=("auto", "sequential", "functional"), default="auto", help="of the Python code"
    )
    verb.add_argument("--no-verify", dest="verify", action="store_false", help="do not run and compare it first")


def _add_explain(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("files", nargs="+", metavar="TEXT", help="a UTF-8 text file, or - for standard input")
    verb.add_argument("--json", action="store_true", help="one line of JSON for each text")
    verb.add_argument("-o", dest="output", type=Path, metavar="OUT.seqloom", help="write the drawn model there")


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (".png", ".svg"):
        raise argparse.ArgumentTypeError(f"{text} ends neither in .png nor in .svg")
    return path


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return int(text)


def _lengths(text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text} is not a list of lengths such as 15,4,9")
    return [int(part) for part in parts]


def _input(text: str) -> tuple[str, str]:
    name, sign, file = text.partition("=")
    if not sign or not name or not file:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=FILE")
    return name, file


class Window(argparse.Namespace):
    """The window is wanted, perhaps with a file."""

    verb: str | None = None
    file: str | None = None


def parse(arguments: list[str]) -> argparse.Namespace | int:
    """What is wanted: a namespace with `verb` (None: the window, with `file`), or the exit status of an answer given."""
    first = arguments[0] if arguments else None
    try:
        if first is None or (first not in VERBS and not first.startswith("-")):
            return _window(arguments)
        return parser().parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2


def _window(arguments: list[str]) -> argparse.Namespace | int:
    if not arguments:
        return Window()
    if len(arguments) > 1:
        return _refuse(f"the window opens one FILE, and {len(arguments)} words were given")
    file = Path(arguments[0])
    if file.exists():
        return Window(file=str(file))
    close = difflib.get_close_matches(arguments[0], VERBS, n=1)
    if close and not file.suffix:
        return _refuse(f"there is no verb {arguments[0]}; did you mean {close[0]}?")
    return _refuse(f"there is no file {arguments[0]}, and no such verb")


def _refuse(sentence: str) -> int:
    print(
        f"seqloom: {sentence.rstrip('?')}{'?' if sentence.endswith('?') else '.'} Try seqloom --help.", file=sys.stderr
    )
    return 2
