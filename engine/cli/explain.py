"""`explain TEXT…`: what a pasted text says, the model, the cause, fixes that were tried."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from engine.cli.files import SUFFIX, EngineError, answer_each, own_path
from engine.cli.text import block_lines, problem_lines
from engine.client.client import WorkerClient
from engine.document.file import DocumentError, decode_document, save
from engine.importing.values import LARGEST_TEXT

STANDARD_INPUT = "-"


def explain(wanted: argparse.Namespace) -> int:
    """Answers `explain`."""

    def ask(client: WorkerClient, text: str, path: Path) -> tuple[Mapping[str, Any], int]:
        reply = client.request("explain", {"text": text})
        if not reply.ok:
            raise EngineError(reply.error)
        answer = cast("Mapping[str, Any]", reply.body)
        if "error" in answer:
            raise DocumentError(f"{_called(str(path))}: {answer['error']}")
        if wanted.output is not None:
            save(decode_document(answer["document"]), _output(wanted, path))
        return answer, 0 if answer["ok"] else 1

    return answer_each(wanted, read_text, ask, as_text)


def read_text(name: str) -> str:
    """The text of a file, or of standard input for `-`.

    Raises:
        DocumentError: it cannot be read.
    """
    try:
        if name == STANDARD_INPUT:
            content = sys.stdin.buffer.read(LARGEST_TEXT + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise DocumentError(f"{name} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    if len(content) > LARGEST_TEXT:
        raise DocumentError(
            f"{_called(name)} is larger than {LARGEST_TEXT >> 20} MiB, the most that is read of a text."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{_called(name)} is no UTF-8 text (byte {error.start}).") from None


def _called(name: str) -> str:
    return "standard input" if name == STANDARD_INPUT else name


def _output(wanted: argparse.Namespace, path: Path) -> Path:
    """Where the document goes."""
    target = cast("Path", wanted.output)
    return own_path(target if target.suffix else target.with_suffix(SUFFIX), wanted, path)


def as_text(answer: Mapping[str, Any]) -> str:
    """The answer as people read it."""
    check = answer["check"]
    state = "fine" if answer["ok"] else "has errors"
    lines = [f"{_called(answer['file'])}: {answer['kind']}; the model {state}, {check['parameters']:,} parameters"]
    if answer["message"] is not None:
        lines.append(_message_line(answer["message"], check["keras"]))
    lines += [*block_lines(check["blocks"]), *problem_lines(check["diagnostics"], check["blocks"])]
    names = {block["id"]: block["name"] for block in check["blocks"]}
    lines += [_assumed_line(assumed, names) for assumed in answer["assumed"]]
    lines += [f"- left out, line {left['line']}: {left['text']} ({left['reason']})" for left in answer["skipped"]]
    return "\n".join(lines)


def _message_line(message: Mapping[str, Any], keras: str) -> str:
    said = "says the same of this model" if message["reproduced"] else "does not say this of the model as it is drawn"
    first = " ".join(str(message["text"]).split())[:160]
    return f"  Keras {keras} {said}: {first}"


def _assumed_line(assumed: Mapping[str, Any], names: Mapping[str, str]) -> str:
    what = "the whole block" if assumed["argument"] is None else f"{assumed['argument']} = {assumed['value']}"
    return f"? assumed in {names.get(assumed['block'], assumed['block'])}: {what} ({assumed['reason']})"
