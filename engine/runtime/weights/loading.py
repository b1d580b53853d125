"""Weights of a file put into the layers of an assembled model, by Keras's own walk over a layer.

`saving_lib._save_state`, `_load_state` and `H5IOStore` are private: a contract test pins what is used of them. The stores
made here hold arrays that were read and checked; Keras never sees the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.analysis.values import Diagnostic
from engine.codegen.python import layer_names
from engine.plan.values import Construct, Plan
from engine.protocol.messages import Array
from engine.runtime.environment import keras
from engine.runtime.weights.file import VARS, Shape, WeightsFile, numbered, read_weights, stamp_of
from engine.runtime.weights.matching import WantedLayer, matched, problems

saving = keras.src.saving.saving_lib
SOURCE = "_seqloom_weights"


@dataclass(frozen=True)
class Loaded:
    """What a weights file gave to a model.

    Attributes:
        file: its stamp, empty: the model has no file.
        taken: by the id of the block that owns the layer, what the file calls the layer it took.
    """

    file: str = ""
    taken: Mapping[str, str] = field(default_factory=dict[str, str])
    problems: tuple[Diagnostic, ...] = ()


class WeightsLoader:
    """Loads weights into models; keeps what the last file holds (not its arrays) until the file changes."""

    def __init__(self) -> None:
        self._file: WeightsFile | None = None

    def file(self, path: Path) -> WeightsFile:
        """What a file holds.

        Raises:
            WeightsError: it cannot be read.
        """
        if self._file is None or self._file.stamp != stamp_of(path):
            self._file = read_weights(path)
        return self._file

    def load(self, path: Path, plan: Plan, model: Any, layers: Mapping[str, Any]) -> Loaded:
        """Gives every layer the weights that match; a layer that has them already is left as it is.

        Args:
            layers: by the id of the block that owns the layer.

        Raises:
            WeightsError: the file cannot be read.
        """
        file = self.file(path)
        matching = matched(wanted_layers(plan, model, layers), file.layers)
        for block, stored in matching.taken.items():
            source = (file.stamp, stored.key)
            if source_of(layers[block]) != source:
                load_layer(layers[block], file.arrays(stored))
                object.__setattr__(layers[block], SOURCE, source)
        taken = {block: stored.title for block, stored in matching.taken.items()}
        return Loaded(file.stamp, taken, problems(file, matching, plan.names))


def source_of(layer: Any) -> tuple[str, str] | None:
    """The file and the layer in it whose weights a layer has; None: they are seeded."""
    return layer.__dict__.get(SOURCE)


def wanted_layers(plan: Plan, model: Any, layers: Mapping[str, Any]) -> list[WantedLayer]:
    """The layers with weights in the order of the model; those that lead to no output come last."""
    blocks = [step.block for step in plan.steps if isinstance(step, Construct) and step.block in layers]
    places = {id(layer): place for place, layer in enumerate(model.layers)}
    blocks.sort(key=lambda block: places.get(id(layers[block]), len(places)))
    exported, counts, wanted = layer_names(plan), dict[str, int](), list[WantedLayer]()
    for block in blocks:
        key = f"layers/{numbered(type(layers[block]).__name__, counts)}"
        shapes = layout_of(layers[block])
        if shapes:
            names = (plan.names.get(block, block), exported.get(block, ""))
            wanted.append(WantedLayer(block, key, names, shapes))
    return wanted


class _Layout(saving.H5IOStore):
    """A store that notes what Keras would write, and writes nothing."""

    def __init__(self) -> None:
        self.shapes: dict[str, Shape] = {}
        self._path = ""

    def __bool__(self) -> bool:
        return True

    def make(self, path: str, metadata: object = None) -> _Layout:
        self._path = path
        return self

    def __setitem__(self, key: str, value: Any) -> None:
        self.shapes[f"{self._path}/{VARS}/{key}".lstrip("/")] = tuple(int(size) for size in value.shape)


def layout_of(layer: Any) -> dict[str, Shape]:
    """Where Keras writes the weights of a built layer in a file, and their shapes; the state of dropout's seeds is none."""
    store = _Layout()
    saving._save_state(layer, store, None, "", set())
    return store.shapes


class _Arrays(saving.H5IOStore):
    """A store that gives arrays which were read before."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self._path = ""

    def __bool__(self) -> bool:
        return True

    def has_path(self, path: str) -> bool:
        return any(name.startswith(f"{path}/") for name in self._arrays)

    def get(self, path: str) -> _Arrays:
        self._path = f"{path}/{VARS}/".lstrip("/")
        return self

    def keys(self) -> list[str]:
        return [name.removeprefix(self._path) for name in self._arrays if name.startswith(self._path)]

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, key: str) -> bool:
        return key in self.keys()

    def __getitem__(self, key: str) -> Array:
        return np.asarray(self._arrays[self._path + key])


def load_layer(layer: Any, arrays: Mapping[str, Array]) -> None:
    """Puts arrays into a built layer whose layout they have."""
    saving._load_state(layer, _Arrays(arrays), None, "", visited_saveables=set())
