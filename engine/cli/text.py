"""Answers as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.analysis.values import shape_text

MARKS = {"error": "✗", "warning": "!", "info": "·"}


def block_lines(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line a block: name, type, what leaves, mask, parameters."""
    rows = [_row(block) for block in blocks]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows
    ]


def _row(block: Mapping[str, Any]) -> tuple[str, str, str, str]:
    outputs = block["outputs"]
    if outputs is None:
        leaves = "not known"
    else:
        leaves = ", ".join((f"{name} " if len(outputs) > 1 else "") + _spec(spec) for name, spec in outputs.items())
    parameters = block.get("parameters")
    return block["name"], block["type"], leaves, f"{parameters:,}" if parameters else ""


def _spec(spec: Mapping[str, Any]) -> str:
    text = shape_text(tuple(spec["shape"]))
    lengths = spec.get("valid_lengths")
    if lengths:
        return f"{text} valid {_few(lengths)}"
    return f"{text} masked" if spec.get("mask") else text


def _few(lengths: Sequence[int], most: int = 8) -> str:
    shown = ", ".join(map(str, lengths[:most]))
    return f"[{shown}, … {len(lengths)} in all]" if len(lengths) > most else f"[{shown}]"


def problem_lines(diagnostics: Sequence[Mapping[str, Any]], blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each problem with its cause, Keras's first line and the fixes."""
    names = {block["id"]: block["name"] for block in blocks}
    lines: list[str] = []
    for diagnostic in diagnostics:
        lines.append(f"{MARKS[diagnostic['severity']]} {diagnostic['title']}")
        cause = diagnostic.get("cause")
        if cause and cause != diagnostic.get("block"):
            lines.append(f"    cause: {names.get(cause, cause)}")
        if diagnostic.get("detail"):
            lines.append(f"    {diagnostic['detail']}")
        if diagnostic.get("keras"):
            lines.append(f"    Keras: {diagnostic['keras'].splitlines()[0]}")
        lines.extend(f"    fix: {fix['title']}" for fix in diagnostic.get("fixes", ()))
    return lines


def leak_lines(leaks: Mapping[str, Any]) -> list[str]:
    """Whether padding changes the results, then each leaking block with its reason and fixes."""
    lines = [f"Does padding change the results? {leaks['sentence']}"]
    for leak in leaks["blocks"]:
        lines += [f"! {leak['title']}", f"    {leak['detail']}"]
        lines.extend(f"    fix: {fix['title']}" for fix in leak["fixes"])
    return lines
