"""Several files in one call: each is read, asked about and answered by itself."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from engine.client.client import WorkerClient, WorkerLost
from engine.document.file import DocumentError, encode_document, load
from engine.graph.values import Json

Content = TypeVar("Content")
Ask = Callable[[WorkerClient, Content, Path], "tuple[Mapping[str, Any], int]"]
Show = Callable[[Mapping[str, Any]], str]
SUFFIX = ".seqloom"
OPEN_LATER = frozenset({".keras", ".h5", ".json", ".py"})


class EngineError(RuntimeError):
    """The engine could not answer; its text is one sentence."""


def answer_files(wanted: argparse.Namespace, ask: Ask[dict[str, Json]], show: Show) -> int:
    """Answers every document of a call, in order; the worst exit status.

    Args:
        ask: gives the answer of a document (without `file`) and its exit status.
        show: the answer as people read it.
    """
    return answer_each(wanted, read, ask, show)


def answer_each(
    wanted: argparse.Namespace, read_content: Callable[[str], Content], ask: Ask[Content], show: Show
) -> int:
    """Answers every file of a call, whatever is in it, in order; the worst exit status.

    Args:
        read_content: what `ask` takes of a file; raises a DocumentError where it cannot be read.
    """
    worst = 0
    with WorkerClient(verbose=wanted.verbose) as client:
        for name in wanted.files:
            answer, status = _answer(name, client, read_content, ask)
            worst = max(worst, status)
            if wanted.json:
                print(json.dumps({"file": name, **answer}, ensure_ascii=False), flush=True)
            elif "error" in answer:
                print(answer["error"], file=sys.stderr)
            else:
                print(show({"file": name, **answer}), flush=True)
    return worst


def _answer(
    name: str, client: WorkerClient, read_content: Callable[[str], Content], ask: Ask[Content]
) -> tuple[Mapping[str, Any], int]:
    try:
        return ask(client, read_content(name), Path(name))
    except DocumentError as error:
        return {"ok": False, "error": str(error)}, 2
    except EngineError as error:
        return {"ok": False, "error": str(error)}, 3
    except WorkerLost as error:
        client.start()
        return {"ok": False, "error": str(error)}, 3


def read(name: str) -> dict[str, Json]:
    """The document of a file, as the worker takes it.

    Raises:
        DocumentError: it cannot be read.
    """
    path = Path(name)
    if path.suffix.lower() in OPEN_LATER:
        raise DocumentError(f"{name} is no {SUFFIX} file; this version reads only those.")
    return encode_document(load(path))


def own_path(target: Path, wanted: argparse.Namespace, path: Path) -> Path:
    """Where something of one file goes; of several files each has its own."""
    return target if len(wanted.files) == 1 else target.with_stem(f"{target.stem}-{path.stem}")


def folder_of(path: Path) -> str:
    """Where a document's relative paths start."""
    return str(path.resolve().parent)
