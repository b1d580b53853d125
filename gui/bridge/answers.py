"""Answers of the worker that are values of the window alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.analysis.encoding import decode_analysis
from engine.analysis.values import Analysis
from engine.protocol.messages import Reply
from engine.protocol.result_encoding import decode_previews, decode_run
from engine.protocol.results import Preview, RunResult


@dataclass(frozen=True)
class Exported:
    """The answer to an export: a sentence, and whether it was written."""

    ok: bool
    message: str


@dataclass(frozen=True)
class Glanced:
    """What is known of a document that is not the open one; the previews are of its first sequence."""

    name: str
    analysis: Analysis
    run: RunResult
    previews: Mapping[str, Preview]


def glanced(body: Mapping[str, Any], reply: Reply) -> Glanced:
    """The answer to a `glance`."""
    run, previews = decode_run(body["run"], reply.arrays), decode_previews(body["previews"], reply.arrays)
    return Glanced(str(body["name"]), decode_analysis(body["analysis"]), run, previews)
