"""`check FILE…`: shapes, masks, parameters, diagnostics."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from engine.cli.files import EngineError, answer_files, folder_of
from engine.cli.text import block_lines, leak_lines, problem_lines
from engine.client.client import WorkerClient
from engine.document.file import decode_document
from engine.graph.values import Json
from engine.remembered.key import analysis_key
from engine.remembered.store import Store


def check(wanted: argparse.Namespace) -> int:
    """Answers `check`."""

    store = Store()

    def ask(client: WorkerClient, document: dict[str, Json], path: Path) -> tuple[Mapping[str, Any], int]:
        body: dict[str, Json] = {
            "document": document, "probe": wanted.probe, "folder": folder_of(path), "keep": True,
        }  # fmt: skip
        key = analysis_key(decode_document(document), path.resolve().parent, probe=wanted.probe)
        analysis = _remembered(store, key) or _asked(client, body)
        leaks = {"leaks": _leaks(client, body)} if wanted.leaks else {}
        return {**analysis, **leaks}, 0 if analysis["ok"] else 1

    return answer_files(wanted, ask, as_text)


def _remembered(store: Store, key: str) -> Mapping[str, Any] | None:
    """What an earlier call was answered, without TensorFlow."""
    known = store.get(key)
    return {**known, "remembered": True} if known is not None else None


def _asked(client: WorkerClient, body: dict[str, Json]) -> Mapping[str, Any]:
    reply = client.request("analyse", body)
    if not reply.ok:
        raise EngineError(reply.error)
    return cast("Mapping[str, Any]", reply.body["analysis"])


def _leaks(client: WorkerClient, body: dict[str, Json]) -> Json:
    reply = client.request("leaks", body)
    if not reply.ok:
        raise EngineError(reply.error)
    return reply.body["leaks"]


def as_text(answer: Mapping[str, Any]) -> str:
    """The answer as people read it."""
    remembered = ", remembered" if answer.get("remembered") else ""
    fine = "fine" if answer["ok"] else "has errors"
    head = f"{answer['file']}: {fine}, {answer['parameters']:,} parameters{remembered}"
    lines = [head, *block_lines(answer["blocks"]), *problem_lines(answer["diagnostics"], answer["blocks"])]
    return "\n".join([*lines, *(leak_lines(answer["leaks"]) if "leaks" in answer else ())])
