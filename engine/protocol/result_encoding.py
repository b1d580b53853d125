"""Runs, traces and values as the body and arrays of a reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from engine.analysis.encoding import decode_diagnostic, encode_diagnostic
from engine.graph.values import Json, JsonObject, PortRef
from engine.protocol.messages import Array, Flags
from engine.protocol.port_facts import decode_facts, encode_facts
from engine.protocol.results import PortResult, PortValues, Preview, RunResult, SampleResult, Statistics, Trace
from engine.protocol.traced import TracedCell, TracedSignal

MASK, VALID, ARRAY, INITIAL = "mask:", "valid:", "array:", "initial:"
PREVIEW = ("image", "valid", "real", "leaves")


def encode_run(run: RunResult) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of a run."""
    arrays: dict[str, Array] = {}
    ports: list[Json] = []
    for ref, port in run.ports.items():
        if port.mask is not None:
            arrays[f"{MASK}{ref}"] = port.mask
        ports.append(
            {
                "block": ref.block,
                "port": ref.port,
                "shape": list(port.shape),
                "dtype": port.dtype,
                "mask_shape": _listed(port.mask_shape),
                "valid_lengths": _listed(port.valid_lengths),
                "facts": encode_facts(port.facts),
            }
        )
    inputs: dict[str, Json] = {}
    for block_id, sample in run.inputs.items():
        if sample.valid is not None:
            arrays[VALID + block_id] = sample.valid
        inputs[block_id] = {"shape": list(sample.shape), "dtype": sample.dtype, "labels": list(sample.labels)}
    body: dict[str, Json] = {
        "number": run.number,
        "revision": run.revision,
        "device": run.device,
        "ms": run.ms,
        "seed": run.seed,
        "inputs": inputs,
        "ports": ports,
        "traced": [_encode_cell(cell) for cell in run.traced.values()],
        "attended": list(run.attended),
        "parameters": run.parameters,
        "block_ms": dict(run.block_ms),
        "weights": dict(run.weights),
        "training": run.training,
        "diagnostics": [encode_diagnostic(diagnostic) for diagnostic in run.diagnostics],
    }
    return body, arrays


def _listed(values: tuple[int, ...] | None) -> list[Json] | None:
    return None if values is None else list(values)


def decode_run(content: JsonObject, arrays: Mapping[str, Array]) -> RunResult:
    """The run of a reply."""
    body = cast("dict[str, Any]", content)
    ports = {
        PortRef(entry["block"], entry["port"]): PortResult(
            shape=tuple(entry["shape"]),
            dtype=entry["dtype"],
            mask=_flags(arrays.get(f"{MASK}{entry['block']}/{entry['port']}")),
            mask_shape=_tupled(entry["mask_shape"]),
            valid_lengths=_tupled(entry["valid_lengths"]),
            facts=decode_facts(entry["facts"]),
        )
        for entry in body["ports"]
    }
    inputs = {
        block_id: SampleResult(
            tuple(entry["shape"]), entry["dtype"], _flags(arrays.get(VALID + block_id)), tuple(entry["labels"])
        )
        for block_id, entry in body["inputs"].items()
    }
    return RunResult(
        number=body["number"],
        revision=body["revision"],
        device=body["device"],
        ms=body["ms"],
        seed=body["seed"],
        inputs=inputs,
        ports=ports,
        traced={cell.key: cell for cell in map(_decode_cell, body["traced"])},
        attended=tuple(body["attended"]),
        parameters=body["parameters"],
        block_ms=body["block_ms"],
        weights=body["weights"],
        training=body["training"],
        diagnostics=tuple(decode_diagnostic(entry) for entry in body["diagnostics"]),
    )


def _flags(array: Array | None) -> Flags | None:
    return cast("Flags | None", array)


def _tupled(values: list[int] | None) -> tuple[int, ...] | None:
    return None if values is None else tuple(values)


def _encode_cell(cell: TracedCell) -> dict[str, Json]:
    signals: list[Json] = [
        {"name": signal.name, "axes": list(signal.axes), "sizes": list(signal.sizes)} for signal in cell.signals
    ]
    return {"block": cell.block, "path": cell.path, "kind": cell.kind, "signals": signals}


def _decode_cell(body: Mapping[str, Any]) -> TracedCell:
    block, path = body["block"], body["path"]
    signals = tuple(
        TracedSignal(block, path, one["name"], tuple(one["axes"]), tuple(one["sizes"])) for one in body["signals"]
    )
    return TracedCell(block, path, body["kind"], signals)


def encode_trace(trace: Trace) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of a trace."""
    arrays = {ARRAY + name: array for name, array in trace.arrays.items()}
    arrays |= {INITIAL + name: array for name, array in trace.initial.items()}
    arrays |= {"valid": trace.valid, "real": trace.real, "leaves": trace.leaves}
    arrays |= {} if trace.changes is None else {"changes": trace.changes}
    body: dict[str, Json] = {
        "run": trace.run,
        "cell": _encode_cell(trace.cell),
        "sequence": trace.sequence,
        "backwards": trace.backwards,
        "first": trace.first,
        "chosen": _listed(trace.chosen),
    }
    return body, arrays


def decode_trace(content: JsonObject, arrays: Mapping[str, Array]) -> Trace:
    """The trace of a reply."""
    body = cast("dict[str, Any]", content)
    return Trace(
        run=body["run"],
        cell=_decode_cell(body["cell"]),
        sequence=body["sequence"],
        valid=cast("Flags", arrays["valid"]),
        real=cast("Flags", arrays["real"]),
        leaves=cast("Flags", arrays["leaves"]),
        arrays=_named(arrays, ARRAY),
        initial=_named(arrays, INITIAL),
        backwards=body["backwards"],
        first=body["first"],
        chosen=_tupled(body["chosen"]),
        changes=_flags(arrays.get("changes")),
    )


def _named(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def encode_previews(previews: Sequence[Preview]) -> tuple[list[Json], dict[str, Array]]:
    """Body and arrays of previews."""
    arrays: dict[str, Array] = {}
    for preview in previews:
        for name in PREVIEW:
            arrays[f"{name}:{preview.key}"] = getattr(preview, name)
    return [preview.key for preview in previews], arrays


def decode_previews(keys: Sequence[str], arrays: Mapping[str, Array]) -> dict[str, Preview]:
    """The previews of a reply, by key."""
    return {key: Preview(key, *(cast("Flags", arrays[f"{name}:{key}"]) for name in PREVIEW)) for key in keys}


def encode_values(values: PortValues) -> tuple[dict[str, Json], dict[str, Array]]:
    """Body and arrays of the values of a port."""
    given = {"values": values.values, "valid": values.valid, "real": values.real}
    statistics = values.statistics
    body: dict[str, Json] = {
        "run": values.run,
        "block": values.port.block,
        "port": values.port.port,
        "sequence": values.sequence,
        "missing": values.missing,
        "labels": list(values.labels),
        "statistics": None if statistics is None else cast("Json", asdict(statistics)),
    }
    return body, {name: array for name, array in given.items() if array is not None}


def decode_values(content: JsonObject, arrays: Mapping[str, Array]) -> PortValues:
    """The values of a reply."""
    body = cast("dict[str, Any]", content)
    return PortValues(
        run=body["run"],
        port=PortRef(body["block"], body["port"]),
        sequence=body["sequence"],
        values=arrays.get("values"),
        valid=_flags(arrays.get("valid")),
        real=_flags(arrays.get("real")),
        statistics=None if body["statistics"] is None else Statistics(**body["statistics"]),
        missing=body["missing"],
        labels=tuple(body["labels"]),
    )
