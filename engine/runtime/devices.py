"""Devices as people name them: `cpu`, `gpu:0`."""

from __future__ import annotations

from dataclasses import dataclass

from engine.analysis.values import Diagnostic
from engine.runtime.environment import tensorflow

CPU = "cpu"


@dataclass(frozen=True)
class Chosen:
    """The device that is used, and a warning where it is not the one that was wanted."""

    name: str
    tensorflow_name: str
    diagnostic: Diagnostic | None = None


def device_names() -> tuple[str, ...]:
    """`cpu`, and every further logical device that TensorFlow lists, such as `gpu:0` (or `cpu:1`)."""
    names = [device.name.split("device:")[-1].lower() for device in tensorflow.config.list_logical_devices()]
    return tuple(CPU if name == "cpu:0" else name for name in names if name.startswith(("cpu", "gpu")))


def is_cpu(chosen: Chosen) -> bool:
    """A CPU, whichever: what is computed there is done when the call returns."""
    return chosen.name.startswith(CPU)


def is_gpu(wanted: str) -> bool:
    """A GPU was asked for, whether there is one or not."""
    return wanted.lower().removeprefix("/").startswith("gpu")


def choose_device(wanted: str) -> Chosen:
    """The wanted device, or the CPU with a sentence."""
    name = wanted.lower().removeprefix("/") or CPU
    name = {"cpu:0": CPU, "gpu": "gpu:0"}.get(name, name)
    present = device_names()
    if name in present:
        return Chosen(name, tensorflow_name(name))
    title = f"There is no device {wanted} here, so the CPU was used"
    detail = f"TensorFlow lists {', '.join(present)}."
    return Chosen(CPU, tensorflow_name(CPU), Diagnostic("device.absent", "warning", "run", "", title, detail))


def fallback(failed: Chosen, error: Exception) -> Chosen:
    """The CPU, after a device failed or was full."""
    title = f"{failed.name} could not run the model, so the CPU was used"
    first = (str(error).strip().splitlines() or [""])[0][:200] or type(error).__name__
    diagnostic = Diagnostic("device.failed", "warning", "run", "", title, f"TensorFlow says: {first}")
    return Chosen(CPU, tensorflow_name(CPU), diagnostic)


def tensorflow_name(name: str) -> str:
    """TensorFlow's way to say it: `/CPU:0`."""
    kind, _, number = name.partition(":")
    return f"/{kind.upper()}:{number or 0}"
