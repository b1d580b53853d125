"""Export: Python that was executed and compared before it is put in place, and `.keras` made by that same Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.analysis.values import Analysis
from engine.catalog.snapshot import load_snapshot
from engine.codegen.python import NotSequentialError, python_source
from engine.document.file import write_whole
from engine.document.values import Document
from engine.graph.values import Json
from engine.plan.lower import lower
from engine.plan.values import Construct, Plan
from engine.protocol.messages import Array
from engine.protocol.work import Work
from engine.runtime.arrays import write_npz
from engine.runtime.assemble import AssembledModel, Assembler, AssemblyError
from engine.runtime.forward import forward, watched
from engine.runtime.sample import Overrides, SampleError, draw_sample
from engine.runtime.weights.file import weights_path

TOLERANCE = 1e-5
MODEL_ERRORS, ENGINE_FAILED = 1, 3
FEW_SEQUENCES = 3
MANY_STEPS = 200
"""From here on a `.keras` file is made functional: Keras reads a Sequential in quadratic time, a thousand layers in minutes."""
TIMEOUT_S = 600.0
POLL_S = 0.05
FILES = {"keras": "model.keras", "weights": "model.weights.h5"}
CHILD = Path(__file__).with_name("fresh_process.py")


@dataclass(frozen=True)
class Compared:
    """The largest difference between engine and fresh process; `why` it must not be written; the file's bytes."""

    difference: float = 0.0
    why: str = ""
    file: bytes = b""


class ExportError(RuntimeError):
    """The export failed on our side or the machine's; the text is one sentence."""


@dataclass(frozen=True)
class ExportOptions:
    """What is written: `python`, `keras` or `weights`, the style of the code, whether it is executed and compared first.

    Files of Keras are made by the exported Python, so their layers have the blocks' names; they are always compared.
    """

    to: str = "python"
    style: Any = "auto"
    verify: bool = True
    folder: Path | None = None


def export(document: Document, path: Path, analysis: Analysis, options: ExportOptions, work: Work) -> dict[str, Json]:
    """Writes a model; what is wrong with it is in the answer.

    Returns:
        `ok`, a `message` for people, the exit `status`, the largest `difference`.

    Raises:
        ExportError: the file cannot be written.
    """
    file = FILES.get(options.to, "")
    errors = [diagnostic.title for diagnostic in analysis.diagnostics if diagnostic.severity == "error"]
    plan = lower(document, load_snapshot())
    if errors or plan.left_out or not plan.outputs:
        why = errors[0] if errors else "it has no output yet"
        return _refused(f"Nothing was written: the model cannot be built ({why}).", MODEL_ERRORS)
    try:
        fed = draw_sample(document, options.folder, Overrides())
        functional = file and options.style == "auto" and len(plan.steps) > MANY_STEPS
        style = "functional" if functional else options.style
        source = python_source(plan, load_snapshot(), style=style, sizes=_sizes(fed), weights=document.weights)
        if not options.verify and not file:
            write_whole(path, source.text.encode())
            return _written(path, "It was not run (--no-verify).", None)
        work.progress(None, "building the model")
        weights = weights_path(document, options.folder)
        assembled = Assembler(load_snapshot()).assemble(plan, document.seed, weights=weights)
        feeds = _few(fed, plan)
        compared = _compare(source.text, assembled, feeds, file, work)
        if compared.why:
            return _refused(f"Nothing was written: {compared.why}.", ENGINE_FAILED)
        write_whole(path, compared.file if file else source.text.encode())
    except NotSequentialError as error:
        return _refused(str(error), MODEL_ERRORS)
    except SampleError as error:
        return _refused(f"Nothing was written: {error.diagnostic.title}. {error.diagnostic.detail}", MODEL_ERRORS)
    except AssemblyError as error:
        return _refused(f"Nothing was written: the model cannot be built ({error.message}).", MODEL_ERRORS)
    except OSError as error:
        raise ExportError(f"{path} cannot be written ({error.strerror or error}); the old file is as it was.") from None
    difference = compared.difference
    minded = "".join(f" Mind: {problem.title}." for problem in assembled.loaded.problems if problem.block)
    return _written(path, f"Run in a fresh process: largest difference {difference:.1e}.{minded}", difference)


def _refused(message: str, status: int) -> dict[str, Json]:
    return {"ok": False, "message": message, "status": status, "difference": None}


def _written(path: Path, how: str, difference: float | None) -> dict[str, Json]:
    return {
        "ok": True,
        "message": f"Wrote {path.name}. {how}",
        "status": 0,
        "path": str(path),
        "difference": difference,
    }


def _sizes(fed: Mapping[str, Any]) -> tuple[int, int]:
    shapes = [f.values.shape for f in fed.values()]
    batch = min((shape[0] for shape in shapes), default=2)
    steps = max((shape[1] for shape in shapes if len(shape) > 1), default=10)
    return max(min(batch, 2), 1), steps


def _few(fed: Mapping[str, Any], plan: Plan) -> dict[str, Array]:
    """The first few sequences: enough to compare, quick to run; all steps, since some layers need a certain length."""
    fixed = any("batch_shape" in getattr(step, "arguments", {}) for step in plan.steps)
    return {block: f.values if fixed else f.values[:FEW_SEQUENCES] for block, f in fed.items()}


def _compare(text: str, assembled: AssembledModel, feeds: Mapping[str, Array], file: str, work: Work) -> Compared:
    """Runs the text in a fresh process on the engine's weights and sample; it makes the file too, where one is named."""
    ours = forward(watched(assembled), feeds, work)
    if ours.error is not None:
        first = str(ours.error).splitlines()[0]
        return Compared(why=f"the model fails when data runs through it ({first})")
    outputs = {f"output{at}": np.asarray(ours.values[port]) for at, port in enumerate(assembled.plan.outputs)}
    with tempfile.TemporaryDirectory(prefix="seqloom-export-") as name:
        folder = Path(name)
        (folder / "model.py").write_text(text, encoding="utf-8")
        write_npz(folder / "weights.npz", weights_of(assembled))
        write_npz(folder / "inputs.npz", {f"input{at}": feeds[b] for at, b in enumerate(assembled.plan.inputs)})
        write_npz(folder / "expected.npz", outputs)
        answer = _fresh_process(folder, file, work)
        if "error" in answer:
            return Compared(why=f"the exported code does not run ({answer['error']})")
        difference = float(answer["difference"])
        if not difference <= TOLERANCE:
            why = f"the exported code computes other numbers (largest difference {difference:.1e})"
            return Compared(difference, why)
        return Compared(difference, file=(folder / file).read_bytes() if file else b"")


def weights_of(assembled: AssembledModel) -> dict[str, Array]:
    """Arrays named by the layer's place among the plan's constructions and the weight's place in the layer."""
    arrays: dict[str, Array] = {}
    constructs = [step for step in assembled.plan.steps if isinstance(step, Construct)]
    for place, step in enumerate(constructs):
        for number, weight in enumerate(assembled.layers[step.block].get_weights()):
            arrays[f"{place}/{number}"] = weight
    return arrays


def _fresh_process(folder: Path, file: str, work: Work) -> dict[str, Any]:
    """Runs the exported module in an interpreter of its own, isolated from ours and from the user's settings."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_HOME": str(folder), "KERAS_BACKEND": "tensorflow"}
    command = [sys.executable, "-I", str(CHILD), str(folder), *([file] if file else [])]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    started = time.monotonic()
    try:
        while process.poll() is None:
            work.check()
            work.progress(None, "running the exported code in a fresh process")
            if time.monotonic() - started > TIMEOUT_S:
                return {"error": f"it took longer than {TIMEOUT_S:.0f} s"}
            time.sleep(POLL_S)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    answer = folder / "answer.json"
    if not answer.exists():
        return {"error": f"its process ended with exit status {process.returncode}"}
    return json.loads(answer.read_text(encoding="utf-8"))
