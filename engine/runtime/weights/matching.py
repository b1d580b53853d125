"""Which layer of a weights file belongs to which block: by name, else as Keras itself would, else by shape and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.analysis.values import Diagnostic, shape_text
from engine.runtime.weights.file import Shape, StoredLayer, WeightsFile

MOST_NAMED = 6


@dataclass(frozen=True)
class WantedLayer:
    """A layer of the model that has weights.

    Attributes:
        key: where Keras would put it in a weights file of this model.
        names: what people and the exported code call it.
        shapes: of its weights, by path below the key.
    """

    block: str
    key: str
    names: tuple[str, ...]
    shapes: Mapping[str, Shape]


@dataclass(frozen=True)
class Matching:
    """Which block takes which layer of the file, why the others take none, and what nobody took."""

    taken: Mapping[str, StoredLayer]
    reasons: Mapping[str, str]
    unused: tuple[StoredLayer, ...]


def matched(wanted: Sequence[WantedLayer], stored: Sequence[StoredLayer]) -> Matching:
    """The matching; a layer is only taken where every shape is the same.

    Names decide where all blocks find theirs. Else, where the whole model is built like the saved one, Keras's own
    numbering does. Else names as far as they reach, then the first layer of the same shapes that is left.
    """
    for fits in (_by_name, _by_key):
        taken = _taken(wanted, stored, fits)
        if len(taken) == len(wanted):
            return Matching(taken, {}, _unused(stored, taken))
    taken = _taken(wanted, stored, _by_name)
    spoken_for = {other.key for layer in wanted for other in stored if _by_name(layer, other)}
    reasons: dict[str, str] = {}
    for layer in wanted:
        if layer.block in taken:
            continue
        named = next((other for other in stored if _by_name(layer, other)), None)
        if named is not None:
            reasons[layer.block] = _other_shapes(layer, named)
            continue
        free = (other for other in _unused(stored, taken) if other.key not in spoken_for)
        left = next((other for other in free if other.shapes == layer.shapes), None)
        if left is None:
            reasons[layer.block] = "no layer of the file has its name, and none that is left its shapes"
        else:
            taken[layer.block] = left
    return Matching(taken, reasons, _unused(stored, taken))


def _by_name(layer: WantedLayer, other: StoredLayer) -> bool:
    return bool(other.name) and other.name in layer.names


def _by_key(layer: WantedLayer, other: StoredLayer) -> bool:
    return other.key == layer.key


def _taken(
    wanted: Sequence[WantedLayer], stored: Sequence[StoredLayer], fits: Callable[[WantedLayer, StoredLayer], bool]
) -> dict[str, StoredLayer]:
    taken: dict[str, StoredLayer] = {}
    for layer in wanted:
        free = (other for other in _unused(stored, taken) if fits(layer, other) and other.shapes == layer.shapes)
        found = next(free, None)
        if found is not None:
            taken[layer.block] = found
    return taken


def _unused(stored: Sequence[StoredLayer], taken: Mapping[str, StoredLayer]) -> tuple[StoredLayer, ...]:
    keys = {other.key for other in taken.values()}
    return tuple(other for other in stored if other.key not in keys)


def _other_shapes(layer: WantedLayer, other: StoredLayer) -> str:
    for path, shape in layer.shapes.items():
        there = other.shapes.get(path)
        if there is not None and there != shape:
            return f"{other.title} of the file has a weight of the shape {shape_text(there)}, not {shape_text(shape)}"
    if other.shapes == layer.shapes:
        return f"another block took {other.title} of the file"
    return f"{other.title} of the file has {len(other.shapes)} weights, not {len(layer.shapes)}, or of another kind"


def problems(file: WeightsFile, matching: Matching, names: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """One warning for each block that stays seeded, and one note on what of the file nobody took.

    Args:
        names: of blocks, by id.
    """
    found = [
        Diagnostic(
            "weights.unmatched",
            "warning",
            "run",
            block,
            f"{names.get(block, block)} keeps its seeded weights: {reason}",
            f"Give it the arguments and the name that it had when {file.path.name} was saved, or choose another file.",
        )
        for block, reason in matching.reasons.items()
    ]
    if matching.unused:
        told = [f"{layer.title} {', '.join(map(shape_text, layer.shapes.values()))}" for layer in matching.unused]
        more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
        count = f"{len(told)} layer{'' if len(told) == 1 else 's'}"
        title = f"{count} of {file.path.name} belong{'s' if len(told) == 1 else ''} to no block"
        detail = f"Nobody took {'; '.join(told[:MOST_NAMED])}{more}."
        found.append(Diagnostic("weights.unused", "info", "run", "", title, detail))
    return tuple(found)
