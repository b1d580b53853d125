"""`export FILE --to python|keras|weights`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import cast

from engine.cli.files import folder_of, read
from engine.client.client import WorkerClient
from engine.document.file import DocumentError
from engine.graph.values import Json

SUFFIXES = {"python": ".py", "keras": ".keras", "weights": ".weights.h5"}
LONG_S = 5.0
"""After so long an export says what it is doing."""


class _Steps:
    """Says on standard error what a long export is doing, each step once."""

    def __init__(self) -> None:
        self._started, self._said = time.monotonic(), set[str]()

    def tell(self, fraction: float | None, text: str) -> None:
        """Notes progress; a fraction belongs to a pass, whose blocks are too many to be named."""
        if fraction is None and text not in self._said and time.monotonic() - self._started > LONG_S:
            self._said.add(text)
            print(f"{text} …", file=sys.stderr, flush=True)


def export(wanted: argparse.Namespace) -> int:
    """Answers `export`."""
    source = Path(wanted.files[0])
    target = cast("Path", wanted.output or source.with_suffix(SUFFIXES[wanted.to]))
    try:
        document = read(str(source))
    except DocumentError as error:
        print(error, file=sys.stderr)
        return 2
    if target.is_dir():
        print(f"{target} is a folder: name the file to write with -o.", file=sys.stderr)
        return 2
    body: dict[str, Json] = {
        "document": document,
        "folder": folder_of(source),
        "to": wanted.to,
        "style": wanted.style,
        "verify": wanted.verify,
        "path": str(target.resolve()),
    }
    with WorkerClient(verbose=wanted.verbose) as client:
        reply = client.request("export", body, progress=_Steps().tell)
    if not reply.ok:
        print(reply.error, file=sys.stderr)
        return 3
    if not reply.body["ok"]:
        print(reply.body["message"], file=sys.stderr)
        return int(cast("int", reply.body["status"]))
    print(reply.body["message"])
    return 0
