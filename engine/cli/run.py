"""`run FILE…`: a forward pass."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from engine.analysis.encoding import decode_analysis, encode_diagnostic
from engine.analysis.values import Analysis
from engine.cli.files import EngineError, answer_files, folder_of, own_path
from engine.cli.text import block_lines, problem_lines
from engine.client.client import WorkerClient
from engine.document.file import DocumentError, write_whole
from engine.graph.values import Json, JsonObject, PortRef
from engine.protocol.messages import Reply, Verb
from engine.protocol.result_encoding import decode_run
from engine.protocol.results import PortResult, RunResult

Draw = Callable[[Path, Analysis, RunResult, "Callable[[Verb, JsonObject], Reply]", str], "Iterable[tuple[str, bytes]]"]
"""Draws the file of a run: see `gui.pictures.headless.draw`."""


def run(wanted: argparse.Namespace) -> int:
    """Answers `run`."""

    def ask(client: WorkerClient, document: dict[str, Json], path: Path) -> tuple[Mapping[str, Any], int]:
        reply = client.request("run", _body(wanted, document, path))
        if not reply.ok:
            raise EngineError(reply.error)
        result = decode_run(cast("Mapping[str, Json]", reply.body["run"]), reply.arrays)
        answer = answer_of(result, reply, document)
        if wanted.plot is not None:
            target = own_path(wanted.plot, wanted, path)
            analysis = decode_analysis(cast("JsonObject", reply.body["analysis"]))
            pictures = wanted.draw(path, analysis, result, client.request, target.suffix.lower())
            answer["plots"] = [str(written) for written in _write(pictures, target)]
        return answer, 0 if result.ok else 1

    return answer_files(wanted, ask, as_text)


def _write(pictures: Iterable[tuple[str, bytes]], target: Path) -> Iterator[Path]:
    """Writes each picture as soon as it is drawn; what it shows is a part of its file's name.

    Raises:
        DocumentError: it cannot be written.
    """
    for name, content in pictures:
        path = target.with_stem(f"{target.stem}-{name}") if name else target
        try:
            write_whole(path, content)
        except OSError as error:
            raise DocumentError(f"{path} cannot be written ({error.strerror or error}).") from None
        yield path


def _body(wanted: argparse.Namespace, document: dict[str, Json], path: Path) -> dict[str, Json]:
    body: dict[str, Json] = {
        "document": document,
        "folder": folder_of(path),
        "device": wanted.device,
        "batch": wanted.batch,
        "timesteps": wanted.timesteps,
        "lengths": wanted.lengths,
        "padding": wanted.padding,
        "seed": wanted.seed,
        "training": wanted.training,
        "inputs": {name: _absolute(file) for name, file in wanted.input or ()},
        "analysis": True,
    }
    if wanted.traces is not None:
        body["traces"] = str(own_path(wanted.traces, wanted, path).resolve())
    return body


def _absolute(file: str) -> str:
    """A file of the command line is relative to where the command was given, not to the document."""
    name, sign, member = file.partition("#")
    return str(Path(name).resolve()) + sign + member


def answer_of(result: RunResult, reply: Reply, document: Mapping[str, Any]) -> dict[str, Any]:
    """The contract's answer: the blocks of `check` with concrete shapes and valid lengths."""
    analysis = cast("Mapping[str, Any]", reply.body["analysis"])
    return {
        "ok": result.ok,
        "keras": analysis["keras"],
        "parameters": result.parameters or analysis["parameters"],
        "device": result.device,
        "ms": result.ms,
        "seed": result.seed,
        "weights": _weights(result, document),
        "training": result.training,
        "sample": _sample(result, document),
        "blocks": [_with_results(block, result, document) for block in analysis["blocks"]],
        "outputs": analysis["outputs"],
        "diagnostics": [encode_diagnostic(diagnostic) for diagnostic in result.diagnostics],
    }


def _weights(result: RunResult, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The file, and what it calls the layer that each block took its weights from; None: all are seeded."""
    return {"file": document["weights"], "blocks": dict(result.weights)} if document.get("weights") else None


def _sample(result: RunResult, document: Mapping[str, Any]) -> dict[str, Any]:
    names = {block["id"]: block["name"] for block in document["blocks"]}
    inputs: dict[str, Any] = {}
    for block, fed in result.inputs.items():
        lengths = None if fed.valid is None else [int(count) for count in fed.valid.sum(axis=1)]
        inputs[names[block]] = {"shape": list(fed.shape), "dtype": fed.dtype, "lengths": lengths}
    batch = next((fed.shape[0] for fed in result.inputs.values()), None)
    return {"batch": batch, "inputs": inputs}


def _with_results(block: Mapping[str, Any], result: RunResult, document: Mapping[str, Any]) -> dict[str, Any]:
    outputs = {ref.port: port for ref, port in result.ports.items() if ref.block == block["id"]}
    if not outputs:
        return {**block, "ms": None}
    ms = result.block_ms.get(block["id"])
    told: Mapping[str, Any] = block["outputs"] or {}
    return {
        **block,
        "ms": None if ms is None else round(ms, 3),
        "inputs": {name: _arrived(name, told, block["id"], result, document) for name, told in block["inputs"].items()},
        "outputs": {
            name: {
                **told.get(name, {}),
                "shape": list(port.shape),
                "dtype": port.dtype,
                "mask": port.mask_shape is not None,
                "valid_lengths": None if port.valid_lengths is None else list(port.valid_lengths),
                **({"mask_shape": list(port.mask_shape)} if port.mask_shape and port.mask is None else {}),
            }
            for name, port in outputs.items()
        },
    }


def _arrived(port: str, told: Any, block: str, result: RunResult, document: Mapping[str, Any]) -> Any:
    """An input with the shape that arrived; a growing port has a list, in the order of its wires."""
    sources = [PortRef(*wire["from"]) for wire in document["wires"] if tuple(wire["to"]) == (block, port)]
    arrived = [result.ports.get(source) for source in sources]

    def concrete(spec: Mapping[str, Any], given: PortResult | None) -> dict[str, Any]:
        if given is None:
            return dict(spec)
        return {**spec, "shape": list(given.shape), "mask": given.mask_shape is not None}

    if isinstance(told, list):
        members = cast("list[Mapping[str, Any]]", told)
        return [concrete(spec, given) for spec, given in zip(members, arrived, strict=False)]
    return concrete(told, arrived[0]) if arrived else told


def as_text(answer: Mapping[str, Any]) -> str:
    """The answer as people read it."""
    mode = " in training mode" if answer["training"] else ""
    took = "not run" if answer["ms"] is None else f"{answer['ms']:.1f} ms on {answer['device']}{mode}"
    head = f"{answer['file']}: {'fine' if answer['ok'] else 'has errors'}, {answer['parameters']:,} parameters, {took}"
    plots = [f"drawn: {', '.join(answer['plots'])}"] if answer.get("plots") else []
    problems = problem_lines(answer["diagnostics"], answer["blocks"])
    return "\n".join([head, *block_lines(answer["blocks"]), *problems, *plots])
