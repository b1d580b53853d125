"""The verbs, answered one after the other with one start of TensorFlow."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable

from engine.cli.check import check
from engine.cli.doctor import doctor
from engine.cli.export import export
from engine.cli.layers import layers
from engine.cli.run import run
from engine.client.client import WorkerLost

FINE, MODEL_ERRORS, WRONG_INPUT, ENGINE_FAILED = 0, 1, 2, 3
VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "check": check,
    "run": run,
    "export": export,
    "layers": layers,
    "doctor": doctor,
}


def answer(wanted: argparse.Namespace) -> int:
    """Carries a verb out; the exit status of the contract. A traceback is shown with `--verbose` alone."""
    try:
        return VERBS[wanted.verb](wanted)
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except WorkerLost as error:
        print(error, file=sys.stderr)
    except Exception as error:  # our own mistake: one sentence, the rest with --verbose
        if wanted.verbose:
            traceback.print_exc()
        kind = type(error).__name__
        print(f"SeqLoom failed in {wanted.verb} ({kind}: {error}); --verbose shows where.", file=sys.stderr)
    return ENGINE_FAILED
