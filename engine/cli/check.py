"""`check FILE…`: shapes, masks, parameters, diagnostics."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from engine.cli.files import EngineError, answer_files, folder_of
from engine.cli.text import block_lines, leak_lines, problem_lines
from engine.client.client import WorkerClient
from engine.graph.values import Json


def check(wanted: argparse.Namespace) -> int:
    """Answers `check`."""

    def ask(client: WorkerClient, document: dict[str, Json], path: Path) -> tuple[Mapping[str, Any], int]:
        body: dict[str, Json] = {"document": document, "probe": wanted.probe, "folder": folder_of(path)}
        reply = client.request("analyse", body)
        if not reply.ok:
            raise EngineError(reply.error)
        analysis = cast("Mapping[str, Any]", reply.body["analysis"])
        leaks = {"leaks": _leaks(client, body)} if wanted.leaks else {}
        return {**analysis, **leaks}, 0 if analysis["ok"] else 1

    return answer_files(wanted, ask, as_text)


def _leaks(client: WorkerClient, body: dict[str, Json]) -> Json:
    reply = client.request("leaks", body)
    if not reply.ok:
        raise EngineError(reply.error)
    return reply.body["leaks"]


def as_text(answer: Mapping[str, Any]) -> str:
    """The answer as people read it."""
    head = f"{answer['file']}: {'fine' if answer['ok'] else 'has errors'}, {answer['parameters']:,} parameters"
    lines = [head, *block_lines(answer["blocks"]), *problem_lines(answer["diagnostics"], answer["blocks"])]
    return "\n".join([*lines, *(leak_lines(answer["leaks"]) if "leaks" in answer else ())])
