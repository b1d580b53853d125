"""The verbs, answered one after the other with one start of TensorFlow."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.client.client import WorkerLost

if TYPE_CHECKING:
    from engine.cli.run import Draw

FINE, MODEL_ERRORS, WRONG_INPUT, ENGINE_FAILED = 0, 1, 2, 3


def answer(wanted: argparse.Namespace, draw: Draw) -> int:
    """Carries a verb out; the exit status of the contract. A traceback is shown with `--verbose` alone.

    Args:
        draw: the pictures of `run --plot`; the engine itself knows no Qt.
    """
    wanted.draw = draw
    try:
        return _carries_out(wanted.verb)(wanted)
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


def _carries_out(verb: str) -> Callable[[argparse.Namespace], int]:
    """The function of a verb's own module; only that one is loaded, since `doctor` works with nothing installed."""
    return getattr(importlib.import_module(f"engine.cli.{verb}"), verb)
