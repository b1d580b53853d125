"""A `.weights.h5` or `.keras` file of a stranger, as the layers whose weights it holds. Nothing in it is ever executed."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import h5py

from engine.analysis.values import Diagnostic, Fix
from engine.document.edits import SetWeights
from engine.document.values import Document
from engine.protocol.messages import Array
from engine.runtime.environment import keras
from engine.runtime.fed import SampleError
from engine.runtime.weights.arrays import (
    LARGEST_BYTES,
    MOST_TIMES_STORED,
    NAME,
    SMALL_BYTES,
    UnsafeFileError,
    datasets,
    text_of,
    values_of,
)

VARS = "vars"
MOST_MEMBERS, LARGEST_CONFIG, DEEPEST_CONFIG = 4096, 64 * 1024**2, 16
CONFIG, WEIGHTS = "config.json", "model.weights.h5"
SEEDED = Fix("use seeded weights", (SetWeights(""),))
Shape = tuple[int, ...]


class WeightsError(SampleError):
    """A weights file that cannot be read: a title and a sentence on what, where, remedy."""

    def __init__(self, title: str, detail: str) -> None:
        super().__init__("weights.file", "", title, detail)
        self.diagnostic = Diagnostic("weights.file", "error", "input", "", title, detail, fixes=(SEEDED,))


@dataclass(frozen=True)
class StoredLayer:
    """One layer of a weights file.

    Attributes:
        key: where it lies, as Keras numbers it: `layers/lstm_1`.
        name: the layer's own name, empty where the file does not tell it.
        shapes: of its arrays, by path below the key: `cell/vars/0`.
    """

    key: str
    name: str
    shapes: Mapping[str, Shape]

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.key.rpartition("/")[2]


@dataclass(frozen=True)
class WeightsFile:
    """What a weights file holds; arrays are read when they are asked for.

    Attributes:
        stamp: path, size and time: it changes when the file does.
        layers: those with weights, in the order of the model they were saved from, as far as it is known.
    """

    path: Path
    stamp: str
    layers: tuple[StoredLayer, ...]

    def arrays(self, layer: StoredLayer) -> dict[str, Array]:
        """The arrays of one layer, by path below its key.

        Raises:
            WeightsError: the file has changed meanwhile.
        """
        with _opened(self.path) as (root, _):
            found = {path: dataset for path, dataset in datasets(root) if path.startswith(f"{layer.key}/")}
            return {path.removeprefix(f"{layer.key}/"): values_of(dataset) for path, dataset in found.items()}


def weights_path(document: Document, folder: Path | None) -> Path | None:
    """The file with a document's trained weights; None: it names none."""
    return (folder or Path()) / document.weights if document.weights else None


def stamp_of(path: Path) -> str:
    """Path, size and time of a file; a missing one has no size."""
    try:
        found = path.stat()
    except OSError:
        return f"{path}: none"
    return f"{path}: {found.st_size}, {found.st_mtime_ns}"


def read_weights(path: Path) -> WeightsFile:
    """What a weights file holds.

    Raises:
        WeightsError: it cannot be read, is no weights file, or is a trap.
    """
    stamp = stamp_of(path)
    with _opened(path) as (root, names):
        shapes = {where: tuple(dataset.shape) for where, dataset in datasets(root) if f"/{VARS}/" in f"/{where}"}
        layers = _layers(root, shapes, names)
    if not layers:
        raise WeightsError(f"{path.name} holds no weights of layers", "Write one with model.save_weights(…).")
    return WeightsFile(path, stamp, layers)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Mapping[str, str]]]:
    """The open HDF5 and, of a `.keras` file, the names of its layers by key."""
    try:
        if not path.is_file():
            raise WeightsError(f"There is no weights file {path}", "Choose another file, or use seeded weights.")
        with path.open("rb") as stream:
            inner, names = _of_archive(stream) if path.suffix == ".keras" else (stream, {})
            with h5py.File(inner, "r") as root:
                if "layer_names" in root.attrs or "model_weights" in root:
                    raise UnsafeFileError("was written by Keras 2: load it there and save it with Keras 3")
                yield root, names
    except UnsafeFileError as error:
        raise WeightsError(f"{path.name} {error}", "No weights were read: choose another file.") from None
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, MemoryError, EOFError) as error:
        if isinstance(error, WeightsError):
            raise
        reason = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        title = f"{path.name} is damaged, or no weights file ({reason})"
        raise WeightsError(title, "Choose a .weights.h5 or .keras file, or write it anew.") from None


# --- `.keras`: a zip --------------------------------------------------------------------------------------------------


def _of_archive(stream: BinaryIO) -> tuple[BytesIO, Mapping[str, str]]:
    """The weights inside a `.keras` file, and the names of its layers by key."""
    try:
        with zipfile.ZipFile(stream) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise UnsafeFileError(f"has more than {MOST_MEMBERS} members")
            config = json.loads(_member(archive, CONFIG, LARGEST_CONFIG))
            return BytesIO(_member(archive, WEIGHTS, LARGEST_BYTES)), dict(_named(config, "", 0))
    except zipfile.BadZipFile as error:
        raise UnsafeFileError(f"is no .keras file ({error})") from None
    except RecursionError:
        raise UnsafeFileError("has a configuration that is nested too deep") from None


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        known = archive.getinfo(name)
    except KeyError:
        raise UnsafeFileError(f"has no {name}, which every .keras file has") from None
    if known.file_size > most or known.file_size > max(SMALL_BYTES, MOST_TIMES_STORED * known.compress_size):
        raise UnsafeFileError(f"declares {known.file_size / 2**20:,.0f} MiB for {name}, far more than it holds")
    with archive.open(known) as member:
        content = member.read(known.file_size + 1)
    if len(content) != known.file_size:
        raise UnsafeFileError(f"does not hold what it declares for {name}")
    return content


def _named(config: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Key and name of every layer of a model's configuration, in its order, as Keras numbers them."""
    inner = config.get("config") if isinstance(config, dict) else None
    layers = inner.get("layers") if isinstance(inner, dict) else None
    if not isinstance(layers, list) or depth > DEEPEST_CONFIG:
        return
    counts: dict[str, int] = {}
    for layer in layers:
        content = layer if isinstance(layer, dict) else {}
        settings = content.get("config")
        key = f"{path}layers/{numbered(str(content.get('class_name', '')), counts)}"
        yield key, str(settings.get(NAME, "")) if isinstance(settings, dict) else ""
        yield from _named(content, f"{key}/", depth + 1)


def numbered(class_name: str, counts: dict[str, int]) -> str:
    """`lstm`, `lstm_1`, …: what Keras calls the next layer of a class in a weights file.

    Args:
        counts: how many there were of each; this one is added.
    """
    plain = keras.src.utils.naming.to_snake_case(class_name)
    count = counts[plain] = counts.get(plain, -1) + 1
    return f"{plain}_{count}" if count else plain


# --- layers -----------------------------------------------------------------------------------------------------------


def _layers(root: Any, shapes: Mapping[str, Shape], names: Mapping[str, str]) -> tuple[StoredLayer, ...]:
    """Arrays gathered by the layer they belong to; those of the optimizer and of the model itself belong to none."""
    gathered: dict[str, dict[str, Shape]] = {}
    for where, shape in shapes.items():
        key = layer_key(where.split("/"), whole="layers" in root)
        if key:
            gathered.setdefault(key, {})[where.removeprefix(f"{key}/")] = shape
    places = {key: place for place, key in enumerate(names)}
    ordered = sorted(gathered, key=lambda key: (places.get(key, len(places)), _natural(key)))
    return tuple(StoredLayer(key, names.get(key) or _told_name(root, key), gathered[key]) for key in ordered)


def layer_key(parts: Sequence[str], *, whole: bool) -> str:
    """The part of a path that names the layer: the last `layers/NAME` (models may lie in models), else the first part.

    Args:
        whole: the file has a group `layers`, as of a functional or Sequential model; a subclassed one names attributes.
    """
    if not whole:
        return parts[0] if parts[0] not in ("optimizer", VARS) else ""
    at = max((at for at, part in enumerate(parts[:-2]) if part == "layers"), default=-1)
    return "/".join(parts[: at + 2]) if at >= 0 and parts[0] == "layers" else ""


def _told_name(root: Any, key: str) -> str:
    """The name that Keras wrote beside the layer's own variables (from 3.10 on)."""
    group = root[key]
    return text_of(group[VARS], NAME) if VARS in group and isinstance(group[VARS], h5py.Group) else ""


def _natural(key: str) -> tuple[tuple[str, int], ...]:
    """`dense_2` before `dense_10`."""
    parts = (re.fullmatch(r"(.*?)(?:_(\d{1,9}))?", part) for part in key.split("/"))
    return tuple((found[1], int(found[2] or 0)) for found in parts if found is not None)
