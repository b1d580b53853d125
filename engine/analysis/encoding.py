"""An analysis as JSON and back: exactly what `check --json` prints, and what the worker answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from engine.analysis.values import Analysis, BlockAnalysis, Diagnostic, Fix, TensorSpec
from engine.document.edit_encoding import decode_edit, encode_edit
from engine.graph.values import Block, Json, JsonObject, PortRef


def encode_analysis(analysis: Analysis, blocks: Sequence[Block]) -> dict[str, Json]:
    """The analysis as JSON.

    Args:
        blocks: those of the document, for their names and types.
    """
    return {
        "ok": analysis.ok,
        "complete": analysis.complete,
        "keras": analysis.keras,
        "parameters": analysis.parameters,
        "blocks": [
            encode_block_analysis(block, analysis.blocks[block.id]) for block in blocks if block.id in analysis.blocks
        ],
        "outputs": [[port.block, port.port] for port in analysis.outputs],
        "diagnostics": [encode_diagnostic(diagnostic) for diagnostic in analysis.diagnostics],
    }


def decode_analysis(content: JsonObject) -> Analysis:
    """The analysis from JSON.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    whole = cast("Mapping[str, Any]", content)
    return Analysis(
        complete=bool(whole.get("complete", True)),
        keras=str(whole["keras"]),
        parameters=int(whole["parameters"]),
        blocks={str(block["id"]): decode_block_analysis(block) for block in whole["blocks"]},
        outputs=tuple(PortRef(str(block), str(port)) for block, port in whole["outputs"]),
        diagnostics=tuple(decode_diagnostic(diagnostic) for diagnostic in whole["diagnostics"]),
    )


def encode_block_analysis(block: Block, analysis: BlockAnalysis) -> dict[str, Json]:
    """One block as JSON."""
    return {
        "id": block.id,
        "name": block.name,
        "type": block.type,
        "parameters": analysis.parameters,
        "inputs": {
            port: encode_spec(spec) if isinstance(spec, TensorSpec) else [encode_spec(member) for member in spec]
            for port, spec in analysis.inputs.items()
        },
        "outputs": None
        if analysis.outputs is None
        else {port: encode_spec(spec) for port, spec in analysis.outputs.items()},
        "mask": analysis.mask,
        **({"mask_from": list(analysis.mask_from)} if analysis.mask_from else {}),
        **({"mask_warned": True} if analysis.mask_warned else {}),
        "weights": [[name, list(shape)] for name, shape in analysis.weights],
    }


def decode_block_analysis(content: Mapping[str, Any]) -> BlockAnalysis:
    """One block from JSON."""
    outputs = content["outputs"]
    return BlockAnalysis(
        inputs={
            port: tuple(map(decode_spec, cast("list[Mapping[str, Any]]", spec)))
            if isinstance(spec, list)
            else decode_spec(spec)
            for port, spec in content["inputs"].items()
        },
        outputs=None if outputs is None else {port: decode_spec(spec) for port, spec in outputs.items()},
        parameters=content["parameters"],
        weights=tuple((str(name), tuple(shape)) for name, shape in content.get("weights", ())),
        mask=content["mask"],
        mask_from=tuple(content.get("mask_from", ())),
        mask_warned=bool(content.get("mask_warned")),
    )


def encode_spec(spec: TensorSpec) -> dict[str, Json]:
    """A tensor as JSON."""
    encoded: dict[str, Json] = {"shape": list(spec.shape), "dtype": spec.dtype, "mask": spec.mask}
    if spec.axes:
        encoded["axes"] = list(spec.axes)
    if spec.time is not None:
        encoded["time"] = spec.time
    if spec.sizes:
        encoded["sizes"] = list(spec.sizes)
    return encoded


def decode_spec(content: Mapping[str, Any]) -> TensorSpec:
    """A tensor from JSON."""
    return TensorSpec(
        tuple(content["shape"]),
        str(content["dtype"]),
        bool(content["mask"]),
        content.get("time"),
        tuple(content.get("axes", ())),
        tuple(content.get("sizes", ())),
    )


def encode_diagnostic(diagnostic: Diagnostic) -> dict[str, Json]:
    """A diagnostic as JSON; `port` and `keras` are null where there is none."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "stage": diagnostic.stage,
        "block": diagnostic.block or None,
        "port": diagnostic.port or None,
        "cause": diagnostic.cause or diagnostic.block or None,
        "title": diagnostic.title,
        "detail": diagnostic.detail,
        "keras": diagnostic.keras or None,
        "fixes": [encode_fix(fix) for fix in diagnostic.fixes],
        **({"checking": True} if diagnostic.checking else {}),
    }


def decode_diagnostic(content: Mapping[str, Any]) -> Diagnostic:
    """A diagnostic from JSON."""
    block = content["block"] or ""
    cause = content.get("cause") or ""
    return Diagnostic(
        code=str(content["code"]),
        severity=content["severity"],
        stage=content["stage"],
        block=block,
        title=str(content["title"]),
        detail=str(content.get("detail") or ""),
        port=content.get("port") or "",
        cause="" if cause == block else cause,
        keras=content.get("keras") or "",
        fixes=tuple(decode_fix(fix) for fix in content.get("fixes", ())),
        checking=bool(content.get("checking")),
    )


def encode_fix(fix: Fix) -> dict[str, Json]:
    """A fix as JSON."""
    return {"title": fix.title, "edits": [encode_edit(edit) for edit in fix.edits]}


def decode_fix(content: Mapping[str, Any]) -> Fix:
    """A fix from JSON."""
    return Fix(str(content["title"]), tuple(decode_edit(edit) for edit in content["edits"]))
