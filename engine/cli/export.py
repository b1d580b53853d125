"""`export FILE --to python|keras|weights`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import cast

from engine.cli.files import folder_of, read
from engine.client.client import WorkerClient
from engine.document.file import DocumentError
from engine.graph.values import Json

SUFFIXES = {"python": ".py", "keras": ".keras", "weights": ".weights.h5"}


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
        reply = client.request("export", body)
    if not reply.ok:
        print(reply.error, file=sys.stderr)
        return 3
    if not reply.body["ok"]:
        print(reply.body["message"], file=sys.stderr)
        return int(cast("int", reply.body["status"]))
    print(reply.body["message"])
    return 0
